"""How up and down time is reckoned: parts of periods, hours, and the availability."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.equipment.availability import HOUR, Share, availability, hours_of, micros_of

DAY = 24 * HOUR
lengths = st.integers(1, 10**14)


@given(length=lengths, total=lengths, part=st.integers(0, 10**6), turns=st.lists(st.integers(0, 10**6)))
def test_parts_of_a_period_add_up_and_no_part_is_up_for_longer_than_its_total(
    length: int, total: int, part: int, turns: list[int]
) -> None:
    up = total * part // 10**6
    places = [0, *sorted(length * turn // 10**6 for turn in turns), length]
    shares = [Share.until(up, total, place, length) for place in places]
    assert (shares[0], shares[-1]) == ((0, 0), (up, total))
    for number, (before, after) in enumerate(pairwise(shares)):
        assert 0 <= after.up - before.up <= after.total - before.total
        if total <= length:
            assert after.total - before.total <= places[number + 1] - places[number]


def test_half_of_a_period_has_half_of_its_times() -> None:
    assert Share.until(10 * HOUR, 20 * HOUR, DAY // 2, DAY) == (5 * HOUR, 10 * HOUR)
    assert Share.until(0, 0, DAY // 2, DAY) == (0, 0)


@pytest.mark.parametrize(
    ("hours", "micros"), [("1", HOUR), ("0.5", HOUR // 2), ("2.333333", 8_399_998_800), ("0.0000000001", 0)]
)
def test_hours_are_rounded_to_the_microsecond(hours: str, micros: int) -> None:
    assert micros_of(Decimal(hours)) == micros


@given(micros=st.integers(0, 10**18))
def test_no_two_durations_look_the_same_in_hours(micros: int) -> None:
    assert micros_of(hours_of(micros)) == micros


@pytest.mark.parametrize(
    ("up", "down", "expected"), [(0, 0, None), (1, 2, "0.333333333333"), (2, 1, "0.666666666667"), (5, 0, "1")]
)
def test_availability_is_the_share_of_up_time_in_up_and_down_time(up: int, down: int, expected: str | None) -> None:
    assert availability(up, down) == (None if expected is None else Decimal(expected))
