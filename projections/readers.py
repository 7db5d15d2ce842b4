"""Connections that only read, kept from one question to the next."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from domain.kernel.refusals import Unavailable

KEPT = 5
"""Connections that wait for the next question."""
_LOST = (OperationalError, InterfaceError, NoConnectionFree, psycopg.OperationalError)


class Readers:
    """Lends connections. To give one to the pool of SQLAlchemy and take it again costs a twentieth of a page."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine that makes them, and bounds how many there are."""
        self._engine = engine
        self._free: deque[Connection] = deque()
        self._most_free = KEPT

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """Lend a connection. A transaction that is begun on it ends with the block; after an error it is closed.

        Raises:
            Unavailable: the database does not answer.
        """
        with answering():
            try:
                connection = self._taken()
                try:
                    yield connection
                except BaseException:
                    connection.close()
                    raise
                self._take_back(connection)
            except _LOST:
                self._let_go()  # whatever this one has lost, the others may have lost too
                raise

    def _taken(self) -> Connection:
        with suppress(IndexError):
            return self._free.pop()
        return self._engine.connect()

    def _take_back(self, connection: Connection) -> None:
        if connection.in_transaction():
            connection.rollback()
        if not self._most_free:
            connection.invalidate()  # there is no pool any more that would close it
        if connection.invalidated or len(self._free) >= self._most_free:
            connection.close()
        else:
            self._free.append(connection)

    def _let_go(self) -> None:
        with suppress(IndexError):
            while True:
                self._free.pop().close()

    @property
    def lent(self) -> int:
        """How many are lent now."""
        made: int = self._engine.pool.checkedout()  # type: ignore[attr-defined]  # a pool with a queue
        return made - len(self._free)

    def close(self) -> None:
        """Close them. Those that are lent are closed when they come back."""
        self._most_free = 0
        self._let_go()
        self._engine.dispose()


@contextmanager
def answering() -> Iterator[None]:
    """Tell in one sentence that the views do not answer: away, or held for long by another process that writes.

    Raises:
        Unavailable: instead of the driver's error.
    """
    try:
        yield
    except _LOST as error:
        if getattr(getattr(error, "orig", None), "sqlite_errorname", None) == "SQLITE_ERROR":
            raise  # a statement that SQLite does not understand is a fault of ours
        raise Unavailable("The read models do not answer; try again.") from error
