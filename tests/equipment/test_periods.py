"""Periods of which only totals are known: kept apart from readings, and never counted twice."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import LaidUp, TakenOver
from domain.equipment.meters import MeterReadingRecorded, PeriodReported
from domain.equipment.meters_commands import RecordMeterReading, ReportPeriod
from domain.equipment.refusals import MeterUnitDiffers, NotInService, NotReleased, PeriodOverlaps
from domain.equipment.state import OPERATING_TIME, Equipment
from domain.kernel.folding import fold, fold_and_check
from domain.kernel.refusals import ContradictsLaterFact, Nonsense, OccursInTheFuture
from tests.equipment.lives import IN_SERVICE, ITEM, ITEM_ID, MAKER, MODEL_ID, UP_TO_INSTALLED
from tests.scenario import BEGIN, HOUR, Scenario, given

LATER = datetime(2025, 1, 1, tzinfo=UTC)


def day(month: int, number: int = 1) -> datetime:
    return datetime(2024, month, number, tzinfo=UTC)


def report(
    begin: datetime, end: datetime, up: str = "300", unit: str = "h", meter: str = OPERATING_TIME
) -> ReportPeriod:
    return ReportPeriod(equipment_id=ITEM_ID, meter=meter, unit=unit, begin=begin, end=end, up=Decimal(up))


def period(
    begin: datetime, end: datetime, up: str = "300", unit: str = "h", meter: str = OPERATING_TIME
) -> PeriodReported:
    return PeriodReported(meter=meter, unit=unit, begin=begin, end=end, up=Decimal(up))


def state(scenario: Scenario) -> Equipment:
    return fold(EQUIPMENT, [happening for _, happening in scenario.happened])


WORKING = given(ITEM, *IN_SERVICE)
MARCH = period(day(3), day(4))


def march_reported() -> Scenario:
    """March was reported in the year after."""
    told = WORKING.given(ITEM, MARCH)
    owner, last = told.happened[-1]
    return Scenario((*told.happened[:-1], (owner, last._replace(occurred_at=LATER))))


def test_the_totals_of_a_period_are_recorded() -> None:
    WORKING.when(report(day(3), day(4)), at=LATER).then(MARCH)


def test_totals_are_kept_apart_from_what_was_read() -> None:
    read = MeterReadingRecorded(meter=OPERATING_TIME, value=Decimal(100), unit="h")
    item = state(WORKING.given(ITEM, read, MARCH))
    assert item.operating_time == 100
    assert [(each.begin, each.end, each.up) for each in item.periods] == [(day(3), day(4), Decimal(300))]


def test_totals_alone_fit_no_counter() -> None:
    item = state(given(ITEM, *UP_TO_INSTALLED, MARCH))
    assert (item.meters, item.operating_time) == ((), None)


def test_the_same_totals_said_again_are_known_and_never_counted_twice() -> None:
    march_reported().when(report(day(3), day(4))).then()
    march_reported().when(report(day(3), day(4)), at=LATER).then()
    march_reported().when(report(day(3), day(4)), at=LATER + HOUR).then_refused(PeriodOverlaps)


def test_other_totals_of_a_period_are_not_added() -> None:
    march_reported().when(report(day(3), day(4), "299"), at=LATER).then_refused(PeriodOverlaps)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (day(2), day(3, 2)),
        (day(3, 31), day(5)),
        (day(2), day(5)),
        (day(3, 10), day(3, 11)),
        (day(3), day(3, 2)),
        (day(3, 31), day(4)),
    ],
)
def test_periods_of_one_counter_do_not_overlap(begin: datetime, end: datetime) -> None:
    march_reported().when(report(begin, end, "1"), at=LATER + HOUR).then_refused(PeriodOverlaps)


@pytest.mark.parametrize(("begin", "end"), [(day(2), day(3)), (day(4), day(5))])
def test_periods_of_one_counter_touch(begin: datetime, end: datetime) -> None:
    march_reported().when(report(begin, end), at=LATER + HOUR).then(period(begin, end))


def test_periods_of_two_counters_are_two_things() -> None:
    cycles = report(day(3), day(4), "7000", "1", "starts")
    march_reported().when(cycles, at=LATER).then(period(day(3), day(4), "7000", "1", "starts"))


def test_a_period_told_late_does_not_overlap_one_told_before_and_dated_later() -> None:
    march_reported().when(report(day(3, 10), day(5)), at=day(6)).then_refused(ContradictsLaterFact)


@pytest.mark.parametrize(("begin", "end"), [(day(4), day(3)), (day(3), day(3))])
def test_a_period_that_does_not_last_is_nonsense(begin: datetime, end: datetime) -> None:
    WORKING.when(report(begin, end), at=LATER).then_refused(Nonsense)


def test_a_period_is_told_after_its_end() -> None:
    WORKING.when(report(day(3), day(4)), at=day(4) - HOUR).then_refused(OccursInTheFuture)
    WORKING.when(report(day(3), day(4)), at=day(4)).then(MARCH)


def test_one_counter_counts_in_one_unit_whether_read_or_told_by_period() -> None:
    march_reported().when(report(day(5), day(6), unit="min"), at=LATER + HOUR).then_refused(MeterUnitDiffers)
    read = RecordMeterReading(equipment_id=ITEM_ID, meter=OPERATING_TIME, value=Decimal(100), unit="min")
    march_reported().when(read, at=LATER + HOUR).then_refused(MeterUnitDiffers)


def test_nothing_is_done_before_the_release() -> None:
    WORKING.when(report(BEGIN - HOUR, BEGIN + 2 * HOUR, "3"), at=LATER).then_refused(NotReleased)


def test_nothing_is_done_in_a_period_without_service() -> None:
    given(ITEM, *UP_TO_INSTALLED).when(report(day(3), day(4)), at=LATER).then_refused(NotInService)
    laid_up = WORKING.given(ITEM, LaidUp())
    laid_up.when(report(day(3), day(4)), at=LATER).then_refused(NotInService)
    laid_up.when(report(BEGIN + HOUR, day(4)), at=LATER).then(period(BEGIN + HOUR, day(4)))


@pytest.mark.parametrize(("up", "total"), [("746", None), ("31", "30")])
def test_nothing_does_more_than_there_was_time_for(up: str, total: str | None) -> None:
    """March has 744 hours, 745 where clocks were changed in it."""
    told = ReportPeriod(
        equipment_id=ITEM_ID,
        meter=OPERATING_TIME,
        unit="h",
        begin=day(3),
        end=day(4),
        up=Decimal(up),
        total=None if total is None else Decimal(total),
    )
    WORKING.when(told, at=LATER).then_refused(Nonsense)
    WORKING.when(replace(told, up=Decimal(30)), at=LATER).then(replace(MARCH, up=Decimal(30), total=told.total))
    WORKING.when(report(day(3), day(4), "745"), at=LATER).then(replace(MARCH, up=Decimal(745)))
    starts = report(day(3), day(4), "9000", "1", "starts")
    WORKING.when(starts, at=LATER).then(period(day(3), day(4), "9000", "1", "starts"))


def test_that_nothing_was_done_may_be_told_of_any_period() -> None:
    given(ITEM, *UP_TO_INSTALLED).when(report(day(3), day(4), "0"), at=LATER).then(period(day(3), day(4), "0"))


def test_of_an_item_that_was_taken_over_totals_from_before_are_told() -> None:
    found = TakenOver(model_id=MODEL_ID, manufacturer_id=MAKER, serial="PX-1", stage="in_stock")
    before = report(BEGIN - 100 * HOUR, BEGIN - 50 * HOUR, "40")
    given(ITEM, found).when(before, at=LATER).then(period(BEGIN - 100 * HOUR, BEGIN - 50 * HOUR, "40"))
    given(ITEM, found).when(report(day(3), day(4)), at=LATER).then_refused(NotInService)


def test_overlapping_totals_that_came_on_record_otherwise_load_and_show_as_contradiction() -> None:
    told = WORKING.given(ITEM, MARCH, period(day(3, 10), day(5)))
    happened = [happening for _, happening in told.happened]
    happened[-2:] = [happening._replace(occurred_at=LATER) for happening in happened[-2:]]
    folded = fold_and_check(EQUIPMENT, happened)
    assert [(each.fact, type(each.refusal)) for each in folded.contradictions] == [(happened[-1].id, PeriodOverlaps)]
    assert len(folded.state.periods) == 2
