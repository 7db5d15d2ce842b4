"""Comparing what was built anew with what answers: row by row, as known at the same position, in little memory."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import ProgrammingError

from domain.kernel.moments import FOREVER
from domain.log.columns import Id
from domain.log.tracking import BOOKMARK
from projections.pace import undisturbed
from projections.read_model import ReadModel, Tables, Timeline
from projections.views import Views, parked

MOST_TOLD = 10
_ROWS_AT_ONCE = 2_000
_KEYS_AT_ONCE = 500
_ENCODER = msgspec.json.Encoder()
_ITS_KEY = itemgetter(0)

Chunk = Sequence[tuple[Any, ...]]
"""Rows in order of key; of each the key comes first."""


class Comparison(NamedTuple):
    """What answers and what was built anew, as known at one position."""

    position: int
    rows: int
    """How many rows answer."""
    digest: str
    """Of the rows that answer, in order: the same on every database."""
    digest_anew: str
    differing: int
    """Keys whose rows differ."""
    first: tuple[UUID, ...]
    """The first of them."""
    excused: int
    """Keys whose rows differ because facts are parked on one side that the other has applied."""

    @property
    def same(self) -> bool:
        """Whether nothing differs but what parked facts excuse."""
        return self.differing == 0


def compare(views: Views, model: ReadModel[Any]) -> Comparison | None:
    """Compare the rows of a read model with those that are built beside, at the smaller of both positions.

    Neither readers nor those who follow the log wait for it. None if nothing is being built beside (any more).
    """
    live, beside = Tables.of(model), Tables.of(model, beside=True)
    with _snapshot(views, (live.rows, beside.rows)) as connection:
        if connection is None:
            return None
        names = (live.bookmark, beside.bookmark)
        at = connection.execute(select(BOOKMARK.c.position).where(BOOKMARK.c.name.in_(names))).scalars().all()
        if len(at) < len(names):
            return None
        position = min(at)
        with undisturbed(), _Side.of(connection, live.rows, position) as one:
            if _are_same(connection, live.rows, beside.rows, position):
                one.read()
                return Comparison(position, one.rows, one.digest, one.digest, 0, (), 0)
            counting = _Counting(connection, model, position)
            with _Side.of(connection, beside.rows, position) as other:
                for key in _differing(one, other):
                    counting.note(key)
        counting.settle()
    differing, excused = counting.differing, counting.excused
    return Comparison(position, one.rows, one.digest, other.digest, differing, tuple(counting.first), excused)


def _are_same(connection: Connection, one: Table, other: Table, position: int) -> bool:
    """Return whether two tables say the same, as known at a position: the database finds out in a third of the time."""
    here, there = _known_columns(one, position), _known_columns(other, position)
    places = [(one.c[column.name], other.c[column.name]) for column in one.primary_key]
    alike = (mine.is_not_distinct_from(its) for mine, its in zip(here, there, strict=True))
    both = select(func.count()).select_from(one.join(other, and_(*(mine == its for mine, its in places))))
    numbers = [
        both.where(one.c.known_from <= position, *alike),
        *(select(func.count()).select_from(each).where(each.c.known_from <= position) for each in (one, other)),
    ]
    found = connection.execute(select(*(number.scalar_subquery() for number in numbers))).one()
    return len(set(found)) == 1


@contextmanager
def _snapshot(views: Views, tables: Sequence[Table]) -> Iterator[Connection | None]:
    """Yield a connection that sees everything as it is now and keeps the tables from being dropped; None: one is not.

    On PostgreSQL the tables are held before the first look: what was put in their place meanwhile is not theirs.
    """
    with views.read() as connection:
        if not views.is_sqlite:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            held = ", ".join(f'"{table.name}"' for table in tables)
            try:
                connection.execute(text(f"LOCK TABLE {held} IN ACCESS SHARE MODE"))
            except ProgrammingError:
                yield None
                return
        yield connection


class _Side:
    """The rows of one table as known at a position, in order, and the digest of those that were read."""

    def __init__(self, cursor: Any) -> None:
        self.rows = 0
        self._cursor, self._digest = cursor, blake2b(digest_size=16)

    @classmethod
    @contextmanager
    def of(cls, connection: Connection, table: Table, position: int) -> Iterator["_Side"]:
        """Yield a side, read as the driver gives it: SQLAlchemy would take as long again."""
        driver: Any = connection.connection.driver_connection
        query = _known(connection, table, position).compile(connection, compile_kwargs={"literal_binds": True})
        on_sqlite = connection.dialect.name == "sqlite"
        with closing(driver.cursor() if on_sqlite else driver.cursor(table.name, binary=True)) as cursor:
            cursor.execute(str(query))
            yield cls(cursor)

    def chunk(self) -> Chunk:
        """Return the next rows; none at the end."""
        chunk: Chunk = self._cursor.fetchmany(_ROWS_AT_ONCE)
        self.rows += len(chunk)
        self._digest.update(_ENCODER.encode_lines(chunk))
        return chunk

    def read(self) -> None:
        """Read all rows that were not read yet."""
        while self.chunk():
            pass

    def keys(self, begun: Chunk) -> Iterator[tuple[bytes, list[Any]]]:
        """Yield the rest, key by key: rows that were read already first."""
        rest = chain(begun, chain.from_iterable(iter(self.chunk, [])))
        return ((key, list(rows)) for key, rows in groupby(rest, _ITS_KEY))

    @property
    def digest(self) -> str:
        """Of all rows, once they were read."""
        return self._digest.hexdigest()


def _differing(one: _Side, other: _Side) -> Iterator[UUID]:
    """Yield the keys whose rows differ, in order."""
    while (ours := one.chunk()) == (theirs := other.chunk()):
        if not ours:
            return
    left, right = one.keys(ours), other.keys(theirs)
    mine, its = next(left, None), next(right, None)
    while mine or its:
        key = min(each[0] for each in (mine, its) if each)
        here, there = (each if each and each[0] == key else None for each in (mine, its))
        if here != there:
            yield UUID(bytes=key)
        mine, its = next(left, None) if here else mine, next(right, None) if there else its


class _Counting:
    """How many keys differ, and which of them parked facts excuse."""

    def __init__(self, connection: Connection, model: ReadModel[Any], position: int) -> None:
        self.differing, self.excused, self.first = 0, 0, list[UUID]()
        self._connection = connection
        self._pending: list[UUID] = []
        names = (model.name, Tables.of(model, beside=True).bookmark)
        here = select(parked.c.key).where(parked.c.read_model.in_(names), parked.c.position <= position)
        self._on_one_side = here.group_by(parked.c.key, parked.c.position).having(func.count() == 1)
        follows = isinstance(model, Timeline) and model.following is not None
        self._all_excused = follows and connection.execute(self._on_one_side.limit(1)).first() is not None
        """Whether rows of any key may differ because those differ that they follow."""

    def note(self, key: UUID) -> None:
        """Take note that the rows of a key differ."""
        self._pending.append(key)
        if len(self._pending) == _KEYS_AT_ONCE:
            self.settle()

    def settle(self) -> None:
        """Count the keys noted so far."""
        query = self._on_one_side.where(parked.c.key.in_(self._pending))
        excused = set(self._connection.execute(query).scalars()) if self._pending else set()
        counted = [] if self._all_excused else [key for key in self._pending if key not in excused]
        self.differing += len(counted)
        self.excused += len(self._pending) - len(counted)
        self.first += counted[: MOST_TOLD - len(self.first)]
        self._pending.clear()


def _known(connection: Connection, table: Table, position: int) -> Select[Any]:
    """Return the rows as they were known at a position, in order of key."""
    shown = [_plain(connection, column) for column in _known_columns(table, position)]
    return select(*shown).where(table.c.known_from <= position).order_by(*table.primary_key)


def _known_columns(table: Table, position: int) -> list[ColumnElement[Any]]:
    """Return the columns of rows as they were known at a position."""
    times = table.c
    forever = literal(FOREVER, times.known_to.type)
    ended_later = times.ended_by > position
    changed: dict[str, ColumnElement[Any]] = {
        "known_to": case((times.known_to > position, forever), else_=times.known_to),
        "valid_to": case((ended_later, forever), else_=times.valid_to),
        "ended_by": case((ended_later, forever), else_=times.ended_by),
    }
    return [changed.get(column.name, column) for column in table.c]


def _plain(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column as every driver gives it: ids as their bytes, yes as 1 and no as 0."""
    on_sqlite = connection.dialect.name == "sqlite"
    if isinstance(column.type, Id):
        return type_coerce(column if on_sqlite else func.uuid_send(column), LargeBinary)
    return column if on_sqlite or not isinstance(column.type, Boolean) else cast(column, Integer)
