"""What is said to PostgreSQL past the cursors of a connection: prepared statements, binary both ways.

psycopg's own cursors send one statement after the other, and convert arrays element by element; here many statements
are one message, and their answers another.
"""

import select
from collections.abc import Callable, Sequence
from itertools import count
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, TransactionStatus

T = TypeVar("T")
Parameter = bytes | None
Statement = tuple[str, Sequence[Parameter]]

_READ = select.POLLIN | select.POLLHUP | select.POLLERR
_BEGIN = "BEGIN"
_LOST = "the connection was lost"


class Talk:
    """The conversation on one connection. Not for two threads at once."""

    def __init__(self, connection: "psycopg.Connection[Any]", seconds: float | None = None) -> None:
        """Take the connection, and how long an answer may take, its way there and back included; None: any time."""
        self.seconds = seconds
        self._connection = connection
        self._pg = connection.pgconn
        self._transformer = Transformer(connection)
        self._names: dict[str, bytes] = {}
        self._numbers = count()

    def ask(self, statement: str, parameters: Sequence[Parameter]) -> Any:
        """Run a statement and return its result.

        Raises:
            psycopg.Error: the server refused it, or the connection is `broken`.
        """
        if statement not in self._names:
            self._prepare(statement)
        self._send(self._names[statement], parameters)
        return self._result()

    def together(self, statements: Sequence[Statement], results: list[Any]) -> None:
        """Run statements in one round trip and one transaction, the one under way or a new one, until one is refused.

        Args:
            statements: each looks at what was committed by then, and at what those before it did.
            results: to which the result of each is added.

        Raises:
            psycopg.Error: the server refused one, or the connection was lost, and is closed.
        """
        pg = self._pg
        fresh: dict[str, bytes] = {}
        try:
            deadline = self._deadline()
            pg.enter_pipeline_mode()
            expected = []
            for statement, parameters in (*self._beginning(), *statements):
                if (name := self._names.get(statement) or fresh.get(statement)) is None:
                    name = fresh[statement] = self._new_name()
                    pg.send_prepare(name, statement.encode())
                    expected.append(False)
                self._send(name, parameters)
                expected.append(statement is not _BEGIN)
            pg.pipeline_sync()
            self._flush(deadline)
            refused = self._answers(expected, results, deadline)
            pg.exit_pipeline_mode()
        except BaseException:  # what is still to be answered would be taken for the answer to what is asked next
            self.close()
            raise
        if refused is not None:
            raise psycopg.errors.error_from_result(refused)
        self._names |= fresh

    def made(self, result: Any, make: Callable[[Sequence[Any]], T]) -> list[T]:
        """Return what each row of a result makes."""
        if result.status == ExecStatus.COMMAND_OK:
            return []
        self._transformer.set_pgresult(result, format=Format.BINARY)
        return self._transformer.load_rows(0, result.ntuples, make)

    @property
    def broken(self) -> bool:
        """Whether the connection cannot be used any more."""
        return bool(self._pg.status != ConnStatus.OK)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _prepare(self, statement: str) -> None:
        name = self._new_name()
        self._pg.send_prepare(name, statement.encode())
        self._result()
        self._names[statement] = name

    def _beginning(self) -> Sequence[Statement]:
        return [(_BEGIN, ())] if self._pg.transaction_status == TransactionStatus.IDLE else []

    def _send(self, name: bytes, parameters: Sequence[Parameter]) -> None:
        self._pg.send_query_prepared(name, parameters, [Format.BINARY] * len(parameters), Format.BINARY)

    def _new_name(self) -> bytes:
        """Return a name that no statement has, also none that was prepared in vain."""
        return b"s%d" % next(self._numbers)

    def _deadline(self) -> float | None:
        return None if self.seconds is None else monotonic() + self.seconds

    def _answers(self, expected: Sequence[bool], results: list[Any], deadline: float | None) -> Any:
        """Take the answers to messages, of which some are statements, and to the end; return the first that refuses."""
        refused = None
        for is_statement in (*expected, False):
            while (result := self._next(deadline)) is None:
                if self.broken:
                    raise psycopg.OperationalError(_LOST)
            if result.status == ExecStatus.FATAL_ERROR:
                refused = refused or result
                if not result.error_field(DiagnosticField.SQLSTATE):
                    raise psycopg.OperationalError(_LOST)
            elif is_statement and refused is None:
                results.append(result)
        return refused

    def _result(self) -> Any:
        """Return the result of what was sent, or raise what it says."""
        deadline = self._deadline()
        self._flush(deadline)
        last = None
        while (result := self._next(deadline)) is not None:
            last = result
        if last is None or last.status == ExecStatus.FATAL_ERROR:
            if last is None or not last.error_field(DiagnosticField.SQLSTATE) or self.broken:
                self.close()
                raise psycopg.OperationalError(_LOST)
            raise psycopg.errors.error_from_result(last)
        return last

    def _flush(self, deadline: float | None) -> None:
        """Wait until all is on its way. What is answered meanwhile is read, or the server would not go on reading."""
        while self._pg.flush():
            if self._wait(_READ | select.POLLOUT, deadline) & _READ:
                self._pg.consume_input()

    def _next(self, deadline: float | None) -> Any:
        while self._pg.is_busy():
            self._wait(_READ, deadline)
            self._pg.consume_input()
        return self._pg.get_result()

    def _wait(self, events: int, deadline: float | None) -> int:
        ready = self._ready(events, None if deadline is None else deadline - monotonic())
        if not ready:
            self.close()
            raise psycopg.OperationalError("the server was silent for too long")
        return ready

    def _ready(self, events: int, seconds: float | None) -> int:
        poll = select.poll()
        poll.register(self._pg.socket, events)
        found = poll.poll(None if seconds is None else max(0, int(seconds * 1000)))
        return found[0][1] if found else 0
