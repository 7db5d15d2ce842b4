"""Named points of a commit, where a test lets something happen: nothing of this is in the program itself."""

import sqlite3
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, cast

from domain.log.log import Log
from domain.log.postgres import PostgresStore
from domain.log.sqlite import SQLiteStore
from domain.log.sqlite_connections import connect
from domain.log.wire import Parameter, Wire

_APPENDED = 0
"""What append_facts says when it has recorded them; it then says so in the statement that commits."""

Act = Callable[[], object]


class Point(StrEnum):
    """Where in an append."""

    BEFORE_COMMIT = "before_commit"
    """SQLite: all is written, the COMMIT not yet given. PostgreSQL: the statement that commits is not sent yet."""
    SENT = "sent"
    """PostgreSQL alone: the statement that commits is on its way, and nobody waits for its answer."""
    AFTER_COMMIT = "after_commit"
    """The database has committed facts, and no caller has heard of it."""
    BEFORE_REPLY = "before_reply"
    """The caller's answer is made, and not a byte of it is sent."""


def watch_commits(log: Log, point: Point, act: Act) -> None:
    """Let something happen each time an append comes to a point."""
    store = log._store
    if isinstance(store, SQLiteStore):
        writer = store._writer
        opened = connect(writer._path, writer._busy_seconds, writer=True)
        writer._connection = cast("sqlite3.Connection", _Watched(opened, point, act))
    else:
        assert isinstance(store, PostgresStore)
        _watch_postgres(store, point, act)


class _Watched:
    """A connection to SQLite whose COMMIT is watched."""

    def __init__(self, connection: sqlite3.Connection, point: Point, act: Act) -> None:
        self._connection, self._point, self._act = connection, point, act
        self._inserted = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        commits = statement == "COMMIT"
        if commits and self._point is Point.BEFORE_COMMIT:
            self._act()
        found = self._connection.execute(statement, parameters)
        if commits and self._inserted and self._point is Point.AFTER_COMMIT:
            self._act()
        self._inserted = self._inserted and not commits
        return found

    def executemany(self, statement: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        self._inserted = True
        return self._connection.executemany(statement, parameters)


def _watch_postgres(store: PostgresStore, point: Point, act: Act) -> None:
    writer = store._writer
    committing = writer._committing

    def watched(wire: Wire, statement: str, parameters: Sequence[Parameter] = ()) -> Sequence[tuple[Any, ...]]:
        if point is Point.BEFORE_COMMIT:
            act()
        if point is Point.SENT:
            _watch_answer(wire, statement, act)
        found = committing(wire, statement, parameters)
        if point is Point.AFTER_COMMIT and found and found[0][0] == _APPENDED:
            act()
        return found

    writer._committing = watched  # type: ignore[method-assign]


def _watch_answer(wire: Wire, statement: str, act: Act) -> None:
    """Let it happen when the statement has left, before anybody waits for its answer."""
    if statement not in wire._names:
        wire._prepare(statement)
    wait = wire._result

    def watched() -> Any:
        del wire._result  # the class's own is in force again
        while wire._pg.flush():
            pass
        act()
        return wait()

    wire._result = watched  # type: ignore[method-assign]
