"""What a read model is: which keys a fact touches, how their states follow, and which rows show it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, MetaData, Table
from sqlalchemy.schema import CreateTable, DropTable, SchemaItem

from domain.kernel.envelope import Recorded
from domain.kernel.moments import FOREVER
from domain.log.columns import Id
from domain.log.decoders import decoder
from projections.timeline import Values

State = TypeVar("State")

BESIDE = "__next"
"""Ends the names of the tables of a read model that is being rebuilt beside the one that answers."""

IN_USE = "in_use"
"""Marks an index that is needed while facts are applied."""

_ENCODE = msgspec.json.Encoder(order="deterministic", decimal_format="string").encode


@dataclass(frozen=True, kw_only=True)
class ReadModel(Generic[State]):
    """One question, answered at any past moment.

    Per key, the state is the fold of the facts that touch it in order of life, those declared wrong left out. All
    functions are pure and total. A change of `version` or of the columns builds the read model again; so must a change
    of what the functions do: raise the version then.
    """

    name: str
    version: int
    table: Table
    initial: State
    keys: Callable[[Recorded], Iterable[UUID]]
    """The keys a fact touches: its own stream or streams that it names as subjects, nothing else."""
    evolve: Callable[[State, Recorded, UUID], State]

    def decode(self, stored: bytes) -> State:
        """Return a state as it was stored."""
        state: State = decoder(type(self.initial)).decode(stored)
        return state

    def encode(self, state: State) -> bytes:
        """Return a state as it is stored. Nothing personal is in it: facts come here with those fields shut."""
        return _ENCODE(state)

    @property
    def layout(self) -> str:
        """The columns, by which a table of another making is known."""
        return ",".join(f"{column.name}:{column.type!r}" for column in self.table.c)


class Lasting(NamedTuple):
    """Columns that tell since when something is so, across rows that differ otherwise.

    What was so just before a row is kept in it: facts of the same moment may let one row follow another at once.
    """

    what: Callable[[Values], str]
    """From a row, what is so."""
    since: str
    """The column that tells since when, in microseconds."""
    before: str
    """The column that keeps what was so before the moment at which the row begins; null: nothing."""
    before_since: str
    """The column that keeps since when that was so."""

    def told(self, row: Values, moment: int, last: tuple[int, Values] | None) -> Values:
        """Return the columns of a row.

        Args:
            row: the row, whatever it has in these columns.
            moment: when it begins.
            last: when the row before it began, up to this moment, and what is in it; None: there is none.
        """
        before, since = None, None
        if last is not None and last[0] == moment:
            before, since = last[1][self.before], last[1][self.before_since]
        elif last is not None:
            before, since = self.what(last[1]), last[1][self.since]
        return {
            self.since: since if before == self.what(row) else moment,
            self.before: before,
            self.before_since: since,
        }


@dataclass(frozen=True, kw_only=True)
class Following:
    """How rows of a timeline follow the rows of other keys: those of units what is told of what they sit in.

    A row follows at most one other at a time, that one another, and so on; in a ring nobody is followed, unless some of
    its rows follow loosely: then those follow nobody, and the others follow as ever. A row may follow another one up to
    a moment only, and keep what that said then. All functions are pure and total, and look at the row alone.
    """

    link: str
    """The column that has the key of what a row may follow. The table has an index by it and by the end of rows."""
    above: Callable[[Values], UUID | None]
    """From the own values of a row, the key that it follows now; None: none."""
    tell: Callable[[UUID, Values, Values | None], Values]
    """From the key, its own values and the row that it follows (None: none, or nothing is known of it), the columns
    that follow from others."""
    lasting: Lasting | None = None
    """What lasts from row to row."""
    loosely: Callable[[Values], bool] = lambda _own: False
    """From the own values of a row, whether it gives way where what it would follow follows it."""
    until: Callable[[Values], int] = lambda _own: FOREVER
    """From the own values of a row, the last moment whose facts it follows, in microseconds: what the other row says
    after all of that moment is told of it from then on. A row begins by then that follows the same until then."""
    kept: tuple[tuple[str, str], ...] = ()
    """The columns that keep what the other row said then, each with its column there; null: the row follows for good.
    The rule tells the row by them alone."""

    def followed(self, own: Values, moment: int) -> UUID | None:
        """Return the key that a row with some own values follows in what happens at a moment."""
        return self.above(own) if moment <= self.until(own) else None

    def told(self, key: UUID, own: Values, above: Values | None) -> Values:
        """Return the row of a key."""
        keeps = above is not None and self.until(own) != FOREVER
        kept = {name: above[there] if above is not None and keeps else None for name, there in self.kept}
        return own | self.tell(key, own, above) | kept

    def kept_by(self, own: Values, last: Values | None) -> Values | None:
        """Return what a row was told to follow once, as far as the one before it kept it; None: that kept nothing.

        Args:
            own: the own values of the row.
            last: the row before it, if there is one.
        """
        if last is None or (self.above(own), self.until(own)) != (self.above(last), self.until(last)):
            return None
        return {there: last[name] for name, there in self.kept}


@dataclass(frozen=True, kw_only=True)
class Timeline(ReadModel[State]):
    """A question that has one answer per key at a time: a row, or none."""

    row: Callable[[State], Values | None]
    """The own values of a key: all columns, but for those that follow from other keys."""
    following: Following | None = None


@dataclass(frozen=True, kw_only=True)
class Steps(ReadModel[State]):
    """A question about single facts of a key: a row per fact, or none; also for those that are declared wrong."""

    step: Callable[[State, State, Recorded, UUID | None], Values | None]
    """From the states before and after, the fact, and the declaration that holds it wrong. Has its `position`."""
    learnt: Callable[[State, State, Recorded], Values] | None = None
    """From the states as were known before a fact and with it: columns of its step, which keeps them ever after. Asked
    of what is told late or declares another fact wrong; of all other facts these columns are null."""

    @property
    def by_fact_alone(self) -> bool:
        """Whether no step looks at a state, so that a late fact changes no step but its own."""
        return self.initial is None


def following_of(model: ReadModel[Any]) -> Following | None:
    """Return how the rows of a read model follow those of other keys; None: they do not."""
    return model.following if isinstance(model, Timeline) else None


class Tables(NamedTuple):
    """Where a read model stands: the rows that answer, and the state of each key."""

    rows: Table
    states: Table
    bookmark: str
    """The name of its bookmark."""

    @classmethod
    def of(cls, model: ReadModel[Any], *, beside: bool = False) -> "Tables":
        """Return the tables that answer, or those of the rebuild beside them."""
        end = BESIDE if beside else ""
        rows = model.table.to_metadata(MetaData(), name=model.name + end) if beside else model.table
        states = Table(
            f"{model.name}_state{end}",
            MetaData(),
            Column("key", Id, primary_key=True),
            Column("newest", BigInteger),
            Column("open_from", BigInteger),
            Column("open_known", BigInteger),
            Column("state", LargeBinary, nullable=False),
        )
        return cls(rows, states, model.name + end)

    def create(self, connection: Connection, model: ReadModel[Any], generation: int) -> None:
        """Create the tables, without the indexes but those that are needed while facts are applied."""
        connection.execute(CreateTable(self.rows))
        connection.execute(CreateTable(self.states))
        self._create_indexes(connection, model, generation, in_use=True)

    def create_indexes(self, connection: Connection, model: ReadModel[Any], generation: int) -> None:
        """Create the other indexes."""
        self._create_indexes(connection, model, generation, in_use=False)

    def _create_indexes(self, connection: Connection, model: ReadModel[Any], generation: int, *, in_use: bool) -> None:
        """Create indexes; their names are of this generation, as those of the former one still stand."""
        table = model.table.to_metadata(MetaData(), name=self.rows.name)  # an index joins its table for good
        for number, index in enumerate(sorted(model.table.indexes, key=lambda each: str(each.name))):
            if index.info.get(IN_USE, False) is in_use:
                columns = [table.c[column.name] for column in index.columns]
                Index(f"{model.name}_{number}_{generation}", *columns, unique=index.unique).create(connection)

    def drop(self, connection: Connection) -> None:
        """Drop the tables, if they are there."""
        connection.execute(DropTable(self.rows, if_exists=True))
        connection.execute(DropTable(self.states, if_exists=True))


def timeline_table(name: str, *own: SchemaItem) -> Table:
    """Return the table of a timeline: its own columns and indexes, and those of the two times."""
    key = (Column("key", Id, primary_key=True), Column("valid_from", BigInteger, primary_key=True))
    return Table(name, MetaData(), *key, *_times(), *own)


def inside_index(name: str, link: str) -> Index:
    """Return the index by which what follows a key is found, and when something ceased to."""
    return Index(name, link, "valid_to", info={IN_USE: True})


def steps_table(name: str, *own: SchemaItem) -> Table:
    """Return the table of steps: the position of their fact, their own columns and indexes, and the two times."""
    key = (Column("key", Id, primary_key=True), Column("position", BigInteger, primary_key=True))
    valid_from = Column("valid_from", BigInteger, nullable=False)
    return Table(name, MetaData(), *key, valid_from, *_times(), *own)


def _times() -> tuple[Column[int], ...]:
    return (
        Column("known_from", BigInteger, primary_key=True),
        Column("known_to", BigInteger, nullable=False),
        Column("valid_to", BigInteger, nullable=False),
        Column("ended_by", BigInteger, nullable=False),
    )
