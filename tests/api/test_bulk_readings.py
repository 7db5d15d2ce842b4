"""Readings of a whole fleet in one request: every line has its own outcome."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api import endpoints
from api.application import application
from api.equipment.bulk import MOST_BYTES
from api.equipment.bulk_shapes import MOST_LINES
from api.services import Services
from domain.equipment.state import OPERATING_TIME
from domain.kernel.streams import StreamRef
from tests.api.callers import Bearer, Issue
from tests.api.fleet import PATH, line, outcomes, post
from tests.api.whole.conforming import Conforming
from tests.api.whole.story import Story, code_of


@pytest.fixture
def register() -> Callable[[Flask], object]:
    return endpoints.register


@pytest.fixture
def app(given: Services, register: Callable[[Flask], object]) -> Flask:
    made = application(given, register)
    made.test_client_class = Conforming
    return made


@pytest.fixture
def story(administrator: Bearer, given: Services) -> Story:
    return Story(administrator, given).begin()


@pytest.fixture
def item(story: Story) -> UUID:
    return story.item()


@pytest.fixture
def operator(issue: Issue, story: Story) -> Bearer:
    return issue("operator", story.operator)


def shown(story: Story, item: UUID) -> object:
    counter = story.services.ledger.state(StreamRef("equipment", item)).state.meter(OPERATING_TIME)
    return None if counter is None else str(counter.shown)


def test_readings_of_several_items_are_recorded_each_with_its_fact(story: Story, operator: Bearer, item: UUID) -> None:
    other = story.item("PX-2")
    head = story.head
    told = post(operator, [line(item, "10"), line(other, "20"), line(item, "11", 2), line(item, "5", 1, meter="m")])
    assert outcomes(told) == ["recorded"] * 4
    assert (told["recorded"], told["known"], told["refused"], told["position"]) == (4, 0, 0, head + 4)
    assert sorted(each["position"] for each in told["lines"]) == list(range(head + 1, head + 5))
    rows = story.services.log.by_keys([UUID(each["fact"]) for each in told["lines"]])
    assert [rows[UUID(each["fact"])].stream for each in told["lines"]] == [item, other, item, item]
    assert (shown(story, item), shown(story, other)) == ("11", "20")


def test_a_reading_happened_when_it_was_read(story: Story, operator: Bearer, item: UUID) -> None:
    post(operator, [line(item)])
    counter = story.services.ledger.state(StreamRef("equipment", item)).state.meter(OPERATING_TIME)
    assert counter.read_at == datetime.fromisoformat("2024-02-01T08:00:00+03:00")


def test_lines_of_one_item_are_recorded_in_their_order(story: Story, operator: Bearer, item: UUID) -> None:
    many = [line(item, str(number), 1 + number // 24, occurred_at=_hour(number)) for number in range(100)]
    assert set(outcomes(post(operator, many))) == {"recorded"}
    assert shown(story, item) == "99"


def _hour(number: int) -> str:
    return f"2024-02-{1 + number // 24:02}T{number % 24:02}:00:00Z"


def test_one_wrong_line_spoils_no_other(operator: Bearer, item: UUID) -> None:
    told = post(operator, [line(item, "10"), line(item, "9", 2), line(item, "11", 3)])
    assert outcomes(told) == ["recorded", "meter-ran-backwards", "recorded"]
    problem = told["lines"][1]["problem"]
    assert (problem["status"], problem["last"]) == (409, "10")
    assert problem["title"]
    assert problem["accepted"]


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"value": "NaN"}, "shape-differs", "/readings/1/value"),
        ({"value": "1e999"}, "shape-differs", "/readings/1/value"),
        ({"value": "-1"}, "shape-differs", "/readings/1/value"),
        ({"value": 900}, "shape-differs", "/readings/1/value"),
        ({"value": None}, "shape-differs", "/readings/1/value"),
        ({"value": ["9"]}, "shape-differs", "/readings/1/value"),
        ({"occurred_at": "2024-02-02T08:00:00"}, "shape-differs", "/readings/1/occurred_at"),
        ({"occurred_at": "2024-02-30T08:00:00Z"}, "shape-differs", "/readings/1/occurred_at"),
        ({"occurred_at": None}, "shape-differs", "/readings/1/occurred_at"),
        ({"equipment_id": "PX-1"}, "shape-differs", "/readings/1/equipment_id"),
        ({"meter": ""}, "shape-differs", "/readings/1/meter"),
        ({"unit": "\u0000"}, "shape-differs", "/readings/1/unit"),
        ({"id": 7}, "shape-differs", "/readings/1/id"),
        ({"id": {"deep": []}}, "shape-differs", "/readings/1/id"),
        ({"colour": "red"}, "shape-differs", "/readings/1/colour"),
        ({"passes": True}, "shape-differs", "/readings/1/passes"),
    ],
)
def test_a_line_that_is_not_as_documented_is_refused_at_its_place(
    operator: Bearer, item: UUID, wrong: dict[str, Any], code: str, pointer: str
) -> None:
    told = post(operator, [line(item, "10"), line(item, "11", 2) | wrong, line(item, "12", 3)])
    assert outcomes(told) == ["recorded", code, "recorded"]
    assert [each["pointer"] for each in told["lines"][1]["problem"]["errors"]] == [pointer]


@pytest.mark.parametrize("wrong", [None, 7, "line", [], True])
def test_a_line_that_is_no_object_is_refused(operator: Bearer, item: UUID, wrong: object) -> None:
    told = post(operator, [wrong, line(item)])
    assert outcomes(told) == ["shape-differs", "recorded"]
    assert told["lines"][0]["problem"]["errors"][0]["pointer"] == "/readings/0"


def test_a_line_without_a_time_is_refused(operator: Bearer, item: UUID) -> None:
    timeless = line(item)
    del timeless["occurred_at"]
    assert outcomes(post(operator, [timeless])) == ["shape-differs"]


def test_rules_are_asked_for_each_line(operator: Bearer, item: UUID) -> None:
    post(operator, [line(item, "10")])
    told = post(
        operator,
        [
            line(item, "600", 2, unit="min"),
            line(item, "11", 2, passes=1),
            line(item, "12", occurred_at="2999-01-01T00:00:00Z"),
            line(item, "12", occurred_at="2023-12-31T00:00:00Z"),
            line(item, "12", 3),
            line(item, "13", 2),
        ],
    )
    assert outcomes(told) == [
        "meter-unit-differs",
        "meter-does-not-roll-over",
        "occurs-in-the-future",
        "not-released",
        "recorded",
        "contradicts-later-fact",
    ]
    assert told["lines"][0]["problem"]["unit"] == "h"


def test_what_is_not_on_record_or_not_his_is_the_same_to_an_operator(
    story: Story, operator: Bearer, issue: Issue, item: UUID
) -> None:
    stranger = issue("operator", uuid4())
    head = story.head
    foreign, unknown = (outcomes(post(stranger, [line(each)])) for each in (item, uuid4()))
    assert foreign == unknown == ["not-on-record"]
    assert story.head == head
    assert outcomes(post(operator, [line(uuid4()), line(item)])) == ["not-on-record", "recorded"]
    assert outcomes(post(story.administrator, [line(uuid4()), line(item, "11", 2)])) == ["not-on-record", "recorded"]


def test_who_may_not_record_readings_is_told_so_once(story: Story, issue: Issue, item: UUID) -> None:
    for lines in ([line(item)], [7]):
        answer = issue("auditor", None).post(PATH, {"readings": lines})
        assert (answer.status_code, code_of(answer)) == (403, "not-allowed")
    assert story.administrator.client.post(PATH, json={"readings": [line(item)]}).status_code == 401


# Limits


def refused(bearer: Bearer, octets: bytes) -> TestResponse:
    return bearer.send(PATH, octets)


def test_more_lines_than_the_limit_are_refused_with_the_limit(story: Story, operator: Bearer) -> None:
    head = story.head
    answer = operator.post(PATH, {"readings": [{}] * (MOST_LINES + 1)})
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")
    assert answer.get_json()["errors"][0]["detail"] == f"has {MOST_LINES + 1} members, not 1 to {MOST_LINES}"
    assert story.head == head


def test_a_hundred_thousand_readings_are_refused_by_their_size(story: Story, operator: Bearer, item: UUID) -> None:
    head = story.head
    answer = refused(operator, json.dumps({"readings": [line(item)] * 100_000}).encode())
    assert (answer.status_code, code_of(answer)) == (413, "body-too-large")
    assert answer.get_json()["most_bytes"] == MOST_BYTES
    assert story.head == head


def test_as_many_lines_as_the_limit_fit_into_the_body(item: UUID) -> None:
    usual = line(item, "912345.75", id=str(uuid4()), passes=0)
    assert len(json.dumps({"readings": [usual] * MOST_LINES})) < MOST_BYTES


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"{", 400),
        (b'{"readings": [NaN]}', 400),
        (b'{"readings": [{"value": 1e999}]}', 400),
        (b'{"readings": [{"value": "1", "value": "2"}]}', 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"readings": null}', 422),
        (b'{"readings": {}}', 422),
        (b'{"readings": []}', 422),
        (b'{"readings": [], "lines": []}', 422),
    ],
)
def test_what_is_no_list_of_lines_is_refused_as_a_whole(
    story: Story, operator: Bearer, octets: bytes, status: int
) -> None:
    head = story.head
    assert refused(operator, octets).status_code == status
    assert story.head == head
