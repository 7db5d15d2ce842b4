"""What an item had done by any moment: operating time, or whatever another of its counters counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select

from domain.equipment.state import HOURS, OPERATING_TIME
from domain.kernel.moments import FOREVER
from projections.equipment import meter_readings, registry
from projections.equipment.known_lives import NEVER, Life, Period, Reading, Stay, counting
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.registry import REGISTRY
from projections.equipment.running import Basis, Lives
from projections.paging import shown
from projections.spans import known_spans
from projections.statements import MOST_NAMED
from projections.views import followed

NEEDS = (REGISTRY, METER_READINGS)
"""The read models from which the question is answered."""

_TELLING = ("key", "valid_from", "unit", "shown", "total", "corrects", "begin", "end", "done")
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

    Four statements, however much is above the item and however deep it sits.

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

    Two statements for every 500 items, however much is above them and however deep they sit.
    """
    moment = FOREVER if as_of is None else as_of
    found: dict[UUID, OperatingTime] = {}
    for start in range(0, len(items), MOST_NAMED):
        part = items[start : start + MOST_NAMED]
        known = _Known(connection, part, meter, position)
        found |= {item: known.done(item, moment) for item in part}
    return found


class _Known:
    """What is known of one counter of some items, and of everything in which they or those ever sat."""

    def __init__(self, connection: Connection, items: Collection[UUID], meter: str, position: int) -> None:
        """Read it."""
        concerned = _and_above(items, position)
        self._stays, self._taken_over = _stays(connection, concerned, position)
        self._said = _said(connection, concerned, meter, position)
        self._meter, self._position = meter, position
        self._lives: dict[tuple[UUID, str | None], Life] = {}

    def done(self, item: UUID, moment: int) -> OperatingTime:
        """Return what an item had done by a moment."""
        unit, lives = self._above(item)
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

    def _above(self, item: UUID) -> tuple[str | None, dict[UUID, Life]]:
        """Return the unit of the counter, and the lives of an item and of everything in which it or they ever sat.

        The unit is that of the item's own counter, or of the nearest above it; what was said in another does not count.
        """
        unit: str | None = None
        lives: dict[UUID, Life] = {}
        level = [item]
        while level:
            unit = unit or next((row.unit for each in level for row in self._said.get(each, ()) if row.unit), None)
            lives |= {each: self._life(each, unit) for each in level}
            parents = {stay.parent_id for each in level for stay in lives[each].stays if stay.parent_id}
            level = sorted(parents - lives.keys())
        return unit or (HOURS if self._meter == OPERATING_TIME else None), lives

    def _life(self, item: UUID, unit: str | None) -> Life:
        """Return a life by what was said in one unit; made once, whoever sat in it."""
        if (life := self._lives.get((item, unit))) is None:
            rows = [row for row in self._said.get(item, ()) if row.unit == unit]
            life = _life(self._stays.get(item, []), rows, taken_over=item in self._taken_over)
            self._lives[item, unit] = life
        return life


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


def _said(connection: Connection, items: Select[tuple[UUID]], meter: str, position: int) -> dict[UUID, list[Any]]:
    """Return what was said of one counter of items, in order of life."""
    table = meter_readings.TABLE
    query = (
        select(*(table.c[name] for name in _TELLING))  # nothing else is fetched: of a fleet these are many
        .where(table.c.key.in_(items), table.c.meter == meter, shown(table, None, position))
        .order_by(table.c.key, table.c.valid_from, table.c.position)
    )
    said: dict[UUID, list[Any]] = {}
    for row in connection.execute(query).all():
        said.setdefault(row.key, []).append(row)
    return said


def _life(stays: Sequence[Stay], rows: Sequence[Any], *, taken_over: bool) -> Life:
    readings = [Reading(at=row.valid_from, total=Decimal(row.total), shown=row.shown) for row in rows if row.total]
    corrected: dict[int, int] = {}
    for row in rows:
        if row.corrects is not None:
            corrected[row.corrects] = max(row.valid_from, corrected.get(row.corrects, NEVER))
    periods = [Period(begin=row.begin, end=row.end, done=Decimal(row.done)) for row in rows if row.done]
    periods.sort(key=lambda period: (period.begin, period.end))
    return Life(stays=stays, readings=counting(readings, corrected), periods=periods, taken_over=taken_over)


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
