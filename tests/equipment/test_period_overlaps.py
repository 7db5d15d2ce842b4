"""Periods that share a time: found among many without looking at all of them, and in whatever history there is."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import TakenOver
from domain.equipment.meters import PeriodReported, check, period_of
from domain.equipment.refusals import MeterUnitDiffers, PeriodOverlaps
from domain.equipment.state import Equipment, Period
from domain.kernel.refusals import Nonsense
from tests.equipment.lives import MAKER, MODEL_ID
from tests.scenario import BEGIN, HOUR

LATER = datetime(2025, 1, 1, tzinfo=UTC)
FOUND = TakenOver(model_id=MODEL_ID, manufacturer_id=MAKER, serial="PX-1", stage="in_service")


def period(begin: int, end: int, meter: str = "hoist") -> PeriodReported:
    return PeriodReported(meter=meter, unit="h", begin=BEGIN + begin * HOUR, end=BEGIN + end * HOUR, up=Decimal(1))


def working(*told: PeriodReported) -> Equipment:
    item = EQUIPMENT.initial
    for fact in (FOUND, *told):
        item = EQUIPMENT.evolve(item, fact, BEGIN)
    return item


hours = st.integers(0, 12)
periods = st.builds(period, hours, hours, st.sampled_from(["drive", "hoist"]))


@example([period(0, 1, "drive")], period(0, 1))
@example([period(0, 10), period(2, 3)], period(5, 6))
@example([period(1, 3), period(4, 2)], period(2, 5))
@given(st.lists(periods, max_size=12), periods)
def test_a_shared_time_is_found_in_whatever_history_there_is(known: list[PeriodReported], told: PeriodReported) -> None:
    """Also where periods that overlap, or end before they begin, came on record."""
    refusal = check(working(*known), told, LATER)
    if told.begin >= told.end:
        assert isinstance(refusal, Nonsense)
    elif any(each.meter == told.meter and each.begin < told.end and told.begin < each.end for each in known):
        assert isinstance(refusal, PeriodOverlaps)
    else:
        assert refusal is None


@given(st.lists(periods, max_size=12))
def test_periods_stand_in_order_of_counter_and_time_in_whatever_order_they_were_told(
    told: list[PeriodReported],
) -> None:
    kept = working(*told).periods
    assert list(kept) == sorted(map(period_of, told), key=lambda each: (each.meter, each.begin, each.end))


def test_the_unit_of_a_counter_is_that_of_its_own_periods() -> None:
    strokes = replace(period(2, 3, "press"), unit="1")
    item = working(period(0, 1, "drive"), strokes, period(1, 2))
    assert [item.unit_of(meter) for meter in ("drive", "hoist", "press", "crane", "winch")] == [
        "h",
        "h",
        "1",
        None,
        None,
    ]
    assert isinstance(check(item, period(4, 5, "press"), LATER), MeterUnitDiffers)


class Watched(tuple[Period, ...]):  # noqa: SLOT001  a tuple has no slots of its own
    """Periods that note how many of them were looked at."""

    looks: list[int]

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        self.looks.append(len(found) if isinstance(place, slice) else 1)
        return found

    def __iter__(self) -> Any:
        self.looks.append(len(self))
        return super().__iter__()


def test_of_many_periods_few_are_looked_at() -> None:
    many = Watched(period_of(period(n, n + 1, meter)) for meter in ("drive", "hoist") for n in range(2000))
    many.looks = []
    item = replace(working(), periods=many)
    assert check(item, period(2000, 2001), LATER) is None
    for hour in (0, 1000, 1999):
        assert isinstance(check(item, period(hour, hour + 1), LATER), PeriodOverlaps)
    assert 0 < sum(many.looks) < 4 * 50
