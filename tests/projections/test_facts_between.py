"""Which facts made the difference between two points: those that came to count, and those that no longer do."""

from typing import Any
from uuid import UUID

import pytest

from domain.equipment.life import Released
from domain.equipment.operation import FailureReported
from domain.equipment.papers import Certified
from domain.kernel.errors import ErrorDeclared
from domain.kernel.refusals import Unavailable
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.facts_between import Point, facts_between
from tests.projections.recording import FIRST, MAKER, MODEL_ID, SECOND, fact_id, micros, record, said

RELEASED = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A-1")
RIGHTLY = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="B-1")
CERTIFIED = Certified(certificate="EC-1", authority="NB-1")
LEAK = FailureReported(failure_mode="leak", impact="critical", detection="operator", unit_id=SECOND.id)
WRONG_SERIAL = ErrorDeclared(wrong_fact=fact_id(1), explanation="wrong-serial", corrected_by=(fact_id(5),))
LIFE = [
    said(1, FIRST, RELEASED, 1),
    said(2, FIRST, LEAK, 4),
    said(3, FIRST, CERTIFIED, 2),
    said(4, FIRST, WRONG_SERIAL, 6),
    said(5, FIRST, RIGHTLY, 1),
    said(6, FIRST, LEAK, 7),
]
FACTS = {1: "released", 2: "leak", 3: "certified", 5: "rightly", 6: "again"}


@pytest.fixture
def followed(log: Log, engine: Engine) -> Engine:
    record(log, LIFE)
    engine.catch_up()
    return engine


def between(
    engine: Engine, before: Point, after: Point, item: UUID = FIRST.id, most: int = 9
) -> list[tuple[str, bool]]:
    with engine.views.read() as connection:
        facts, _ = facts_between(connection, item, before, after, most)
    return [(FACTS[each.position], each.counts) for each in facts]


def test_what_happened_between_two_moments_came_to_count(followed: Engine) -> None:
    at = {hour: Point(micros(hour), 6) for hour in range(8)}
    assert between(followed, at[0], at[3]) == [("rightly", True), ("certified", True)]
    assert between(followed, at[1], Point(None, 6)) == [("certified", True), ("leak", True)]
    assert between(followed, at[2], at[2]) == []


def test_what_was_taken_back_counts_no_longer_and_says_by_what(followed: Engine) -> None:
    before, after = Point(micros(3), 3), Point(micros(3), 6)
    with followed.views.read() as connection:
        facts, whole = facts_between(connection, FIRST.id, before, after)
    assert [(each.position, each.counts, each.wrong_by, each.occurred_at) for each in facts] == [
        (1, False, fact_id(4), micros(1)),
        (5, True, None, micros(1)),
    ]
    assert whole
    assert between(followed, Point(None, 2), Point(None, 3)) == [("certified", True)]


def test_what_changed_nothing_made_no_difference(followed: Engine) -> None:
    assert between(followed, Point(micros(6), 6), Point(micros(7), 6)) == []
    assert between(followed, Point(None, 0), Point(None, 6), SECOND.id) == []


def test_more_than_are_asked_for_are_left_out_and_that_is_told(
    followed: Engine, queries: list[tuple[str, Any]]
) -> None:
    everything = Point(None, 0), Point(None, 6)
    with followed.views.read() as connection:
        assert [facts_between(connection, FIRST.id, *everything, most)[1] for most in (2, 3)] == [False, True]
    queries.clear()
    assert between(followed, *everything, most=1) == [("rightly", True)]
    assert len(queries) == 2


def test_a_point_that_is_not_followed_yet_is_refused(followed: Engine) -> None:
    with pytest.raises(Unavailable):
        between(followed, Point(None, 0), Point(None, 7))
