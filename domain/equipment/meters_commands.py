"""What may be said of the counters of an item. A reading is true of the moment for which it is told."""

from datetime import timedelta
from decimal import Decimal

from domain.equipment.meters import (
    MeterFitted,
    MeterReadingCorrected,
    MeterReadingRecorded,
    MeterReplaced,
    PeriodReported,
    period_of,
)
from domain.equipment.state import HOURS, OPERATING_TIME, Equipment
from domain.equipment.structure import next_above, require_service_above
from domain.equipment.terms import (
    Counted,
    DoneInPeriod,
    EquipmentId,
    FirstShown,
    LastShown,
    MeterName,
    Modulus,
    Passes,
    PassesAfterAll,
    PeriodBegin,
    PeriodEnd,
    PossibleInPeriod,
    Symbol,
)
from domain.kernel.commands import command
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef


@command("equipment.fit_meter", decides=("equipment_id",), tells=MeterFitted)
class FitMeter:
    """Give the item a counter, with its unit and where it begins again at 0.

    Safe to retry with the same `occurred_at`, or with a key.
    """

    equipment_id: EquipmentId
    meter: MeterName
    unit: Symbol
    shows: FirstShown = Decimal(0)
    modulus: Modulus | None = None

    def decide(self, _item: Equipment) -> list[MeterFitted]:
        """Return the fact to record; refused where the item has a counter of this name."""
        return [MeterFitted(meter=self.meter, unit=self.unit, shows=self.shows, modulus=self.modulus)]


@command("equipment.record_meter_reading", decides=("equipment_id",), tells=MeterReadingRecorded)
class RecordMeterReading:
    """Tell what a counter showed, in its unit and to its last digit; the first reading begins the counter.

    Safe to retry with the same `occurred_at`, or with a key.
    """

    equipment_id: EquipmentId
    meter: MeterName
    value: Counted
    unit: Symbol
    passes: Passes = 0

    def also(self, item: Equipment, *above: Equipment) -> tuple[StreamRef, ...]:
        """What was above a unit: its counters run only while that is in service."""
        return next_above(item, *above)

    def decide(self, item: Equipment, *above: Equipment) -> list[MeterReadingRecorded]:
        """Return the reading; refused where the counter cannot have come to it.

        Raises:
            NotInService: the item is a unit, and what is above it was not in service since the last reading.
        """
        meter = item.meter(self.meter)
        if meter is not None and (self.passes or self.value > meter.shown):
            require_service_above(item, above, since=meter.read_at)
        return [MeterReadingRecorded(meter=self.meter, value=self.value, unit=self.unit, passes=self.passes)]


@command("equipment.correct_meter_reading", decides=("equipment_id",), tells=MeterReadingCorrected)
class CorrectMeterReading:
    """Tell what a counter really shows after a reading that was wrong, whatever was read before.

    What the counter showed when it was fitted is not corrected so: declare that fact wrong. Safe to retry with the
    same `occurred_at`, or with a key.
    """

    equipment_id: EquipmentId
    meter: MeterName
    value: Counted
    unit: Symbol
    passes: PassesAfterAll | None = None

    def decide(self, _item: Equipment) -> list[MeterReadingCorrected]:
        """Return the correction; refused where there is no such counter, or it never shows this."""
        return [MeterReadingCorrected(meter=self.meter, value=self.value, unit=self.unit, passes=self.passes)]


@command("equipment.replace_meter", decides=("equipment_id",), tells=MeterReplaced)
class ReplaceMeter:
    """Put another counter in the place of one: what was done until then stays done.

    Safe to retry with the same `occurred_at`, or with a key.
    """

    equipment_id: EquipmentId
    meter: MeterName
    unit: Symbol
    last: LastShown | None = None
    shows: FirstShown = Decimal(0)
    modulus: Modulus | None = None

    def decide(self, _item: Equipment) -> list[MeterReplaced]:
        """Return the replacement; a second one at the same moment is refused, as both cannot be true."""
        return [MeterReplaced(meter=self.meter, unit=self.unit, last=self.last, shows=self.shows, modulus=self.modulus)]


@command("equipment.report_period", decides=("equipment_id",), tells=PeriodReported)
class ReportPeriod:
    """Tell the totals of a period of which nothing else is known. Safe to retry."""

    equipment_id: EquipmentId
    meter: MeterName
    unit: Symbol
    begin: PeriodBegin
    end: PeriodEnd
    up: DoneInPeriod
    total: PossibleInPeriod | None = None

    def known(self, item: Equipment) -> bool:
        """Whether these totals of this period are on record."""
        return period_of(self._fact()) in item.periods

    def decide(self, _item: Equipment) -> list[PeriodReported]:
        """Return the totals.

        Raises:
            Nonsense: more was done than could have been, or more hours than the period has and one for changed clocks.
        """
        length = Decimal((self.end - self.begin) / timedelta(hours=1)) + 1
        if self.total is not None and self.up > self.total:
            raise Nonsense("up", "is more than the total")
        if (self.meter, self.unit) == (OPERATING_TIME, HOURS) and self.up > length:
            raise Nonsense("up", "is more hours than the period has")
        return [self._fact()]

    def _fact(self) -> PeriodReported:
        return PeriodReported(
            meter=self.meter, unit=self.unit, begin=self.begin, end=self.end, up=self.up, total=self.total
        )
