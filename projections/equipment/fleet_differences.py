"""Which items differ between two points: as of two moments, as known at two positions, or both."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Subquery,
    and_,
    or_,
    select,
    true,
    union,
)

from domain.kernel.moments import FOREVER
from projections.equipment.facts_between import Point
from projections.equipment.registry import (
    COLUMNS,
    REGISTRY,
    TABLE,
    RegisteredItem,
    RegistryFilter,
    conditions,
    seen_by,
)
from projections.equipment.seen import Among
from projections.page_statements import pages
from projections.paging import Page, Window, page, shown
from projections.prepared import Prepared
from projections.views import declaration, followed

_TIMES = {"key", "valid_from", "valid_to", "known_from", "known_to", "ended_by"}
_FOLLOWING = {"serial_normal", "faulty", "taken_over", "stage"}
"""Columns that the registry does not tell of, or that follow from those it tells. Of stages it tells another one."""

_TOLD = [column.name for column in TABLE.c if column.name not in _TIMES | _FOLLOWING]
_BEFORE, _AFTER = "before_", "after_"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferentItem:
    """An item of which the registry says one thing at the first point and another at the second."""

    equipment_id: UUID
    before: RegisteredItem | None
    """None: it was not on record."""
    after: RegisteredItem | None


def different_items(
    connection: Connection, wanted: RegistryFilter, window: Window, before: Point, after: Point
) -> Page[DifferentItem]:
    """Return a page of the items that differ, in order of id; its position is that of the second point.

    An item is shown if it fits the filter at either point: also what came into it or left it.

    Raises:
        Unavailable: the registry has not followed the log so far yet.
    """
    position = followed(connection, REGISTRY.name, after.known_at)
    seen = seen_by(wanted.scope)
    little = None if seen is None else seen.little(connection)
    among = None if seen is None or little is None else seen.among(connection.dialect.name, little=True)
    query, parts = _different(wanted, before, after, among)
    still = seen if among is None else None  # what was touched is among what is seen
    asked = pages(query, (query.selected_columns["key"],), parts, seen=still)
    return page(connection, Prepared(asked, little or {}), window, position).of(_item)


def _different(
    wanted: RegistryFilter, before: Point, after: Point, among: Among | None
) -> tuple[Select[Any], tuple[ColumnElement[bool], ColumnElement[bool]]]:
    """Return the items that differ, and the two parts of them: those on record at the second point, and the others."""
    each, old, new = TABLE.alias(), TABLE.alias(), TABLE.alias()
    columns = [*_columns(old, _BEFORE), *_columns(new, _AFTER)]
    query = (
        select(each.c.key, *columns)
        .outerjoin_from(each, old, and_(old.c.key == each.c.key, shown(old, *before)))
        .outerjoin(new, and_(new.c.key == each.c.key, shown(new, *after)))
        .where(each.c.key.in_(select(_touched(before, after, among).c.key)))
        .where(or_(*(old.c[name].is_distinct_from(new.c[name]) for name in _TOLD)))
    )
    if fits := [*_fits(wanted, old), *_fits(wanted, new)]:
        query = query.where(or_(*fits))
    return query, (shown(each, *after), and_(shown(each, *before), new.c.key.is_(None)))


def _touched(before: Point, after: Point, among: Among | None) -> Subquery:
    """Return the keys of the items, of some or of all, that something happened to or was learnt of between two points.

    What follows from what an item sits in is in rows of its own. The ends of rows need no look: another row begins
    where one ends, or it was taken back by a declaration.
    """
    own = TABLE.alias()
    happened = _between(own.c.valid_from, *(FOREVER if each.as_of is None else each.as_of for each in (before, after)))
    learnt = _between(own.c.known_from, before.known_at, after.known_at)
    declared = _between(declaration.c.position, before.known_at, after.known_at)
    touched = ((own.c.key, happened), (own.c.key, learnt), (declaration.c.stream, declared))
    found = [select(key.label("key")).where(then, true() if among is None else among(key)) for key, then in touched]
    return union(*found).subquery()


def _between(column: ColumnElement[int], one: int, other: int) -> ColumnElement[bool]:
    return and_(column > min(one, other), column <= max(one, other))


def _columns(item: FromClause, prefix: str) -> list[ColumnElement[Any]]:
    return [item.c[name].label(prefix + name) for name in ("key", *_TOLD)]


def _fits(wanted: RegistryFilter, item: FromClause) -> list[ColumnElement[bool]]:
    found = conditions(replace(wanted, scope=None), item)
    return [and_(*found)] if found else []


def _item(row: Any) -> DifferentItem:
    return DifferentItem(equipment_id=row.key, before=_side(row, _BEFORE), after=_side(row, _AFTER))


def _side(row: Any, prefix: str) -> RegisteredItem | None:
    told = [getattr(row, prefix + column.name) for column in COLUMNS]
    return None if told[0] is None else RegisteredItem._make(told)
