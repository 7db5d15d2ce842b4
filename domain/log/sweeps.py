"""Sweeps over a whole log in one snapshot: what verification and backups read, apart from the store that serves."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, LiteralString, NamedTuple, Protocol
from urllib.parse import quote
from uuid import UUID

import psycopg
from sqlalchemy import make_url

from domain.log.contract import PAGE_BYTES, Head, Meta, Row
from domain.log.ids import quick_uuid
from domain.log.libpq import keywords

DRIVER_ERRORS = (sqlite3.Error, psycopg.Error)
"""What a database raises when it breaks off."""

LEAST = -(2**63)
"""Before every position, sequence and time."""

_NOBODY = UUID(int=0)


class Unreadable(Exception):  # noqa: N818  a sentence, as refusals are
    """The database cannot be read as a log."""


class SubjectEntry(NamedTuple):
    """One entry of the index that leads from a subject to the facts that concern it."""

    subject: UUID
    occurred_at: int
    position: int


class Place(NamedTuple):
    """Where a fact stands in its stream."""

    stream: UUID
    sequence: int
    position: int


BEFORE_ALL_ENTRIES = SubjectEntry(_NOBODY, LEAST, LEAST)
BEFORE_ALL_PLACES = Place(_NOBODY, LEAST, LEAST)


class Reader(Protocol):
    """One connection that runs a query and returns all rows; parameters are written `?`."""

    def __call__(self, query: LiteralString, *parameters: object) -> list[Any]:
        """Return the rows."""


class Sweep:
    """One unchanging view of a log. Every read returns a bounded page."""

    def __init__(self, read: Reader, *, sqlite: bool) -> None:
        """Take a connection in a transaction with one snapshot."""
        self._read = read
        self._sqlite = sqlite

    def heads(self) -> list[Head]:
        """Return what the log says of its end: one row in a sound log."""
        return [Head(*row) for row in self._read("SELECT position, recorded_at FROM log_head LIMIT 10")]

    def metas(self) -> list[Meta]:
        """Return which log this is: one row in a sound log."""
        found = self._read("SELECT environment, log_id, format FROM log_meta LIMIT 10")
        return [Meta(environment, self._uuid(log_id), written) for environment, log_id, written in found]

    def rows(self, after: int, limit: int) -> list[Row]:
        """Return rows beyond a position, in order of position: fewer of them where together they are large."""
        found = self._read(
            "SELECT position, stream, kind, sequence, fact_key, type, occurred_at, recorded_at, body FROM ("
            " SELECT *, sum(length(body)) OVER"
            " (ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS size_before"
            " FROM fact WHERE position > ? ORDER BY position LIMIT ?"
            ") AS page WHERE size_before IS NULL OR size_before < ? ORDER BY position",
            after,
            limit,
            PAGE_BYTES,
        )
        return [self._row(row) for row in found]

    def rows_at(self, positions: Sequence[int]) -> dict[int, Row]:
        """Return the rows at some positions."""
        found: list[Any] = []
        if self._sqlite:
            for position in set(positions):
                found += self._read(
                    "SELECT position, stream, kind, sequence, fact_key, type, occurred_at, recorded_at, body"
                    " FROM fact WHERE position = ?",
                    position,
                )
        else:
            found = self._read(
                "SELECT position, stream, kind, sequence, fact_key, type, occurred_at, recorded_at, body"
                " FROM fact WHERE position = ANY (?)",
                list(set(positions)),
            )
        return {row[0]: self._row(row) for row in found}

    def places(self, after: Place, limit: int) -> list[Place]:
        """Return where facts stand in their streams, in order of (stream, sequence): the order of a unique index."""
        found = self._read(
            "SELECT stream, sequence, position FROM fact WHERE (stream, sequence) > (?, ?)"
            " ORDER BY stream, sequence LIMIT ?",
            self._written(after.stream),
            after.sequence,
            limit,
        )
        return [Place(self._uuid(stream), sequence, position) for stream, sequence, position in found]

    def entry_count(self) -> int:
        """Return how many entries the index of subjects has."""
        return int(self._read("SELECT count(*) FROM fact_subject")[0][0])

    def entries(self, after: SubjectEntry, limit: int) -> list[SubjectEntry]:
        """Return entries of the index of subjects, in its order."""
        found = self._read(
            "SELECT subject, occurred_at, position FROM fact_subject WHERE (subject, occurred_at, position) > (?, ?, ?)"
            " ORDER BY subject, occurred_at, position LIMIT ?",
            self._written(after.subject),
            after.occurred_at,
            after.position,
            limit,
        )
        return [SubjectEntry(self._uuid(subject), occurred_at, position) for subject, occurred_at, position in found]

    def missing(self, wanted: Sequence[SubjectEntry]) -> list[SubjectEntry]:
        """Return those entries that the index of subjects lacks."""
        if self._sqlite:
            query: LiteralString = "SELECT 1 FROM fact_subject WHERE subject = ? AND occurred_at = ? AND position = ?"
            return [
                each for each in wanted if not self._read(query, each.subject.bytes, each.occurred_at, each.position)
            ]
        found = self._read(
            "SELECT s.subject, s.occurred_at, s.position"
            " FROM unnest(?::uuid[], ?::bigint[], ?::bigint[]) AS w (subject, occurred_at, position)"
            " JOIN fact_subject AS s USING (subject, occurred_at, position)",
            *([list(column) for column in zip(*wanted, strict=True)] or [[], [], []]),
        )
        present = {SubjectEntry(*entry) for entry in found}
        return [each for each in wanted if each not in present]

    def answers_beyond(self, position: int, limit: int) -> list[int]:
        """Return the first positions of kept answers that speak of facts beyond a position."""
        found = self._read(
            "SELECT first_position FROM idempotency WHERE first_position + fact_count - 1 > ?"
            " ORDER BY first_position LIMIT ?",
            position,
            limit,
        )
        return [first for (first,) in found]

    def damage(self) -> list[str]:
        """Return what the database itself finds wrong with its file; PostgreSQL tells while it reads."""
        if not self._sqlite:
            return []
        return [text for (text,) in self._read("PRAGMA quick_check(100)") if text != "ok"]

    def revision(self) -> str | None:
        """Return the revision of the tables, as migrations left it."""
        found = self._read("SELECT version_num FROM log_revision")
        return str(found[0][0]) if found else None

    def _row(self, row: Any) -> Row:
        position, stream, kind, sequence, fact_key, name, occurred_at, recorded_at, body = row
        key = self._uuid(fact_key)
        return Row(position, self._uuid(stream), kind, sequence, key, name, occurred_at, recorded_at, body)

    def _uuid(self, stored: Any) -> UUID:
        if not self._sqlite:
            return stored  # type: ignore[no-any-return]  # the driver makes it a UUID
        if not isinstance(stored, bytes) or len(stored) != 16:  # noqa: PLR2004  a UUID
            raise Unreadable("an id in the database is not an id")
        return quick_uuid(stored)

    def _written(self, value: UUID) -> Any:
        return value.bytes if self._sqlite else value


@contextmanager
def sweep(url: str) -> Iterator[Sweep]:
    """Open a log for sweeps: one snapshot, whatever is appended meanwhile. Only reads.

    Raises:
        Unreadable: there is no log at this place, or its database broke off.
    """
    try:
        if is_sqlite(url):
            with closing(connect_sqlite(url)) as connection:
                connection.execute("BEGIN")
                yield sqlite_sweep(connection)
        else:
            with connect_postgres(url) as connection_pg:
                connection_pg.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                connection_pg.read_only = True
                yield postgres_sweep(connection_pg)
    except DRIVER_ERRORS as error:
        raise Unreadable(f"the log cannot be read: {cause(error)}") from error


def sqlite_sweep(connection: sqlite3.Connection) -> Sweep:
    """Return a sweep through a connection; its transaction is the caller's."""
    return Sweep(lambda query, *parameters: connection.execute(query, parameters).fetchall(), sqlite=True)


def postgres_sweep(connection: "psycopg.Connection[Any]") -> Sweep:
    """Return a sweep through a connection; its transaction is the caller's."""
    cursor = connection.cursor(binary=True)

    def read(query: LiteralString, *parameters: object) -> list[Any]:
        return cursor.execute(query.replace("?", "%s"), parameters).fetchall()

    return Sweep(read, sqlite=False)


def is_sqlite(url: str) -> bool:
    """Return whether the database is a file of ours."""
    return make_url(url).get_backend_name() == "sqlite"


def sqlite_path(url: str) -> Path:
    """Return the file of a database."""
    return Path(make_url(url).database or "")


def connect_sqlite(url: str) -> sqlite3.Connection:
    """Return a connection that only reads, and never makes a new file."""
    connection = sqlite3.connect(f"file:{quote(str(sqlite_path(url)))}?mode=rw", uri=True, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection


def connect_postgres(url: str) -> "psycopg.Connection[Any]":
    """Return a connection."""
    return psycopg.connect(**keywords(url) | {"client_encoding": "utf8"})


def cause(error: Exception) -> str:
    """Return a short name of what failed, without values of rows."""
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return f"SQLSTATE {error.sqlstate}"
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


def tells_damage(error: Exception) -> bool:
    """Return whether the database says that its own files are damaged, not that it is away."""
    if isinstance(error, psycopg.Error):
        return (error.sqlstate or "").startswith("XX")
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
