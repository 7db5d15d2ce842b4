"""What the views are asked in one round trip: PostgreSQL is told all of it before any answer is awaited."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, CompoundSelect, Connection, Select, Update, any_, bindparam
from sqlalchemy.engine import URL

Values = Mapping[str, Any]
_POSTGRESQL = URL.create("postgresql+psycopg").get_dialect()()


class Plain:
    """A statement as the driver takes it, built once: SQLAlchemy takes longer to hand it on than PostgreSQL over it."""

    def __init__(self, statement: Select[Any] | CompoundSelect[Any] | Update) -> None:
        """Take a statement whose values, and those it finds, are the same to the driver of PostgreSQL and to us."""
        self.statement = statement
        self.names = tuple(str(column.key) for column in statement.exported_columns)

    def values(self, given: Values) -> dict[str, Any]:
        """Return all values for the driver of PostgreSQL."""
        return {**self._compiled[1], **given}

    @property
    def text(self) -> str:
        """The statement for the driver of PostgreSQL."""
        return self._compiled[0]

    @cached_property
    def _compiled(self) -> tuple[str, dict[str, Any]]:
        compiled: Any = self.statement.compile(dialect=_POSTGRESQL)
        return compiled.string, {name: value for name, value in compiled.params.items() if value is not None}


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


class RoundTrip:
    """Statements that are told one after the other; each sees what the ones before it did, and what was committed."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection, in a transaction."""
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        self.on_sqlite = connection.dialect.name == "sqlite"
        """There are no round trips: each statement costs what it costs, at once."""

    def tell(self, plain: Plain, given: Values) -> Answer:
        """Tell a statement."""
        if self.on_sqlite:
            return Answer(plain.names, self._connection.execute(plain.statement, given))
        return Answer(plain.names, self._driver.execute(plain.text, plain.values(given)))


@contextmanager
def round_trip(connection: Connection) -> Iterator[RoundTrip]:
    """Let statements be told in the block; their answers are there after it. An error may come only at its end."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        yield RoundTrip(connection)
        return
    with driver.pipeline():
        yield RoundTrip(connection)


def among(column: ColumnElement[Any], name: str, *, on_sqlite: bool) -> ColumnElement[bool]:
    """Return the condition that a column is one of the values of a parameter, however many there are."""
    if on_sqlite:
        return column.in_(bindparam(name, expanding=True))
    return column == any_(bindparam(name, type_=ARRAY(column.type)))
