"""Which items are in which technical state, and since when; units as what is above them allows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Text

from domain.equipment.technical_state import CATEGORIES, STOPPED, TechnicalState
from domain.kernel.moments import FOREVER
from projections.equipment import registry
from projections.equipment.above import below, follows, of_topmost, told_stage, what_it_follows
from projections.equipment.technical_state import TABLE, TECHNICAL_STATE, Fault, faults_in
from projections.paging import Page, Window, page, shown
from projections.views import followed

NEEDS = (TECHNICAL_STATE, registry.REGISTRY)
"""The read models from which the question is answered."""

Sort = Literal["serial", "id"]
_SORTS = {"serial": (TABLE.c.serial_normal, TABLE.c.key), "id": (TABLE.c.key,)}
S = TechnicalState


class digits_of(GenericFunction[str]):  # noqa: N801  the name of a function of SQL
    """An id in hexadecimal digits."""

    type = Text()
    inherit_cache = True


@compiles(digits_of, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"lower(hex({compiler.process(element.clauses, **more)}))"


@compiles(digits_of, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"replace(cast({compiler.process(element.clauses, **more)} as text), '-', '')"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFilter:
    """Which items are asked for; what is None does not matter."""

    state: str | None = None
    category: str | None = None
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    operator_id: UUID | None = None
    place: str | None = None
    scope: UUID | None = None
    """Only items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemState:
    """The technical state of one item."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    manufacturer_id: UUID | None
    operator_id: UUID | None
    place: str | None
    stage: str
    """As it is told: of an installed unit it follows from the topmost item above it."""
    parent_id: UUID | None
    slot: str | None
    state: str
    category: str
    since: int
    """In microseconds. Of a unit: since it and everything that it follows are as they are."""
    faults: tuple[Fault, ...]
    repair: str | None
    """Maintenance type of the open repair."""
    repair_since: int | None


def states(
    connection: Connection,
    wanted: StateFilter,
    window: Window,
    *,
    sort: Sort = "serial",
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ItemState]:
    """Return a page of items with their technical states, as of a moment, as known at a position.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    query = _told(wanted, as_of, position)
    return page(connection, query, _SORTS[sort], window, position, parts=_parts(wanted, as_of, position)).of(_item)


def count(connection: Connection, wanted: StateFilter, *, as_of: int | None = None, known_at: int | None = None) -> int:
    """Return how many items there are. Reads each of them."""
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    query = select(func.count()).select_from(TABLE).where(*_conditions(wanted, as_of, position))
    parts = _parts(wanted, as_of, position)
    return connection.execute(query.where(or_(*parts)) if parts else query).scalar_one()


def state(
    connection: Connection, equipment_id: UUID, *, as_of: int | None = None, known_at: int | None = None
) -> tuple[ItemState | None, int]:
    """Return the technical state of one item, None if it was not on record, and as known at which position."""
    position = followed(connection, TECHNICAL_STATE.name, known_at)
    query = _told(StateFilter(), as_of, position).where(TABLE.c.key == equipment_id)
    found = connection.execute(query).first()
    return (None if found is None else _item(found)), position


def told_state(as_of: int | None, position: int) -> ColumnElement[str]:
    """Return the state that is told of each item, by the rule of `domain.equipment.technical_state.told_state`."""
    chain, each = what_it_follows(TABLE, as_of, position)
    names_it = each.c.failed_units.contains(literal(",").concat(digits_of(TABLE.c.key)).concat(","))
    top = of_topmost(TABLE, "state", as_of, position)
    return case(
        (not_(follows(TABLE)), TABLE.c.state),
        (func.coalesce(top, S.NOT_IN_SERVICE.value) == S.NOT_IN_SERVICE.value, S.NOT_IN_SERVICE.value),
        (or_(TABLE.c.state == S.FAULT.value, chain.where(names_it).exists()), S.FAULT.value),
        (top == S.PREVENTIVE_MAINTENANCE.value, S.PREVENTIVE_MAINTENANCE.value),
        (chain.where(each.c.state.in_(sorted(STOPPED))).exists(), S.EXTERNALLY_DISABLED.value),
        else_=TABLE.c.state,
    )


def _since_above(as_of: int | None, position: int) -> ColumnElement[int | None]:
    """Return since when everything that a unit follows is as it is; null of what follows nothing."""
    chain, each = what_it_follows(TABLE, as_of, position)
    latest = chain.with_only_columns(func.max(each.c.since)).scalar_subquery()
    return case((follows(TABLE), latest), else_=null())


def _told(wanted: StateFilter, as_of: int | None, position: int) -> Select[Any]:
    return select(
        TABLE,
        told_state(as_of, position).label("told"),
        told_stage(TABLE, as_of, position).label("told_stage"),
        _since_above(as_of, position).label("since_above"),
    ).where(*_conditions(wanted, as_of, position))


def _parts(wanted: StateFilter, as_of: int | None, position: int) -> list[ColumnElement[bool]]:
    """Return the conditions for items in the states that are asked for: an item fits at most one of them.

    Items are found by their own state, through the index. What else a unit may be it is because of what is above it:
    such units are looked for below the few items that are at fault or stopped, but those out of service one by one.
    """
    if wanted.state is None and wanted.category is None:
        return []
    told = told_state(as_of, position)
    parts = []
    for state, category in CATEGORIES.items():
        if wanted.state not in {None, state} or wanted.category not in {None, category}:
            continue
        parts.append(and_(TABLE.c.state == state.value, told == state.value))
        others = (follows(TABLE), TABLE.c.state != state.value, told == state.value)
        if state is S.NOT_IN_SERVICE:
            parts.append(and_(*others))
        elif state in STOPPED:
            units = select(below(TABLE, _STOPPING[state], as_of, position).c.key)
            parts.append(and_(*others, TABLE.c.key.in_(units)))
    return parts or [false()]  # no state is of another category


_STOPPING: dict[TechnicalState, Callable[[FromClause], ColumnElement[bool]]] = {
    S.FAULT: lambda each: and_(each.c.fault_since.is_not(None), each.c.failed_units.is_not(None)),
    S.PREVENTIVE_MAINTENANCE: lambda each: each.c.state == S.PREVENTIVE_MAINTENANCE.value,
    S.EXTERNALLY_DISABLED: lambda each: or_(*(each.c.state == state.value for state in sorted(STOPPED))),
}
"""Below which items units are to be looked for that are in a state by what is above them."""


def _conditions(wanted: StateFilter, as_of: int | None, position: int) -> list[ColumnElement[bool]]:
    equal = {
        TABLE.c.model_id: wanted.model_id,
        TABLE.c.manufacturer_id: wanted.manufacturer_id,
        TABLE.c.operator_id: wanted.operator_id,
        TABLE.c.place: wanted.place,
    }
    conditions = [shown(TABLE, as_of, position)]
    conditions += [column == value for column, value in equal.items() if value is not None]
    if wanted.scope is not None:
        conditions.append(takes_part(wanted.scope))
    return conditions


def takes_part(organisation: UUID) -> ColumnElement[bool]:
    """Return the condition for items in which an organisation takes part by now, as the registry has it."""
    item = registry.TABLE
    present = (item.c.key == TABLE.c.key, item.c.valid_to == FOREVER, item.c.known_to == FOREVER)
    return select(item.c.key).where(*present, registry.takes_part(organisation)).correlate(TABLE).exists()


def _item(found: Any) -> ItemState:
    above = found.since_above if found.told != S.FAULT.value or found.state != found.told else None
    return ItemState(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        manufacturer_id=found.manufacturer_id,
        operator_id=found.operator_id,
        place=found.place,
        stage=found.told_stage,
        parent_id=found.parent_id,
        slot=found.slot,
        state=found.told,
        category=CATEGORIES[S(found.told)].value,
        since=found.since if above is None else max(found.since, above),
        faults=faults_in(found.faults),
        repair=found.repair,
        repair_since=found.repair_since,
    )
