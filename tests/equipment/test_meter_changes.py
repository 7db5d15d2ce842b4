"""Counters are fitted, pass through 0, are corrected and replaced: what was done adds up."""

from decimal import Decimal

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.equipment.meters import MeterFitted, MeterReadingCorrected
from domain.equipment.meters_commands import CorrectMeterReading, RecordMeterReading, ReplaceMeter
from domain.equipment.refusals import (
    BeyondTheMeter,
    MeterAlreadyFitted,
    MeterDoesNotRollOver,
    MeterNotFitted,
    MeterRanBackwards,
    MeterUnitDiffers,
    NotInService,
)
from domain.equipment.state import OPERATING_TIME, Equipment
from tests.equipment.counters import (
    AT_900,
    KM,
    ODOMETER,
    ROLLING,
    WORKING,
    correct,
    counter,
    fit,
    last_moment,
    read,
    reading,
    replace,
    replaced,
)
from tests.equipment.lives import (
    ITEM,
    ITEM_ID,
    UP_TO_INSTALLED,
)
from tests.scenario import HOUR, Scenario, given

# Fitting


def test_a_counter_is_fitted_once() -> None:
    WORKING.when(fit("odometer", KM, modulus="1000")).then(ODOMETER)
    fitted = WORKING.given(ITEM, ODOMETER)
    fitted.when(fit("odometer", KM, modulus="1000"), at=last_moment(fitted)).then()
    fitted.when(fit("odometer", KM, modulus="1000")).then_refused(MeterAlreadyFitted)
    fitted.when(fit("odometer", KM, modulus="999"), at=last_moment(fitted)).then_refused(MeterAlreadyFitted)


def test_a_counter_is_not_fitted_showing_what_it_never_shows() -> None:
    WORKING.when(fit("odometer", KM, shows="1000", modulus="1000")).then_refused(BeyondTheMeter)


def test_what_a_counter_shows_when_fitted_has_been_done() -> None:
    used = MeterFitted(meter="odometer", unit=KM, shows=Decimal(40))
    assert counter(WORKING.given(ITEM, used), "odometer").total == 40


# Passing through 0


def test_a_counter_passes_through_zero() -> None:
    ROLLING.when(read("5", KM, "odometer", passes=1)).then(reading("5", KM, "odometer", 1))
    assert counter(ROLLING.given(ITEM, reading("5", KM, "odometer", 2)), "odometer").total == 2005


def test_a_counter_does_not_pass_through_zero_unsaid() -> None:
    ROLLING.when(read("5", KM, "odometer")).then_refused(MeterRanBackwards)


@pytest.mark.parametrize(("value", "passes"), [("1000", 0), ("1000", 1), ("1000.1", 2)])
def test_a_counter_never_shows_its_modulus(value: str, passes: int) -> None:
    ROLLING.when(read(value, KM, "odometer", passes)).then_refused(BeyondTheMeter)


def test_only_a_counter_that_begins_again_passes_through_zero() -> None:
    AT_900.when(read("5", passes=1)).then_refused(MeterDoesNotRollOver)
    WORKING.when(read("5", KM, "new", passes=1)).then_refused(MeterDoesNotRollOver)
    AT_900.when(correct("5", passes=1)).then_refused(MeterDoesNotRollOver)


def test_the_same_pass_said_again_is_known_and_not_counted_twice() -> None:
    passed = ROLLING.given(ITEM, reading("5", KM, "odometer", 1))
    passed.when(read("5", KM, "odometer", passes=1), at=last_moment(passed)).then()


def test_another_number_of_passes_at_the_same_moment_is_not_taken_for_known() -> None:
    passed = ROLLING.given(ITEM, reading("5", KM, "odometer", 1))
    again = read("5", KM, "odometer", passes=2)
    passed.when(again, at=last_moment(passed)).then(reading("5", KM, "odometer", 2))


# Corrections


def test_a_wrong_reading_is_corrected_downwards() -> None:
    wrong = AT_900.given(ITEM, reading("9005"))
    wrong.when(correct("901")).then(MeterReadingCorrected(meter=OPERATING_TIME, value=Decimal(901), unit="h"))
    right = wrong.given(ITEM, MeterReadingCorrected(meter=OPERATING_TIME, value=Decimal(901), unit="h"))
    assert counter(right).total == 901
    right.when(correct("901"), at=last_moment(right)).then()
    right.when(read("902")).then(reading("902"))


@pytest.mark.parametrize(("passes", "total"), [(None, 1007), (0, 7), (1, 1007), (2, 2007)])
def test_a_correction_keeps_the_passes_that_it_does_not_correct(passes: int | None, total: int) -> None:
    right = MeterReadingCorrected(meter="odometer", value=Decimal(7), unit=KM, passes=passes)
    assert counter(ROLLING.given(ITEM, reading("5", KM, "odometer", 1), right), "odometer").total == total
    assert counter(ROLLING.given(ITEM, reading("5", KM, "odometer", 1), right, right), "odometer").total == total


def test_what_is_not_counted_is_neither_corrected_nor_replaced() -> None:
    bare = given(ITEM, *UP_TO_INSTALLED)
    bare.when(correct("1")).then_refused(MeterNotFitted)
    bare.when(replace()).then_refused(MeterNotFitted)


# Replacements


def test_what_was_done_before_a_replacement_stays_done() -> None:
    told = AT_900.given(ITEM, replaced(last="950", shows="100"), reading("150"))
    assert (counter(told).total, counter(told).shown) == (Decimal(1000), Decimal(150))


def test_a_replacement_without_a_last_reading_loses_nothing_that_was_read() -> None:
    assert counter(AT_900.given(ITEM, replaced())).total == Decimal("900.5")


def test_a_last_reading_that_is_rounded_takes_nothing_away() -> None:
    assert counter(AT_900.given(ITEM, replaced(last="900"))).total == Decimal("900.5")


def test_a_counter_is_replaced_once_at_one_instant() -> None:
    told = AT_900.given(ITEM, replaced(last="950"))
    at = last_moment(told)
    told.when(replace(last="950"), at=at).then()
    told.when(replace(last="960"), at=at).then_refused(MeterAlreadyFitted)
    told.when(replace(), at=at).then_refused(MeterAlreadyFitted)
    told.when(replace(), at=at + HOUR).then(replaced())


def test_what_is_read_at_the_instant_of_a_replacement_was_shown_by_the_old_counter() -> None:
    changed = WORKING.given(ITEM, reading("100"), replaced("150"))
    changed.when(read("150"), at=last_moment(changed)).then_refused(MeterAlreadyFitted)
    changed.when(read("0"), at=last_moment(changed)).then(reading("0"))
    changed.when(read("150")).then(reading("150"))


def test_a_counter_fitted_at_an_instant_is_not_replaced_at_it() -> None:
    told = WORKING.given(ITEM, MeterFitted(meter="odometer", unit=KM))
    other = ReplaceMeter(equipment_id=ITEM_ID, meter="odometer", unit=KM)
    told.when(other, at=last_moment(told)).then_refused(MeterAlreadyFitted)


def test_the_last_reading_of_a_replaced_counter_is_a_reading() -> None:
    AT_900.when(replace(last="899")).then_refused(MeterRanBackwards)
    AT_900.when(replace(last="900")).then(replaced(last="900"))
    AT_900.when(replace(unit="min")).then_refused(MeterUnitDiffers)
    AT_900.when(replace(shows="10", modulus="10")).then_refused(BeyondTheMeter)
    given(ITEM, *UP_TO_INSTALLED, reading("3")).when(replace(last="4")).then_refused(NotInService)
    rolling = ReplaceMeter(equipment_id=ITEM_ID, meter="odometer", unit=KM, last=Decimal(1000))
    ROLLING.when(rolling).then_refused(BeyondTheMeter)


# The law

MODULUS = Decimal(100)
DONE = st.decimals(0, 350, places=2)


@drawn(
    steps=st.lists(
        st.tuples(st.sampled_from(["read", "replace", "unread", "correct"]), DONE, st.decimals(0, 99, places=2)),
        max_size=20,
    )
)
def test_whatever_is_replaced_corrected_or_passed_the_total_is_the_plain_sum(
    steps: list[tuple[str, Decimal, Decimal]],
) -> None:
    """A counter of 100 km is told of truly; what it shows and how often it passed follow from what was really done."""
    told = WORKING.given(ITEM, MeterFitted(meter="odometer", unit=KM, modulus=MODULUS))
    done, shown = Decimal(0), Decimal(0)
    for step, more, other in steps:
        passes, now = divmod(shown + more, MODULUS)
        right = read(str(now), KM, "odometer", int(passes))
        commands: list[RecordMeterReading | CorrectMeterReading | ReplaceMeter]
        match step:
            case "read":
                commands = [right]
            case "correct":  # first told wrongly, with a pass too many
                wrong = read(str(other), KM, "odometer", int(passes) + 1)
                commands = [
                    wrong,
                    CorrectMeterReading(equipment_id=ITEM_ID, meter="odometer", value=now, unit=KM, passes=int(passes)),
                ]
            case "replace":
                last = ReplaceMeter(
                    equipment_id=ITEM_ID, meter="odometer", unit=KM, last=now, shows=other, modulus=MODULUS
                )
                commands, now = [right, last], other
            case _:
                done, now = done - more, other
                commands = [ReplaceMeter(equipment_id=ITEM_ID, meter="odometer", unit=KM, shows=other, modulus=MODULUS)]
        for command in commands:
            told = _done(told, command)
        done, shown = done + more, now
        assert counter(told, "odometer").total == done
        assert counter(told, "odometer").shown == shown


def _done(scenario: Scenario, command: RecordMeterReading | CorrectMeterReading | ReplaceMeter) -> Scenario:
    """Return the scenario in which the command was taken, an hour later."""
    facts = command.decide(Equipment())
    scenario.when(command).then(*facts)
    return scenario.given(ITEM, *facts)
