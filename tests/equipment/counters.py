"""Counters of an item in service, and what may be said of them, for the scenarios of meters."""

from datetime import datetime
from decimal import Decimal

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.meters import MeterFitted, MeterReadingRecorded, MeterReplaced
from domain.equipment.meters_commands import CorrectMeterReading, FitMeter, RecordMeterReading, ReplaceMeter
from domain.equipment.state import OPERATING_TIME, Equipment, Meter
from domain.kernel.folding import fold
from tests.equipment.lives import (
    IN_SERVICE,
    ITEM,
    ITEM_ID,
)
from tests.scenario import BEGIN, HOUR, Scenario, given

KM, CYCLES = "km", "1"


def read(value: str, unit: str = "h", meter: str = OPERATING_TIME, passes: int = 0) -> RecordMeterReading:
    return RecordMeterReading(equipment_id=ITEM_ID, meter=meter, value=Decimal(value), unit=unit, passes=passes)


def reading(value: str, unit: str = "h", meter: str = OPERATING_TIME, passes: int = 0) -> MeterReadingRecorded:
    return MeterReadingRecorded(meter=meter, value=Decimal(value), unit=unit, passes=passes)


def correct(value: str, passes: int | None = None) -> CorrectMeterReading:
    return CorrectMeterReading(
        equipment_id=ITEM_ID, meter=OPERATING_TIME, value=Decimal(value), unit="h", passes=passes
    )


def replace(last: str | None = None, shows: str = "0", modulus: str | None = None, unit: str = "h") -> ReplaceMeter:
    return ReplaceMeter(
        equipment_id=ITEM_ID,
        meter=OPERATING_TIME,
        unit=unit,
        last=None if last is None else Decimal(last),
        shows=Decimal(shows),
        modulus=None if modulus is None else Decimal(modulus),
    )


def replaced(last: str | None = None, shows: str = "0") -> MeterReplaced:
    return MeterReplaced(
        meter=OPERATING_TIME, unit="h", last=None if last is None else Decimal(last), shows=Decimal(shows)
    )


def fit(meter: str, unit: str, shows: str = "0", modulus: str | None = None) -> FitMeter:
    limit = None if modulus is None else Decimal(modulus)
    return FitMeter(equipment_id=ITEM_ID, meter=meter, unit=unit, shows=Decimal(shows), modulus=limit)


ODOMETER = MeterFitted(meter="odometer", unit=KM, modulus=Decimal(1000))
WORKING = given(ITEM, *IN_SERVICE)
AT_900 = WORKING.given(ITEM, reading("900.5"))
ROLLING = WORKING.given(ITEM, ODOMETER, reading("990", KM, "odometer"))


def counter(scenario: Scenario, name: str = OPERATING_TIME) -> Meter:
    """Return a counter of the item after all that has happened."""
    item: Equipment = fold(EQUIPMENT, [happening for stream, happening in scenario.happened if stream == ITEM])
    meter = item.meter(name)
    assert meter is not None
    return meter


def last_moment(scenario: Scenario) -> datetime:
    return BEGIN + len(scenario.happened) * HOUR
