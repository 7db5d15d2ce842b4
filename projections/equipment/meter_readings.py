"""What the counters of items showed, reading by reading, and what was reported of periods: the ground of totals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import get_args
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Index

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.meters import MeterReadingCorrected, MetersFact, PeriodReported
from domain.equipment.state import OPERATING_TIME, Equipment, Meter, Period
from domain.kernel.envelope import Recorded
from domain.kernel.facts import Fact
from domain.kernel.moments import to_micros
from domain.log.columns import Id
from projections.read_model import Steps, steps_table
from projections.timeline import Values
from projections.views import SortedText

TABLE = steps_table(
    "meter_readings",
    Column("meter", SortedText, nullable=False),
    Column("unit", SortedText),
    Column("shown", SortedText),
    Column("total", SortedText),
    Column("corrects", BigInteger),
    Column("begin", BigInteger),
    Column("end", BigInteger),
    Column("done", SortedText),
    Column("possible", SortedText),
    Column("fact", Id, nullable=False),
    Column("wrong_by", Id),
    Column("of_period", Boolean, nullable=False),
    Column("goes_on", Boolean, nullable=False),
    Index("meter_readings_periods", "key", "begin", "position"),
    Index("meter_readings_life", "key", "meter", "valid_from", "position"),
    Index("meter_readings_time", "key", "valid_from", "position"),
    Index("meter_readings_turns", "key", "goes_on", "meter", "corrects"),
)
"""A row is a reading (`total` is not null), a period of which a total is known (`begin` and `done` are not null), or
says nothing: its fact is declared wrong, or its number is none. `possible` is what could have been done in the period,
if that was said; `corrects` is when the reading that was wrong had been made; `wrong_by` is the declaration that holds
the fact wrong. `goes_on` is false where a counter turns: where it was read for the first time, shows that less was done
than the reading before it showed, or tells it in another unit, and of every correction; and of periods. So readings
are known by few rows, however many there are (`projections.equipment.courses`)."""

_METERS_FACTS = get_args(MetersFact)
_MOST_DIGITS = 30
"""No counter has so many: a number beyond is a slip of a pen, and slow to reckon with."""


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What the rules of meters know of one item."""

    meters: tuple[Meter, ...] = ()
    periods: tuple[Period, ...] = ()


def reads(fact: Fact) -> bool:
    """Return whether a fact says what a counter showed: those of meters, and others that tell an operating time."""
    return isinstance(fact, _METERS_FACTS) or getattr(fact, "operating_time", None) is not None


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands, if it says what a counter showed."""
    return (recorded.stream.id,) if recorded.stream.kind == EQUIPMENT.kind and reads(recorded.fact) else ()


def evolve(counters: Counters, recorded: Recorded, _key: UUID) -> Counters:
    """Apply one fact as the rules of meters do."""
    item = Equipment(meters=counters.meters, periods=counters.periods)
    item = EQUIPMENT.evolve(item, recorded.fact, recorded.occurred_at.astimezone(UTC))
    return Counters(meters=item.meters, periods=item.periods)


def step(before: Counters, after: Counters, recorded: Recorded, wrong_by: UUID | None) -> Values:
    """Return what a fact says of a counter; nothing but its name if it is declared wrong or no number."""
    fact = recorded.fact
    name = getattr(fact, "meter", OPERATING_TIME)
    said: Values = dict.fromkeys(("unit", "shown", "total", "corrects", "begin", "end", "done", "possible"))
    said |= {"fact": recorded.id, "wrong_by": wrong_by, "of_period": isinstance(fact, PeriodReported), "goes_on": True}
    meter = _named(after, name)
    if wrong_by is None and isinstance(fact, PeriodReported):
        if sensible(fact.up) and fact.begin < fact.end:
            begin, end = to_micros(fact.begin), to_micros(fact.end)
            possible = None if fact.total is None or not sensible(fact.total) else format(fact.total, "f")
            said |= {"unit": fact.unit, "begin": begin, "end": end, "done": format(fact.up, "f"), "possible": possible}
            said["goes_on"] = False
    elif wrong_by is None and meter is not None and meter.read_at == recorded.occurred_at and sensible(meter.total):
        said |= {"unit": meter.unit, "shown": str(meter.shown), "total": format(meter.total, "f")}
        earlier = _named(before, name)
        corrected = isinstance(fact, MeterReadingCorrected)
        if corrected and earlier is not None:
            said["corrects"] = to_micros(earlier.read_at)
        said["goes_on"] = not corrected and earlier is not None and _goes_on(earlier, meter)
    return {"position": recorded.position, "meter": name, **said}


def _named(counters: Counters, name: str) -> Meter | None:
    return next((meter for meter in counters.meters if meter.name == name), None)


def _goes_on(earlier: Meter, meter: Meter) -> bool:
    """Return whether a counter shows no less done than before; nothing of this read model says what was no number."""
    return earlier.unit == meter.unit and sensible(earlier.total) and earlier.total <= meter.total


def sensible(value: Decimal) -> bool:
    """Return whether a number is one that a counter can have shown."""
    return value.is_finite() and abs(value.adjusted()) < _MOST_DIGITS and len(value.as_tuple().digits) < _MOST_DIGITS


METER_READINGS = Steps(
    name="meter_readings", version=4, table=TABLE, initial=Counters(), keys=keys, evolve=evolve, step=step
)
