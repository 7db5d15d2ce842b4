"""Appends: many callers with one fact each, one writer alone, a thousand facts at once."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder

from domain.log.contract import Appended, Expectation, NewFact, Proposal
from domain.log.log import Log, open_log
from tests.benchmarks.limits import PostgresByHand, SQLiteByHand
from tests.benchmarks.rows import new_fact, new_stream
from tests.benchmarks.stand import LIMIT, OURS, STOCK, Contender, Row, compete, together
from tests.benchmarks.stock import postgres_recorder, sqlite_recorder, stored

BATCH = 1000
_PIECE = 250
One = Callable[[NewFact, int], object]


def open_at(url: str) -> Log:
    """Open the log with the machine's clock."""
    return open_log(url, now=lambda: datetime.now(UTC))


def ours(log: Log) -> One:
    """Append one fact as the ledger does: with the version on which it rests."""

    def one(fact: NewFact, sequence: int) -> None:
        outcome = log.append(Proposal((fact,), (Expectation(fact.stream, sequence - 1),)))
        assert isinstance(outcome, Appended), outcome

    return one


def library(recorder: ApplicationRecorder) -> One:
    """Append one fact by the library."""
    return lambda fact, sequence: recorder.insert_events([stored(fact, sequence)])


def singles(one: One, callers: int, each: int) -> Contender:
    """Return a contender: so many threads, each with streams of its own, one durable fact at a time."""

    def run() -> float:
        facts = [line_of(each) for _ in range(callers)]
        return together(callers, each, lambda thread, number: one(*facts[thread][number]))

    return run


def line_of(length: int, facts_per_stream: int = 20) -> list[tuple[NewFact, int]]:
    """Return facts of streams that grow to twenty facts each, with their sequences."""
    line: list[tuple[NewFact, int]] = []
    while len(line) < length:
        stream = new_stream()
        line += [(new_fact(stream), sequence) for sequence in range(1, facts_per_stream + 1)]
    return line[:length]


def batches(many: Callable[[list[tuple[NewFact, int]]], object], number: int) -> Contender:
    """Return a contender: a thousand facts per append, on fifty streams."""

    def run() -> float:
        lines = [line_of(BATCH) for _ in range(number)]
        return together(1, number, lambda _, index: many(lines[index])) * BATCH

    return run


def ours_many(log: Log) -> Callable[[list[tuple[NewFact, int]]], None]:
    """Append many facts whose streams are new."""

    def many(facts: list[tuple[NewFact, int]]) -> None:
        streams: dict[UUID, None] = {fact.stream: None for fact, _ in facts}
        expected = tuple(Expectation(stream, 0) for stream in streams)
        outcome = log.append(Proposal(tuple(fact for fact, _ in facts), expected))
        assert isinstance(outcome, Appended), outcome

    return many


def in_pieces(recorder: ApplicationRecorder, facts: Sequence[tuple[NewFact, int]]) -> None:
    """Append by the library, fewer at a time: of a thousand it waits for an answer to what was not wholly sent."""
    for start in range(0, len(facts), _PIECE):
        recorder.insert_events([stored(*each) for each in facts[start : start + _PIECE]])


def on_postgres(url: str, reach_many: float, flush: str) -> list[Row]:
    """Measure on PostgreSQL; each contender has tables of its own in one database."""
    by_hand, recorder = PostgresByHand(url), postgres_recorder(url)
    with open_at(url) as log:
        three = {OURS: ours(log), LIMIT: by_hand.one, STOCK: library(recorder)}
        rows = [
            compete(
                f"PostgreSQL, {callers} callers, one fact each, {flush}",
                {name: singles(one, callers, each) for name, one in three.items()},
                reach,
            )
            for callers, each, reach in ((16, 150, reach_many), (64, 40, 1.0), (1, 300, 0.8))
        ]
        many = {
            OURS: ours_many(log),
            LIMIT: by_hand.copy,
            STOCK: lambda facts: in_pieces(recorder, facts),
        }
        rows.append(
            compete(
                f"PostgreSQL, {BATCH} facts per append, {flush}",
                {name: batches(each, 5) for name, each in many.items()},
                0.7,
            )
        )
    return rows


def on_sqlite(ours_url: str, by_hand: Path, library_path: Path) -> list[Row]:
    """Measure on SQLite, FULL; each contender has a file of its own."""
    hand, recorder = SQLiteByHand(by_hand), sqlite_recorder(library_path)
    with open_at(ours_url) as log:
        three = {OURS: ours(log), LIMIT: lambda fact, sequence: hand.many([(fact, sequence)]), STOCK: library(recorder)}
        rows = [
            compete(
                "SQLite FULL, one writer, one fact each",
                {name: singles(one, 1, 500) for name, one in three.items()},
                0.9,
            ),
            compete(
                "SQLite FULL, 16 callers, one fact each",
                {name: singles(one, 16, 60) for name, one in three.items() if name != LIMIT},
                None,
            ),
        ]
        many = {
            OURS: ours_many(log),
            LIMIT: hand.many,
            STOCK: lambda facts: recorder.insert_events([stored(*each) for each in facts]),
        }
        rows.append(
            compete(
                f"SQLite FULL, {BATCH} facts per append",
                {name: batches(each, 10) for name, each in many.items()},
                0.8,
            )
        )
    return rows
