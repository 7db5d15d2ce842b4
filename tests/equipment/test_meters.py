"""Counters: what they may show after what they showed, and in which time."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Commissioned, Installed, LaidUp
from domain.equipment.meters import MeterFitted
from domain.equipment.meters_commands import RecordMeterReading
from domain.equipment.operation import RepairStarted
from domain.equipment.operation_commands import ReportFailure
from domain.equipment.refusals import (
    AlreadyDisposed,
    BeyondTheMeter,
    MeterRanBackwards,
    MeterUnitDiffers,
    NotInService,
    NotReleased,
)
from domain.equipment.state import OPERATING_TIME, Equipment
from domain.kernel.folding import fold
from domain.kernel.refusals import ContradictsLaterFact, Nonsense
from tests.equipment.counters import (
    AT_900,
    CYCLES,
    KM,
    ROLLING,
    WORKING,
    counter,
    fit,
    last_moment,
    read,
    reading,
    replace,
    replaced,
)
from tests.equipment.lives import (
    DECOMMISSIONED,
    DISPOSED,
    IN_SERVICE,
    ITEM,
    ITEM_ID,
    OPERATOR,
    REMOVED,
    UNIT,
    UNIT_ID,
    UNIT_IN_STOCK,
    UP_TO_INSTALLED,
)
from tests.scenario import BEGIN, HOUR, Scenario, given, nothing

# Readings


def test_a_reading_of_an_item_in_service_is_recorded() -> None:
    WORKING.when(read("900.5")).then(reading("900.5"))


def test_an_item_has_several_counters_each_in_its_own_unit() -> None:
    told = WORKING.given(ITEM, reading("900.5"), reading("12", KM, "odometer"), reading("7", CYCLES, "starts"))
    assert [counter(told, name).total for name in (OPERATING_TIME, "odometer", "starts")] == [Decimal("900.5"), 12, 7]


def test_the_first_reading_begins_a_counter_whatever_it_shows() -> None:
    given(ITEM, *UP_TO_INSTALLED).when(read("3.5")).then(reading("3.5"))


def test_the_same_reading_of_the_same_moment_is_known() -> None:
    AT_900.when(read("900.5"), at=last_moment(AT_900)).then()


def test_the_same_reading_at_another_moment_says_that_nothing_was_done() -> None:
    AT_900.when(read("900.5")).then(reading("900.5"))


def test_another_reading_of_the_same_moment_is_not_taken_for_known() -> None:
    AT_900.when(read("901"), at=last_moment(AT_900)).then(reading("901"))


def test_a_rounded_reading_said_again_is_known_too() -> None:
    rounded = AT_900.given(ITEM, reading("900"))
    rounded.when(read("900"), at=last_moment(rounded)).then()


def test_a_reading_in_another_unit_is_refused_with_the_unit_expected() -> None:
    refusal = EQUIPMENT.check(fold(EQUIPMENT, [each for _, each in AT_900.happened]), reading("54060", "min"), BEGIN)
    assert isinstance(refusal, MeterUnitDiffers)
    assert refusal.facts == {"meter": OPERATING_TIME, "unit": "h"}


@pytest.mark.parametrize("value", ["900.5", "900.4", "900", "901", "900.50"])
def test_a_reading_may_differ_from_the_last_by_its_own_last_digit(value: str) -> None:
    told = AT_900.when(read(value))
    if value == "900.4":
        told.then_refused(MeterRanBackwards)
    else:
        told.then(reading(value))


@pytest.mark.parametrize(("value", "last"), [("912", "912.5"), ("912.4", "912.44"), ("0", "0.999")])
def test_rounding_is_no_running_backwards_and_takes_nothing_away(value: str, last: str) -> None:
    told = WORKING.given(ITEM, reading(last))
    told.when(read(value)).then(reading(value))
    assert counter(told.given(ITEM, reading(value))).total == Decimal(last)


@pytest.mark.parametrize(
    ("value", "last"), [("911", "912.5"), ("912.0", "912.5"), ("911", "912"), ("912.43", "912.44")]
)
def test_a_counter_does_not_run_backwards(value: str, last: str) -> None:
    WORKING.given(ITEM, reading(last)).when(read(value)).then_refused(MeterRanBackwards)


def test_readings_rounded_again_and_again_do_not_creep_backwards() -> None:
    told = WORKING.given(ITEM, reading("912.5"), reading("912"))
    told.when(read("911.6")).then_refused(MeterRanBackwards)


def test_a_written_power_of_ten_is_no_rounding() -> None:
    WORKING.given(ITEM, reading("950")).when(read("9E+2")).then_refused(MeterRanBackwards)


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-1", "1E+400", "1000000000001"])
def test_what_no_counter_shows_is_nonsense(value: str) -> None:
    with pytest.raises(Nonsense):
        read(value)


def test_nothing_is_read_before_the_release_or_after_the_disposal() -> None:
    nothing().when(read("1")).then_refused(NotReleased)
    WORKING.given(ITEM, DECOMMISSIONED, DISPOSED).when(read("1")).then_refused(AlreadyDisposed)


# Time in service


def test_what_is_not_in_service_does_nothing() -> None:
    idle = given(ITEM, *UP_TO_INSTALLED, reading("3"))
    idle.when(read("4")).then_refused(NotInService)
    idle.when(read("3")).then(reading("3"))


def test_what_was_done_in_service_is_read_afterwards_once() -> None:
    out = AT_900.given(ITEM, REMOVED)
    out.when(read("905")).then(reading("905"))
    out.given(ITEM, reading("905")).when(read("906")).then_refused(NotInService)


def test_what_was_read_when_the_item_left_service_is_all_that_it_did() -> None:
    out = AT_900.given(ITEM, REMOVED, reading("905"))
    (_, left), (owner, last) = out.happened[-2:]
    at_once = Scenario((*out.happened[:-1], (owner, last._replace(occurred_at=left.occurred_at))))
    at_once.when(read("906")).then_refused(NotInService)


def test_what_was_done_between_two_readings_out_of_service_was_done_in_between() -> None:
    told = given(ITEM, *UP_TO_INSTALLED, reading("3"), Commissioned(operator_id=ITEM_ID, act="A"), REMOVED)
    told.when(read("4")).then(reading("4"))


def test_an_item_laid_up_does_nothing() -> None:
    AT_900.given(ITEM, LaidUp(), reading("901")).when(read("902")).then_refused(NotInService)


def test_an_item_under_repair_is_tried() -> None:
    repaired = AT_900.given(ITEM, RepairStarted(maintenance_type="corrective"), reading("901"))
    repaired.when(read("902")).then(reading("902"))


def test_a_unit_counts_while_it_is_inside_a_parent() -> None:
    unit = RecordMeterReading(equipment_id=UNIT_ID, meter="starts", value=Decimal(5), unit=CYCLES)
    stocked = given(UNIT, *UNIT_IN_STOCK, reading("4", CYCLES, "starts"))
    stocked.when(unit).then_refused(NotInService)
    inside = stocked.given(ITEM, *IN_SERVICE).given(UNIT, Installed(parent_id=ITEM_ID, slot="pump"))
    inside.when(unit).then(reading("5", CYCLES, "starts"))


def test_a_pass_through_zero_is_progress_too() -> None:
    ROLLING.given(ITEM, REMOVED, reading("995", KM, "odometer")).when(read("5", KM, "odometer", passes=1)).then_refused(
        NotInService
    )


# Late readings

FIRST_AT, SECOND_AT = BEGIN + 10 * HOUR, BEGIN + 20 * HOUR
BETWEEN = FIRST_AT + 5 * HOUR


def test_a_late_reading_is_recorded_where_it_fits() -> None:
    apart = _apart()
    apart.when(read("950"), at=BETWEEN).then(reading("950"))
    apart.when(read("900"), at=BETWEEN).then(reading("900"))
    apart.when(read("1000"), at=BETWEEN).then(reading("1000"))


def test_a_late_reading_that_makes_a_later_one_run_backwards_is_refused() -> None:
    _apart().when(read("1001"), at=BETWEEN).then_refused(ContradictsLaterFact)


def test_a_late_reading_below_the_one_before_it_is_refused() -> None:
    _apart().when(read("899"), at=BETWEEN).then_refused(MeterRanBackwards)


def test_a_late_reading_in_another_unit_than_the_later_ones_is_refused() -> None:
    before = FIRST_AT - HOUR
    _apart().when(fit(OPERATING_TIME, "min"), at=before).then_refused(MeterUnitDiffers)
    given(ITEM, *UP_TO_INSTALLED).given(ITEM, reading("5", KM, "odometer")).when(
        fit("odometer", "mi"), at=BEGIN + 4 * HOUR
    ).then_refused(ContradictsLaterFact)


def test_a_late_replacement_explains_a_later_reading() -> None:
    late = _apart().when(replace(last="1500"), at=BETWEEN)
    late.then(replaced(last="1500"))


def test_the_same_late_reading_is_known() -> None:
    _apart().when(read("900"), at=FIRST_AT).then()


def _apart() -> Scenario:
    """Readings of 900 and 1000, ten hours apart."""
    quiet = tuple(reading("1", CYCLES, "starts") for _ in range(9))
    told = WORKING.given(ITEM, *quiet[: 9 - len(IN_SERVICE)], reading("900"), *quiet, reading("1000"))
    assert [at for _, (at, _, _, fact) in told.happened if fact in (reading("900"), reading("1000"))] == [
        FIRST_AT,
        SECOND_AT,
    ]
    return told


def test_a_total_does_not_depend_on_when_what_was_said_came_in() -> None:
    ten = timedelta(minutes=10)
    told = [happening for _, happening in _apart().happened]
    late = told[-1]._replace(fact=reading("950"), occurred_at=SECOND_AT - ten, position=len(told) + 1)
    item: Equipment = fold(EQUIPMENT, [*told, late])
    assert item.operating_time == 1000


# What other facts say of the operating time


def test_the_reading_told_with_a_failure_is_in_hours_and_within_the_counter() -> None:
    failed = ReportFailure(equipment_id=ITEM_ID, failure_mode="leak", operating_time=Decimal(901))
    in_minutes = given(ITEM, *UP_TO_INSTALLED, MeterFitted(meter=OPERATING_TIME, unit="min")).given(
        ITEM, Commissioned(operator_id=ITEM_ID, act="A")
    )
    in_minutes.when(failed).then_refused(MeterUnitDiffers)
    short = given(ITEM, *UP_TO_INSTALLED, MeterFitted(meter=OPERATING_TIME, unit="h", modulus=Decimal(900))).given(
        ITEM, Commissioned(operator_id=ITEM_ID, act="A")
    )
    short.when(failed).then_refused(BeyondTheMeter)


@pytest.mark.parametrize("unit", ["min", "km"])
def test_operating_time_is_counted_in_hours_from_the_first_reading_on(unit: str) -> None:
    taken_over = given(ITEM, *UP_TO_INSTALLED, Commissioned(operator_id=OPERATOR, act="ACT-1"))
    taken_over.when(read("600", unit)).then_refused(MeterUnitDiffers)
    taken_over.when(read("600", unit, "other")).then(reading("600", unit, "other"))
