"""The views database: where answers are kept ready. Everything in it follows from the log and can be made again."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Index,
    MetaData,
    Select,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    create_engine,
    event,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import DatabaseError

from domain.kernel.ids import normal_text
from domain.kernel.refusals import Unavailable
from domain.log.columns import Id
from domain.log.libpq import engine_of
from domain.log.sqlite_connections import bound_memory
from domain.log.tracking import BOOKMARK
from projections.readers import KEPT, Readers

_BUSY_SECONDS = 30
_ANSWERS_WITHIN, WRITES_WITHIN = 300, 3_600
"""Seconds for one answer of PostgreSQL. Indexes of a large read model that is built anew take minutes."""
_SCHEMA = "views"


SortedText = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its code points: the same on every database and at every place."""


class _Normal(TypeDecorator[str]):
    """Text in the form in which two writings of one identifier are equal, as columns `…_normal` have it."""

    impl = SortedText
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Return the form of what is asked for."""
        return None if value is None else normal_text(value)


def normal(asked: str) -> ColumnElement[str]:
    """Return what a text that is asked for is compared as with columns of normal text."""
    return type_coerce(asked, _Normal())


BOOKKEEPING = MetaData()

read_model = Table(
    "read_model",
    BOOKKEEPING,
    Column("name", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("layout", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("error", Text),
)
"""How each read model was made, and what stopped it. `generation` counts its builds and names their indexes apart."""

declaration = Table(
    "declaration",
    BOOKKEEPING,
    Column("id", Id, primary_key=True),
    Column("stream", Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("wrong_fact", Id, nullable=False),
    Index("declaration_by_stream", "stream", "position"),
)
"""Every error declaration met so far."""

mention = Table(
    "mention",
    BOOKKEEPING,
    Column("fact", Id, primary_key=True),
    Column("declaration", Id, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("corrects", Id),
)
"""The facts that error declarations name: as wrong, or (`corrects` is the wrong one) as what says it rightly."""

origin = Table(
    "origin",
    BOOKKEEPING,
    Column("log_id", Id, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("fact", Id),
)
"""The log that was followed, and the fact at the farthest position, by which a restored log is told from it."""

parked = Table(
    "parked",
    BOOKKEEPING,
    Column("read_model", Text, primary_key=True),
    Column("key", Id, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("fact", Id, nullable=False),
    Column("type", Text, nullable=False),
    Column("error", Text),
    Column("since", BigInteger, nullable=False),
    Column("program", Text, nullable=False),
)
"""The facts that a key of a read model waits for: the first one, which `program` failed on, and those behind it."""


class Views:
    """One views database, open for readers and for the engine."""

    def __init__(self, url: str, *, making: bool = True) -> None:
        """Open it.

        Args:
            url: `sqlite:///…/aftercare.views.db`, or the log's own `postgresql+psycopg://…`, where it is a schema.
            making: whether a schema that does not exist is made.

        Raises:
            Unavailable: the database does not answer, or the file is none of SQLite's.
        """
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._writer = _engine(parsed, writing=True)
        self._reader = _engine(parsed, writing=False)
        self._readers = Readers(self._reader)
        try:
            with self._writer.connect() as connection:  # also where nothing is made: to see whether it can be read
                if making and not self.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('aftercare.views'))"))
                    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}"))
                    connection.commit()
        except DatabaseError as error:
            self.close()
            raise Unavailable(_unreadable(parsed, error)) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that only reads, in a transaction. Raises as `ask`."""
        with self.ask() as connection:
            connection.exec_driver_sql("BEGIN")  # ends where the connection is given back
            yield connection

    def ask(self) -> AbstractContextManager[Connection]:
        """Lend a connection that only reads, each statement by itself.

        Questions need no transaction: of the rows as known at a position, none changes as facts are followed.

        Raises:
            Unavailable: the database does not answer.
        """
        return self._readers.lend()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that is committed at the end."""
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that no other `alone` overlaps, in any process."""
        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('aftercare.views'))"))
            yield connection

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """The engine that writes and the one that reads, for counting their queries."""
        return self._writer, self._reader

    @property
    def lent(self) -> int:
        """How many connections are in use by those who ask."""
        return self._readers.lent

    def close(self) -> None:
        """Close all connections."""
        self._writer.dispose()
        self._readers.close()


def views_url(log_url: str) -> str:
    """Return where the views of a log are: a file beside its own, or a schema of the same database."""
    return f"{log_url.removesuffix('.db')}.views.db" if log_url.startswith("sqlite:") else log_url


_FOLLOWED = select(BOOKMARK.c.position).where(BOOKMARK.c.name == bindparam("its_name"))


def position_of(name: str) -> ColumnElement[int]:
    """Return the position that a read model has followed as a part of statements; null: it is not built."""
    return select(BOOKMARK.c.position).where(BOOKMARK.c.name == name).scalar_subquery().label("followed")


def followed(connection: Connection, name: str, known_at: int | None) -> int:
    """Return the position at which a question is answered: the given one, or the last that its read model followed.

    Raises:
        Unavailable: the read model has not followed the log so far yet, or is not built.
    """
    position = connection.execute(_FOLLOWED, {"its_name": name}).scalar()
    if position is None or (known_at is not None and known_at > position):
        raise Unavailable("The read model has not followed the log so far yet; try again.")
    return position if known_at is None else known_at


def adding_new(table: Table) -> postgresql.Insert:
    """Return the statement that inserts a row, unless its key is there already."""
    return postgresql.insert(table).on_conflict_do_nothing()


def replacing(table: Table, rows: Select[Any] | None = None) -> postgresql.Insert:
    """Return the statement that inserts rows, or replaces those with the same key. SQLite took it from PostgreSQL."""
    inserted = postgresql.insert(table)
    inserted = inserted if rows is None else inserted.from_select(table.c.keys(), rows)
    keys = [column.name for column in table.primary_key]
    replaced = {column.name: inserted.excluded[column.name] for column in table.c if column.name not in keys}
    return inserted.on_conflict_do_update(index_elements=keys, set_=replaced)


def _unreadable(url: URL, error: DatabaseError) -> str:
    """Return what is said of views that cannot be opened."""
    why = " ".join(str(error.orig).split())
    if url.get_backend_name() == "sqlite":
        return f"The read models in {url.database} cannot be read: {why}. Without that file they are built anew."
    return f"The read models do not answer: {why}"


def _engine(url: URL, *, writing: bool) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, writing=writing)
    # What it expects steps upon steps to cost is far too much, and compiling costs more than running them.
    options = f"-c search_path={_SCHEMA} -c jit=off"
    if writing:
        # What a crash takes are whole commits, the last ones first, bookmarks and rows alike: they are followed again.
        options += " -c synchronous_commit=off"
        # It looks rows up by their keys. Of steps upon steps the planner guesses badly, and would read whole tables.
        options += " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
    told: dict[str, Any] = {"options": options}
    if writing:
        told["prepare_threshold"] = None  # after some rollbacks it has the server forget what anybody prepared
    more = {} if writing else {"isolation_level": "AUTOCOMMIT"}
    seconds = WRITES_WITHIN if writing else _ANSWERS_WITHIN
    return engine_of(url, seconds, connect_args=told, pool_size=KEPT, max_overflow=15, **more)


def _sqlite(url: URL, *, writing: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, pool_size=KEPT, max_overflow=15)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are ours: the driver would begin them too late
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # what a power loss takes is followed again
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA secure_delete = OFF")  # nothing personal is here that would have to be overwritten
        bound_memory(connection)
        if not writing:
            connection.execute("PRAGMA query_only = ON")

    if writing:
        event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
