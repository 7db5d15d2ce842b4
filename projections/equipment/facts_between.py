"""Which facts made the difference between an item as it was at one point and as it was at another."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    exists,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from projections.equipment.history import HISTORY
from projections.paging import shown
from projections.views import followed

_TABLE = HISTORY.table
_NOTHING = b"[]"
"""The changes of a fact that changes nothing."""

MOST = 100
"""Most facts that are told."""


class Point(NamedTuple):
    """What is compared: as of a moment, as known at a position."""

    as_of: int | None
    """Microseconds; None: after everything on record."""
    known_at: int


class FactBetween(NamedTuple):
    """A fact that counts at one of two points alone."""

    position: int
    id: UUID
    occurred_at: int
    """Microseconds."""
    counts: bool
    """Whether it counts at the second point, and not yet at the first; else it counted at the first alone."""
    wrong_by: UUID | None
    """The error declaration for which it counts no longer."""


def facts_between(
    connection: Connection, item: UUID, before: Point, after: Point, most: int = MOST
) -> tuple[list[FactBetween], bool]:
    """Return the facts of an item that changed it and count at one point alone, in order of life; and whether all.

    The state is what the facts that count add up to: where two states differ, these made it.

    Raises:
        Unavailable: the history has not followed the log so far yet.
    """
    followed(connection, HISTORY.name, after.known_at)
    each = union_all(_counting(item, after, before, counts=True), _counting(item, before, after, counts=False))
    found = each.subquery()
    query = select(found).order_by(found.c.valid_from, found.c.position).limit(most + 1)
    facts = [FactBetween(*row) for row in connection.execute(query)]
    return facts[:most], len(facts) <= most


def _counting(item: UUID, here: Point, there: Point, *, counts: bool) -> Select[tuple[int, UUID, int, bool, UUID]]:
    """Return the facts that count at one point and not at the other."""
    fact, other = _TABLE.alias(), _TABLE.alias()
    same = and_(other.c.key == fact.c.key, other.c.position == fact.c.position, shown(other, *there))
    wrong_by = select(other.c.wrong_by).where(same).scalar_subquery()
    return select(
        fact.c.position,
        fact.c.fact,
        fact.c.valid_from,
        literal(counts).label("counts"),
        (type_coerce(null(), fact.c.wrong_by.type) if counts else wrong_by).label("wrong_by"),
    ).where(
        fact.c.key == item,
        shown(fact, *here),
        _counts(fact),
        fact.c.changes != _NOTHING,
        ~exists().where(same, _counts(other)),
    )


def _counts(fact: FromClause) -> ColumnElement[bool]:
    return fact.c.wrong_by.is_(None)
