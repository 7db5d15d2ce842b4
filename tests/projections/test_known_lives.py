"""Times that are cut and taken out of others: as sets of moments have it, and each looked at a few times at most."""

import sys
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from projections.equipment.known_lives import Life, Period, Span, Stay, cut, fresh, without
from projections.equipment.running import Lives
from tests.projections.recording import micros

MOST = 12
ITEM = UUID(int=1)
moments = st.integers(0, MOST)
any_spans = st.lists(st.builds(Span, moments, moments), max_size=6)


@st.composite
def in_order(draw: st.DrawFn) -> list[Span]:
    """Times in order that share nothing; some touch."""
    ends = sorted(draw(st.lists(moments, max_size=8)))
    spans = [Span(*pair) for pair in zip(ends[::2], ends[1::2], strict=False)]
    return [span for span in spans if span.begin < span.end]


def held(*spans: Span) -> set[int]:
    return {moment for span in spans for moment in range(span.begin, span.end)}


def is_in_order(spans: list[Span]) -> bool:
    return all(one.end <= other.begin for one, other in pairwise(spans))


@given(spans=in_order(), taken=any_spans)
def test_what_is_left_of_times_is_what_nobody_took(spans: list[Span], taken: list[Span]) -> None:
    left = without(spans, taken)
    assert held(*left) == held(*spans) - held(*taken)
    assert is_in_order(left)


@given(spans=in_order(), within=st.builds(Span, moments, moments))
def test_what_is_cut_of_times_is_what_lies_within(spans: list[Span], within: Span) -> None:
    parts = cut(spans, within)
    assert held(*parts) == held(*spans) & held(within)
    assert is_in_order(parts)


@given(spans=any_spans.map(sorted))
def test_each_moment_is_fresh_once_in_the_first_time_that_has_it(spans: list[Span]) -> None:
    before: set[int] = set()
    for span, own in zip(spans, fresh(spans), strict=True):
        assert held(own) == held(span) - before
        before |= held(span)


def calls(periods: int) -> tuple[int, Fraction | None]:
    """Return how many functions are called to tell what a unit did of which, and of its parent, periods were reported.

    Those of the parent begin in those of the unit and end in the gaps between them: half of each counts for the unit.
    """
    whole, unit, parent = Span(micros(0), micros(10 * periods)), UUID(int=1), UUID(int=2)
    own, above = (
        [Period(begin=micros(10 * n + at), end=micros(10 * n + at + 4), done=Decimal(4)) for n in range(periods)]
        for at in (0, 2)
    )
    stays = [Stay(begin=whole.begin, end=whole.end, stage="in_service", parent_id=each) for each in (parent, None)]
    number = 0
    lives = Lives({unit: Life(stays=stays[:1], periods=own), parent: Life(stays=stays[1:], periods=above)})

    def count(_frame: Any, event: str, _about: Any) -> None:
        nonlocal number
        number += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        done = lives.done(unit, whole.end)
    finally:
        sys.setprofile(None)
    return number, done.reported


def test_many_periods_with_gaps_cost_in_proportion_to_their_number() -> None:
    (few, of_few), (many, of_many) = calls(50), calls(500)
    assert (of_few, of_many) == (Fraction(50 * 6), Fraction(500 * 6))
    assert many < 15 * few


def test_of_periods_that_share_a_time_it_counts_for_the_one_that_began_first() -> None:
    told = [Period(begin=micros(begin), end=micros(end), done=Decimal(12)) for begin, end in [(0, 6), (3, 9), (4, 5)]]
    stay = Stay(begin=micros(0), end=micros(9), stage="in_service")
    done = Lives({ITEM: Life(stays=[stay], periods=told)}).done(ITEM, micros(9))
    assert done.reported == Fraction(12 + 6)
