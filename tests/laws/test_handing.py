"""Law: who follows a log sees each row once, in order and as it is stored, whether it was handed over or read."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.log.contract import Appended, Expectation, Proposal, Row
from domain.log.handing import MOST_BYTES, MOST_FACTS, Handing
from domain.log.log import Log, open_log
from tests.proposals import new_fact, proposal

PATIENCE = 60.0
EACH = 40
ALL = 3 * sum(1 + number % 3 for number in range(EACH))
STREAMS = [uuid4() for _ in range(3)]

Logs = tuple[Log, Log]


@pytest.fixture
def logs(database_url: str) -> Iterator[Logs]:
    """One database as two programs have it open: neither knows what the other appends."""

    def now() -> datetime:
        return datetime.now(UTC)

    with open_log(database_url, now=now) as here, open_log(database_url, now=now) as elsewhere:
        yield here, elsewhere


def of(streams: Sequence[UUID], body: bytes) -> Proposal:
    return Proposal(
        tuple(new_fact(stream, body=body) for stream in streams),
        tuple(Expectation(stream, None) for stream in dict.fromkeys(streams)),
    )


PROPOSALS = st.builds(of, st.lists(st.sampled_from(STREAMS), max_size=4), st.sampled_from([b"{}", b'{"a":1}']))


@given(steps=st.lists(st.tuples(st.sampled_from(["here", "elsewhere"]), PROPOSALS, st.booleans()), max_size=12))
def test_what_is_handed_over_is_what_would_be_read(logs: Logs, steps: list[tuple[str, Proposal, bool]]) -> None:
    here, elsewhere = logs
    begin = here.head().position
    found: list[Row] = []
    for place, each, follows in steps:
        (here if place == "here" else elsewhere).append(each)
        if follows:
            found += follow(here, begin + len(found))
    found += follow(here, begin + len(found))
    assert found == elsewhere.rows(begin, 1_000)


def test_a_group_that_was_appended_here_is_not_read_back(logs: Logs) -> None:
    here, elsewhere = logs
    with patch.object(here._handing, "_read", side_effect=AssertionError):
        here.append(proposal(facts=3))
        assert here.page(0, 10) == elsewhere.rows(0, 10)
        assert here.page(0, 3, until=3) == elsewhere.rows(0, 3)
    elsewhere.append(proposal())
    here.append(proposal())
    assert here.page(3, 10) == elsewhere.rows(3, 10)
    assert here.page(0, 2) == elsewhere.rows(0, 2)
    assert here.page(3, 10, until=4) == elsewhere.rows(3, 1)


@pytest.mark.parametrize(("facts", "size"), [(MOST_FACTS + 1, 2), (2, MOST_BYTES)])
def test_much_is_not_kept(log: Log, facts: int, size: int) -> None:
    log.append(proposal(facts=facts, body=b'"' + b"x" * size + b'"'))
    assert not log._handing._last[1]
    assert len(log.page(0, 1_000)) == facts


def test_a_group_whose_proposals_went_one_by_one_is_read_if_others_came_between() -> None:
    read: list[Row] = []
    handing = Handing(lambda *_: read)
    stream = STREAMS[0]
    handing.take([(of([stream], b"{}"), Appended(place, 0, ((stream, place),))) for place in (5, 7)])
    assert handing.page(4, 10) is read
    handing.take([(of([stream], b"{}"), Appended(place, 0, ((stream, place),))) for place in (7, 8)])
    assert [row.position for row in handing.page(6, 10)] == [7, 8]


def test_two_programs_that_append_at_once_are_followed_in_order(logs: Logs) -> None:
    here, elsewhere = logs
    found: list[Row] = []
    with ThreadPoolExecutor(4) as pool:
        appending = [pool.submit(append, log) for log in (here, here, elsewhere)]
        while len(found) < ALL:
            found += follow(here, len(found))
        for each in appending:
            each.result(PATIENCE)
    assert found == elsewhere.rows(0, 1_000)


def follow(log: Log, after: int) -> list[Row]:
    """Return all rows there are after a position, as a follower gets them."""
    found: list[Row] = []
    while rows := log.page(after + len(found), 1_000):
        found += rows
    return found


def append(log: Log) -> None:
    for number in range(EACH):
        log.append(of(STREAMS[: 1 + number % 3], b"{}"))
