"""The log on SQLite: one file, one writer, durable at every commit."""
# ruff: noqa: S608  the texts that statements are made of are constants of this file

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Condition
from typing import Any
from uuid import UUID

import eventsourcing.sqlite as library
from sqlalchemy.engine import make_url

from domain.log import making  # as a module: the library takes every factory named here for the store's own
from domain.log.contract import PAGE_BYTES, Answered, HalfMade, Head, Line, Meta, Outcome, Proposal, Request, Row
from domain.log.ids import quick_uuid
from domain.log.pool import Pool
from domain.log.recording import Recording
from domain.log.sqlite_append import Writer
from domain.log.sqlite_connections import Datastore, connect, unavailable

_COLUMNS = "position, stream, kind, sequence, fact_key, type, occurred_at, recorded_at, body"
_ROWS = f"SELECT {_COLUMNS} FROM fact WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
_STREAM = f"SELECT {_COLUMNS} FROM fact WHERE stream = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?"
_LINES = _STREAM.replace(_COLUMNS, "type, occurred_at, body")
_NEWEST = _STREAM.replace("ORDER BY sequence", "ORDER BY sequence DESC")
_BY_KEY = f"SELECT {_COLUMNS} FROM fact WHERE fact_key = ?"
_KEYS = 50
_BY_KEYS = f"SELECT {_COLUMNS} FROM fact WHERE fact_key IN ({', '.join('?' * _KEYS)})"
"""As many as this in one statement cost a fifth of what they cost one by one."""
_CONCERNING = f"""
    SELECT * FROM (
        SELECT {_COLUMNS} FROM fact
        WHERE stream = ? AND (occurred_at, position) > (?, ?) AND position <= ?
        ORDER BY occurred_at, position LIMIT ?
    ) UNION ALL SELECT * FROM (
        SELECT fact.position, stream, kind, sequence, fact_key, type, fact.occurred_at, recorded_at, body
        FROM fact_subject AS named CROSS JOIN fact ON fact.position = named.position
        WHERE named.subject = ? AND (named.occurred_at, named.position) > (?, ?) AND named.position <= ?
        ORDER BY named.occurred_at, named.position LIMIT ?
    ) ORDER BY occurred_at, position LIMIT ?"""
_ANSWERED = "SELECT key, period, digest, answer, first_position, fact_count, answered_at FROM idempotency WHERE key = ?"
_END = 2**63 - 1


class SQLiteStore(Recording, library.SQLiteApplicationRecorder):  # type: ignore[misc]  # theirs says int, returns None
    """The log on SQLite. Safe to use from many threads; appends take their turn."""

    def __init__(
        self,
        datastore: Datastore,
        *,
        now: Callable[[], datetime],
        clock_tolerance: timedelta = timedelta(seconds=5),
        pool_size: int = 10,
        poll_interval: float = 0.5,
    ) -> None:
        """Take where the log is, the clock, and how far the clock may fall behind the last recorded fact."""
        super().__init__(datastore)
        self.poll_seconds = poll_interval
        self.growth = Condition()
        self._writer = Writer(datastore.path, datastore.busy_seconds, now, clock_tolerance)
        path, patience = datastore.path, datastore.busy_seconds
        self._readers = Pool(lambda: connect(path, patience), pool_size, patience)

    def commit(self, group: Sequence[Proposal]) -> list[Outcome]:
        """Append a group in one durable transaction; see the contract of the log."""
        outcomes, latest = self._writer.commit(group)
        if latest:
            self.ring(latest)
        return outcomes

    def rows(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return rows with after < position ≤ until in order of position."""
        return self._rows(_ROWS, (after, _END if until is None else until, limit))

    def page(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return `rows`, or the first of them where together they are large."""
        with self._readers.one() as connection, unavailable():
            bounds = (after, _END if until is None else until, limit)
            return _as_rows(_up_to_a_page(connection.execute(_ROWS, bounds)))

    def stream(self, stream: UUID, after: int = 0, until: int | None = None, limit: int | None = None) -> list[Row]:
        """Return rows of one stream with after < sequence ≤ until in order of sequence."""
        return self.pick(stream, after, until, limit, newest_first=False)

    def lines(self, stream: UUID, after: int, limit: int) -> list[Line]:
        """Return lines of one stream with after < sequence in order of sequence."""
        with self._readers.one() as connection, unavailable():
            return connection.execute(_LINES, (stream.bytes, after, _END, limit)).fetchall()

    def pick(self, stream: UUID, after: int, until: int | None, limit: int | None, *, newest_first: bool) -> list[Row]:
        """Return rows of one stream with after < sequence ≤ until."""
        bounds = (stream.bytes, after, _END if until is None else until, -1 if limit is None else limit)
        return self._rows(_NEWEST if newest_first else _STREAM, bounds)

    def concerning(
        self, subject: UUID, after: tuple[int, int] = (-(2**63), 0), limit: int = 1000, until: int | None = None
    ) -> list[Row]:
        """Return rows of the stream `subject` and rows that name it, by (occurred_at, position)."""
        bounds = (subject.bytes, *after, _END if until is None else until, limit)
        return self._rows(_CONCERNING, (*bounds, *bounds, limit))

    def by_keys(self, keys: Sequence[UUID]) -> dict[UUID, Row]:
        """Return the rows on record under these fact keys."""
        wanted = [key.bytes for key in dict.fromkeys(keys)]
        together = len(wanted) - len(wanted) % _KEYS
        found: list[Any] = []
        with self._readers.one() as connection, unavailable():
            for first in range(0, together, _KEYS):
                found += connection.execute(_BY_KEYS, wanted[first : first + _KEYS])
            for key in wanted[together:]:
                found += connection.execute(_BY_KEY, (key,))
        return {row.fact_key: row for row in _as_rows(found)}

    def answered(self, key: bytes) -> Answered | None:
        """Return the first answer to a request, if it is still kept."""
        found = self._one(_ANSWERED, (key,))
        return Answered(Request(*found[:4]), *found[4:]) if found else None

    def head(self) -> Head:
        """Return the end of the log; position 0 if it is empty."""
        return Head(*self._one("SELECT position, recorded_at FROM log_head"))

    def position_at(self, recorded_at: int) -> int:
        """Return the last position recorded at or before a moment; 0 if there is none."""
        with self._readers.one() as connection, unavailable():
            low, high = 0, connection.execute("SELECT position FROM log_head").fetchone()[0]
            while low < high:
                middle = (low + high + 1) // 2
                moment = connection.execute("SELECT recorded_at FROM fact WHERE position = ?", (middle,)).fetchone()[0]
                low, high = (middle, high) if moment <= recorded_at else (low, middle - 1)
        return int(low)

    def meta(self) -> Meta:
        """Return which log this is."""
        found = self._one("SELECT environment, log_id, format FROM log_meta")
        if found is None:
            raise HalfMade
        environment, log_id, number = found
        return Meta(environment, UUID(bytes=log_id), number)

    def forget_answers(self, before: int) -> int:
        """Delete answers to requests given before a moment; return how many."""
        return self._writer.forget_answers(before)

    def close(self) -> None:
        """Let go of the file."""
        self._writer.close()
        self._readers.close()
        self.datastore.close()

    def _rows(self, statement: str, parameters: tuple[Any, ...]) -> list[Row]:
        with self._readers.one() as connection, unavailable():
            return _as_rows(connection.execute(statement, parameters))

    def _one(self, statement: str, parameters: tuple[Any, ...] = ()) -> Any:
        with self._readers.one() as connection, unavailable():
            return connection.execute(statement, parameters).fetchone()


def _up_to_a_page(found: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    size = 0
    for row in found:
        yield row
        size += len(row[-1])
        if size >= PAGE_BYTES:
            return


def _as_rows(found: Iterable[tuple[Any, ...]]) -> list[Row]:
    return [
        Row(position, quick_uuid(stream), kind, sequence, quick_uuid(key), name, occurred, recorded, body)
        for position, stream, kind, sequence, key, name, occurred, recorded, body in found
    ]


def open_sqlite(
    url: str,
    *,
    now: Callable[[], datetime],
    clock_tolerance: timedelta = timedelta(seconds=5),
    append_timeout: float = 10.0,
    poll_interval: float = 0.5,
    pool_size: int = 10,
) -> SQLiteStore:
    """Return the log in a SQLite file.

    Args:
        url: `sqlite:////path/aftercare.db`.
        now: the clock that says when facts are recorded.
        clock_tolerance: how far the clock may be behind the last recorded fact.
        append_timeout: seconds to wait for another process that writes.
        poll_interval: seconds after which a library subscription looks for what other processes appended.
        pool_size: how many reads may run at once.
    """
    path = make_url(url).database
    if not path:
        raise ValueError("a log on SQLite is a file")
    datastore = Datastore(path, append_timeout)
    return SQLiteStore(
        datastore, now=now, clock_tolerance=clock_tolerance, pool_size=pool_size, poll_interval=poll_interval
    )


class Factory(making.StoreFactory):
    """For applications of the eventsourcing library: `PERSISTENCE_MODULE=domain.log.sqlite`, `SQLITE_DBNAME=<path>`."""

    def application_recorder(self) -> SQLiteStore:
        """Return the log."""
        path = self.env.get("SQLITE_DBNAME")
        if not path:
            raise OSError("SQLITE_DBNAME names the file of the log")
        return SQLiteStore(Datastore(path, 5.0), now=lambda: datetime.now(UTC))
