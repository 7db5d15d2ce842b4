"""The machine's own limit: the same rows with all their indexes by hand-written SQL, and no promise beyond that."""

import sqlite3
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from threading import local
from typing import Any

import psycopg

from domain.log.contract import NewFact
from tests.servers import libpq

_TABLES = """
    DROP TABLE IF EXISTS raw_fact, raw_subject;
    CREATE TABLE raw_fact (LIKE fact INCLUDING ALL);
    CREATE TABLE raw_subject (LIKE fact_subject INCLUDING ALL);
    CREATE SEQUENCE IF NOT EXISTS raw_position;
"""
_ONE = """
    WITH placed AS (
        INSERT INTO raw_fact VALUES (nextval('raw_position'), %b, %b, %b, %b, %b, %b,
            (extract(epoch from clock_timestamp()) * 1000000)::bigint, %b)
        RETURNING position, occurred_at
    ) INSERT INTO raw_subject SELECT %b, occurred_at, position FROM placed"""


class PostgresByHand:
    """Unordered inserts, each its own transaction and one round trip, on one connection per thread."""

    def __init__(self, url: str) -> None:
        """Make tables like the log's, with the same indexes."""
        self._conninfo = libpq(url)
        self._mine = local()
        self._copied = 10_000_000
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute(_TABLES)

    def one(self, fact: NewFact, sequence: int) -> None:
        """Store one fact durably."""
        self._connection().execute(
            _ONE,
            (
                fact.stream,
                fact.kind,
                sequence,
                fact.fact_key,
                fact.type,
                fact.occurred_at,
                fact.body,
                fact.subjects[0],
            ),
            prepare=True,
        )

    def copy(self, facts: Sequence[tuple[NewFact, int]]) -> None:
        """Store many facts in one transaction by COPY."""
        connection = self._connection()
        placed = [(position, *each) for position, each in enumerate(facts, self._copied)]
        self._copied += len(facts)
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy("COPY raw_fact FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "uuid", "text", "int8", "uuid", "text", "int8", "int8", "bytea"])
                for position, fact, sequence in placed:
                    copy.write_row(
                        (
                            position,
                            fact.stream,
                            fact.kind,
                            sequence,
                            fact.fact_key,
                            fact.type,
                            fact.occurred_at,
                            fact.occurred_at,
                            fact.body,
                        )
                    )
            with cursor.copy("COPY raw_subject FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["uuid", "int8", "int8"])
                for position, fact, _ in placed:
                    copy.write_row((fact.subjects[0], fact.occurred_at, position))

    def bodies(self, stream: Any) -> int:
        """Fetch the rows of one stream and return how many there are."""
        query = "SELECT * FROM fact WHERE stream = %s ORDER BY sequence"
        with self._connection().cursor(binary=True) as cursor:
            return len(cursor.execute(query, (stream,), prepare=True).fetchall())

    def _connection(self) -> psycopg.Connection[Any]:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = psycopg.connect(self._conninfo, autocommit=True)
        connection: psycopg.Connection[Any] = self._mine.connection
        return connection


class SQLiteByHand:
    """The same inserts in a file of their own that has the log's tables, triggers and settings."""

    def __init__(self, path: Path) -> None:
        """Open a migrated database."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-262144"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._positions = count(1)

    def many(self, facts: Sequence[tuple[NewFact, int]]) -> None:
        """Store facts in one durable transaction."""
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        rows, subjects = [], []
        for fact, sequence in facts:
            position = next(self._positions)
            rows.append(
                (
                    position,
                    fact.stream.bytes,
                    fact.kind,
                    sequence,
                    fact.fact_key.bytes,
                    fact.type,
                    fact.occurred_at,
                    fact.occurred_at,
                    fact.body,
                )
            )
            subjects.append((fact.subjects[0].bytes, fact.occurred_at, position))
        self._connection.executemany("INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._connection.executemany("INSERT INTO fact_subject VALUES (?, ?, ?)", subjects)
        execute("UPDATE log_head SET position = ?, recorded_at = ?", (position, fact.occurred_at))
        execute("COMMIT")

    def bodies(self, stream: Any) -> int:
        """Fetch the rows of one stream and return how many there are."""
        query = "SELECT * FROM fact WHERE stream = ? ORDER BY sequence"
        return len(self._connection.execute(query, (stream.bytes,)).fetchall())
