"""Pages of past moments: what was so, as was known, a page at a time, stable while facts arrive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, and_, or_

from domain.kernel.moments import FOREVER
from projections.page_statements import Found, Pages, Way
from projections.prepared import Prepared
from projections.views import followed

MOST = 1_000
"""Most rows of a page."""

TRIED = 500
"""How many rows more than a page has are looked at in its order, before all that a reader sees is read instead."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Place = tuple[Any, ...]
"""Where a page begins or ends: the sorted values of its row beyond which it goes on."""
Asks = Callable[[int | None], Prepared[Pages]]
"""Asks for pages as known at a position, or as far as their read model has followed."""


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


def shown(table: FromClause, as_of: int | None, known_at: int | ColumnElement[int]) -> ColumnElement[bool]:
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


def page(connection: Connection, asked: Prepared[Pages], window: Window, position: int) -> Page[Any]:
    """Return one page, in one statement; and in another how many rows all pages have, if they are counted.

    What an organisation sees of it is found in up to three statements more.

    Args:
        connection: of the views.
        asked: the pages of a question, and what is asked.
        window: which page.
        position: as known at which position it is asked.
    """
    reading = _Reading(connection, asked, window)
    count, found = reading.read(counted=window.counted)
    return reading.page(found, position, count)


def page_as_followed(connection: Connection, name: str, ask: Asks, window: Window, known_at: int | None) -> Page[Any]:
    """Return one page as known at a position, or as far as its read model has followed the log.

    Where the reader sees all rows, and none are counted, how far that is comes in the same statement as the rows, and
    what a row holds is known by its place alone.

    Args:
        connection: of the views.
        name: of the read model.
        ask: returns the pages as known at a position; None: as far as the read model has followed.
        window: which page.
        known_at: the position; None: the last one that was followed.

    Raises:
        Unavailable: the read model has not followed the log so far yet, or is not built.
    """
    asked = ask(known_at)
    reading = _Reading(connection, asked, window)
    if asked.built.seen is None and not window.counted and (found := reading.following(name)):
        at = found[0][-1]
        if at is not None and (known_at is None or known_at <= at):
            return reading.page(found, at if known_at is None else known_at)
    position = followed(connection, name, known_at)
    return page(connection, ask(position), window, position)


class _Reading:
    """One reading of the rows of a question, as far as the reader sees them."""

    def __init__(self, connection: Connection, asked: Prepared[Pages], window: Window) -> None:
        self._connection = connection
        self._pages, values = asked
        self._limit, self._backwards = window.limit, window.before is not None
        place = window.before if self._backwards else window.after
        self._begun = place is not None
        self._values = {**values, **{f"place_{number}": value for number, value in enumerate(place or ())}}
        self._way = Way(place is not None, self._backwards is not self._pages.descending)
        if place is not None and len(place) != len(self._pages.places):
            raise ValueError("the place is not one of this order")

    def page(self, found: Sequence[Any], position: int, count: int | None = None) -> Page[Any]:
        """Return the page of the rows that were found, of which there is one more if others follow."""
        more = len(found) > self._limit
        rows = found[: self._limit]
        if self._backwards:
            rows = rows[::-1]
        first, last = self._places(rows)
        return Page(
            items=tuple(rows),
            position=position,
            next=last if (more or self._backwards) else None,
            previous=first if (more if self._backwards else self._begun) else None,
            count=count,
        )

    def _places(self, rows: Sequence[Any]) -> tuple[Place | None, Place | None]:
        if not rows:
            return None, None
        one, other = rows[0], rows[-1]
        return tuple([one[each] for each in self._pages.places]), tuple([other[each] for each in self._pages.places])

    def read(self, *, counted: bool) -> tuple[int | None, Sequence[Any]]:
        """Return how many rows there are, if they are counted, and the first ones beyond the place, and one more."""
        seen, most = self._pages.seen, self._limit + 1
        if seen is None:
            return self._count("each") if counted else None, self._each()
        if (little := seen.little(self._connection, self._values)) is not None:
            self._values |= little
            return self._count("little") if counted else None, self._first("little", most)
        return self._count_of_much() if counted else None, self._first_of_much(most)

    def following(self, name: str) -> Sequence[tuple[Any, ...]]:
        """Return the first rows and one more, for who sees all. Each tells at its end how far a read model followed."""
        asked = self._pages.each(self._way, self._connection.dialect, name)
        return asked.all(self._connection, {**self._values, "most": self._limit + 1})

    def _each(self) -> Sequence[Any]:
        asked = self._pages.each(self._way, self._connection.dialect)
        return [asked.named(row) for row in asked.all(self._connection, {**self._values, "most": self._limit + 1})]

    def _count_of_much(self) -> int:
        if not self._further(self._way._replace(beyond=False), TRIED):
            return self._count("tested")
        seen = self._pages.seen
        all_but_few = seen is not None and seen.is_nearly_all(self._connection, self._values)
        return self._count("tested" if all_but_few else "much")

    def _first_of_much(self, most: int) -> Sequence[Any]:
        """Return the first rows of who sees much.

        A page is found among the rows that come next in its order, as a rule: they are tested one by one. Where few of
        them are seen that would go on for long, so it ends soon, and what is seen is gone through instead.
        """
        ahead = most
        for more in (min(most // 4, TRIED), TRIED):
            ahead = most + more
            found = self._first("near", most, ahead)
            if len(found) == most:
                return found
        return self._first("much", most) if self._further(self._way, ahead) else found

    def _further(self, way: Way, ahead: int) -> bool:
        statement = self._pages.further(way)
        return self._connection.execute(statement, {**self._values, "ahead": ahead}).first() is not None

    def _first(self, found: Found, most: int, ahead: int = 0) -> Sequence[Any]:
        statement = self._pages.first(found, self._way, self._connection.dialect.name)
        return self._connection.execute(statement, {**self._values, "most": most, "ahead": ahead}).all()

    def _count(self, found: Found) -> int:
        statement = self._pages.count(found, self._connection.dialect.name)
        counted: int = self._connection.execute(statement, self._values).scalar_one()
        return counted
