"""The statements of the pages of a question, each of which is built once, and what a reader sees of its rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Join,
    Select,
    bindparam,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)

from projections.direct import Direct
from projections.views import position_of

Order = Sequence[ColumnElement[Any]]
"""Columns that are never null and tell any two rows apart."""
Ordered = tuple[Select[Any], Order]
"""A query, and its columns of the order."""

Built = TypeVar("Built")

_MOST_ROWS = bindparam("most", type_=Integer)
_AHEAD = bindparam("ahead", type_=Integer)


class Sight(Protocol):
    """Which rows a reader sees. They are found in two ways: each row is tested, or all that is seen is gone through."""

    @property
    def columns(self) -> Sequence[str]:
        """The columns of a query by which it is known whether a row is seen."""

    def little(self, connection: Connection, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the values by which all that is seen is found, if it is so little that it may be read for a page."""

    def is_nearly_all(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Return whether nearly all there is is seen, and it takes less time to test each row than to find them."""

    def tested(self, query: Select[Any]) -> Select[Any]:
        """Return the rows of a query that are seen; each one is tested."""

    def gathered(self, dialect: str, queries: Iterable[Select[Any]], *, little: bool) -> list[Select[Any]]:
        """Return the rows of each query that are seen; they are found by the keys of what is seen."""


Found = Literal["each", "tested", "near", "little", "much"]
"""How rows are found: each one is told; each is tested, if it is seen; so are the next ones, `ahead` of them; by the
keys of all that is seen, if that is little; if it is much."""


class Way(NamedTuple):
    """Where the reading of rows in an order begins, and in which direction it goes."""

    beyond: bool
    """Whether it begins at a place: the parameters `place_0` and so on."""
    down: bool


class Pages:
    """The statements of the pages of a question, each of which is built when it is needed first.

    Of the rows of several queries, each is read in its order through an index of its own. A query that joins others by
    UNION ALL would not do: PostgreSQL reads all rows of all of them, and sorts them.
    """

    def __init__(
        self, *queries: Ordered, descending: bool = False, seen: Sight | None = None, spread: bool = False
    ) -> None:
        """Take the rows of all pages.

        Args:
            queries: each with the columns of its order, which are never null and tell any two rows apart, and are
                among its own; all have the same names.
            descending: whether the pages go from the end of the order to its beginning.
            seen: which rows the reader sees; None: all.
            spread: whether a row of a table, told from others by the first column of the order, makes several rows. No
                index has them, so PostgreSQL finds a place by that column. In other orders SQLite would do so as well.
        """
        self._queries, self._spread = queries, spread
        self.descending = descending
        self.seen = seen
        self.names = [str(column.key) for column in queries[0][1]]
        columns = [str(column.key) for column in queries[0][0].selected_columns]
        self.places = [columns.index(name) for name in self.names]
        """Where the values of the order stand in a row."""
        self._built: dict[tuple[Any, ...], Any] = {}

    def each(self, way: Way, dialect: Dialect, follows: str | None = None) -> Direct:
        """Return the statement of the first rows, `most` of them, whoever asks.

        Args:
            way: where they begin.
            dialect: of the database.
            follows: the read model of which each row is to tell, at its end, how far it has followed.
        """
        return self._once(("each", way, dialect.name, follows), lambda: self._each(way, dialect, follows))

    def _each(self, way: Way, dialect: Dialect, follows: str | None) -> Direct:
        statement = self._first(self._rows("each", way, dialect.name), way)
        return Direct(statement if follows is None else statement.add_columns(position_of(follows)), dialect)

    def first(self, found: Found, way: Way, dialect: str) -> Select[Any]:
        """Return the statement of the first rows, `most` of them."""
        return self._once(("first", found, way, dialect), lambda: self._first(self._rows(found, way, dialect), way))

    def further(self, way: Way) -> Select[Any]:
        """Return the statement that finds a row if there is one beyond the next ones, `ahead` of them."""
        return self._once(("further", way), lambda: self._further(way))

    def count(self, found: Found, dialect: str) -> Select[Any]:
        """Return the statement of how many rows there are: it reads only what tells them apart."""
        return self._once(("count", found, dialect), lambda: self._count(found, dialect))

    def _once(self, which: tuple[Any, ...], build: Callable[[], Built]) -> Built:
        found: Built | None = self._built.get(which)
        if found is None:
            found = self._built[which] = build()
        return found

    def _rows(self, found: Found, way: Way, dialect: str) -> list[Ordered]:
        there = [(_beyond(way, *each, spread=self._spread), each[1]) for each in self._queries]
        if found == "each" or self.seen is None:
            return there
        if found in {"little", "much"}:
            each = self.seen.gathered(dialect, [query for query, _ in there], little=found == "little")
            # Fenced off: in search of an order all rows of a table might be read.
            fenced = [query.cte().prefix_with("MATERIALIZED") for query in each]
            return [(select(query), [query.c[name] for name in self.names]) for query in fenced]
        if found == "near":
            near = self._first(there, way, _AHEAD).subquery()
            there = [(select(near), [near.c[name] for name in self.names])]
        return [(self.seen.tested(query), order) for query, order in there]

    def _first(
        self, queries: Sequence[Ordered], way: Way, most: ColumnElement[int] = _MOST_ROWS, skipped: Any = None
    ) -> Select[Any]:
        if len(queries) == 1:
            return _sorted(way, *queries[0]).limit(most).offset(skipped)
        each = [_sorted(way, *one).limit(most if skipped is None else most + skipped) for one in queries]
        merged = union_all(*(select(part.subquery()) for part in each)).subquery()
        found = _sorted(way, select(merged), [merged.c[name] for name in self.names])
        return found.limit(most).offset(skipped)

    def _further(self, way: Way) -> Select[Any]:
        there = [(_told_apart(_beyond(way, *each, spread=self._spread), each[1]), each[1]) for each in self._queries]
        return self._first(there, way, literal(1), _AHEAD)

    def _count(self, found: Found, dialect: str) -> Select[Any]:
        if found in {"little", "much"} and self.seen is not None and self._is_told_apart_by(self.seen.columns):
            there = [_told_apart(*one) for one in self._queries]
            each = self.seen.gathered(dialect, there, little=found == "little")  # without what nobody counts
        else:
            each = [_told_apart(*one) for one in self._rows(found, Way(beyond=False, down=False), dialect)]
        return select(func.count()).select_from((each[0] if len(each) == 1 else union_all(*each)).subquery())

    def _is_told_apart_by(self, columns: Sequence[str]) -> bool:
        """Return whether the columns are of the order, and the rows of one table: others are joined to no keys."""
        tables = [table for query, _ in self._queries for table in query.get_final_froms()]
        return set(columns) <= set(self.names) and not any(isinstance(table, Join) for table in tables)


def pages(
    query: Select[Any],
    order: Order,
    parts: Sequence[ColumnElement[bool]] = (),
    *,
    descending: bool = False,
    seen: Sight | None = None,
    spread: bool = False,
) -> Pages:
    """Return the pages of one query.

    Args:
        query: the rows of all pages.
        order: columns of it that are never null and tell any two rows apart.
        parts: conditions of which a row fits exactly one, if each is to be read through an index of its own.
        descending: whether the pages go from the end of the order to its beginning.
        seen: which rows the reader sees; None: all.
        spread: whether one row of a table makes several: see `Pages`.
    """
    queries = ((query.where(part), order) for part in parts or (true(),))
    return Pages(*queries, descending=descending, seen=seen, spread=spread)


def _beyond(way: Way, query: Select[Any], order: Order, *, spread: bool) -> Select[Any]:
    if not way.beyond:
        return query
    places = [bindparam(f"place_{number}", type_=column.type) for number, column in enumerate(order)]
    here, there = tuple_(*order), tuple_(*places)
    query = query.where(here < there if way.down else here > there)
    if spread:
        query = query.where(order[0] <= places[0] if way.down else order[0] >= places[0])
    return query


def _told_apart(query: Select[Any], order: Order) -> Select[Any]:
    """Return the rows of a query with the columns of the order alone, which tell them apart."""
    return query.with_only_columns(*order, maintain_column_froms=True)


def _sorted(way: Way, query: Select[Any], order: Order) -> Select[Any]:
    return query.order_by(*(column.desc() if way.down else column for column in order))
