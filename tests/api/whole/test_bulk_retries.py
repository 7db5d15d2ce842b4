"""Readings of a whole fleet said again, after an answer or after none: nothing is recorded twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from api.services import Services
from domain.application.ledger import Ledger
from domain.application.receipts import Receipt
from domain.kernel.refusals import Unavailable
from tests.api.callers import Bearer, Clock, Issue
from tests.api.fleet import PATH, line, outcomes, post
from tests.api.whole.story import Story, code_of


@pytest.fixture
def item(story: Story) -> UUID:
    return story.item()


def test_duplicate_lines_are_recorded_once(operator: Bearer, item: UUID) -> None:
    assert outcomes(post(operator, [line(item), line(item), line(item)])) == ["recorded", "known", "known"]


def test_the_whole_request_is_repeatable_without_a_key(story: Story, operator: Bearer, item: UUID) -> None:
    lines = [line(item, "10"), line(item, "11", 2), line(item, "12", 3)]
    post(operator, lines)
    head = story.head
    assert outcomes(post(operator, lines)) == ["known"] * 3
    assert story.head == head


def test_a_retry_with_the_key_gets_the_same_facts_again(story: Story, operator: Bearer, item: UUID) -> None:
    lines = [line(item, "10"), line(item, "9", 2), line(item, "11", 3)]
    first = post(operator, lines, Idempotency_Key="march")
    head = story.head
    again = post(operator, lines, Idempotency_Key="march")
    assert outcomes(again) == ["known", "meter-ran-backwards", "known"]
    assert [each["fact"] for each in again["lines"]] == [each["fact"] for each in first["lines"]]
    assert [each["position"] for each in again["lines"]] == [each["position"] for each in first["lines"]]
    assert story.head == head


def test_the_key_with_other_lines_is_refused_where_they_differ(operator: Bearer, item: UUID) -> None:
    post(operator, [line(item, "10"), line(item, "11", 2)], Idempotency_Key="march")
    told = post(operator, [line(item, "10"), line(item, "12", 2)], Idempotency_Key="march")
    assert outcomes(told) == ["known", "key-reused"]
    shorter = post(operator, [line(item, "10")], Idempotency_Key="march")
    assert outcomes(shorter) == ["key-reused"]


def test_a_key_that_is_none_is_refused_before_anything_is_recorded(story: Story, operator: Bearer, item: UUID) -> None:
    head = story.head
    answer = operator.post(PATH, {"readings": [line(item)]}, Idempotency_Key="two words")
    assert (answer.status_code, code_of(answer), story.head) == (400, "malformed-request", head)


def test_an_id_is_recorded_once_for_ever(operator: Bearer, item: UUID, clock: Clock) -> None:
    first = post(operator, [line(item, "10", id="R-1")])
    clock.turn(days=60)
    again = post(operator, [line(item, "10", id="R-1"), line(item, "11", 2, id="R-1")])
    assert outcomes(again) == ["known", "already-recorded-differently"]
    assert again["lines"][0]["fact"] == first["lines"][0]["fact"]
    assert [each["id"] for each in again["lines"]] == ["R-1", "R-1"]


def test_ids_of_two_organisations_are_not_the_same(story: Story, operator: Bearer, issue: Issue, item: UUID) -> None:
    maker = issue("manufacturer", story.maker)
    post(operator, [line(item, "10", id="R-1")])
    assert outcomes(post(maker, [line(item, "11", 2, id="R-1")])) == ["recorded"]


@dataclass
class Failing:
    """A ledger that dies after some lines, as a store that goes away does; everything else is the real one."""

    ledger: Ledger
    lines: int
    asked: int = 0

    def execute(self, *args: Any, **kwargs: Any) -> Receipt:
        self.lines -= 1
        self.asked += 1
        if self.lines < 0:
            raise Unavailable("The store is away.", retry_after=7)
        return self.ledger.execute(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)


@pytest.fixture
def interrupted(given: Services) -> Iterator[Callable[[int], None]]:
    """Lets the store go away after so many lines; None too many: it is back."""
    whole = given.ledger

    def interrupt(lines: int) -> None:
        object.__setattr__(given, "ledger", Failing(whole, lines) if lines >= 0 else whole)

    yield interrupt
    interrupt(-1)


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "march"}])
def test_a_retry_after_a_failure_in_the_middle_records_what_is_missing_and_nothing_twice(
    story: Story, operator: Bearer, item: UUID, interrupted: Callable[[int], None], headers: dict[str, str]
) -> None:
    other = story.item("PX-2")
    lines = [line(each, str(day), day) for day in range(1, 11) for each in (item, other)]
    head = story.head
    interrupted(7)
    answer = operator.post(PATH, {"readings": lines}, **headers)
    assert (answer.status_code, code_of(answer)) == (503, "outcome-unknown")
    assert answer.headers["Retry-After"] == "7"
    assert story.head == head + 7
    interrupted(-1)
    told = post(operator, lines, **headers)
    assert (told["known"], told["recorded"]) == (7, 13)
    assert story.head == head + 20


def test_a_store_that_is_away_is_not_asked_for_every_line(story: Story, given: Services) -> None:
    items = [story.item(f"PX-{number}", steps=1) for number in range(30)]
    away = Failing(given.ledger, 0)
    object.__setattr__(given, "ledger", away)
    answer = story.administrator.post(PATH, {"readings": [line(each) for each in items]})
    assert (answer.status_code, code_of(answer)) == (503, "outcome-unknown")
    assert away.asked <= 8
