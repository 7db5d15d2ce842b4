"""The tables of the vault, and its transactions. A database of its own, outside the log's backups."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from domain.log.beside import Database
from domain.log.wrapping import VaultFault

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


class VaultDatabase(Database):
    """The connections of this process to the vault."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            VaultFault: there is no vault at this place.
            Unavailable: the database does not answer.
        """
        address = make_url(url)
        is_file = address.get_backend_name() == "sqlite"
        if is_file and not (address.database and Path(address.database).is_file()):
            raise VaultFault("there is no vault at this place: migrate it first")
        super().__init__(address, "The vault")
        if is_file:
            event.listen(self.engine, "connect", _make_secret)
        try:
            with self.reading() as connection:
                migrated = inspect(connection).has_table(subject_key.name)
        except BaseException:
            self.close()
            raise
        if not migrated:
            self.close()
            raise VaultFault("the vault's database has no tables yet: migrate it first")


def await_others(connection: Connection, subject: UUID) -> None:
    """Wait until nobody else makes a key for a subject; nobody will before this transaction ends."""
    if connection.dialect.name == "postgresql":  # a transaction that writes to SQLite is alone from its begin
        connection.execute(_ALONE, {"subject": str(subject)})


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows and leave alone those whose primary key is taken. Waits for others who insert the same."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


def _make_secret(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA secure_delete = ON")  # a destroyed key is overwritten, not only unlinked
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if synchronous != 2:  # noqa: PLR2004  SQLite's number for FULL
        raise VaultFault("the vault's database is not synchronous")
