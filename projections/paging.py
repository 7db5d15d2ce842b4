"""Pages of past moments: what was so, as was known, a page at a time, stable while facts arrive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from domain.kernel.moments import FOREVER
from projections.prepared import Prepared

MOST = 1_000
"""Most rows of a page."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Place = tuple[Any, ...]
"""Where a page begins or ends: the sorted values of its row beyond which it goes on."""
Order = Sequence[ColumnElement[Any]]
"""Columns that are never null and tell any two rows apart."""

_MOST_ROWS = bindparam("most", type_=Integer)


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


class Pages:
    """The statements of the pages of a question: one for each kind of window, built when it is asked for first.

    Of the rows of several queries, each is read in its order through an index of its own. A query that joins others by
    UNION ALL would not do: PostgreSQL reads all rows of all of them, and sorts them.
    """

    def __init__(self, *queries: tuple[Select[Any], Order], descending: bool = False) -> None:
        """Take the rows of all pages.

        Args:
            queries: each with the columns of its order, which are never null and tell any two rows apart, and are
                among its own; all have the same names.
            descending: whether the pages go from the end of the order to its beginning.
        """
        self._queries = queries
        self.descending = descending
        self._names = [str(column.key) for column in queries[0][1]]
        self._firsts: dict[tuple[bool, bool], Select[Any]] = {}

    def places(self, rows: Sequence[Any]) -> tuple[Place | None, Place | None]:
        """Return the places of the first and the last of some rows."""
        if not rows:
            return None, None
        first, last = (tuple(getattr(row, name) for name in self._names) for row in (rows[0], rows[-1]))
        return first, last

    def first(self, place: Place | None, *, backwards: bool) -> Select[Any]:
        """Return the statement of the first rows beyond a place, whose values are its parameters, as is `most`."""
        if place is not None and len(place) != len(self._names):
            raise ValueError("the place is not one of this order")
        found = self._firsts.get(kind := (place is not None, backwards))
        if found is None:
            found = self._firsts[kind] = self._first(beyond=kind[0], backwards=backwards)
        return found

    @cached_property
    def count(self) -> Select[Any]:
        """The statement of how many rows there are: it reads only what tells them apart."""
        each = [query.with_only_columns(*order, maintain_column_froms=True) for query, order in self._queries]
        found = (each[0] if len(each) == 1 else union_all(*each)).subquery()
        return select(func.count()).select_from(found)

    def _first(self, *, beyond: bool, backwards: bool) -> Select[Any]:
        down = backwards is not self.descending
        each = []
        for query, order in self._queries:
            there = [bindparam(f"place_{number}", type_=column.type) for number, column in enumerate(order)]
            here = tuple_(*order)
            found = query.where(here < tuple_(*there) if down else here > tuple_(*there)) if beyond else query
            each.append(_sorted(found, order, down=down))
        if len(each) == 1:
            return each[0]
        merged = union_all(*(select(part.subquery()) for part in each)).subquery()
        return _sorted(select(merged), [merged.c[name] for name in self._names], down=down)


def pages(
    query: Select[Any], order: Order, parts: Sequence[ColumnElement[bool]] = (), *, descending: bool = False
) -> Pages:
    """Return the pages of one query.

    Args:
        query: the rows of all pages.
        order: columns of it that are never null and tell any two rows apart.
        parts: conditions of which a row fits exactly one, if each is to be read through an index of its own.
        descending: whether the pages go from the end of the order to its beginning.
    """
    return Pages(*((query.where(part), order) for part in parts or (true(),)), descending=descending)


def page(connection: Connection, asked: Prepared[Pages], window: Window, position: int) -> Page[Any]:
    """Return one page, in one statement; and in another how many rows all pages have, if they are counted.

    Args:
        connection: of the views.
        asked: the pages of a question, and what is asked.
        window: which page.
        position: as known at which position it is asked.
    """
    pages, values = asked
    backwards = window.before is not None
    place = window.before if backwards else window.after
    count = connection.execute(pages.count, values).scalar_one() if window.counted else None
    given = {f"place_{number}": value for number, value in enumerate(place or ())}
    statement = pages.first(place, backwards=backwards)
    found = connection.execute(statement, {**values, **given, "most": window.limit + 1}).all()
    more = len(found) > window.limit
    rows = found[: window.limit]
    if backwards:
        rows = rows[::-1]
    first, last = pages.places(rows)
    return Page(
        items=tuple(rows),
        position=position,
        next=last if (more or backwards) else None,
        previous=first if (more if backwards else place is not None) else None,
        count=count,
    )


def _sorted(query: Select[Any], order: Order, *, down: bool) -> Select[Any]:
    return query.order_by(*(column.desc() if down else column for column in order)).limit(_MOST_ROWS)
