"""What a store promises, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.log.contract import (
    PAGE_BYTES,
    Answered,
    Appended,
    Expectation,
    Head,
    KeyTaken,
    Meta,
    NewFact,
    Proposal,
    Stale,
)
from domain.log.postgres import open_postgres
from domain.log.sqlite import open_sqlite
from domain.log.sweeps import sweep
from tests.log.proposals import Model, Store, alone, fact, proposal, request, timeless


def test_facts_are_read_back_as_they_were_stored(store: Store) -> None:
    stream, other = uuid4(), uuid4()
    sent = [fact(stream, occurred_at=-5, subjects=(other,)), fact(other)]
    outcome = alone(store, *sent, on={stream: 0})
    assert isinstance(outcome, Appended)
    assert outcome.first_position == 1
    assert dict(outcome.versions) == {stream: 1, other: 1}
    for position, (row, new) in enumerate(zip(store.rows(0, 10), sent, strict=True), 1):
        assert row == (
            position,
            new.stream,
            "equipment",
            1,
            new.fact_key,
            new.type,
            new.occurred_at,
            row.recorded_at,
            new.body,
        )
        assert row.recorded_at == outcome.recorded_at
        assert [type(value) for value in row] == [int, UUID, str, int, UUID, str, int, int, bytes]


def test_an_expected_version_is_held_to_the_number(store: Store) -> None:
    stream = uuid4()
    assert alone(store, fact(stream), on={stream: 1}) == Stale(((stream, 0),))
    assert isinstance(alone(store, fact(stream), on={stream: 0}), Appended)
    assert alone(store, fact(stream), on={stream: 0}) == Stale(((stream, 1),))
    assert alone(store, fact(stream), on={stream: 9}) == Stale(((stream, 1),))
    assert isinstance(alone(store, fact(stream), on={stream: None}), Appended)
    assert isinstance(alone(store, fact(stream)), Appended)
    assert [row.sequence for row in store.stream(stream)] == [1, 2, 3]
    assert store.head().position == 3


def test_of_many_streams_at_once_each_is_held_to_its_own_version(store: Store) -> None:
    streams = [uuid4() for _ in range(230)]
    uneven = [stream for number, stream in enumerate(streams) for _ in range(number % 3)]
    assert isinstance(alone(store, *map(fact, uneven)), Appended)
    known: dict[UUID, int | None] = {stream: number % 3 for number, stream in enumerate(streams)}
    for number in (0, 99, 100, 229):
        wrong = known | {streams[number]: number % 3 + 1}
        assert alone(store, fact(streams[0]), on=wrong) == Stale(((streams[number], number % 3),))
    outcome = alone(store, *map(fact, streams), on=known)
    assert isinstance(outcome, Appended)
    assert dict(outcome.versions) == {stream: number % 3 + 1 for number, stream in enumerate(streams)}


def test_facts_that_must_stand_behind_a_position_stand_there_or_nowhere(store: Store) -> None:
    stream = uuid4()
    alone(store, fact(stream))
    for position in (0, 2):
        assert store.commit([replace(proposal(fact(stream)), after=position)]) == [Stale(())]
    known, other = replace(proposal(fact(stream), on={stream: 1}), after=1), replace(proposal(fact(stream)), after=1)
    first, second = store.commit([known, other])
    assert isinstance(first, Appended)
    assert (first.first_position, second) == (2, Stale(()))
    assert store.head().position == 2


def test_a_decision_may_rest_on_a_stream_to_which_it_adds_nothing(store: Store) -> None:
    unit, parent = uuid4(), uuid4()
    alone(store, fact(parent))
    assert alone(store, fact(unit), on={unit: 0, parent: 0}) == Stale(((parent, 1),))
    accepted = alone(store, fact(unit), on={unit: 0, parent: 1})
    assert isinstance(accepted, Appended)
    assert dict(accepted.versions) == {unit: 1, parent: 1}


def test_every_stream_that_differs_is_named(store: Store) -> None:
    first, second, right = uuid4(), uuid4(), uuid4()
    outcome = alone(store, fact(first), on={first: 3, second: 4, right: 0})
    assert outcome == Stale(((first, 0), (second, 0)))
    assert store.rows(0, 10) == []


def test_a_fact_key_on_record_is_taken_and_nothing_of_its_proposal_is_recorded(store: Store) -> None:
    stream = uuid4()
    first = fact(stream)
    alone(store, fact(uuid4()), first)
    assert alone(store, fact(stream), first, on={stream: 1}) == KeyTaken(((first.fact_key, 2),))
    assert alone(store, first, on={stream: 0}) == KeyTaken(((first.fact_key, 2),)), "a repeat is not stale"
    assert store.head().position == 2
    assert set(store.by_keys([first.fact_key, uuid4()])) == {first.fact_key}


def test_a_request_is_answered_once(store: Store) -> None:
    stream, ask = uuid4(), request("once")
    first = alone(store, fact(stream), fact(stream), on={stream: 0}, ask=ask)
    assert isinstance(first, Appended)
    answer = Answered(ask, 1, 2, first.recorded_at)
    assert alone(store, fact(stream), on={stream: 0}, ask=ask) == answer
    assert store.answered(ask.key) == answer
    assert store.answered(request("never").key) is None


def test_a_request_that_records_nothing_is_answered_too(store: Store) -> None:
    stream, ask = uuid4(), request("already known")
    alone(store, fact(stream))
    outcome = alone(store, on={stream: 1}, ask=ask)
    assert isinstance(outcome, Appended)
    assert (outcome.first_position, outcome.versions) == (1, ((stream, 1),))
    assert alone(store, on={stream: 1}, ask=ask) == Answered(ask, 1, 0, outcome.recorded_at)
    assert store.head().position == 1


def test_one_callers_conflict_fails_no_other(store: Store) -> None:
    stream, other, taken = uuid4(), uuid4(), fact(uuid4())
    alone(store, taken)
    outcomes = store.commit(
        [
            proposal(fact(stream), on={stream: 0}),
            proposal(fact(stream), on={stream: 0}),
            proposal(taken),
            proposal(fact(other), ask=request("x")),
            proposal(fact(other), ask=request("x")),
        ]
    )
    assert timeless(outcomes) == [
        ("appended", 2, frozenset({(stream, 1)})),
        ("stale", frozenset({(stream, 1)})),
        ("taken", frozenset({(taken.fact_key, 1)})),
        ("appended", 3, frozenset({(other, 1)})),
        ("answered", request("x"), 3, 1),
    ]


STREAMS = [UUID(int=number) for number in range(1, 4)]
KEYS = [UUID(int=100 + number) for number in range(8)]
CHOICES = st.tuples(
    st.lists(st.tuples(st.sampled_from(range(3)), st.sampled_from(range(8))), max_size=3),
    st.dictionaries(st.sampled_from(range(3)), st.one_of(st.none(), st.integers(0, 3)), max_size=2),
    st.one_of(st.none(), st.sampled_from(["a", "b"])),
)


@settings(max_examples=25)
@given(data=st.data())
def test_a_group_in_one_commit_ends_as_if_each_had_been_alone(store: Store, data: st.DataObject) -> None:
    # The store is shared by the examples, so every example has streams, keys and requests of its own.
    streams, keys, salt = [uuid4() for _ in range(3)], [uuid4() for _ in range(8)], str(uuid4())

    def built(choice: Any) -> Proposal:
        facts, expected, asked = choice
        return Proposal(
            tuple(fact(streams[stream], keys[key]) for stream, key in facts),
            tuple(Expectation(streams[stream], version) for stream, version in expected.items()),
            request(salt + asked) if asked else None,
        )

    model, start = Model(), store.head().position
    model.facts = [fact(uuid4()) for _ in range(start)]
    for group in data.draw(st.lists(st.lists(CHOICES, min_size=1, max_size=4), max_size=4)):
        proposals = [built(choice) for choice in group]
        assert timeless(store.commit(proposals)) == timeless([model.append(each) for each in proposals])
    stored = [
        NewFact(row.fact_key, row.stream, row.kind, row.type, row.occurred_at, row.body, ())
        for row in store.rows(start, 1000)
    ]
    assert stored == model.facts[start:]


def test_a_stream_is_read_by_sequence(store: Store) -> None:
    stream = uuid4()
    alone(store, *(fact(stream) for _ in range(5)), fact(uuid4()))
    assert [row.sequence for row in store.stream(stream)] == [1, 2, 3, 4, 5]
    assert [row.sequence for row in store.stream(stream, after=1, until=4, limit=2)] == [2, 3]
    assert [row.sequence for row in store.stream(stream, until=0)] == []
    assert [row.position for row in store.rows(2, 10, until=4)] == [3, 4]


def test_a_page_ends_where_its_bodies_are_large_and_is_never_empty_before_the_end(
    store: Store, database_url: str
) -> None:
    half, whole = bytes(PAGE_BYTES // 2), bytes(PAGE_BYTES)
    for body in (half, half, b"{}", whole, b"{}", b"{}"):
        alone(store, fact(uuid4())._replace(body=body))
    with sweep(database_url) as swept:
        for read in (store.page, swept.rows):
            pages, after = [], 0
            while page := read(after, 10):
                pages.append([row.position for row in page])
                after = pages[-1][-1]
            assert pages == [[1, 2], [3, 4], [5, 6]]
    assert [row.position for row in store.page(0, 10, until=1)] == [1]
    assert len(store.rows(0, 10)) == 6


def test_what_concerns_a_thing_is_its_own_stream_and_what_names_it(store: Store) -> None:
    thing, other = uuid4(), uuid4()
    times = [(thing, 30, ()), (other, 20, (thing,)), (other, 20, (thing,)), (other, 10, ()), (thing, -10, (other,))]
    alone(store, *(fact(stream, occurred_at=at, subjects=subjects) for stream, at, subjects in times))
    assert [row.position for row in store.concerning(thing)] == [5, 2, 3, 1]
    assert [row.position for row in store.concerning(thing, until=4)] == [2, 3, 1]
    pages, after = [], (-(2**63), 0)
    while page := store.concerning(thing, after, limit=1):
        pages += [row.position for row in page]
        after = (page[-1].occurred_at, page[-1].position)
    assert pages == [5, 2, 3, 1]


def test_a_moment_is_found_among_the_positions(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        clock = iter(datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=n) for n in range(20))
        store: Store = open_sqlite(database_url, now=lambda: next(clock))
    else:
        store = open_postgres(database_url)
    assert store.position_at(0) == 0
    for _ in range(7):
        alone(store, fact(uuid4()), fact(uuid4()))
    rows = store.rows(0, 100)
    assert [row.recorded_at for row in rows] == sorted(row.recorded_at for row in rows)
    for row in rows:
        assert store.position_at(row.recorded_at) == max(r.position for r in rows if r.recorded_at <= row.recorded_at)
        assert store.position_at(row.recorded_at - 1) == max(
            (r.position for r in rows if r.recorded_at < row.recorded_at), default=0
        )
    assert store.head() == Head(14, rows[-1].recorded_at)
    store.close()


def test_old_answers_are_forgotten(store: Store) -> None:
    asked = [request(str(number)) for number in range(5)]
    for each in asked:
        alone(store, fact(uuid4()), ask=each)
    last = store.answered(asked[-1].key)
    assert last is not None
    assert store.forget_answers(last.answered_at) == 4
    assert [store.answered(each.key) for each in asked] == [None] * 4 + [last]


def test_a_log_knows_its_name(store: Store) -> None:
    meta = store.meta()
    assert meta == Meta("test", meta.log_id, 1)
    assert isinstance(meta.log_id, UUID)
