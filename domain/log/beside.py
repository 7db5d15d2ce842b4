"""Databases beside the log, such as the vault: what is committed there is durable before anything relies on it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from domain.kernel.refusals import Unavailable
from domain.log.libpq import engine_of

_BUSY_MILLISECONDS = 10_000


class Database:
    """The connections of this process to a database beside the log."""

    def __init__(self, url: str | URL, called: str) -> None:
        """Set up; nothing is asked yet.

        Args:
            url: where it is.
            called: what it is to whoever is told that it does not answer: a name at the begin of a sentence.
        """
        self._called = called
        self.engine = _engine(make_url(url))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for reading.

        Raises:
            Unavailable: the database does not answer.
        """
        with self._reachable(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are durable, all or none, when the block ends. Raises as `reading`."""
        with (
            self._reachable(),
            self.engine.connect().execution_options(aftercare_writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, NoConnectionFree):
            # The driver's message may repeat parameters; a caller learns only that nothing was recorded.
            raise Unavailable(f"{self._called} does not answer. Nothing was recorded.") from None


def _engine(address: URL) -> Engine:
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, hide_parameters=True, connect_args={"timeout": _BUSY_MILLISECONDS / 1000})
        event.listen(engine, "connect", _make_durable)
        event.listen(engine, "begin", _begin)
        return engine
    engine = engine_of(address, _BUSY_MILLISECONDS / 1000 + 1, hide_parameters=True, pool_pre_ping=True)
    event.listen(engine, "connect", _make_postgres_durable)
    return engine


def _make_durable(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where _begin says, not where the driver guesses
    connection.execute("PRAGMA synchronous = FULL")


def _make_postgres_durable(connection: Any, _record: object) -> None:
    connection.autocommit = True
    connection.execute("SET synchronous_commit TO on")
    connection.execute(f"SET statement_timeout TO {_BUSY_MILLISECONDS}")
    connection.autocommit = False


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("aftercare_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
