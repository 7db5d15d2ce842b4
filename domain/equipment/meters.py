"""The axis of meters: what the counters of an item show. Names and fields of facts are a file format.

A reading is understood to the last digit that is written: "912" says between 911 and 913, and so does not contradict
the 912.5 before it. The first reading of a counter is where it begins; what is read after it is progress, and belongs
to a time in service. Totals of periods stand beside the readings and are never added to them.
"""

from datetime import datetime
from decimal import Decimal

from domain.equipment.periods import overlaps, with_period
from domain.equipment.refusals import (
    BeyondTheMeter,
    MeterAlreadyFitted,
    MeterDoesNotRollOver,
    MeterNotFitted,
    MeterRanBackwards,
    MeterUnitDiffers,
    NotInService,
    NotReleased,
    PeriodOverlaps,
)
from domain.equipment.state import HOURS, OPERATING_TIME, Equipment, Meter, Period
from domain.equipment.terms import (
    Counted,
    DoneInPeriod,
    FirstShown,
    LastShown,
    MeterName,
    Modulus,
    Passes,
    PassesAfterAll,
    PeriodBegin,
    PeriodEnd,
    PossibleInPeriod,
    Stage,
    Symbol,
)
from domain.kernel.facts import event
from domain.kernel.refusals import Nonsense, OccursInTheFuture, Refusal
from domain.kernel.states import changed


@event("equipment.meter_fitted")
class MeterFitted:
    """The item has a counter from now on: its unit, what it showed, and where it begins again at 0."""

    meter: MeterName
    unit: Symbol
    shows: FirstShown = Decimal(0)
    modulus: Modulus | None = None


@event("equipment.meter_reading_recorded")
class MeterReadingRecorded:
    """A counter was read at the moment at which the fact happened."""

    meter: MeterName
    value: Counted
    unit: Symbol
    passes: Passes = 0


@event("equipment.meter_reading_corrected")
class MeterReadingCorrected:
    """The last reading of a counter was wrong: at this moment it showed this, whatever was read before."""

    meter: MeterName
    value: Counted
    unit: Symbol
    passes: PassesAfterAll | None = None


@event("equipment.meter_replaced")
class MeterReplaced:
    """A counter was replaced by another: what the old one showed at last, and the new one at first."""

    meter: MeterName
    unit: Symbol
    last: LastShown | None = None
    shows: FirstShown = Decimal(0)
    modulus: Modulus | None = None


@event("equipment.period_reported")
class PeriodReported:
    """Of a period only totals are known: how much was done in it. It is kept apart from what was measured."""

    meter: MeterName
    unit: Symbol
    begin: PeriodBegin
    end: PeriodEnd
    up: DoneInPeriod
    total: PossibleInPeriod | None = None


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
            if meter is None or not fact.value.is_finite():
                return item
            passes = meter.passes if fact.passes is None else max(0, fact.passes)
            before = meter.before + (meter.modulus or 0) * (passes - meter.passes)
            return _with(item, _shown(changed(meter, passes=passes, before=before), fact.value, at))
        case MeterReplaced():
            meter = item.meter(fact.meter)
            done = Decimal(0) if meter is None else meter.total
            if meter is not None and fact.last is not None and fact.last.is_finite():
                done = max(done, meter.before + fact.last)
            return _with(item, _begun(fact, at, done))
        case PeriodReported():
            return with_period(item, period_of(fact))


def read(item: Equipment, reading: MeterReadingRecorded, at: datetime) -> Equipment:
    """Apply a reading, of a counter that need not be known before; it then has done what it shows."""
    meter, value = item.meter(reading.meter), reading.value
    if not value.is_finite() or item.unit_of(reading.meter) not in {None, reading.unit}:
        return item
    if meter is None:
        first = Meter(name=reading.meter, unit=reading.unit, shown=value, read_at=at, total=value)
        return _with(item, first)
    passes = max(0, reading.passes) if meter.modulus is not None else 0
    if not passes:
        return _with(item, _shown(changed(meter, passes=0), max(value, meter.shown), at))
    before = meter.before + (meter.modulus or 0) * passes
    return _with(item, _shown(changed(meter, passes=passes, before=before), value, at))


def initial_reading(item: Equipment, hours: Decimal | None, at: datetime) -> Equipment:
    """Apply what another fact says of the operating time, if it says anything."""
    if hours is None:
        return item
    return read(item, MeterReadingRecorded(meter=OPERATING_TIME, value=hours, unit=HOURS), at)


def period_of(fact: PeriodReported) -> Period:
    """Return the period as the item keeps it."""
    return Period(meter=fact.meter, unit=fact.unit, begin=fact.begin, end=fact.end, up=fact.up, total=fact.total)


def _shown(meter: Meter, shown: Decimal, at: datetime) -> Meter:
    return changed(meter, shown=shown, read_at=at, total=meter.before + shown)


def _begun(fact: MeterFitted | MeterReplaced, at: datetime, done: Decimal | None = None) -> Meter:
    """Return a counter at its first reading: after what was done before it, or after what it shows."""
    shown = fact.shows if fact.shows.is_finite() else Decimal(0)
    before = Decimal(0) if done is None else done - shown
    modulus = fact.modulus
    return Meter(
        name=fact.meter,
        unit=fact.unit,
        shown=shown,
        read_at=at,
        total=before + shown,
        before=before,
        modulus=modulus if modulus is not None and modulus.is_finite() and modulus > 0 else None,
        fitted_at=at,
    )


def _with(item: Equipment, meter: Meter) -> Equipment:
    others = [each for each in item.meters if each.name != meter.name]
    return changed(item, meters=tuple(sorted((*others, meter), key=lambda each: each.name)))


def check(item: Equipment, fact: MetersFact, at: datetime) -> Refusal | None:
    """Return why the counters of the item cannot have shown this, or None."""
    unit, meter = item.unit_of(fact.meter), item.meter(fact.meter)
    if unit is not None and unit != fact.unit:
        return MeterUnitDiffers(meter=fact.meter, unit=unit)
    match fact:
        case MeterFitted():
            if meter is not None:
                return MeterAlreadyFitted(meter=meter.name)
            return _beyond(fact.meter, fact.modulus, fact.shows)
        case MeterReadingRecorded():
            return _check_reading(item, meter, fact, at)
        case MeterReadingCorrected():
            if meter is None:
                return MeterNotFitted(meter=fact.meter)
            return _beyond(meter.name, meter.modulus, fact.value) or _check_passes(meter, fact.passes or 0)
        case MeterReplaced():
            if meter is None:
                return MeterNotFitted(meter=fact.meter)
            if meter.fitted_at == at:
                return MeterAlreadyFitted(meter=meter.name)
            last = None if fact.last is None else _check_value(item, meter, fact.last)
            return last or _beyond(meter.name, fact.modulus, fact.shows)
        case PeriodReported():
            return _check_period(item, fact, at)


def _check_reading(item: Equipment, meter: Meter | None, fact: MeterReadingRecorded, at: datetime) -> Refusal | None:
    if refusal := _check_passes(meter, fact.passes):
        return refusal
    if meter is None:
        return None
    if meter.fitted_at == at and fact.value != meter.shown:
        return MeterAlreadyFitted(meter=meter.name)
    if not fact.passes:
        return _check_value(item, meter, fact.value)
    if refusal := _beyond(meter.name, meter.modulus, fact.value):
        return refusal
    return None if _worked_after(item, meter.read_at) else NotInService(stage=item.stage)


def _check_passes(meter: Meter | None, passes: int) -> Refusal | None:
    """Return the refusal of passes through 0 that the counter cannot have made, or None."""
    return MeterDoesNotRollOver() if passes and (meter is None or meter.modulus is None or passes < 0) else None


def _check_value(item: Equipment, meter: Meter, value: Decimal) -> Refusal | None:
    """Return the refusal of a value that the counter cannot show by now without passing through 0, or None."""
    if refusal := _cannot_follow(meter, value):
        return refusal
    if value.is_finite() and value > meter.shown and not _worked_after(item, meter.read_at):
        return NotInService(stage=item.stage)
    return None


def ran_backwards(item: Equipment, hours: Decimal | None, _at: datetime) -> Refusal | None:
    """Return the refusal of an operating time, told with another fact, that the counter cannot show; or None."""
    meter = item.meter(OPERATING_TIME)
    unit = item.unit_of(OPERATING_TIME)
    if hours is None or unit is None:
        return None
    if unit != HOURS:
        return MeterUnitDiffers(meter=OPERATING_TIME, unit=unit)
    return None if meter is None else _cannot_follow(meter, hours)


def _cannot_follow(meter: Meter, value: Decimal) -> Refusal | None:
    """Return the refusal of a reading that cannot be the last one or a later one, to its last digit; or None."""
    if refusal := _beyond(meter.name, meter.modulus, value):
        return refusal
    if not value.is_finite() or value >= meter.shown:
        return None
    last_digit = Decimal(1).scaleb(min(0, int(value.as_tuple().exponent)))
    return None if value + last_digit > meter.shown else MeterRanBackwards(meter=meter.name, last=str(meter.shown))


def _beyond(name: str, modulus: Decimal | None, value: Decimal) -> Refusal | None:
    """Return the refusal of a value that a counter which begins again at its modulus never shows, or None."""
    if modulus is None or not (modulus.is_finite() and value.is_finite()) or value < modulus:
        return None
    return BeyondTheMeter(meter=name, modulus=str(modulus))


def _check_period(item: Equipment, fact: PeriodReported, at: datetime) -> Refusal | None:
    if fact.begin >= fact.end:
        return Nonsense("end", "is not later than the begin")
    if fact.end > at:
        return OccursInTheFuture("The period ends later than its totals are reported.")
    known_since = None if item.taken_over else item.released_at
    if known_since is not None and fact.begin < known_since:
        return NotReleased()
    if overlaps(item, period_of(fact)):
        return PeriodOverlaps(meter=fact.meter)
    unknown = item.taken_over and item.released_at is not None and fact.begin < item.released_at
    if fact.up and not unknown and not _worked_after(item, fact.begin):
        return NotInService(stage=item.stage)
    return None


def _worked_after(item: Equipment, moment: datetime) -> bool:
    """Return whether the item was in service, or in a parent, at any time after a moment."""
    if item.stage in {Stage.IN_SERVICE, Stage.UNDER_REPAIR} or item.parent_id is not None:
        return True
    return item.left_service_at is not None and item.left_service_at > moment
