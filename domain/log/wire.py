"""One connection to PostgreSQL: prepared statements, binary both ways, and never a wait without an end.

psycopg's own cursors wait for ever on a network that swallows the answer, and convert arrays element by element; an
append is a handful of arrays in one round trip.
"""

import select
import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, TransactionStatus

from domain.log.libpq import keywords

T = TypeVar("T")
Parameter = bytes | None

_BINARY = [[Format.BINARY] * count for count in range(32)]
_READ = select.POLLIN | select.POLLHUP | select.POLLERR


class Lost(Exception):  # noqa: N818  what happened, not what went wrong
    """The connection was lost, or silent for too long, after the statement may have been sent."""


class Wire:
    """One connection. Not for two threads at once."""

    def __init__(self, url: str, seconds: float, settings: dict[str, str]) -> None:
        """Connect.

        Args:
            url: as SQLAlchemy writes it.
            seconds: how long a statement may take, its way there and back included.
            settings: of the session.

        Raises:
            psycopg.OperationalError: the server cannot be reached.
            Lost: it was silent for too long.
        """
        self.seconds = seconds
        told = {"application_name": "aftercare", **keywords(url), "tcp_user_timeout": int(seconds * 1000)}
        self._connection = psycopg.connect(**told, autocommit=True)
        self._pg = self._connection.pgconn
        self._transformer = Transformer(self._connection)
        self._names: dict[str, bytes] = {}
        self.warnings: list[str] = []
        """What the server warned of since the list was last cleared: states of SQL."""
        self._farewell = False
        self._connection.add_notice_handler(self._hear)
        try:
            for name, value in settings.items():
                self.run("SELECT set_config($1::text, $2::text, false)", (name.encode(), value.encode()))
        except BaseException:
            self.close()
            raise

    def rows(self, statement: str, parameters: Sequence[Parameter], make: Callable[[Sequence[Any]], T]) -> list[T]:
        """Run a statement and return what each of its rows makes.

        Raises:
            psycopg.Error: the server refused the statement; it changed nothing.
            Lost: whether it was carried out is not known.
        """
        try:
            if statement not in self._names:
                self._prepare(statement)
            self._pg.send_query_prepared(self._names[statement], parameters, _BINARY[len(parameters)], Format.BINARY)
            result = self._result()
        except psycopg.OperationalError as error:
            if self.broken:
                self.close()
                raise Lost from error
            raise
        if result.status == ExecStatus.COMMAND_OK:
            return []
        self._transformer.set_pgresult(result, format=Format.BINARY)
        return self._transformer.load_rows(0, result.ntuples, make)

    def run(self, statement: str, parameters: Sequence[Parameter] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows as they are."""
        return self.rows(statement, parameters, tuple)

    @property
    def broken(self) -> bool:
        """Whether the connection cannot be used any more."""
        return bool(self._pg.status != ConnStatus.OK)

    @property
    def usable(self) -> bool:
        """Whether the connection is at rest and, for all that can be seen from here, the server still there."""
        if self.broken or self._pg.transaction_status != TransactionStatus.IDLE:
            return False
        try:
            while self._ready(select.POLLIN, 0):  # a server that goes says so, or closes: the socket has something
                self._pg.consume_input()
            self._pg.is_busy()  # reads what came; who says that he goes may not have closed yet
        except psycopg.OperationalError:
            return False
        return not self._farewell and bool(self._pg.status == ConnStatus.OK)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _prepare(self, statement: str) -> None:
        name = b"s%d" % len(self._names)
        self._pg.send_prepare(name, statement.encode())
        self._result()
        self._names[statement] = name

    def _result(self) -> Any:
        """Return the result of what was sent, or raise what it says."""
        deadline = monotonic() + self.seconds
        while self._pg.flush():
            if self._wait(_READ | select.POLLOUT, deadline) & _READ:
                self._pg.consume_input()
        last = None
        while (result := self._next(deadline)) is not None:
            last = result
        if last is None or last.status == ExecStatus.FATAL_ERROR:
            if last is None or not last.error_field(DiagnosticField.SQLSTATE) or self.broken:
                self.close()
                raise psycopg.OperationalError("the connection was lost")
            raise psycopg.errors.error_from_result(last)
        return last

    def _next(self, deadline: float) -> Any:
        while self._pg.is_busy():
            self._wait(_READ, deadline)
            self._pg.consume_input()
        return self._pg.get_result()

    def _wait(self, events: int, deadline: float) -> int:
        ready = self._ready(events, deadline - monotonic())
        if not ready:
            self.close()
            raise psycopg.OperationalError("the server was silent for too long")
        return ready

    def _ready(self, events: int, seconds: float) -> int:
        poll = select.poll()
        poll.register(self._pg.socket, events)
        found = poll.poll(max(0, int(seconds * 1000)))
        return found[0][1] if found else 0

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            self.warnings.append(notice.sqlstate or "")
        if notice.severity_nonlocalized == "FATAL":
            self._farewell = True


_ARRAY = struct.Struct("!iiiii").pack
_LENGTH = struct.Struct("!i").pack
_INTEGER = struct.Struct("!ii").pack
_BIGINT = struct.Struct("!iq").pack


def _array(element_oid: int, elements: Sequence[bytes]) -> bytes:
    if not elements:
        return _ARRAY(0, 0, element_oid, 0, 0)[:12]
    return _ARRAY(1, 0, element_oid, len(elements), 1) + b"".join(elements)


def uuids(values: Sequence[UUID]) -> bytes:
    """Return an array of uuid as PostgreSQL reads it."""
    return _array(2950, [b"\0\0\0\x10" + value.bytes for value in values])


def bigints(values: Sequence[int]) -> bytes:
    """Return an array of bigint."""
    return _array(20, [_BIGINT(8, value) for value in values])


def integers(values: Sequence[int]) -> bytes:
    """Return an array of integer."""
    return _array(23, [_INTEGER(4, value) for value in values])


def texts(values: Sequence[str]) -> bytes:
    """Return an array of text."""
    return _array(25, [_text(value) for value in values])


def byteas(values: Sequence[bytes]) -> bytes:
    """Return an array of bytea."""
    return _array(17, [_LENGTH(len(value)) + value for value in values])


def bigint(value: int) -> bytes:
    """Return a bigint."""
    return value.to_bytes(8, "big", signed=True)


@lru_cache(maxsize=4096)
def _text(value: str) -> bytes:
    """Return a text as an element; names of kinds and types are few."""
    raw = value.encode()
    return _LENGTH(len(raw)) + raw
