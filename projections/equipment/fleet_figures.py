"""Up and down time, failures, repairs and stages of items in a window of time: of one item, or of groups of a fleet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Subquery, case, func, literal, or_, select

from domain.equipment.terms import Stage
from projections.equipment import registry
from projections.equipment.reckoning import is_something, let_it_reckon, sum_of, summed
from projections.equipment.reported_time import REPORTED_TIME
from projections.equipment.shared_time import MEASURES, NOBODY, Asked, amounts
from projections.equipment.slices import Slice
from projections.equipment.stretches import Stretch, stretch
from projections.equipment.technical_state import TECHNICAL_STATE
from projections.equipment.upkeep import UPKEEP
from projections.page_statements import pages
from projections.paging import Page, Place, Window, page
from projections.prepared import Prepared
from projections.views import followed

NEEDS = (TECHNICAL_STATE, REPORTED_TIME, UPKEEP, registry.REGISTRY)
"""The read models from which the question is answered."""

Group = Literal["model", "operator", "site", "month"]
_COLUMNS = {"model": "model_id", "operator": "operator_id", "site": "place", "month": "month"}
_Some = Callable[[int], tuple["Page[Figures]", bool]]
"""Returns the groups of so many months, models, operators or sites as a page, and whether these are all."""
_STAGES = tuple(stage.value for stage in Stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFilter:
    """Of which items figures are asked for; what is None does not matter.

    What happened counts for the operator and the place that the item had then.
    """

    equipment_id: UUID | None = None
    model_id: UUID | None = None
    operator_id: UUID | None = None
    place: str | None = None
    scope: UUID | None = None
    """Only items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a group of items did in a window, or in a month of it. Times are microseconds."""

    model_id: UUID | None
    operator_id: UUID | None
    place: str | None
    month: int | None
    """When the month began. What is not grouped by is None, and so is what is not on record of the items."""
    stages: dict[str, int]
    """How many items were at which stage at the end; stages at which none was are left out."""
    up: int
    down: int
    disabled: int
    not_in_service: int
    """What the technical states say of all time that no reported period covers."""
    reported_up: int
    reported_down: int
    reported_not_in_service: int
    excess: int
    """What the reported periods have beyond their own length."""
    failures: int
    begun: int
    """How many repairs began."""
    completed: int
    restorations: int
    """How many of the completed repairs restored an item that was down for a fault."""
    restoration: int
    """How long all of these took."""


def figures(
    connection: Connection,
    wanted: FigureFilter,
    slices: Sequence[Slice],
    window: Window,
    *,
    moment: int,
    by: Sequence[Group] = (),
    known_at: int | None = None,
) -> Page[Figures]:
    """Return a page of figures by group, in the order of the groups; those of which nothing is on record are left out.

    Groups are summed until the page is full: months; and of who sees all, and asks for no items in particular, models,
    operators or sites, by what is on record of each at any time. What is nobody's is a group as well, and a large one:
    every item begins its life without an operator and a place. Otherwise all groups are summed: that costs what the
    filter leaves of the fleet, or what the organisation sees. If they are counted, it costs the fleet.

    Args:
        connection: of the views.
        wanted: of which items.
        slices: of the window: the whole of it, or its months.
        window: which page; a place is the values of its groups, and the moment.
        moment: as of when, in microseconds: what happened later does not count.
        by: into which groups, the first one first; by month if there is a slice for each.
        known_at: a position; None: as is known by now.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    let_it_reckon(connection)
    seen = registry.seen_by(wanted.scope)
    little = None if seen is None else seen.little(connection)
    asked = Asked(
        key=wanted.equipment_id,
        seen=None if seen is None else seen.among(connection.dialect.name, little=little is not None),
        attributes={"model_id": wanted.model_id, "operator_id": wanted.operator_id, "place": wanted.place},
        groups=frozenset(_COLUMNS[each] for each in by if each != "month"),
        moment=moment,
        known_at=position,
    )
    names = [_COLUMNS[each] for each in by] or ["month"]

    def read(part: Sequence[Slice], groups: Stretch | None = None) -> Page[Figures]:
        found = _summed(amounts(asked._replace(stretch=groups), part), names, moment)
        order = [found.c[name] for name in (*names, "moment")]
        summed = Prepared(pages(select(found), order), little or {})
        return page(connection, summed, window, position).of(lambda row: _figures(row, names))

    if window.counted or (names[0] != "month" and wanted != FigureFilter()):
        return read(slices)
    some = _months(read, slices, window) if names[0] == "month" else _groups(connection, read, slices, window, names[0])
    return _until_full(some, window, by)


def _until_full(some: _Some, window: Window, by: Sequence[Group]) -> Page[Figures]:
    """Return a page of groups: months, models, operators or sites beyond it are not summed.

    How many groups a month has, or a site, is not known before it is summed: they are taken from the place on, two,
    eight, and so on until the page is full.
    """
    number = 2 if len(by) > 1 else window.limit + 2
    while True:
        found, is_all = some(number)
        if is_all or (found.next if window.before is None else found.previous):
            return found
        number *= 4


def _months(read: Callable[[Sequence[Slice]], Page[Figures]], slices: Sequence[Slice], window: Window) -> _Some:
    backwards = window.before is not None
    if place := window.before or window.after:
        month = place[0]
        slices = [each for each in slices if (each.month <= month if backwards else each.month >= month)] or slices[:1]

    def some(number: int) -> tuple[Page[Figures], bool]:
        part = slices[-number:] if backwards else slices[:number]
        return read(part), len(part) == len(slices)

    return some


def _groups(
    connection: Connection,
    read: Callable[[Sequence[Slice], Stretch], Page[Figures]],
    slices: Sequence[Slice],
    window: Window,
    name: str,
) -> _Some:
    place = (window.before or window.after or (None,))[0]

    def some(number: int) -> tuple[Page[Figures], bool]:
        groups = stretch(connection, name, number, place, nobody=NOBODY[name], backwards=window.before is not None)
        return read(slices, groups), groups.is_all

    return some


def place_of(by: Sequence[Group], stored: Sequence[Any]) -> Place:
    """Return a place in the order of groups from what a cursor holds: texts and numbers."""
    ids = {"model", "operator"}
    groups = [UUID(value) if group in ids else value for group, value in zip(by or ("month",), stored, strict=False)]
    return (*groups, stored[-1])


def _summed(each: Subquery, names: Sequence[str], moment: int) -> Subquery:
    """Return the sums of groups."""
    groups = [each.c[name] for name in names]
    totals = [part for name in MEASURES for part in sum_of(name, each.c[name])]
    stages = [func.sum(case((each.c.stage == stage, 1), else_=0)).label(f"at_{stage}") for stage in _STAGES]
    found = select(*groups, *totals, *stages).group_by(*groups).subquery()
    anything = or_(*(is_something(found, name) for name in MEASURES))
    return select(found, literal(moment, each.c.month.type).label("moment")).where(anything).subquery()


def _figures(row: Any, names: Sequence[str]) -> Figures:
    groups: dict[str, Any] = {name: getattr(row, name) if name in names else None for name in _COLUMNS.values()}
    groups = {name: None if value == NOBODY.get(name) else value for name, value in groups.items()}
    sums: dict[str, Any] = {name: summed(row, name) for name in MEASURES}
    stages = {stage: int(getattr(row, f"at_{stage}")) for stage in _STAGES}
    del sums["items"]
    return Figures(**groups, stages={stage: count for stage, count in stages.items() if count}, **sums)
