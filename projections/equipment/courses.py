"""How counters went: where they turn, and what they showed beside a moment; not reading by reading.

Nearly every reading of a counter shows no less than the one before it. The others, at which the counter turns, tell
together with the last one which readings count (`counting`), and which of those between: of two that count and between
which none does that is a turn, whatever shows no more than the second one, up to the first that was corrected.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    Label,
    Select,
    bindparam,
    column,
    false,
    select,
    union,
    union_all,
    values,
)

from domain.log.columns import Id
from projections.direct import Direct
from projections.equipment.known_lives import NEVER, Reading, counting
from projections.equipment.meter_readings import TABLE
from projections.equipment.reckoning import is_at_most, let_it_reckon
from projections.paging import shown
from projections.views import SortedText

_COLUMNS = ("key", "valid_from", "position", "unit", "shown", "total", "corrects", "begin", "end", "done")
_MOST_SEARCHED = 2_048
"""Searches in one statement; each is six values."""
_AT = attrgetter("at")


class Search(NamedTuple):
    """For the readings beside a moment, as far as they count: showing `most` at most."""

    key: UUID
    unit: str
    moment: int
    last: int
    """The last of all moments up to this one of which a reading may count."""
    stop: int
    """As of which moment none does any more."""
    most: str


@dataclass(frozen=True, slots=True)
class Course:
    """How one counter went, told in one unit."""

    known: Sequence[Reading]
    """Of the readings where it turns, those that count, and the last one; in order."""
    corrected: Sequence[int]
    """The moments of readings that were wrong, in order."""

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "Course":
        """Return the course by the rows of turns, in order of life."""
        readings, corrected = [], dict[int, int]()
        for row in rows:
            if row.total is not None:
                readings.append(reading_of(row))
            if row.corrects is not None:
                corrected[row.corrects] = max(row.valid_from, corrected.get(row.corrects, NEVER))
        return cls(counting(readings, corrected), sorted(corrected))

    def search(self, key: UUID, unit: str, moment: int) -> Search | None:
        """Return the search for the readings beside a moment; None: those that are known tell."""
        place = bisect_right(self.known, moment, key=_AT)
        if place in {0, len(self.known)} or self.known[place - 1].at == moment:
            return None
        later, wrong = self.known[place], bisect_right(self.corrected, self.known[place - 1].at)
        stop = min([later.at, *self.corrected[wrong : wrong + 1]])
        return Search(key, unit, moment, min(moment, stop - 1), stop, format(later.total, "f"))


def reading_of(row: Any) -> Reading:
    """Return the reading of a row."""
    return Reading(at=row.valid_from, total=Decimal(row.total), shown=row.shown)


def turns(connection: Connection, meter: str, items: Select[tuple[UUID]], position: int) -> dict[UUID, list[Any]]:
    """Return by item where its counter turns, all else that was read at these moments, and the periods; in order.

    The last reading in each unit is there too. One statement.
    """
    said, each, beside = _Said(meter, position), TABLE.alias("each"), TABLE.alias("beside")
    turn = said.of(each, each.c.key.in_(items), each.c.goes_on == false()).cte("turn")
    read = turn.c.total.is_not(None)
    same = (turn.c.key == beside.c.key) & (turn.c.valid_from == beside.c.valid_from) & read
    at_once = said.of(beside, beside.c.total.is_not(None)).join(turn, same)
    units = select(turn.c.key, turn.c.unit).where(read).distinct().cte("units")
    last = select(units.c.key, _last(each, said.whose(units, each))).cte("last")
    found: dict[UUID, list[Any]] = {}
    rows = connection.execute(union(select(turn), at_once, said.at(last))).all()
    for row in sorted(rows, key=attrgetter("valid_from", "position")):
        found.setdefault(row.key, []).append(row)
    return found


def beside(
    connection: Connection, meter: str, searches: Collection[Search], position: int
) -> dict[tuple[UUID, str], list[Reading]]:
    """Return the readings at or before each moment and after it, by item and unit; in no order, some twice.

    One statement for every 2,048 searches. It goes over the readings that do not count next to a moment.
    """
    found: dict[tuple[UUID, str], list[Reading]] = {}
    ahead = sorted(searches)
    if ahead:
        let_it_reckon(connection)
    for start in range(0, len(ahead), _MOST_SEARCHED):
        part = ahead[start : start + _MOST_SEARCHED]
        size = 1 << (len(part) - 1).bit_length()  # few statements are built, and kept
        part += part[-1:] * (size - len(part))
        asked = _beside(size, connection.dialect)
        named = {f"{name}_{n}": value for n, each in enumerate(part) for name, value in each._asdict().items()}
        for row in map(asked.named, asked.all(connection, {**named, "meter": meter, "position": position})):
            found.setdefault((row.key, row.unit), []).append(reading_of(row))
    return found


@lru_cache(maxsize=32)
def _beside(size: int, dialect: Dialect) -> Direct:
    """Return the statement for so many searches: SQLAlchemy takes longer to build it than either database over it."""
    said, each = _Said(bindparam("meter", type_=SortedText), bindparam("position", type_=BigInteger)), TABLE.alias()
    kinds: Sequence[Any] = (Id(), SortedText, BigInteger(), BigInteger(), BigInteger(), SortedText)
    columns: list[Any] = list(map(column, Search._fields, kinds))
    rows = [tuple(bindparam(f"{one.name}_{number}", type_=one.type) for one in columns) for number in range(size)]
    search = values(*columns, name="searched").data(rows).cte("search")
    counts = is_at_most(each.c.total, search.c.most)
    before = said.whose(search, each, counts, each.c.valid_from <= search.c.last)
    within = (each.c.valid_from > search.c.moment, each.c.valid_from < search.c.stop)
    later = said.whose(search, each, counts, *within)
    moment = later.with_only_columns(each.c.valid_from).order_by(each.c.valid_from).limit(1).scalar_subquery()
    place = select(search, moment.label("next")).cte("place")
    after = said.whose(place, each, each.c.valid_from == place.c.next, is_at_most(each.c.total, place.c.most))
    both = union_all(select(search.c.key, _last(each, before)), select(place.c.key, _last(each, after)))
    return Direct(said.at(both.cte("found")), dialect)


class _Said(NamedTuple):
    """What is said of one counter, as known at a position: values, or parameters for them."""

    meter: Any
    position: Any

    def of(self, table: FromClause, *more: ColumnElement[bool]) -> Select[Any]:
        """Return the query for all of it."""
        columns = (table.c[name] for name in _COLUMNS)
        return select(*columns).where(table.c.meter == self.meter, shown(table, None, self.position), *more)

    def whose(self, whose: FromClause, table: FromClause, *more: ColumnElement[bool]) -> Select[Any]:
        """Return the query for readings of who stands in another row, in that unit."""
        same = (table.c.key == whose.c.key, table.c.unit == whose.c.unit, table.c.total.is_not(None))
        return self.of(table, *same, *more).correlate(whose)

    def at(self, places: CTE) -> Select[Any]:
        """Return the query for readings by item and position. PostgreSQL may not find a place once for each."""
        table, places = TABLE.alias("at"), places.prefix_with("MATERIALIZED", dialect="postgresql")
        return self.of(table).join(places, (table.c.key == places.c.key) & (table.c.position == places.c.position))


def _last(table: FromClause, readings: Select[Any]) -> Label[int]:
    """Return the position of the last of some readings, in order of life."""
    last = readings.with_only_columns(table.c.position).order_by(table.c.valid_from.desc(), table.c.position.desc())
    return last.limit(1).scalar_subquery().label("position")
