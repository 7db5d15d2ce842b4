"""The axis of meters: what the counters of an item show. Names and fields of facts are a file format.

A reading is understood to the last digit that is written: "912" says between 911 and 913, and so does not contradict
the 912.5 before it.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from domain.equipment.refusals import (
    BeyondTheMeter,
    MeterAlreadyFitted,
    MeterNotFitted,
    MeterRanBackwards,
    MeterUnitDiffers,
    NotInService,
    PeriodOverlaps,
)
from domain.equipment.state import OPERATING_TIME, Equipment, Meter
from domain.equipment.terms import Counted, MeterName, Modulus, Stage, Symbol
from domain.kernel.facts import event
from domain.kernel.marks import Example, Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed

HOURS = "h"


@event("equipment.meter_fitted")
class MeterFitted:
    """The item has a counter from now on: its unit, what it showed, and where it begins again at 0."""

    meter: MeterName
    unit: Symbol
    shows: Counted = Decimal(0)
    modulus: Modulus | None = None


@event("equipment.meter_reading_recorded")
class MeterReadingRecorded:
    """A counter was read at the moment at which the fact happened."""

    meter: MeterName
    value: Counted
    unit: Symbol
    passes: Annotated[int, Meaning("How often the counter passed through 0 since its last reading."), Example(0)] = 0


@event("equipment.meter_reading_corrected")
class MeterReadingCorrected:
    """The last reading of a counter was wrong: at this moment it showed this, whatever was read before."""

    meter: MeterName
    value: Counted
    unit: Symbol


@event("equipment.meter_replaced")
class MeterReplaced:
    """A counter was replaced by another: what the old one showed at last, and the new one at first."""

    meter: MeterName
    unit: Symbol
    last: Annotated[Counted, Meaning("What the old counter showed at last; none: nobody read it.")] | None = None
    shows: Counted = Decimal(0)
    modulus: Modulus | None = None


@event("equipment.period_reported")
class PeriodReported:
    """Of a period only totals are known: how much was done in it. It is kept apart from what was measured."""

    meter: MeterName
    unit: Symbol
    begin: Annotated[datetime, Meaning("Begin of the period."), Example("2026-01-01T00:00:00+00:00")]
    end: Annotated[datetime, Meaning("End of the period."), Example("2026-02-01T00:00:00+00:00")]
    up: Annotated[Counted, Meaning("What was done in the period: hours in use, cycles, distance.")]
    total: (
        Annotated[Counted, Meaning("What could have been done in the period, such as the hours that were wanted.")]
        | None
    ) = None


MetersFact = MeterFitted | MeterReadingRecorded | MeterReadingCorrected | MeterReplaced | PeriodReported


def evolve(item: Equipment, fact: MetersFact, at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case MeterFitted():
            return _with(item, _begun(fact, at))
        case MeterReadingRecorded():
            return read(item, fact, at)
        case MeterReadingCorrected():
            meter = item.meter(fact.meter)
            if meter is None or fact.value.is_nan():
                return item
            return _with(item, changed(meter, shown=fact.value, read_at=at, total=meter.before + fact.value))
        case MeterReplaced():
            meter = item.meter(fact.meter)
            done = Decimal(0) if meter is None else meter.total
            if meter is not None and fact.last is not None and not fact.last.is_nan():
                done = max(done, meter.before + fact.last)
            return _with(item, _begun(fact, at, done))
        case PeriodReported():
            period = (fact.meter, fact.begin, fact.end)
            return changed(item, periods=tuple(sorted({*item.periods, period})))


def read(item: Equipment, reading: MeterReadingRecorded, at: datetime) -> Equipment:
    """Apply a reading, of a counter that need not be known before; it then has done what it shows."""
    meter, value = item.meter(reading.meter), reading.value
    if value.is_nan():
        return item
    if meter is None:
        return _with(item, Meter(name=reading.meter, unit=reading.unit, shown=value, read_at=at, total=value))
    before = meter.before + (meter.modulus or 0) * reading.passes
    shown = value if before > meter.before else max(value, meter.shown)
    return _with(item, changed(meter, shown=shown, read_at=at, before=before, total=before + shown))


def initial_reading(item: Equipment, hours: Decimal | None, at: datetime) -> Equipment:
    """Apply what another fact says of the operating time, if it says anything."""
    if hours is None:
        return item
    return read(item, MeterReadingRecorded(meter=OPERATING_TIME, value=hours, unit=HOURS), at)


def _begun(fact: MeterFitted | MeterReplaced, at: datetime, done: Decimal | None = None) -> Meter:
    """Return a counter at its first reading: after what was done before it, or after what it shows."""
    shown = Decimal(0) if fact.shows.is_nan() else fact.shows
    before = Decimal(0) if done is None else done - shown
    return Meter(
        name=fact.meter,
        unit=fact.unit,
        shown=shown,
        read_at=at,
        total=before + shown,
        before=before,
        modulus=fact.modulus,
        fitted_at=at,
    )


def _with(item: Equipment, meter: Meter) -> Equipment:
    others = [each for each in item.meters if each.name != meter.name]
    return changed(item, meters=tuple(sorted((*others, meter), key=lambda each: each.name)))


def check(item: Equipment, fact: MetersFact, at: datetime) -> Refusal | None:
    """Return why the counters of the item cannot have shown this, or None."""
    meter = item.meter(fact.meter)
    if meter is not None and meter.unit != fact.unit:
        return MeterUnitDiffers(meter=meter.name, unit=meter.unit)
    match fact:
        case MeterFitted() if meter is not None:
            return MeterAlreadyFitted(meter=meter.name)
        case MeterReadingRecorded():
            return _check_reading(item, meter, fact, at)
        case MeterReadingCorrected() | MeterReplaced() if meter is None:
            return MeterNotFitted(meter=fact.meter)
        case MeterReplaced() if meter is not None and meter.fitted_at == at:
            return MeterAlreadyFitted(meter=meter.name)
        case MeterReplaced() if meter is not None and fact.last is not None:
            return backwards(meter, fact.last)
        case PeriodReported() if any(_overlap(period, fact) for period in item.periods):
            return PeriodOverlaps(meter=fact.meter)
        case _:
            return None


def _check_reading(item: Equipment, meter: Meter | None, fact: MeterReadingRecorded, at: datetime) -> Refusal | None:
    if meter is None:
        return None
    if meter.modulus is not None and fact.value >= meter.modulus:
        return BeyondTheMeter(meter=meter.name, modulus=str(meter.modulus))
    if fact.passes:
        return None if meter.modulus is not None else MeterRanBackwards(meter=meter.name, last=str(meter.shown))
    if refusal := backwards(meter, fact.value):
        return refusal
    if fact.value > meter.shown and not _ran_since(item, meter, at):
        return NotInService(stage=item.stage)
    return None


def ran_backwards(item: Equipment, hours: Decimal | None, _at: datetime) -> Refusal | None:
    """Return the refusal of an operating time below the last one on record, or None."""
    meter = item.meter(OPERATING_TIME)
    return None if hours is None or meter is None else backwards(meter, hours)


def backwards(meter: Meter, value: Decimal) -> Refusal | None:
    """Return the refusal of a reading that cannot be the last one or a later one, to its last digit; or None."""
    if value.is_nan() or value >= meter.shown:
        return None
    exponent = value.as_tuple().exponent
    digit = Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(0)
    return None if value + digit > meter.shown else MeterRanBackwards(meter=meter.name, last=str(meter.shown))


def _ran_since(item: Equipment, meter: Meter, _at: datetime) -> bool:
    """Return whether the item was in service, or in a parent, at any time since the counter was read."""
    if item.stage in {Stage.IN_SERVICE, Stage.UNDER_REPAIR} or item.parent_id is not None:
        return True
    return item.left_service_at is not None and item.left_service_at > meter.read_at


def _overlap(period: tuple[str, datetime, datetime], fact: PeriodReported) -> bool:
    name, begin, end = period
    return name == fact.meter and begin < fact.end and fact.begin < end
