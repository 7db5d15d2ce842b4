"""The tables of the vault, and its transactions. A database of its own, outside the log's backups."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from domain.kernel.refusals import Unavailable
from domain.log.libpq import engine_of
from domain.log.wrapping import VaultFault

_BUSY_MILLISECONDS = 10_000

_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('aftercare.subject-key'), hashtext(:subject))")

metadata = MetaData()

subject_key = Table(
    "subject_key",
    metadata,
    Column("subject", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    # Both are empty once the key is destroyed; the row stays, so that "erased" and "lost" differ.
    Column("wrapped_by", String(64)),
    Column("wrapped", LargeBinary),
    Index("subject_key_wrapped_by", "wrapped_by", "subject", "version"),
)
"""One random key per (subject, version)."""

lookup = Table(
    "lookup",
    metadata,
    Column("field", String(255), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("subject", Uuid, primary_key=True),
    Index("lookup_subject", "subject"),
)
"""Keyed HMAC of what was sealed for a subject: the only way to find a person by a text."""

secret = Table(
    "secret",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("wrapped_by", String(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)
"""The vault's own keys: of the look-up, and of each retention period of requests."""

vault_meta = Table(
    "vault_meta",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("log_id", Uuid, nullable=False),
)
"""The log whose keys these are; one row, written when the two first meet."""


class VaultDatabase:
    """The connection of this process to the vault. What is committed here is durable before anything relies on it."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            VaultFault: there is no vault at this place.
            Unavailable: the database does not answer.
        """
        self.engine = _engine(url)
        try:
            with self.reading() as connection:
                migrated = inspect(connection).has_table(subject_key.name)
        except BaseException:
            self.close()
            raise
        if not migrated:
            self.close()
            raise VaultFault("the vault's database has no tables yet: migrate it first")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for reading."""
        with _reachable(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are durable, all or none, when the block ends."""
        with (
            _reachable(),
            self.engine.connect().execution_options(aftercare_writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def await_others(connection: Connection, subject: UUID) -> None:
    """Wait until nobody else makes a key for a subject; nobody will before this transaction ends."""
    if connection.dialect.name == "postgresql":  # a transaction that writes to SQLite is alone from its begin
        connection.execute(_ALONE, {"subject": str(subject)})


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows and leave alone those whose primary key is taken. Waits for others who insert the same."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, NoConnectionFree):
        # The driver's message may repeat parameters; a caller learns only that nothing was recorded.
        raise Unavailable("The vault does not answer. Nothing was recorded.") from None


def _engine(url: str) -> Engine:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        if not address.database or not Path(address.database).is_file():
            raise VaultFault("there is no vault at this place: migrate it first")
        engine = create_engine(address, hide_parameters=True, connect_args={"timeout": _BUSY_MILLISECONDS / 1000})
        event.listen(engine, "connect", _make_durable)
        event.listen(engine, "begin", _begin)
        return engine
    engine = engine_of(address, _BUSY_MILLISECONDS / 1000 + 1, hide_parameters=True, pool_pre_ping=True)
    event.listen(engine, "connect", _make_postgres_durable)
    return engine


def _make_durable(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where _begin says, not where the driver guesses
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # a destroyed key is overwritten, not only unlinked
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if synchronous != 2:  # noqa: PLR2004  SQLite's number for FULL
        raise VaultFault("the vault's database is not synchronous")


def _make_postgres_durable(connection: Any, _record: object) -> None:
    connection.autocommit = True
    connection.execute("SET synchronous_commit TO on")
    connection.execute(f"SET statement_timeout TO {_BUSY_MILLISECONDS}")
    connection.autocommit = False


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("aftercare_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
