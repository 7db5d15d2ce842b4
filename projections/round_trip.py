"""What the views are told and asked in one round trip: PostgreSQL is sent all of it, and then sends all answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    Insert,
    Select,
    Update,
    any_,
    bindparam,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.types import TypeEngine

from domain.log.binary import encoder
from domain.log.talk import Parameter, Statement, Talk
from projections.views import WRITES_WITHIN

Values = Mapping[str, Any]
_POSTGRESQL: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_TALK = "talk"
_COMMIT = "COMMIT"

Writes = Callable[[Any], Parameter]


class Plain:
    """A statement as PostgreSQL takes it, built once: SQLAlchemy takes longer to hand it on than PostgreSQL over it."""

    def __init__(self, statement: Select[Any] | CompoundSelect[Any] | Insert | Update) -> None:
        """Take a statement whose values, and those it finds, are the same to the driver of PostgreSQL and to us."""
        self.statement = statement
        self.names = tuple(str(column.key) for column in statement.exported_columns)

    def written(self, given: Values) -> Statement:
        """Return the statement for PostgreSQL, with all values as it reads them."""
        text, fixed, writes = self._compiled
        return text, [write(given[name]) if name in given else fixed[name] for name, write in writes]

    @cached_property
    def _compiled(self) -> tuple[str, dict[str, Parameter], list[tuple[str, Writes]]]:
        compiled: Any = self.statement.compile(dialect=_POSTGRESQL)
        types = {name: plain_type(bound.type, _POSTGRESQL) for bound, name in compiled.bind_names.items()}
        writes = {name: encoder(types[name]) for name in compiled.positiontup or ()}
        fixed = {name: writes[name](value) for name, value in compiled.params.items() if value is not None}
        return compiled.string, fixed, list(writes.items())


def plain_type(kind: TypeEngine[Any], dialect: Dialect) -> str:
    """Return the name of a type without how its values are sorted."""
    return kind.compile(dialect).split(" COLLATE ")[0].lower()


class Answer:
    """What the database answers to a statement; not to be looked at before the round trip is over."""

    def __init__(self, names: Sequence[str], found: Any) -> None:
        """Take where the answer comes in."""
        self._names, self._found = names, found

    @property
    def changed(self) -> int:
        """How many rows were changed; -1: there was no answer."""
        number: int = self._found.rowcount
        return number

    def rows(self) -> list[Sequence[Any]]:
        """Return the rows."""
        found: list[Sequence[Any]] = self._found.fetchall()
        return found

    def named(self) -> list[dict[str, Any]]:
        """Return the rows by the names of their columns."""
        return [dict(zip(self._names, row, strict=True)) for row in self.rows()]


class _Found:
    """What PostgreSQL answers to one of the statements of a round trip."""

    def __init__(self, talk: Talk, results: Sequence[Any], number: int) -> None:
        self._talk, self._results, self._number = talk, results, number

    @property
    def rowcount(self) -> int:
        if self._number >= len(self._results):
            return -1
        return self._results[self._number].command_tuples or 0

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._talk.made(self._results[self._number], tuple)


class RoundTrip:
    """Statements that are told one after the other; each sees what the ones before it did, and what was committed."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection, in a transaction."""
        self.connection = connection
        self.on_sqlite = connection.dialect.name == "sqlite"
        """There are no round trips: each statement costs what it costs, at once."""
        self._statements: list[Statement] = []
        self._results: list[Any] = []

    def tell(self, plain: Plain, given: Values) -> Answer:
        """Tell a statement."""
        if self.on_sqlite:
            return Answer(plain.names, self.connection.execute(plain.statement, given))
        return Answer(plain.names, self.say(*plain.written(given)))

    def say(self, text: str, parameters: Sequence[Parameter]) -> "_Found":
        """Tell PostgreSQL a statement as it reads it."""
        for heard in self.connection.dispatch.before_cursor_execute:
            heard(self.connection, None, text, parameters, None, False)
        self._statements.append((text, parameters))
        return _Found(_talk(self.connection), self._results, len(self._statements) - 1)

    def go(self, *, committing: bool) -> None:
        """Send what was told, and wait until all of it is answered."""
        if not self.on_sqlite and (self._statements or committing):
            talk = _talk(self.connection)
            if committing:
                self._statements.append((_COMMIT, ()))
            try:
                talk.together(self._statements, self._results)
            except BaseException:
                if talk.broken:
                    self.connection.invalidate()  # or its end would be told instead of what ended it
                raise
        if committing:
            self.connection.commit()


@contextmanager
def round_trip(connection: Connection, *, committing: bool = False) -> Iterator[RoundTrip]:
    """Let statements be told in the block; their answers are there after it. An error may come only at its end.

    Args:
        connection: in a transaction, in which nothing need have been said yet.
        committing: whether the transaction is committed after them, in the same round trip.

    Raises:
        psycopg.Error: PostgreSQL refused a statement, or the connection to it was lost.
    """
    trip = RoundTrip(connection)
    yield trip
    trip.go(committing=committing)


def _talk(connection: Connection) -> Talk:
    """Return the talk on a connection: it knows which statements are prepared there."""
    talk: Talk | None = connection.info.get(_TALK)
    if talk is None:
        driver: Any = connection.connection.driver_connection
        talk = connection.info[_TALK] = Talk(driver, WRITES_WITHIN)
    return talk


def among(column: ColumnElement[Any], name: str, *, on_sqlite: bool) -> ColumnElement[bool]:
    """Return the condition that a column is one of the values of a parameter, however many there are."""
    if on_sqlite:
        return column.in_(bindparam(name, expanding=True))
    return column == any_(bindparam(name, type_=ARRAY(column.type)))
