"""What an item had done by any moment: operating time, or whatever another of its counters counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from domain.equipment.meters import HOURS
from domain.equipment.state import OPERATING_TIME
from domain.kernel.moments import FOREVER
from projections.equipment import meter_readings, registry
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.registry import REGISTRY
from projections.equipment.running import NEVER, Basis, Life, Lives, Period, Reading, Span, Stay, counting
from projections.paging import shown
from projections.views import followed

MOST_LEVELS = 32
"""Deepest structure that is looked through: of what is above it, nothing is known."""

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
    """None: nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingTime:
    """What an item had done by a moment, in the unit of the counter."""

    meter: str
    unit: str | None
    """Hours for operating time; of another counter None where nothing is on record of it."""
    measured: Decimal | None
    """What follows from readings; None: nobody knows."""
    basis: str | None
    """read, interpolated or last_read; None where nothing was measured."""
    reported: Decimal
    """What is said to have been done in periods of which only totals are known and nothing was measured."""
    total: Decimal | None
    """Both together; None: nothing is known."""
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

    Two statements for the item and two for each level of structure above it, whatever is on record.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in (REGISTRY, METER_READINGS))
    unit, lives = _known(connection, equipment_id, meter, position)
    moment = FOREVER if as_of is None else as_of
    life, reckoning = lives[equipment_id], Lives(lives)
    done = reckoning.done(equipment_id, NEVER, moment)
    periods = any(each.periods for each in lives.values())
    reported = reckoning.reported(equipment_id, Span(NEVER, moment)) if periods else Fraction(0)
    measured = done.value if unit else None
    known = measured is not None or reported
    readings = _beside(life.readings, moment)
    exact = len(readings) == 1 and not done.parts and done.value == Fraction(readings[0].total)
    return OperatingTime(
        meter=meter,
        unit=unit,
        measured=readings[0].total if exact else _decimal(measured),
        basis=None if measured is None else Basis(done.basis).name.lower(),
        reported=_decimal(reported) or Decimal(0),
        total=_decimal((measured or 0) + reported) if known else None,
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
        position=position,
    )


def _known(connection: Connection, item: UUID, meter: str, position: int) -> tuple[str | None, dict[UUID, Life]]:
    """Return the unit of the counter, and what is known of an item and of everything in which it or they sat."""
    unit: str | None = None
    lives: dict[UUID, Life] = {}
    wanted = {item}
    for _ in range(MOST_LEVELS):
        if not wanted:
            break
        stays, taken_over = _stays(connection, wanted, position)
        said = _said(connection, wanted, meter, position)
        unit = unit or next((row.unit for rows in said.values() for row in rows if row.unit), None)
        for each in wanted:
            rows = [row for row in said.get(each, ()) if row.unit == unit]
            lives[each] = _life(stays.get(each, []), rows, taken_over=each in taken_over)
        wanted = {stay.parent_id for each in stays.values() for stay in each if stay.parent_id} - lives.keys()
    return unit or (HOURS if meter == OPERATING_TIME else None), lives


def _stays(connection: Connection, items: Iterable[UUID], position: int) -> tuple[dict[UUID, list[Stay]], set[UUID]]:
    """Return the stays of items in order of time, and which of the items were taken over."""
    table = registry.TABLE
    query = (
        select(
            table.c.key,
            table.c.valid_from,
            table.c.valid_to,
            table.c.ended_by,
            table.c.stage,
            table.c.parent_id,
            table.c.slot,
            table.c.taken_over,
        )
        .where(table.c.key.in_(items), table.c.known_from <= position, table.c.known_to > position)
        .order_by(table.c.key, table.c.valid_from)
    )
    stays: dict[UUID, list[Stay]] = {}
    taken_over = set()
    for row in connection.execute(query):
        end = row.valid_to if row.ended_by <= position else FOREVER
        stay = Stay(begin=row.valid_from, end=end, stage=row.stage, parent_id=row.parent_id, slot=row.slot)
        _join(stays.setdefault(row.key, []), stay)
        taken_over |= {row.key} if row.taken_over else set()
    return stays, taken_over


def _join(stays: list[Stay], stay: Stay) -> None:
    """Add a stay to those before it; the registry tells more of an item than where it stays."""
    if stay.begin == stay.end:
        return
    before = stays[-1] if stays else None
    place = (stay.stage, stay.parent_id, stay.slot)
    if before and before.end == stay.begin and (before.stage, before.parent_id, before.slot) == place:
        stays[-1] = Stay(begin=before.begin, end=stay.end, stage=stay.stage, parent_id=stay.parent_id, slot=stay.slot)
    else:
        stays.append(stay)


def _said(connection: Connection, items: Iterable[UUID], meter: str, position: int) -> dict[UUID, list[Any]]:
    """Return what was said of one counter of items, in order of life."""
    table = meter_readings.TABLE
    query = (
        select(table)
        .where(table.c.key.in_(items), table.c.meter == meter, shown(table, None, position))
        .order_by(table.c.key, table.c.valid_from, table.c.position)
    )
    said: dict[UUID, list[Any]] = {}
    for row in connection.execute(query):
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


def _beside(readings: Sequence[Reading], moment: int) -> tuple[Reading, ...]:
    """Return the reading at a moment, or those on either side of it."""
    before = [each for each in readings if each.at <= moment][-1:]
    if before and before[0].at == moment:
        return tuple(before)
    return (*before, *[each for each in readings if each.at > moment][:1])


def _decimal(value: Fraction | None) -> Decimal | None:
    """Return a figure to a millionth of its unit."""
    if value is None:
        return None
    rounded = _PRECISE.quantize(_PRECISE.divide(Decimal(value.numerator), Decimal(value.denominator)), _MILLIONTH)
    return Decimal(format(rounded, "f").rstrip("0").rstrip(".")) if rounded else Decimal(0)
