"""Facts and proposals for tests of the stores, and the plainest log there can be: the model."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import sqlalchemy as sa

from domain.log.contract import (
    Answered,
    Appended,
    Expectation,
    KeyTaken,
    NewFact,
    Outcome,
    Proposal,
    Request,
    Stale,
)
from domain.log.postgres import PostgresStore, open_postgres
from domain.log.settling import TWICE
from domain.log.sqlite import SQLiteStore, open_sqlite

Store = SQLiteStore | PostgresStore


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store: Store = open_sqlite(url, now=lambda: datetime.now(UTC)) if url.startswith("sqlite") else open_postgres(url)
    try:
        yield store
    finally:
        store.close()


def execute(url: str, statement: str) -> None:
    """Run one statement past the store, and commit it."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))


def fact(stream: UUID, key: UUID | None = None, occurred_at: int = 1, subjects: tuple[UUID, ...] = ()) -> NewFact:
    key = key or uuid4()
    return NewFact(
        key, stream, "equipment", "equipment.failed", occurred_at, b'{"id":"%s"}' % str(key).encode(), subjects
    )


def request(name: str) -> Request:
    return Request(sha256(name.encode()).digest(), 1, b"digest", b"answer of " + name.encode())


def proposal(*facts: NewFact, on: dict[UUID, int | None] | None = None, ask: Request | None = None) -> Proposal:
    return Proposal(facts, tuple(Expectation(stream, version) for stream, version in (on or {}).items()), ask)


def alone(
    store: Store, *facts: NewFact, on: dict[UUID, int | None] | None = None, ask: Request | None = None
) -> Outcome:
    return store.commit([proposal(*facts, on=on, ask=ask)])[0]


class Model:
    """The log as a list: what every store must be equal to."""

    def __init__(self) -> None:
        self.facts: list[NewFact] = []
        self.answers: dict[bytes, Answered] = {}

    def version(self, stream: UUID) -> int:
        return sum(each.stream == stream for each in self.facts)

    def append(self, asked: Proposal) -> Outcome:
        if asked.request and asked.request.key in self.answers:
            return self.answers[asked.request.key]
        on_record = {each.fact_key: position for position, each in enumerate(self.facts, 1)}
        keys = [each.fact_key for each in asked.facts]
        taken = {key: on_record.get(key, TWICE) for key in keys if key in on_record or keys.count(key) > 1}
        if taken:
            return KeyTaken(tuple(taken.items()))
        differing = [
            (each.stream, self.version(each.stream))
            for each in asked.expected
            if each.version is not None and each.version != self.version(each.stream)
        ]
        if differing or asked.after not in {None, len(self.facts)}:
            return Stale(tuple(differing))
        first = len(self.facts) + (1 if asked.facts else 0)
        self.facts += asked.facts
        if asked.request:
            self.answers[asked.request.key] = Answered(asked.request, first, len(asked.facts), 0)
        named = {each.stream for each in asked.expected} | {each.stream for each in asked.facts}
        return Appended(first, 0, tuple((stream, self.version(stream)) for stream in named))


def timeless(outcomes: Sequence[Outcome]) -> list[object]:
    """Outcomes without their times, and with what has no order as sets."""
    plain: list[object] = []
    for outcome in outcomes:
        match outcome:
            case Appended(first, _, versions):
                plain.append(("appended", first, frozenset(versions)))
            case Stale(actual):
                plain.append(("stale", frozenset(actual)))
            case KeyTaken(taken):
                plain.append(("taken", frozenset(taken)))
            case Answered(asked, first, count, _):
                plain.append(("answered", asked, first, count))
    return plain
