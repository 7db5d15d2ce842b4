"""The one writer of a log on SQLite."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from domain.kernel.moments import to_micros
from domain.kernel.refusals import ClockBehind, OutcomeUnknown
from domain.log.contract import Answered, Head, Outcome, Proposal, Request
from domain.log.settling import Known, Settlement, settle, streams_of
from domain.log.sqlite_connections import cause, connect, unavailable

_VERSION = "SELECT coalesce(max(sequence), 0) FROM fact WHERE stream = ?"
_VERSIONS_AT_ONCE = 100
_VERSIONS = f"""
    SELECT asked.column1, (SELECT coalesce(max(sequence), 0) FROM fact WHERE stream = asked.column1)
    FROM (VALUES {", ".join(["(?)"] * _VERSIONS_AT_ONCE)}) AS asked"""  # noqa: S608  of question marks
_INSERT_FACT = "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_SUBJECT = "INSERT INTO fact_subject VALUES (?, ?, ?)"
_INSERT_ANSWER = "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)"
_MOVE_HEAD = "UPDATE log_head SET position = ?, recorded_at = ?"
_POSITION = "SELECT position FROM fact WHERE fact_key = ?"
_ANSWERED = "SELECT key, period, digest, answer, first_position, fact_count, answered_at FROM idempotency WHERE key = ?"
# Answers are stored in the order in which they were given, so the oldest come first and a sweep ends early.
_FORGET = """
    DELETE FROM idempotency WHERE answered_at < ?
    AND rowid IN (SELECT rowid FROM idempotency ORDER BY rowid LIMIT ?)"""
_SWEEP = 1000


class Writer:
    """Appends groups, one at a time, each in one transaction."""

    def __init__(self, path: str, busy_seconds: float, now: Callable[[], datetime], clock_tolerance: timedelta) -> None:
        """Open nothing yet."""
        self._path, self._busy_seconds = path, busy_seconds
        self._now, self._tolerance = now, clock_tolerance
        self._turn = Lock()
        self._connection: sqlite3.Connection | None = None

    def commit(self, group: Sequence[Proposal]) -> tuple[list[Outcome], int]:
        """Append a group; return the outcomes and the position of the head after it, 0 if it did not move."""
        with self._turn, unavailable():
            try:
                return self._append(group, careful=False)
            except sqlite3.IntegrityError:
                # A key is on record already. Only now is it worth a look which.
                return self._append(group, careful=True)

    def forget_answers(self, before: int) -> int:
        """Delete answers given before a moment, in small transactions that let appends through."""
        forgotten = 0
        while True:
            with self._turn, unavailable(), self._transaction() as connection:
                deleted = connection.execute(_FORGET, (before, _SWEEP)).rowcount
            forgotten += deleted
            if deleted < _SWEEP:
                return forgotten

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            self._drop()

    def _append(self, group: Sequence[Proposal], *, careful: bool) -> tuple[list[Outcome], int]:
        with self._transaction() as connection:
            head = Head(*connection.execute("SELECT position, recorded_at FROM log_head").fetchone())
            recorded_at = self._moment(head)
            versions = _versions(connection, streams_of(group))
            on_record = _on_record(connection, group) if careful else ({}, {})
            settlement = settle(group, Known(versions, *on_record, head.position))
            if settlement.needs_keys and not careful:
                settlement = settle(group, Known(versions, *_on_record(connection, group), head.position))
            _insert(connection, settlement, head, recorded_at, versions)
        grown = head.position + len(settlement.facts) if settlement.facts else 0
        return settlement.outcomes(head, recorded_at, versions), grown

    def _moment(self, head: Head) -> int:
        """Return when the group is recorded: never before the last one."""
        now = to_micros(self._now())
        if head.recorded_at - now > to_micros_of(self._tolerance):
            raise ClockBehind
        return max(now, head.recorded_at)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the only write lock of the file until what is done in here is durable, or undone."""
        if self._connection is None:
            self._connection = connect(self._path, self._busy_seconds, writer=True)
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            self._undo(connection)
            raise
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo(connection)
            if cause(error).startswith("SQLITE_IOERR"):
                # The journal may hold the whole transaction although the flush failed; a restart would find it.
                self._drop()
                raise OutcomeUnknown("The disk of the log failed while it was written.") from error
            raise

    def _undo(self, connection: sqlite3.Connection) -> None:
        """Roll back; SQLite may have done so by itself, and a broken connection is not used again."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def to_micros_of(duration: timedelta) -> int:
    """Return a duration in microseconds."""
    return duration // timedelta(microseconds=1)


def _versions(connection: sqlite3.Connection, streams: Sequence[UUID]) -> dict[UUID, int]:
    """Return how far streams are; many are asked for together, in a third of the time."""
    together = len(streams) // _VERSIONS_AT_ONCE * _VERSIONS_AT_ONCE
    versions: dict[UUID, int] = {}
    for first in range(0, together, _VERSIONS_AT_ONCE):
        some = streams[first : first + _VERSIONS_AT_ONCE]
        found = dict(connection.execute(_VERSIONS, [stream.bytes for stream in some]).fetchall())
        versions.update((stream, found[stream.bytes]) for stream in some)
    for stream in streams[together:]:
        versions[stream] = connection.execute(_VERSION, (stream.bytes,)).fetchone()[0]
    return versions


def _on_record(
    connection: sqlite3.Connection, group: Sequence[Proposal]
) -> tuple[dict[UUID, int], dict[bytes, Answered]]:
    """Return which fact keys and requests of a group are on record."""
    keys = {}
    answers = {}
    for proposal in group:
        for fact in proposal.facts:
            found = connection.execute(_POSITION, (fact.fact_key.bytes,)).fetchone()
            if found:
                keys[fact.fact_key] = found[0]
        if proposal.request:
            found = connection.execute(_ANSWERED, (proposal.request.key,)).fetchone()
            if found:
                answers[proposal.request.key] = Answered(Request(*found[:4]), *found[4:])
    return keys, answers


def _insert(
    connection: sqlite3.Connection, settlement: Settlement, head: Head, recorded_at: int, versions: dict[UUID, int]
) -> None:
    """Store what was accepted, right behind the head."""
    position = head.position
    facts = []
    subjects = []
    for fact, ordinal in zip(settlement.facts, settlement.ordinals, strict=True):
        position += 1
        key, stream, kind, name, occurred_at, body, others = fact
        sequence = versions[stream] + ordinal
        facts.append((position, stream.bytes, kind, sequence, key.bytes, name, occurred_at, recorded_at, body))
        subjects += [(subject.bytes, occurred_at, position) for subject in others]
    if facts:
        connection.executemany(_INSERT_FACT, facts)
        connection.execute(_MOVE_HEAD, (position, recorded_at))
    if subjects:
        connection.executemany(_INSERT_SUBJECT, subjects)
    for request, offset, size in settlement.answered:
        first = head.position + offset + (1 if size else 0)
        row = (request.key, request.period, request.digest, request.answer, first, size, recorded_at)
        connection.execute(_INSERT_ANSWER, row)
