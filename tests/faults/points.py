"""Named points of a commit, where a test lets something happen: nothing of this is in the program itself."""

import sqlite3
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, cast

from domain.log.log import Log
from domain.log.postgres import PostgresStore
from domain.log.sqlite import SQLiteStore
from domain.log.sqlite_connections import connect
from domain.log.talk import Parameter
from domain.log.wire import Wire


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


_APPENDED = 0
"""What append_facts says when it has recorded them; it then says so in the statement that commits."""

Act = Callable[[Point], object]
"""Told each point as an append comes to it."""


def watch_commits(log: Log, act: Act) -> None:
    """Let something happen each time an append comes to one of the points within the log."""
    store = log._store
    if isinstance(store, SQLiteStore):
        writer = store._writer
        opened = connect(writer._path, writer._busy_seconds, writer=True)
        writer._connection = cast("sqlite3.Connection", _Watched(opened, act))
    else:
        assert isinstance(store, PostgresStore)
        _watch_postgres(store, act)


class _Watched:
    """A connection to SQLite whose COMMIT is watched."""

    def __init__(self, connection: sqlite3.Connection, act: Act) -> None:
        self._connection, self._act = connection, act
        self._inserted = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        commits = statement == "COMMIT"
        if commits:
            self._act(Point.BEFORE_COMMIT)
        found = self._connection.execute(statement, parameters)
        if commits and self._inserted:
            self._act(Point.AFTER_COMMIT)
        self._inserted = self._inserted and not commits
        return found

    def executemany(self, statement: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        self._inserted = True
        return self._connection.executemany(statement, parameters)


def _watch_postgres(store: PostgresStore, act: Act) -> None:
    writer = store._writer
    committing = writer._committing

    def watched(wire: Wire, statement: str, parameters: Sequence[Parameter] = ()) -> Sequence[tuple[Any, ...]]:
        act(Point.BEFORE_COMMIT)
        _watch_answer(wire, statement, act)
        found = committing(wire, statement, parameters)
        if found and found[0][0] == _APPENDED:
            act(Point.AFTER_COMMIT)
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
        act(Point.SENT)
        return wait()

    wire._result = watched  # type: ignore[method-assign]
