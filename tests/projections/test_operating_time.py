"""Operating time: read, between two readings, after the last one; of units, from what they sat in."""

from decimal import Decimal
from typing import Any

import pytest

from domain.equipment.life import LaidUp, ReturnedToService
from domain.equipment.meters import (
    MeterFitted,
    MeterReadingCorrected,
    MeterReadingRecorded,
    MeterReplaced,
)
from domain.equipment.operation import FailureReported
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import operating_time as question
from projections.equipment.operating_time import OperatingTime
from tests.projections.recording import FIRST, SECOND, THIRD, Said, fact_id, micros, record, said
from tests.projections.running import (
    IN_STOCK,
    REPAIR,
    REPAIRED,
    TAKEN_OVER,
    into,
    read,
    told,
    unit,
    working,
)


def asked(log: Log, engine: Engine, facts: list[Said], hour: int | None = None, **more: Any) -> OperatingTime:
    record(log, facts)
    engine.catch_up()
    more.setdefault("stream", FIRST)
    stream = more.pop("stream")
    with engine.views.read() as connection:
        as_of = None if hour is None else micros(hour)
        return question.operating_time(connection, stream.id, as_of=as_of, **more)


def figure(log: Log, engine: Engine, facts: list[Said], hour: int | None = None, **more: Any) -> tuple[str, str | None]:
    found = asked(log, engine, facts, hour, **more)
    return str(found.measured), found.basis


TWO_READINGS = working((20, read("8")), (40, read("18.0")))


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (4, ("0", "interpolated")),
        (10, ("0", "interpolated")),
        (15, ("4", "interpolated")),
        (20, ("8", "read")),
        (25, ("10.5", "interpolated")),
        (40, ("18.0", "read")),
        (41, ("18.0", "last_read")),
        (None, ("18.0", "last_read")),
    ],
)
def test_a_counter_grows_linearly_between_readings(
    log: Log, engine: Engine, hour: int | None, expected: tuple[str, str]
) -> None:
    assert figure(log, engine, TWO_READINGS, hour) == expected


def test_a_figure_names_the_readings_on_which_it_rests(log: Log, engine: Engine) -> None:
    asked(log, engine, TWO_READINGS)

    def rests_on(hour: int) -> list[int]:
        return [reading.at for reading in asked(log, engine, [], hour).readings]

    assert rests_on(15) == [micros(20)]
    assert rests_on(20) == [micros(20)]
    assert rests_on(25) == [micros(20), micros(40)]
    assert rests_on(50) == [micros(40)]


@pytest.mark.parametrize(("away", "back"), [(REPAIR, REPAIRED), (LaidUp(), ReturnedToService())])
def test_only_time_in_service_counts(log: Log, engine: Engine, away: Fact, back: Fact) -> None:
    facts = working((20, read("0")), (25, away), (35, back), (40, read("10")))
    assert [figure(log, engine, facts if hour == 24 else [], hour)[0] for hour in (24, 25, 30, 35, 36)] == [
        "4",
        "5",
        "5",
        "5",
        "6",
    ]


def test_a_counter_that_ran_out_of_service_grows_linearly_all_the_time(log: Log, engine: Engine) -> None:
    facts = working((20, REPAIR), (21, read("5")), (31, read("7")))
    assert figure(log, engine, facts, 26) == ("6", "interpolated")


def test_what_was_done_before_the_takeover_is_not_known_until_it_is_read(log: Log, engine: Engine) -> None:
    facts = told(1, FIRST, (0, TAKEN_OVER), (10, read("5000")), (20, read("5010")))
    assert [figure(log, engine, facts if hour == 5 else [], hour) for hour in (5, 10, 15)] == [
        ("None", None),
        ("5000", "read"),
        ("5005", "interpolated"),
    ]


def test_without_any_counter_nobody_knows(log: Log, engine: Engine) -> None:
    found = asked(log, engine, working())
    assert (found.measured, found.basis, found.unit, found.total, found.readings) == (None, None, "h", None, ())


def test_counters_are_told_apart(log: Log, engine: Engine) -> None:
    facts = working((20, read("8")), (30, read("900", "starts", "1")))
    assert figure(log, engine, facts) == ("8", "last_read")
    starts = asked(log, engine, [], meter="starts")
    assert (starts.measured, starts.unit) == (Decimal(900), "1")


def test_totals_run_through_replacement_and_roll_over(log: Log, engine: Engine) -> None:
    hours: Any = {"meter": "operating-time", "unit": "h"}
    facts = working(
        (10, MeterFitted(**hours, modulus=Decimal(100))),
        (20, read("90")),
        (30, MeterReadingRecorded(**hours, value=Decimal(10), passes=1)),
        (40, MeterReplaced(**hours, last=Decimal(20), shows=Decimal(500))),
        (50, read("510")),
    )
    assert [figure(log, engine, facts if hour == 20 else [], hour)[0] for hour in (20, 25, 30, 40, 45, 50)] == [
        "90",
        "100",
        "110",
        "120",
        "125",
        "130",
    ]


def test_a_corrected_reading_counts_no_more(log: Log, engine: Engine) -> None:
    corrected = MeterReadingCorrected(meter="operating-time", value=Decimal(20), unit="h")
    facts = working((20, read("10")), (25, read("99")), (30, corrected))
    assert figure(log, engine, facts, 25) == ("15", "interpolated")
    assert figure(log, engine, [], 25, known_at=7) == ("99", "read")


def test_a_correction_upwards_takes_the_low_reading_away(log: Log, engine: Engine) -> None:
    corrected = MeterReadingCorrected(meter="operating-time", value=Decimal(20), unit="h")
    facts = working((20, read("10")), (25, read("11")), (30, corrected))
    assert figure(log, engine, facts, 25) == ("15", "interpolated")


def test_a_correction_below_an_earlier_reading_takes_that_away_too(log: Log, engine: Engine) -> None:
    corrected = MeterReadingCorrected(meter="operating-time", value=Decimal(12), unit="h")
    facts = working((20, read("10")), (22, read("50")), (25, read("99")), (30, corrected))
    assert figure(log, engine, facts, 25) == ("11", "interpolated")


def test_of_readings_at_one_moment_the_last_one_counts_that_nothing_later_takes_back(log: Log, engine: Engine) -> None:
    fitted = MeterFitted(meter="operating-time", unit="h", shows=Decimal(20))
    facts = working((20, read("10")), (25, read("12")), (25, read("30")), (30, fitted))
    assert figure(log, engine, facts, 22) == ("10.8", "interpolated")
    assert figure(log, engine, [], 27) == ("15.2", "interpolated")


def test_a_late_reading_and_a_wrong_one_change_what_lies_between(log: Log, engine: Engine) -> None:
    assert figure(log, engine, TWO_READINGS, 30) == ("13", "interpolated")
    assert figure(log, engine, [said(1, FIRST, read("9"), 30)], 30) == ("9", "read")
    wrong = said(2, FIRST, ErrorDeclared(wrong_fact=fact_id(1), explanation="other-item"), 50)
    assert figure(log, engine, [wrong], 30) == ("13", "interpolated")
    assert figure(log, engine, [], 30, known_at=8) == ("9", "read")
    assert figure(log, engine, [], 30, known_at=7) == ("13", "interpolated")


def test_a_failure_tells_the_operating_time_too(log: Log, engine: Engine) -> None:
    leak = FailureReported(failure_mode="leak", impact="critical", detection="operator", operating_time=Decimal("7.5"))
    assert figure(log, engine, working((20, leak)), 20) == ("7.5", "read")


PRESS = working((20, read("10")), (40, read("30")), (60, read("40")))


def test_a_unit_did_what_it_sat_in_did(log: Log, engine: Engine) -> None:
    facts = [*PRESS, *unit((15, into(FIRST)), (50, IN_STOCK))]
    expected = {12: "0", 15: "0", 20: "5", 30: "15", 50: "30", 70: "30"}
    assert {hour: figure(log, engine, facts if hour == 12 else [], hour, stream=SECOND)[0] for hour in expected} == (
        expected
    )
    found = asked(log, engine, [], 70, stream=SECOND)
    assert [(each.parent_id, each.slot, each.begin, each.end, each.done) for each in found.in_parents] == [
        (FIRST.id, "pump", micros(15), micros(50), Decimal(30))
    ]


def test_a_unit_adds_up_over_parents_and_over_what_its_own_counter_had(log: Log, engine: Engine) -> None:
    other = working((20, read("20")), (80, read("140")), stream=THIRD, first=300)
    facts = [*PRESS, *other, *unit((12, read("100")), (20, into(FIRST)), (40, IN_STOCK), (50, into(THIRD)))]
    expected = {15: ("100", "last_read"), 40: ("120", "read"), 45: ("120", "read"), 60: ("140", "interpolated")}
    assert {hour: figure(log, engine, facts if hour == 15 else [], hour, stream=SECOND) for hour in expected} == (
        expected
    )


def test_a_unit_of_a_unit_did_what_the_topmost_item_did(log: Log, engine: Engine) -> None:
    seal = unit((12, into(SECOND)), stream=THIRD, first=300)
    facts = [*PRESS, *unit((20, into(FIRST)), (40, IN_STOCK)), *seal]
    assert figure(log, engine, facts, 30, stream=THIRD) == ("10", "interpolated")
    assert figure(log, engine, [], 60, stream=THIRD) == ("20", "read")


def test_of_a_unit_in_a_parent_without_counter_nobody_knows(log: Log, engine: Engine) -> None:
    facts = [*working(), *unit((12, read("100")), (20, into(FIRST)))]
    assert figure(log, engine, facts, 15, stream=SECOND) == ("100", "last_read")
    assert figure(log, engine, [], 30, stream=SECOND) == ("None", None)


def test_a_unit_with_a_counter_of_its_own_runs_while_its_parent_does(log: Log, engine: Engine) -> None:
    press = working((20, REPAIR), (30, REPAIRED))
    facts = [*press, *unit((12, into(FIRST)), (14, read("0")), (34, read("20")))]
    assert [figure(log, engine, facts if hour == 20 else [], hour, stream=SECOND)[0] for hour in (20, 25, 32)] == [
        "12",
        "12",
        "16",
    ]


def test_a_late_installation_a_late_removal_and_a_late_reading_of_the_parent_are_joined(
    log: Log, engine: Engine
) -> None:
    facts = [*PRESS, *unit()]
    assert figure(log, engine, facts, 40, stream=SECOND)[0] == "0"
    assert figure(log, engine, told(1, SECOND, (20, into(FIRST))), 40, stream=SECOND)[0] == "20"
    assert figure(log, engine, told(2, SECOND, (30, IN_STOCK)), 40, stream=SECOND)[0] == "10"
    assert figure(log, engine, told(3, FIRST, (30, read("25"))), 40, stream=SECOND)[0] == "15"
    wrong = ErrorDeclared(wrong_fact=fact_id(2), explanation="other-unit")
    assert figure(log, engine, told(4, SECOND, (70, wrong)), 40, stream=SECOND)[0] == "20"
    assert figure(log, engine, [], 40, stream=SECOND, known_at=13)[0] == "10"


def test_what_contains_itself_adds_nothing_to_itself(log: Log, engine: Engine) -> None:
    facts = [*unit((5, into(SECOND)), stream=FIRST, first=100), *unit((5, into(FIRST)), (7, read("3")))]
    assert figure(log, engine, facts, stream=SECOND) == ("3", "last_read")
