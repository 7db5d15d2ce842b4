"""What an item had done by any moment: operating time, or whatever another of its counters counts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select

from domain.equipment.state import HOURS, OPERATING_TIME
from domain.kernel.moments import FOREVER
from projections.equipment import registry
from projections.equipment.courses import Course, Search, beside, turns
from projections.equipment.known_lives import Life, Period, Reading, Stay
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.registry import REGISTRY
from projections.equipment.running import Basis, Lives
from projections.spans import known_spans
from projections.statements import MOST_NAMED
from projections.views import followed

NEEDS = (REGISTRY, METER_READINGS)
"""The read models from which the question is answered."""

_MILLIONTH = Decimal("0.000001")
_PRECISE = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class InParent:
    """What a unit did while it sat in one parent, for as far as its own counter was not read."""

    parent_id: UUID
    slot: str | None
    begin: int
    end: int | None
    """In microseconds; None: it sits there at the moment that is asked about."""
    done: Decimal | None
    """What was measured; None: of some of that time nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingTime:
    """What an item had done by a moment, in the unit of the counter."""

    meter: str
    unit: str | None
    """Hours for operating time; of another counter None where nothing is on record of it."""
    measured: Decimal | None
    """What follows from readings; None: of some of its life nobody knows."""
    basis: str | None
    """read, interpolated or last_read; None where `measured` is."""
    reported: Decimal
    """What is said to have been done in periods of which only totals are known and nothing was measured."""
    total: Decimal | None
    """What was measured of any part of its life, and what was reported of the rest; None: nothing is known."""
    readings: tuple[Reading, ...]
    """Of the item's own counter, those on which the figure rests: before and after the moment, or the last one."""
    in_parents: tuple[InParent, ...]
    position: int
    """As known at this position of the log."""


def operating_time(
    connection: Connection,
    equipment_id: UUID,
    *,
    meter: str = OPERATING_TIME,
    as_of: int | None = None,
    known_at: int | None = None,
) -> OperatingTime:
    """Return what an item had done by a moment, as known at a position; by the rules of `Lives`.

    Up to five statements, however much is above the item and however deep it sits. Of a counter are read the rows where
    it turns, the last one, and those beside moments at which it matters what it showed. All stays are read: a counter
    begins with the first time in service, and what an item did without a reading of its own follows from where it sat.
    What bounds them is how often an item, and what it ever sat in, changes its stage or place.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    return operating_times(connection, [equipment_id], position, meter=meter, as_of=as_of)[equipment_id]


def operating_times(
    connection: Connection,
    items: Sequence[UUID],
    position: int,
    *,
    meter: str = OPERATING_TIME,
    as_of: int | None = None,
) -> dict[UUID, OperatingTime]:
    """Return what each of some items had done by a moment, as known at a position that the read models followed.

    Three statements for every 500 items, however much is above them and however deep they sit.
    """
    moment = FOREVER if as_of is None else as_of
    found: dict[UUID, OperatingTime] = {}
    for start in range(0, len(items), MOST_NAMED):
        part = items[start : start + MOST_NAMED]
        known = _Known(connection, part, meter, position)
        known.look(moment)
        found |= {item: known.done(item, moment) for item in part}
    return found


class _Known:
    """What is known of one counter of some items, and of everything in which they or those ever sat."""

    def __init__(self, connection: Connection, items: Collection[UUID], meter: str, position: int) -> None:
        """Read it, but for what counters showed between their turns."""
        concerned = _and_above(items, position)
        self._connection, self._meter, self._position = connection, meter, position
        self._stays, self._taken_over = _stays(connection, concerned, position)
        self._turns = turns(connection, meter, concerned, position)
        self._lives: dict[tuple[UUID, str | None], Life] = {}
        self._courses: dict[tuple[UUID, str | None], Course] = {}
        self._above = {item: self._unit_and_above(item) for item in items}

    def look(self, moment: int) -> None:
        """Read what counters showed beside the moments that tell what the items had done by this one."""
        searches: set[Search] = set()
        for item, (unit, above) in self._above.items():
            lives = Lives({each: self._lives[each, unit] for each in above})
            for owner, at in {*lives.looks_at(item, moment), (item, moment)}:
                search = self._courses[owner, unit].search(owner, unit or "", at)
                searches |= {search} if search else set()
        for place, found in beside(self._connection, self._meter, searches, self._position).items():
            self._lives[place] = replace(self._lives[place], readings=_in_order(self._lives[place].readings, found))

    def done(self, item: UUID, moment: int) -> OperatingTime:
        """Return what an item had done by a moment."""
        told, above = self._above[item]
        unit = told or (HOURS if self._meter == OPERATING_TIME else None)
        lives = {each: self._lives[each, told] for each in above}
        done = Lives(lives).done(item, moment)
        readings = _beside(lives[item], moment)
        exact = len(readings) == 1 and not done.parts and done.value == Fraction(readings[0].total)
        return OperatingTime(
            meter=self._meter,
            unit=unit,
            measured=_decimal(done.value if unit else None) if not exact else readings[0].total,
            basis=None if done.value is None or not unit else Basis(done.basis).name.lower(),
            reported=_decimal(done.reported) or Decimal(0),
            total=_decimal(done.total if unit else None),
            readings=readings,
            in_parents=tuple(
                InParent(
                    parent_id=part.parent_id,
                    slot=part.slot,
                    begin=part.span.begin,
                    end=None if part.span.end == moment else part.span.end,
                    done=_decimal(part.done),
                )
                for part in done.parts
            ),
            position=self._position,
        )

    def _unit_and_above(self, item: UUID) -> tuple[str | None, set[UUID]]:
        """Return the unit of the counter, and an item and everything in which it or they ever sat.

        The unit is that of the item's own counter, or of the nearest above it; what was said in another does not count.
        """
        unit: str | None = None
        above: set[UUID] = set()
        level = [item]
        while level:
            unit = unit or next((row.unit for each in level for row in self._turns.get(each, ()) if row.unit), None)
            above |= set(level)
            stays = (stay for each in level for stay in self._stays.get(each, ()))
            level = sorted({stay.parent_id for stay in stays if stay.parent_id} - above)
        for each in above:
            self._live(each, unit)
        return unit, above

    def _live(self, item: UUID, unit: str | None) -> None:
        """Note a life by what was said in one unit; made once, whoever sat in it."""
        if (item, unit) in self._lives:
            return
        rows = [row for row in self._turns.get(item, ()) if row.unit == unit]
        course = Course.of(rows)
        self._courses[item, unit] = course
        self._lives[item, unit] = Life(
            stays=self._stays.get(item, []),
            readings=course.known,
            periods=_periods(rows),
            taken_over=item in self._taken_over,
        )


def _and_above(items: Collection[UUID], position: int) -> Select[tuple[UUID]]:
    """Return the query for items and everything in which they or those ever sat; each is met once, so no ring is."""
    table = registry.TABLE
    above = select(table.c.key).where(table.c.key.in_(items)).cte("above", recursive=True)
    parents = select(table.c.parent_id).join(above, table.c.key == above.c.key)
    known = (table.c.known_from <= position, table.c.known_to > position)
    above = above.union(parents.where(table.c.parent_id.is_not(None), *known))
    return select(above.c.key)


def _stays(
    connection: Connection, items: Select[tuple[UUID]], position: int
) -> tuple[dict[UUID, list[Stay]], set[UUID]]:
    """Return the stays of items in order of time, and which of the items were taken over."""
    columns = ("stage", "parent_id", "slot", "taken_over")
    table = registry.TABLE
    query = known_spans(table, columns, position).where(table.c.key.in_(items)).order_by(table.c.key, "begin")
    stays: dict[UUID, list[Stay]] = {}
    taken_over = set()
    for row in connection.execute(query):
        stay = Stay(begin=row.begin, end=row.end, stage=row.stage, parent_id=row.parent_id, slot=row.slot)
        _join(stays.setdefault(row.key, []), stay)
        taken_over |= {row.key} if row.taken_over else set()
    return stays, taken_over


def _join(stays: list[Stay], stay: Stay) -> None:
    """Add a stay to those before it; the registry tells more of an item than where it stays."""
    before = stays[-1] if stays else None
    place = (stay.stage, stay.parent_id, stay.slot)
    if before and before.end == stay.begin and (before.stage, before.parent_id, before.slot) == place:
        stays[-1] = Stay(begin=before.begin, end=stay.end, stage=stay.stage, parent_id=stay.parent_id, slot=stay.slot)
    else:
        stays.append(stay)


def _periods(rows: Iterable[Any]) -> list[Period]:
    periods = [Period(begin=row.begin, end=row.end, done=Decimal(row.done)) for row in rows if row.done]
    return sorted(periods, key=lambda period: (period.begin, period.end))


def _in_order(known: Iterable[Reading], found: Iterable[Reading]) -> list[Reading]:
    """Return readings in order of time, each moment once."""
    by_moment = {each.at: each for each in (*known, *found)}
    return [by_moment[at] for at in sorted(by_moment)]


def _beside(life: Life, moment: int) -> tuple[Reading, ...]:
    """Return the reading at a moment, or those on either side of it; none where the later one tells nothing of it."""
    before = [each for each in life.readings if each.at <= moment][-1:]
    if (before and before[0].at == moment) or (life.taken_over and not before):
        return tuple(before)
    return (*before, *[each for each in life.readings if each.at > moment][:1])


def _decimal(value: Fraction | None) -> Decimal | None:
    """Return a figure to a millionth of its unit."""
    if value is None:
        return None
    rounded = _PRECISE.quantize(_PRECISE.divide(Decimal(value.numerator), Decimal(value.denominator)), _MILLIONTH)
    return Decimal(format(rounded, "f").rstrip("0").rstrip(".")) if rounded else Decimal(0)
