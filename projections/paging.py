"""Pages of past moments: what was so, as was known, a page at a time, stable while facts arrive."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from domain.kernel.moments import FOREVER

MOST = 1_000
"""Most rows of a page."""

TRIED = 500
"""How many rows are looked at in the order of a page, before all that a reader sees is read instead."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Place = tuple[Any, ...]
"""Where a page begins or ends: the sorted values of its row beyond which it goes on."""
Order = Sequence[ColumnElement[Any]]
"""Columns that are never null and tell any two rows apart."""
Ordered = tuple[Select[Any], Order]
"""A query, and its columns of the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which page is asked for: after a place, or before it, in the order of the question."""

    limit: int = 20
    after: Place | None = None
    before: Place | None = None
    counted: bool = False
    """Whether the rows of all pages are counted: it reads each of them."""

    def __post_init__(self) -> None:
        """Refuse pages that cannot be: their limits are the interface's to check."""
        if not 1 <= self.limit <= MOST or (self.after is not None and self.before is not None):
            raise ValueError(f"a page has 1 to {MOST} rows and begins after a place or ends before one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """One page of an answer."""

    items: tuple[Item, ...]
    position: int
    """As known at this position of the log. Asked with the same one, the pages that follow fit this one."""
    next: Place | None
    """Where the page that follows begins; None if there is none."""
    previous: Place | None
    """Before which the page ends that comes before; None if there is none."""
    count: int | None = None
    """How many rows all pages have, if they were counted."""

    def of(self, made: Callable[[Item], Made]) -> "Page[Made]":
        """Return the page with something else made of each item."""
        return Page(
            items=tuple(map(made, self.items)),
            position=self.position,
            next=self.next,
            previous=self.previous,
            count=self.count,
        )


def shown(table: FromClause, as_of: int | None, known_at: int) -> ColumnElement[bool]:
    """Return the condition for the rows that held as of a moment, as known at a position.

    Args:
        table: of a read model, or an alias of it.
        as_of: microseconds; None: after everything on record, also what is said to happen later than now.
        known_at: a position that the read model has followed.
    """
    known = and_(table.c.known_from <= known_at, table.c.known_to > known_at)
    if as_of is None:
        return and_(known, or_(table.c.valid_to == FOREVER, table.c.ended_by > known_at))
    held = or_(table.c.valid_to > as_of, table.c.ended_by > known_at)
    return and_(known, table.c.valid_from <= as_of, held)


class Sight(Protocol):
    """Which rows a reader sees. They are found in two ways: each row is tested, or all that is seen is gone through."""

    def is_little(self, connection: Connection) -> bool:
        """Return whether little is seen: so little that all of it may be read for one page."""

    def tested(self, query: Select[Any]) -> Select[Any]:
        """Return the rows of a query that are seen; each one is tested."""

    def gathered(self, connection: Connection, queries: Iterable[Select[Any]], *, little: bool) -> list[Select[Any]]:
        """Return the rows of each query that are seen; they are found by the keys of what is seen."""


def page(
    connection: Connection,
    query: Select[Any],
    order: Order,
    window: Window,
    position: int,
    *,
    parts: Sequence[ColumnElement[bool]] = (),
    descending: bool = False,
    seen: Sight | None = None,
) -> Page[Any]:
    """Return one page of a query, in one statement; and in another how many rows all pages have, if they are counted.

    Args:
        connection: of the views.
        query: the rows of all pages; its columns include those of the order.
        order: columns that are never null and tell any two rows apart.
        window: which page.
        position: as known at which position the query asks.
        parts: conditions of which a row fits exactly one, if each is to be read through an index of its own.
        descending: whether the pages go from the end of the order to its beginning.
        seen: which rows the reader sees; None: all. Found in up to three statements more.
    """
    queries = [(query.where(part), order) for part in parts or (true(),)]
    return page_of_several(connection, queries, window, position, descending=descending, seen=seen)


def page_of_several(
    connection: Connection,
    queries: Sequence[Ordered],
    window: Window,
    position: int,
    *,
    descending: bool = False,
    seen: Sight | None = None,
) -> Page[Any]:
    """Return one page of the rows of several queries, each of which is read in its order through an index of its own.

    A query that joins others by UNION ALL would not do: PostgreSQL reads all rows of all of them, and sorts them.

    Args:
        connection: of the views.
        queries: each with its columns of the order, as `page` has them; all have the same names.
        window: which page.
        position: as known at which position the queries ask.
        descending: whether the pages go from the end of the order to its beginning.
        seen: which rows the reader sees; None: all.
    """
    backwards = window.before is not None
    place = window.before if backwards else window.after
    way = _Way(queries[0][1], place, down=backwards is not descending)
    asked = _Asked(connection, queries, seen, little=seen is not None and seen.is_little(connection))
    count = asked.count(way) if window.counted else None
    found = asked.first(way, window.limit + 1)
    more = len(found) > window.limit
    rows = found[: window.limit]
    if backwards:
        rows = rows[::-1]
    first, last = ((tuple(getattr(row, name) for name in way.names) if rows else None) for row in _ends(rows))
    return Page(
        items=tuple(rows),
        position=position,
        next=last if (more or backwards) else None,
        previous=first if (more if backwards else place is not None) else None,
        count=count,
    )


class _Way(NamedTuple):
    """Where the reading of rows in an order begins, and in which direction it goes."""

    order: Order
    place: Place | None
    down: bool

    @property
    def names(self) -> list[str]:
        """The columns of the order by name."""
        return [str(column.key) for column in self.order]

    def first(self, queries: Sequence[Ordered], most: int, skipped: int = 0) -> Select[Any]:
        """Return the first rows of several queries, each of which is read in the order, but for some that are skipped.

        The rows are beyond the place already.
        """
        if len(queries) == 1:
            return self._sorted(*queries[0]).limit(most).offset(skipped or None)
        each = [self._sorted(*one).limit(most + skipped) for one in queries]
        merged = union_all(*(select(part.subquery()) for part in each)).subquery()
        found = self._sorted(select(merged), [merged.c[name] for name in self.names])
        return found.limit(most).offset(skipped or None)

    def beyond(self, query: Select[Any], order: Order) -> Select[Any]:
        """Return the rows of a query beyond the place."""
        if self.place is None:
            return query
        here, there = tuple_(*order), tuple_(*_bound(order, self.place))
        return query.where(here < there if self.down else here > there)

    def up_to(self, query: Select[Any], order: Order, end: Place) -> Select[Any]:
        """Return the rows of a query up to another place."""
        here, there = tuple_(*order), tuple_(*_bound(order, end))
        return query.where(here >= there if self.down else here <= there)

    def _sorted(self, query: Select[Any], order: Order) -> Select[Any]:
        return query.order_by(*(column.desc() if self.down else column for column in order))


class _Asked(NamedTuple):
    """The rows of several queries, as far as the reader sees them."""

    connection: Connection
    queries: Sequence[Ordered]
    seen: Sight | None
    little: bool
    """Whether the reader sees so little that nothing else need be looked at."""

    def first(self, way: _Way, most: int) -> Sequence[Any]:
        """Return the first rows beyond a place.

        Who sees much finds a page among the rows that come next in its order, as a rule: they are tested one by one.
        Where few of them are seen that would go on for long, so it ends soon, and what is seen is gone through instead.
        """
        ahead = [(way.beyond(*one), one[1]) for one in self.queries]
        if self.seen is None:
            return self._read(way, ahead, most)
        if not self.little:
            end = self._end(way, ahead)
            tested = [(self.seen.tested(query), order) for query, order in ahead]
            if end is None:
                return self._read(way, tested, most)
            found = self._read(way, [(way.up_to(*one, end), one[1]) for one in tested], most)
            if len(found) == most:
                return found
        return self._read(way, self._gathered(self.seen, way, ahead), most)

    def count(self, way: _Way) -> int:
        """Return how many rows there are, whatever the place."""
        queries = self.queries
        if self.seen is not None and (self.little or self._end(way, queries) is not None):
            queries = self._gathered(self.seen, way, queries)
        elif self.seen is not None:
            queries = [(self.seen.tested(query), order) for query, order in queries]
        each = [_told_apart(*one) for one in queries]
        found = (each[0] if len(each) == 1 else union_all(*each)).subquery()
        return self.connection.execute(select(func.count()).select_from(found)).scalar_one()

    def _read(self, way: _Way, queries: Sequence[Ordered], most: int) -> Sequence[Any]:
        return self.connection.execute(way.first(queries, most)).all()

    def _end(self, way: _Way, queries: Sequence[Ordered]) -> Place | None:
        """Return the place up to which rows are tested; None: there are so few that all are."""
        found = self.connection.execute(way.first([(_told_apart(*one), one[1]) for one in queries], 1, TRIED)).first()
        return None if found is None else tuple(found)

    def _gathered(self, seen: Sight, way: _Way, queries: Sequence[Ordered]) -> list[Ordered]:
        """Return the rows that are seen, fenced off: in search of an order all rows of a table might be read."""
        found = seen.gathered(self.connection, [query for query, _ in queries], little=self.little)
        fenced = [each.cte().prefix_with("MATERIALIZED") for each in found]
        return [(select(each), [each.c[name] for name in way.names]) for each in fenced]


def _told_apart(query: Select[Any], order: Order) -> Select[Any]:
    """Return the rows of a query with the columns of the order alone, which tell them apart."""
    return query.with_only_columns(*order, maintain_column_froms=True)


def _bound(order: Order, place: Place) -> list[ColumnElement[Any]]:
    if len(place) != len(order):
        raise ValueError("the place is not one of this order")
    return [literal(value, column.type) for column, value in zip(order, place, strict=True)]


def _ends(rows: Sequence[Any]) -> tuple[Any, Any]:
    return (rows[0], rows[-1]) if rows else (None, None)
