"""Law: who shares a commit with others gets the answer that he would have had alone, after those before."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.log.appender import Appender
from domain.log.contract import Appended, Expectation, Outcome, Proposal, Request, Stale
from domain.log.log import Log, open_log
from tests.plain_log import Answer, PlainLog, comparable
from tests.proposals import new_fact
from tests.proposals import proposal as propose
from tests.servers import until

PATIENCE = 60.0


@st.composite
def groups(draw: st.DrawFn) -> list[Proposal]:
    """Proposals that get in each other's way: few streams, few fact keys, few request keys."""
    world = uuid4()  # what one example did is on record; the next one must not meet it
    streams = [uuid5(world, f"stream {n}") for n in range(3)]
    keys = [uuid5(world, f"key {n}") for n in range(4)]
    fresh = st.just(None)

    def fact_of() -> st.SearchStrategy[tuple[UUID, UUID | None]]:
        return st.tuples(st.sampled_from(streams), fresh | fresh | st.sampled_from(keys))

    versions = st.dictionaries(st.sampled_from(streams), st.none() | st.integers(0, 4), max_size=3)
    requests = st.none() | st.none() | st.integers(0, 1)
    made = []
    for number in range(draw(st.integers(2, 8))):
        facts = tuple(new_fact(stream, key=key) for stream, key in draw(st.lists(fact_of(), max_size=3)))
        expected = tuple(Expectation(stream, version) for stream, version in draw(versions).items())
        which = draw(requests)
        request = None
        if which is not None:
            name = uuid5(world, f"request {which}").bytes
            request = Request(key=name * 2, period=1, digest=name, answer=b"%d" % number)
        made.append(Proposal(facts, expected, request))
    return made


@pytest.fixture
def opened(database_url: str) -> Iterator[Log]:
    with open_log(database_url, now=lambda: datetime.now(UTC)) as log:
        yield log


class Recorded:
    """A real store's commit that keeps the order in which it was asked, and can hold the first commit back."""

    def __init__(self, log: Log, held_for: int) -> None:
        self.order: list[Proposal] = []
        self.largest = 0
        self.appender = Appender(self.commit, timeout=PATIENCE)
        self._store, self._held_for = log._store, held_for

    def commit(self, group: Sequence[Proposal]) -> list[Outcome]:
        if not self.order and self._held_for:
            until(lambda: len(self.appender._queue) == self._held_for, PATIENCE, "a full queue")
        self.order += group
        self.largest = max(self.largest, len(group))
        return self._store.commit(group)


@given(proposals=groups(), together=st.booleans())
def test_a_shared_commit_changes_no_answer(opened: Log, proposals: list[Proposal], *, together: bool) -> None:
    plain = PlainLog(opened.head().position)
    start = plain.position
    recorded = Recorded(opened, held_for=len(proposals) - 1 if together else 0)
    barrier = Barrier(len(proposals))

    def append(proposal: Proposal) -> Answer:
        barrier.wait(PATIENCE)
        return comparable(recorded.appender.append(proposal))

    with ThreadPoolExecutor(len(proposals)) as pool:
        answers = list(pool.map(append, proposals))

    place = {id(proposal): number for number, proposal in enumerate(proposals)}
    assert sorted(place[id(proposal)] for proposal in recorded.order) == list(range(len(proposals)))
    for proposal in recorded.order:
        assert answers[place[id(proposal)]] == plain.append(proposal)
    if together:
        assert recorded.largest == len(proposals) - 1
    stored = [(row.position, row.stream, row.sequence, row.fact_key) for row in opened.rows(start, 1000)]
    assert stored == plain.rows


def test_of_many_who_expect_one_version_exactly_one_is_right_each_time(log: Log) -> None:
    callers, rounds, stream = 16, 10, uuid4()
    barrier = Barrier(callers)

    def insist(_: int) -> list[Outcome]:
        outcomes = []
        for version in range(rounds):
            barrier.wait(PATIENCE)
            outcomes.append(log.append(propose(stream, version)))
        return outcomes

    with ThreadPoolExecutor(callers) as pool:
        by_caller = list(pool.map(insist, range(callers)))

    for version, outcomes in enumerate(zip(*by_caller, strict=True)):
        assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 1
        stale = [outcome for outcome in outcomes if isinstance(outcome, Stale)]
        assert stale == [Stale(((stream, version + 1),))] * (callers - 1)
    assert [row.sequence for row in log.stream(stream)] == list(range(1, rounds + 1))
    assert [row.position for row in log.rows(0, 1000)] == list(range(1, rounds + 1))
