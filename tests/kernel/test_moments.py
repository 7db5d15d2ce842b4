from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from domain.kernel.moments import FOREVER, from_micros, is_aware, to_micros
from domain.kernel.refusals import Nonsense
from domain.kernel.values import check_moment
from tests.strategies import MOMENT, OFFSETS


@given(MOMENT, OFFSETS)
def test_a_moment_comes_back_at_any_offset(moment: datetime, offset: timezone) -> None:
    again = from_micros(to_micros(moment), offset)

    assert again == moment
    assert again.tzinfo is offset


@given(MOMENT, MOMENT)
def test_microseconds_count_in_the_order_of_time(one: datetime, other: datetime) -> None:
    assert (to_micros(one) < to_micros(other)) == (one < other)


def test_the_count_starts_in_1970_and_goes_back_exactly() -> None:
    assert to_micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)) == -1
    assert to_micros(datetime(1970, 1, 1, 5, 45, tzinfo=timezone(timedelta(hours=5, minutes=45)))) == 0


def test_no_moment_is_later_than_for_ever() -> None:
    assert to_micros(datetime.max.replace(tzinfo=UTC)) < FOREVER


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001  that is the point
        datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=30, seconds=17))),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    ],
    ids=["naive", "seconds in the offset", "before the year 1 in UTC", "after the year 9999 in UTC"],
)
def test_a_moment_that_could_not_be_kept_is_nonsense(moment: datetime) -> None:
    with pytest.raises(Nonsense, match="occurred_at"):
        check_moment("occurred_at", moment)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Pacific/Marquesas", "UTC"])
def test_zones_of_the_map_are_taken(zone: str) -> None:
    moment = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo(zone))

    assert is_aware(moment)
    check_moment("occurred_at", moment)
