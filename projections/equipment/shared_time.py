"""What each item adds to figures of a window: the time of its states, of reported periods, and what is counted.

The rule stands at `domain.equipment.availability`. Everything is one statement: rows per item and slice of the window,
for whoever asks to sum.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from domain.equipment.technical_state import CATEGORIES, Category
from domain.kernel.moments import FOREVER
from domain.log.columns import Id
from projections.equipment import reported_time, technical_state, upkeep
from projections.equipment.by_keys import through
from projections.equipment.reckoning import earliest_of, end_of, latest_of, part_of
from projections.equipment.seen import Among
from projections.equipment.slices import NO_MONTH, Slice
from projections.equipment.stretches import COLUMNS, Stretch
from projections.paging import shown
from projections.spans import was_in_force
from projections.views import SortedText

MEASURES = (
    *("up", "down", "disabled", "not_in_service"),
    *("reported_up", "reported_down", "reported_not_in_service", "excess"),
    *("failures", "begun", "completed", "restorations", "restoration", "items"),
)
"""What is summed: times in microseconds, the others are numbers."""
NOBODY: dict[str, Any] = {"model_id": UUID(int=0), "operator_id": UUID(int=0), "place": "", "month": NO_MONTH}
"""What stands in a column of a group where nothing is on record, or nothing is asked: groups are sorted."""
_SHARES = ("reported_up", "reported_down", "reported_not_in_service", "excess")
_TYPES: dict[str, Any] = {"model_id": Id(), "operator_id": Id(), "place": SortedText}
_TIMES = {Category.UP: "up", Category.DOWN: "down", Category.DISABLED: "disabled"}


class Asked(NamedTuple):
    """Of which items what is asked, as known when."""

    key: UUID | None
    seen: Among | None
    """Makes the condition for items that the reader sees; None: all."""
    attributes: Mapping[str, Any]
    """What the item must have been then, by the name of the column; None does not matter."""
    groups: frozenset[str]
    """The attributes by which is grouped."""
    moment: int
    known_at: int
    stretch: Stretch | None = None
    """Only these groups; None: all."""

    @property
    def by_attributes(self) -> bool:
        """Whether it matters what the item was then."""
        return bool(self.groups) or self.by_values

    @property
    def by_values(self) -> bool:
        """Whether it is asked only for what was something then."""
        return any(value is not None for value in self.attributes.values())

    @property
    def for_nobody(self) -> bool:
        """Whether it matters too of whom nothing was on record."""
        return not self.by_values if self.stretch is None else self.stretch.nobody

    def of_items(self, key: ColumnElement[UUID]) -> list[ColumnElement[bool]]:
        """Return the conditions for the items that are asked for, whatever they were then."""
        conditions = [] if self.key is None else [key == self.key]
        return conditions if self.seen is None else [*conditions, self.seen(key)]


def amounts(asked: Asked, slices: Sequence[Slice]) -> Subquery:
    """Return what each item adds to each measure, in rows with their groups, the month and the stage."""
    sliced = _slices(slices)
    item = _items(asked, slices)
    period = _periods(asked, slices, item)
    both = _both(item, period, sliced)
    parts = [_by_states(item, sliced), _replaced(asked, both), _counted(asked, item, sliced), _at_stages(item, sliced)]
    if not asked.by_attributes:
        parts.append(_reported(period, sliced, period.c.end))
    elif asked.for_nobody:  # of a time before an item was on record nobody knows what it was then
        parts += _unknown(asked, slices, sliced)
    return union_all(*parts).subquery()


def _slices(slices: Sequence[Slice]) -> CTE:
    number = BigInteger()
    return union_all(
        *(
            select(
                literal(each.begin, number).label("begin"),
                literal(each.end, number).label("end"),
                literal(each.last, number).label("last"),
                literal(each.month, number).label("month"),
            )
            for each in slices
        )
    ).cte("slice")


def _items(asked: Asked, slices: Sequence[Slice]) -> CTE:
    """Return what was so of items from when to when, as far as it concerns the window."""
    table = technical_state.TABLE
    end = end_of(table, asked.known_at)
    conditions = [
        *(table.c.known_from <= asked.known_at, table.c.known_to > asked.known_at, end > table.c.valid_from),
        *(table.c.valid_from <= slices[-1].last, end >= slices[0].begin),
        *(COLUMNS[name] == value for name, value in asked.attributes.items() if value is not None),
        *asked.of_items(table.c.key),
    ]
    if asked.stretch is not None:
        conditions.append(asked.stretch.has(COLUMNS[asked.stretch.name]))
    categories = {state.value: category.value for state, category in CATEGORIES.items()}
    return (
        select(
            table.c.key,
            table.c.valid_from.label("begin"),
            end.label("end"),
            *(column.label(name) for name, column in COLUMNS.items()),
            case(categories, value=table.c.told_state).label("category"),
            table.c.told_stage.label("stage"),
        )
        .where(*conditions)
        .cte("item")
    )


def _periods(asked: Asked, slices: Sequence[Slice], item: CTE) -> CTE:
    """Return the reported periods that concern the window, and the items."""
    periods = _reports(asked, slices)
    if asked.stretch is not None:
        periods = periods.where(reported_time.TABLE.c.key.in_(select(item.c.key)))
    return periods.cte("period")


def _reports(asked: Asked, slices: Sequence[Slice]) -> Select[Any]:
    table = reported_time.TABLE
    within = (table.c.begin < slices[-1].end, table.c.end > slices[0].begin)
    columns = [table.c[name] for name in ("key", "begin", "end", "up", "total")]
    return select(*columns).where(*within, shown(table, asked.moment, asked.known_at), *asked.of_items(table.c.key))


def _row(groups: FromClause | None, month: FromClause, **measures: ColumnElement[Any]) -> Select[Any]:
    """Return a row of the answer: what is not given is nothing, and where no groups are, they are nobody's."""
    nobody = {name: literal(NOBODY[name], kind) for name, kind in _TYPES.items()}
    columns = [
        (none if groups is None else func.coalesce(groups.c[name], none)).label(name) for name, none in nobody.items()
    ]
    numbers = (cast(measures.get(name, literal(0)), BigInteger).label(name) for name in MEASURES)
    stage = measures.get("stage", cast(null(), SortedText))
    return select(*columns, month.c.month.label("month"), stage.label("stage"), *numbers)


def _by_states(item: CTE, sliced: CTE) -> Select[Any]:
    """Return the time of items by their states."""
    length = earliest_of(item.c.end, sliced.c.end) - latest_of(item.c.begin, sliced.c.begin)
    within = (item.c.begin < sliced.c.end, item.c.end > sliced.c.begin)
    return _row(item, sliced, **_categories(item.c.category, length)).where(*within)


def _categories(category: ColumnElement[str], length: ColumnElement[int]) -> dict[str, ColumnElement[Any]]:
    return {each.value: case((category == each.value, length), else_=0) for each in Category}


def _both(item: CTE, period: CTE, sliced: CTE) -> CTE:
    """Return of which time that a period covers the states tell too, with what falls to it of the period."""
    begin = latest_of(item.c.begin, period.c.begin, sliced.c.begin)
    end = earliest_of(item.c.end, period.c.end, sliced.c.end)
    named = [*(item.c[name] for name in _TYPES), item.c.category]
    return _shares(_part(period, sliced, begin, end, *named).where(period.c.key == item.c.key), "both")


def _part(
    period: CTE, sliced: CTE, begin: ColumnElement[int], end: ColumnElement[int], *more: ColumnElement[Any]
) -> Select[Any]:
    """Return parts of periods, with how long each is and how long its period had lasted when it began and ended."""
    lasted = ((begin - period.c.begin).label("before"), (end - period.c.begin).label("after"))
    of_period = (period.c.up, period.c.total, (period.c.end - period.c.begin).label("whole"))
    return select(sliced.c.month, *more, (end - begin).label("length"), *lasted, *of_period).where(end > begin)


def _shares(parts: Select[Any], name: str) -> CTE:
    """Return parts of periods with what falls to each, as `Share` of `domain.equipment.availability` reckons it."""
    part = parts.subquery()
    (up_before, before), (up_after, after) = (_until(part, lasted) for lasted in (part.c.before, part.c.after))
    up, total = (up_after - up_before).label("up_time"), (after - before).label("total_time")
    each = select(part, up, total).subquery()
    left = each.c.length - each.c.total_time
    given = (each.c.up_time, each.c.total_time - each.c.up_time, latest_of(left, 0), latest_of(-left, 0))
    columns = [column for column in each.c if column.name in {"month", "category", "length", *_TYPES}]
    return select(*columns, *(share.label(name) for name, share in zip(_SHARES, given, strict=True))).cte(name)


def _until(part: FromClause, lasted: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return the up time and the total of a period up to a time; few periods are cut, and need a division."""
    ends: list[Any] = [(lasted <= 0, 0)]
    total = part_of(part.c.total, lasted, part.c.whole)
    return (
        case(*ends, (lasted >= part.c.whole, part.c.up), else_=part_of(part.c.up, total, part.c.total)),
        case(*ends, (lasted >= part.c.whole, part.c.total), else_=total),
    )


def _replaced(asked: Asked, both: CTE) -> Select[Any]:
    """Return what periods take from the states; and where it matters what the item was, what they give instead."""
    given = {name: both.c[name] for name in _SHARES} if asked.by_attributes else {}
    return _row(both, both, **_categories(both.c.category, -both.c.length), **given)


def _reported(period: CTE, sliced: CTE, until: ColumnElement[int]) -> Select[Any]:
    """Return what falls to slices of periods up to some moments; it is nobody's."""
    begin, end = latest_of(period.c.begin, sliced.c.begin), earliest_of(until, sliced.c.end)
    given = _shares(_part(period, sliced, begin, end), "given")
    return _row(None, given, **{name: given.c[name] for name in _SHARES})


def _unknown(asked: Asked, slices: Sequence[Slice], sliced: CTE) -> list[Select[Any]]:
    """Return what was reported and what happened before items were on record; it is nobody's.

    Without the word PostgreSQL would ask many times since when an item is on record, and read an index of all upkeep.
    """
    period, table = reported_time.TABLE, upkeep.TABLE
    early = _reports(asked, slices).where(period.c.of_unknown).add_columns(_begin(asked, period).label("known"))
    cut = early.cte("early").prefix_with("MATERIALIZED")
    them = (table.c.of_unknown, *asked.of_items(table.c.key))
    happened = select(table).where(*them).cte("happened").prefix_with("MATERIALIZED")
    counted = _upkeep(asked, None, happened, sliced).select_from(happened.join(sliced, _within(happened, sliced)))
    counted = counted.where(happened.c.valid_from < _begin(asked, happened))
    return [_reported(cut, sliced, earliest_of(cut.c.end, cut.c.known)), counted]


def _begin(asked: Asked, of: FromClause) -> ColumnElement[int]:
    """Return since when the item of a row is on record, as was known: FOREVER if it is not."""
    first = technical_state.TABLE.alias("first")
    known = (first.c.known_from <= asked.known_at, first.c.known_to > asked.known_at)
    held = (first.c.key == of.c.key, *known, was_in_force(first, asked.known_at))
    begin = select(first.c.valid_from).where(*held).order_by(first.c.valid_from).limit(1)
    return func.coalesce(begin.correlate(of).scalar_subquery(), literal(FOREVER, BigInteger))


def _counted(asked: Asked, item: CTE, sliced: CTE) -> Select[Any]:
    """Return the failures and repairs, with what the item was then."""
    table = upkeep.TABLE
    within = _within(table, sliced)
    found = table.join(sliced, within)
    if asked.by_attributes:
        then = and_(item.c.key == table.c.key, item.c.begin <= table.c.valid_from, item.c.end > table.c.valid_from)
        whole = asked.stretch is None
        found = found.join(item, then) if whole else through(item, table).join(sliced, and_(within, then))
    row = _upkeep(asked, item if asked.by_attributes else None, table, sliced)
    return row.select_from(found).where(*asked.of_items(table.c.key))


def _upkeep(asked: Asked, groups: FromClause | None, table: FromClause, sliced: CTE) -> Select[Any]:
    numbers = {name: table.c[name] for name in ("failures", "begun", "completed")}
    restored = case((table.c.restoration.is_not(None), 1), else_=0)
    row = _row(groups, sliced, **numbers, restorations=restored, restoration=func.coalesce(table.c.restoration, 0))
    return row.where(shown(table, asked.moment, asked.known_at))


def _within(table: FromClause, sliced: CTE) -> ColumnElement[bool]:
    return and_(table.c.valid_from >= sliced.c.begin, table.c.valid_from <= sliced.c.last)


def _at_stages(item: CTE, sliced: CTE) -> Select[Any]:
    """Return at which stage each item was at the end of each slice."""
    then = (item.c.begin <= sliced.c.last, item.c.end > sliced.c.last)
    return _row(item, sliced, items=literal(1), stage=item.c.stage).where(*then)
