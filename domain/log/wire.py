"""One connection of the log to PostgreSQL: prepared statements, binary both ways, and never a wait without an end.

psycopg's own cursors wait for ever on a network that swallows the answer; an append is a handful of arrays in one round
trip.
"""

import select
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.pq import ConnStatus, TransactionStatus

from domain.log.libpq import keywords
from domain.log.talk import Parameter, Talk

T = TypeVar("T")


class Lost(Exception):  # noqa: N818  what happened, not what went wrong
    """The connection was lost, or silent for too long, after the statement may have been sent."""


class Wire(Talk):
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
        told = {"application_name": "aftercare", **keywords(url), "tcp_user_timeout": int(seconds * 1000)}
        super().__init__(psycopg.connect(**told, autocommit=True), seconds)
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
            result = self.ask(statement, parameters)
        except psycopg.OperationalError as error:
            if self.broken:
                self.close()
                raise Lost from error
            raise
        return self.made(result, make)

    def run(self, statement: str, parameters: Sequence[Parameter] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows as they are."""
        return self.rows(statement, parameters, tuple)

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

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            self.warnings.append(notice.sqlstate or "")
        if notice.severity_nonlocalized == "FATAL":
            self._farewell = True
