"""Backups of PostgreSQL databases: every table of one snapshot as a compressed COPY stream, without other programs."""

import gzip
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from domain.log.backup_files import BackupRefused, StoredFile, describe, make_durable
from domain.log.sweeps import connect_postgres

Progress = Callable[[int, int], None]
Connection = psycopg.Connection[Any]

TABLES = {
    "log": ("fact", "fact_subject", "idempotency", "api_key", "log_head", "log_meta"),
    "vault": ("subject_key", "lookup", "secret", "vault_meta"),
}
"""Every table of a part, without the one that keeps its revision."""

_GIVEN_BY_MIGRATION = ("log_head", "log_meta")
_CHUNK = 1 << 20
_LEVEL = 3


def snapshot(url: str) -> Connection:
    """Return a connection that only reads, and sees one moment until it is closed."""
    connection = connect_postgres(url)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def copy_tables(connection: Connection, part: str, target: Path, progress: Progress) -> list[StoredFile]:
    """Write each table of the snapshot to a file of its own."""
    counts = {table: _count(connection, table) for table in TABLES[part]}
    total, done, files = sum(counts.values()), 0, []
    for table, count in counts.items():
        columns = _columns(connection, table)
        file = target / f"{table}.copy.gz"
        _write_table(connection, table, columns, file, partial(_tell, progress, done, total))
        done += count
        files.append(describe(file, table, columns, count))
    return files


def load_tables(
    connection: Connection, part: str, source: Path, files: Sequence[StoredFile], progress: Progress
) -> None:
    """Load every table inside the caller's transaction: until it commits, the database stays as empty as it was.

    Raises:
        BackupRefused: the database is not empty, or the files do not hold what the manifest says.
    """
    connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(_names(TABLES[part])))
    _require_empty(connection, part)
    if sorted(file.table or "" for file in files) != sorted(TABLES[part]):
        raise BackupRefused(f"{source} is incomplete: it does not hold every table of the {part}")
    total, done = sum(file.rows or 0 for file in files), 0
    for file in files:
        table = str(file.table)
        guarded = table in _GIVEN_BY_MIGRATION
        if guarded:
            # The name and the head of the empty log give way to those of the restored one, in this transaction only.
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        _read_table(connection, table, file.columns, source / file.name)
        if guarded:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
        if _count(connection, table) != file.rows:
            raise BackupRefused(f"{source} is damaged: {file.name} does not hold {file.rows} rows")
        done += file.rows or 0
        progress(done, total)


def refuse_filled(url: str, part: str) -> None:
    """Refuse a database that holds anything.

    Raises:
        BackupRefused: names the table; or the database has no tables yet.
    """
    try:
        with connect_postgres(url) as connection:
            _require_empty(connection, part)
    except psycopg.errors.UndefinedTable:
        raise BackupRefused("the database has no tables yet: migrate it first") from None


def _require_empty(connection: Connection, part: str) -> None:
    for table in TABLES[part]:
        if (
            table not in _GIVEN_BY_MIGRATION
            and connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone()
        ):
            raise BackupRefused(f"the database is not empty: there are rows in {table}")
    if part == "log" and connection.execute("SELECT 1 FROM log_head WHERE position <> 0").fetchone():
        raise BackupRefused("the database is not empty: its log has begun")


def _write_table(
    connection: Connection, table: str, columns: Sequence[str], file: Path, progress: Callable[[int], None]
) -> None:
    query = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), _names(columns))
    rows, pending = 0, bytearray()
    # No name and no time in the header: the same rows give the same file.
    with file.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        with connection.cursor() as cursor, cursor.copy(query) as stream:
            for row in stream:
                pending += row
                rows += 1
                if len(pending) > _CHUNK:
                    packed.write(pending)
                    pending.clear()
                    progress(rows)
        packed.write(pending)
    progress(rows)
    make_durable(file)


def _read_table(connection: Connection, table: str, columns: Sequence[str], file: Path) -> None:
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _names(columns))
    try:
        with gzip.open(file, "rb") as packed, connection.cursor() as cursor, cursor.copy(query) as stream:
            while chunk := packed.read(_CHUNK):
                stream.write(chunk)
    except (OSError, EOFError, zlib.error):
        raise BackupRefused(f"{file.name} is damaged: it cannot be unpacked") from None


def _columns(connection: Connection, table: str) -> list[str]:
    query = (
        "SELECT attname FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return [name for (name,) in connection.execute(query, (table,))]


def _tell(progress: Progress, before: int, total: int, rows: int) -> None:
    progress(before + rows, total)


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)
