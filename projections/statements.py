"""What the engine says to the tables of one read model, built once: building a statement costs more than running it."""

import select as waiting
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    Insert,
    Row,
    Table,
    TableValuedAlias,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)

from domain.kernel.moments import FOREVER
from domain.kernel.refusals import Unavailable
from projections.follower import Neighbours
from projections.read_model import ReadModel, Steps, Tables, Timeline
from projections.views import replacing

MOST_NAMED = 500
"""Most keys in one statement: it stays small on either database."""


class Many:
    """A statement for many rows, carried out by the driver: SQLAlchemy would look at each value of each row first.

    SQLite is told one row after the other. PostgreSQL gets the values of each column as one array, so that many rows
    are one statement.
    """

    def __init__(self, of_row: Insert | Update, of_rows: Insert | Update, dialect: Dialect) -> None:
        """Take the statement with a parameter for each value of a row, and that with one for each column of many."""
        self._in_arrays = dialect.name != "sqlite"
        compiled: Any = (of_rows if self._in_arrays else of_row).compile(dialect=dialect)
        self._text: str = compiled.string
        self._arranged = itemgetter(*compiled.positiontup) if compiled.positiontup else dict
        self._names = tuple(compiled.binds)
        types = {name: parameter.type.dialect_impl(dialect) for name, parameter in compiled.binds.items()}
        prepare = {} if self._in_arrays else {name: each.bind_processor(dialect) for name, each in types.items()}
        self._prepare = {name: processor for name, processor in prepare.items() if processor}

    def run(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Carry the statement out for each row, of which there may be none. The rows are used up."""
        if not rows:
            return
        if self._in_arrays:
            connection.exec_driver_sql(self._text, {name: [row[name] for row in rows] for name in self._names})
            return
        for name, prepare in self._prepare.items():
            for row in rows:
                row[name] = prepare(row[name])
        connection.exec_driver_sql(self._text, [self._arranged(row) for row in rows])


def _columns(named: Mapping[str, ColumnElement[Any]]) -> TableValuedAlias:
    """Return rows made of an array for each column."""
    arrays = [bindparam(name, type_=ARRAY(column.type)) for name, column in named.items()]
    return func.unnest(*arrays).table_valued(*named).render_derived()


def adding(table: Table, dialect: Dialect) -> Many:
    """Return the statement that adds rows to a table."""
    of_rows = insert(table).from_select(table.c.keys(), select(_columns(dict(table.c))))
    return Many(insert(table), of_rows, dialect)


def _putting(table: Table, dialect: Dialect) -> Many:
    of_rows = replacing(table, select(_columns(dict(table.c))))
    return Many(replacing(table), of_rows, dialect)


def _ending(table: Table, place: ColumnElement[int], dialect: Dialect) -> Many:
    """Return the statement that sets how long rows are valid and known."""
    named = {"its_key": table.c.key, "its_place": place, "its_known_from": table.c.known_from}
    times = {name: table.c[name] for name in ("valid_to", "known_to", "ended_by")}
    of_row = update(table).where(*(column == bindparam(name, type_=column.type) for name, column in named.items()))
    said = _columns({**named, **times})
    of_rows = update(table).where(*(column == said.c[name] for name, column in named.items()))
    return Many(
        of_row.values({name: bindparam(name) for name in times}),
        of_rows.values({name: said.c[name] for name in times}),
        dialect,
    )


class Statements(NamedTuple):
    """The statements of one read model, where it stands."""

    states_table: Table
    state: Executable
    """The state of one key."""
    states: Executable
    """The states of keys."""
    put_states: Many
    live: Executable
    """The rows of a key that are not forgotten."""
    add: Many
    end: Many
    """Sets how long a row is valid and known."""
    neighbours: Neighbours | None
    """Finds what rows follow and what follows them, where rows follow others."""

    @classmethod
    def of(cls, model: ReadModel[Any], tables: Tables, dialect: Dialect) -> "Statements":
        """Build the statements of a read model."""
        rows, states = tables.rows, tables.states
        its_key = bindparam("its_key", type_=rows.c.key.type)
        place = rows.c.position if isinstance(model, Steps) else rows.c.valid_from
        return cls(
            states_table=states,
            state=select(states).where(states.c.key == its_key),
            states=select(states).where(states.c.key.in_(bindparam("its_keys", expanding=True))),
            put_states=_putting(states, dialect),
            live=select(rows).where(rows.c.key == its_key, rows.c.known_to == FOREVER),
            add=adding(rows, dialect),
            end=_ending(rows, place, dialect),
            neighbours=Neighbours.of(rows, model.following.link)
            if isinstance(model, Timeline) and model.following
            else None,
        )

    def find(self, connection: Connection, keys: Sequence[UUID]) -> Iterator[Row[Any]]:
        """Yield the states of keys that have one."""
        if len(keys) == 1:
            yield from connection.execute(self.state, {"its_key": keys[0]})
            return
        for start in range(0, len(keys), MOST_NAMED):
            yield from connection.execute(self.states, {"its_keys": keys[start : start + MOST_NAMED]})


@contextmanager
def committed_at_once(connection: Connection) -> Iterator[None]:
    """Commit after the block. PostgreSQL gets what is said in it without waiting for each answer.

    Nothing may be read in the block, and an error may come only at its end.

    Raises:
        Unavailable: the connection to PostgreSQL was lost.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        yield
        connection.commit()
        return
    with driver.pipeline():
        yield
        _send(driver.pgconn)
        connection.commit()


def _send(line: Any) -> None:
    """Wait until all that was said is on its way: psycopg might wait for the answer to what it has not sent yet."""
    poll = waiting.poll()
    poll.register(line.socket, waiting.POLLIN | waiting.POLLOUT)
    try:
        while line.flush():
            if any(events & ~waiting.POLLOUT for _, events in poll.poll()):
                line.consume_input()
    except psycopg.OperationalError as error:
        raise Unavailable("The connection to the read models was lost.") from error
