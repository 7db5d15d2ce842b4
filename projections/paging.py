"""Pages of past moments: what was so, as was known, a page at a time, stable while facts arrive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

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

Item = TypeVar("Item")
Made = TypeVar("Made")
Place = tuple[Any, ...]
"""Where a page begins or ends: the sorted values of its row beyond which it goes on."""
Order = Sequence[ColumnElement[Any]]
"""Columns that are never null and tell any two rows apart."""


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


def page(
    connection: Connection,
    query: Select[Any],
    order: Order,
    window: Window,
    position: int,
    *,
    parts: Sequence[ColumnElement[bool]] = (),
    descending: bool = False,
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
    """
    queries = [(query.where(part), order) for part in parts or (true(),)]
    return page_of_several(connection, queries, window, position, descending=descending)


def page_of_several(
    connection: Connection,
    queries: Sequence[tuple[Select[Any], Order]],
    window: Window,
    position: int,
    *,
    descending: bool = False,
) -> Page[Any]:
    """Return one page of the rows of several queries, each of which is read in its order through an index of its own.

    A query that joins others by UNION ALL would not do: PostgreSQL reads all rows of all of them, and sorts them.

    Args:
        connection: of the views.
        queries: each with its columns of the order, as `page` has them; all have the same names.
        window: which page.
        position: as known at which position the queries ask.
        descending: whether the pages go from the end of the order to its beginning.
    """
    backwards = window.before is not None
    down = backwards is not descending
    place = window.before if backwards else window.after
    count = _count(connection, queries) if window.counted else None
    most = window.limit + 1
    each = [_first(_beyond(*one, place, down=down), one[1], most, backwards=down) for one in queries]
    order = queries[0][1]
    found = connection.execute(each[0] if len(each) == 1 else _merged(each, order, most, backwards=down)).all()
    more = len(found) > window.limit
    rows = found[: window.limit]
    if backwards:
        rows = rows[::-1]
    names = [column.key for column in order]
    first, last = ((tuple(getattr(row, str(name)) for name in names) if rows else None) for row in _ends(rows))
    return Page(
        items=tuple(rows),
        position=position,
        next=last if (more or backwards) else None,
        previous=first if (more if backwards else place is not None) else None,
        count=count,
    )


def _count(connection: Connection, queries: Sequence[tuple[Select[Any], Order]]) -> int:
    """Return how many rows queries have: of their columns only those of the order are read, which tell them apart."""
    each = [query.with_only_columns(*order, maintain_column_froms=True) for query, order in queries]
    found = (each[0] if len(each) == 1 else union_all(*each)).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def _beyond(query: Select[Any], order: Order, place: Place | None, *, down: bool) -> Select[Any]:
    if place is None:
        return query
    here, there = tuple_(*order), tuple_(*_bound(order, place))
    return query.where(here < there if down else here > there)


def _first(query: Select[Any], order: Order, most: int, *, backwards: bool) -> Select[Any]:
    return query.order_by(*(column.desc() if backwards else column for column in order)).limit(most)


def _merged(parts: Sequence[Select[Any]], order: Order, most: int, *, backwards: bool) -> Select[Any]:
    """Return the first rows of several queries that are each in the same order."""
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return _first(select(merged), [merged.c[str(column.key)] for column in order], most, backwards=backwards)


def _bound(order: Order, place: Place) -> list[ColumnElement[Any]]:
    if len(place) != len(order):
        raise ValueError("the place is not one of this order")
    return [literal(value, column.type) for column, value in zip(order, place, strict=True)]


def _ends(rows: Sequence[Any]) -> tuple[Any, Any]:
    return (rows[0], rows[-1]) if rows else (None, None)
