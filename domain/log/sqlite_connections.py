"""Connections to a log on SQLite: durable or refused, errors named."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import eventsourcing.sqlite as library

from domain.kernel.refusals import Unavailable

_FULL = 2
_WRITER_CACHE_KIB = 262_144
MOST_CACHED_MIB = 512
"""How much SQLite remembers of all files of a process. Each connection has a bound of its own; they are many."""
_CAUSES = {
    "SQLITE_BUSY": "Another writer holds the log.",
    "SQLITE_LOCKED": "Another writer holds the log.",
    "SQLITE_FULL": "The disk of the log is full.",
    "SQLITE_IOERR": "The disk of the log failed.",
    "SQLITE_CANTOPEN": "The file of the log cannot be opened.",
    "SQLITE_READONLY": "The file of the log is read-only.",
}


def connect(path: str, busy_seconds: float, *, writer: bool = False) -> sqlite3.Connection:
    """Return a connection that tells of success only what a power loss cannot take away.

    Raises:
        Unavailable: there is no such file, or SQLite would not be durable on it.
    """
    with unavailable():
        connection = sqlite3.connect(
            f"file:{quote(path)}?mode=rw",
            uri=True,
            timeout=busy_seconds,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            _configure(connection, writer=writer)
        except BaseException:
            connection.close()
            raise
    return connection


def _configure(connection: sqlite3.Connection, *, writer: bool) -> None:
    journal = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (journal, synchronous) != ("wal", _FULL):
        raise Unavailable(f"SQLite would not be durable: journal {journal}, synchronous {synchronous}.")
    # Without it, INSERT OR REPLACE would delete rows behind the triggers that refuse it.
    connection.execute("PRAGMA recursive_triggers = ON")
    bound_memory(connection)
    if writer:
        connection.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KIB}")
    else:
        connection.execute("PRAGMA query_only = ON")


def bound_memory(connection: sqlite3.Connection) -> None:
    """Bound what all connections of the process remember together: beyond it, each forgets what it used long ago."""
    connection.execute(f"PRAGMA soft_heap_limit = {MOST_CACHED_MIB * 2**20}")


def cause(error: sqlite3.Error) -> str:
    """Return SQLite's own name of what failed, such as SQLITE_IOERR_WRITE."""
    return getattr(error, "sqlite_errorname", "") or type(error).__name__


@contextmanager
def unavailable() -> Iterator[None]:
    """Turn errors of the database into "not recorded, try again"; errors of ours stay what they are."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError):
        raise
    except sqlite3.DatabaseError as error:
        name = cause(error)
        known = next((detail for prefix, detail in _CAUSES.items() if name.startswith(prefix)), None)
        raise Unavailable(known or f"The log cannot be used: {name}.") from error


class _Pool(library.SQLiteConnectionPool):
    """The library's pool; its connections are as durable as ours."""

    def _create_connection(self) -> library.SQLiteConnection:
        connection = connect(self.db_name, float(self.lock_timeout or 5), writer=True)
        connection.row_factory = sqlite3.Row
        return library.SQLiteConnection(sqlite_conn=connection, max_age=self.max_age)


class Datastore(library.SQLiteDatastore):
    """The library's datastore over durable connections."""

    def __init__(self, path: str, busy_seconds: float) -> None:
        """Name the file; nothing is opened yet."""
        super().__init__(path)
        self.pool = _Pool(db_name=path, lock_timeout=max(1, round(busy_seconds)))
        self.path, self.busy_seconds = path, busy_seconds
