"""What the engine says to the tables of one read model, built once: building a statement costs more than running it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
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
from sqlalchemy.types import TypeEngine

from domain.kernel.moments import FOREVER
from domain.log.columns import Id, ids_as_bytes
from projections.neighbours import Neighbours
from projections.read_model import ReadModel, Steps, Tables, Timeline
from projections.round_trip import Plain, RoundTrip, plain_type
from projections.timeline import TIMES, Values
from projections.views import replacing

MOST_NAMED = 500
"""Most keys in one statement: it stays small on either database."""


class Many:
    """A statement for many rows, carried out by the driver: SQLAlchemy would look at each value of each row first.

    SQLite is told one row after the other. PostgreSQL gets the values of each column as one array, so that many rows
    are one statement.
    """

    def __init__(
        self,
        of_row: Insert | Update,
        of_rows: Insert | Update,
        names: Sequence[str],
        dialect: Dialect,
        into: Table | None = None,
    ) -> None:
        """Take the statement with a parameter for each value of a row, and that with one for each column of many.

        Args:
            of_row: for one row.
            of_rows: for many.
            names: of the values of a row, in their order.
            dialect: of the database.
            into: the table to which rows are added, with a column of each name.
        """
        self._copy = "" if into is None else _copying(into, names, dialect)
        self._types = [] if into is None else [plain_type(into.c[name].type, dialect) for name in names]
        self._names, self._of_rows = tuple(names), Plain(of_rows)
        compiled: Any = of_row.compile(dialect=dialect)
        self._text: str = compiled.string
        self._order: tuple[str, ...] = tuple(compiled.positiontup or names)
        plain = {name: bound.type for name, bound in compiled.binds.items() if not isinstance(bound.type, Boolean)}
        prepare = {name: _prepare(each, dialect) for name, each in plain.items()}
        self._prepare = {name: processor for name, processor in prepare.items() if processor}

    def run(self, trip: RoundTrip, rows: Sequence[tuple[Any, ...]]) -> None:
        """Carry the statement out for each row, of which there may be none."""
        if not rows:
            return
        columns: dict[str, Sequence[Any]] = dict(zip(self._names, zip(*rows, strict=True), strict=True))
        if not trip.on_sqlite:
            trip.tell(self._of_rows, columns)
            return
        for name, prepare in self._prepare.items():
            columns[name] = prepare(columns[name])
        ordered = list(zip(*(columns[name] for name in self._order), strict=True))
        trip.connection.exec_driver_sql(self._text, ordered)

    def pour(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows to a table on PostgreSQL that has none of the same keys, as they are; not within a round trip."""
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(self._copy) as copy:
            copy.set_types(self._types)
            for row in rows:
                copy.write_row(row)


def _copying(table: Table, names: Sequence[str], dialect: Dialect) -> str:
    quote = dialect.identifier_preparer.quote
    return f"COPY {quote(table.name)} ({', '.join(map(quote, names))}) FROM STDIN (FORMAT BINARY)"


def _prepare(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Sequence[Any]] | None:
    """Return what turns the values of a column into what the driver takes; None: it takes them as they are."""
    if isinstance(kind, Id):
        return ids_as_bytes
    processor = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor and (lambda values: [value if value is None else processor(value) for value in values])


def _columns(named: Mapping[str, ColumnElement[Any]]) -> TableValuedAlias:
    """Return rows made of an array for each column."""
    arrays = [bindparam(name, type_=ARRAY(column.type)) for name, column in named.items()]
    return func.unnest(*arrays).table_valued(*named).render_derived()


def adding(table: Table, names: Sequence[str], dialect: Dialect) -> Many:
    """Return the statement that adds rows to a table, their values in the order of these names."""
    of_rows = insert(table).from_select(table.c.keys(), select(_columns(dict(table.c))))
    return Many(insert(table), of_rows, names, dialect, table)


def _putting(table: Table, dialect: Dialect) -> Many:
    of_rows = replacing(table, select(_columns(dict(table.c))))
    return Many(replacing(table), of_rows, table.c.keys(), dialect, table)


def _ending(table: Table, place: ColumnElement[int], dialect: Dialect) -> Many:
    """Return the statement that sets how long rows are valid and known: said by key, place and begin of knowledge."""
    named = {"its_key": table.c.key, "its_place": place, "its_known_from": table.c.known_from}
    times = {name: table.c[name] for name in ("valid_to", "known_to", "ended_by")}
    of_row = update(table).where(*(column == bindparam(name, type_=column.type) for name, column in named.items()))
    said = _columns({**named, **times})
    of_rows = update(table).where(*(column == said.c[name] for name, column in named.items()))
    return Many(
        of_row.values({name: bindparam(name) for name in times}),
        of_rows.values({name: said.c[name] for name in times}),
        [*named, *times],
        dialect,
    )


def _several(names: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """Return what picks values by their names."""
    return itemgetter(*names) if len(names) > 1 else lambda values: tuple(values[name] for name in names)


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
    """Adds rows: key, times, own values."""
    own: Callable[[Values], tuple[Any, ...]]
    """From the values of a row, those of its columns in their order."""
    end: Many
    """Sets how long a row is valid and known."""
    neighbours: Neighbours | None
    """Finds what rows follow and what follows them, where rows follow others."""

    @classmethod
    def of(cls, model: ReadModel[Any], tables: Tables, dialect: Dialect) -> "Statements":
        """Build the statements of a read model."""
        rows, states = tables.rows, tables.states
        its_key = bindparam("its_key", type_=rows.c.key.type)
        own = [name for name in rows.c.keys() if name not in ("key", *TIMES)]  # noqa: SIM118  columns are no mapping
        place = rows.c.position if isinstance(model, Steps) else rows.c.valid_from
        return cls(
            states_table=states,
            state=select(states).where(states.c.key == its_key),
            states=select(states).where(states.c.key.in_(bindparam("its_keys", expanding=True))),
            put_states=_putting(states, dialect),
            live=select(rows).where(rows.c.key == its_key, rows.c.known_to == FOREVER),
            add=adding(rows, ["key", *TIMES, *own], dialect),
            own=_several(own),
            end=_ending(rows, place, dialect),
            neighbours=Neighbours.of(rows, model.following.link, dialect)
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
