"""Of which units their own facts and those of an item say different things: who sits where, by which of the two."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    cast,
    column,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from domain.log.columns import Id
from projections.equipment import registry
from projections.equipment.seats import DISAGREEMENTS, TABLE
from projections.equipment.seen import Seen
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.views import followed

_NAMES = ("key", "first_parent_id", "second_parent_id")
"""The columns that name an item."""

NEEDS = (DISAGREEMENTS, registry.REGISTRY)
"""The read models from which the question is answered."""

_read = msgspec.json.Decoder(tuple[str | None, bool, int]).decode


class id_at(GenericFunction[UUID]):  # noqa: N801  the name of a function of SQL
    """The id that stands at a place among ids of 16 bytes each, counted from 1."""

    type = Id()
    inherit_cache = True


@compiles(id_at, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    ids, place = (compiler.process(each, **more) for each in element.clauses)
    return f"substr({ids}, 16 * ({place}) - 15, 16)"


@compiles(id_at, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    ids, place = (compiler.process(each, **more) for each in element.clauses)
    return f"cast(encode(substr({ids}, 16 * ({place}) - 15, 16), 'hex') as uuid)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisagreementFilter:
    """Which units are asked for; what is None does not matter."""

    equipment_id: UUID | None = None
    """The unit, or the item in which it is said to sit."""
    model_id: UUID | None = None
    """Of the unit."""
    manufacturer_id: UUID | None = None
    said_by_parent: bool | None = None
    scope: UUID | None = None
    """Only where this organisation takes part by now in the unit or in the item; None: all. What a unit is, it is told
    and may ask for only of those in which it takes part: that an item lists a unit makes nobody a party of the unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDisagreement:
    """A unit that one of two streams has in an item, and the other has not."""

    unit_id: UUID
    serial: str | None
    """None, as the model and its maker: the unit was not on record at that moment, or who asks takes no part in it."""
    model_id: UUID | None
    manufacturer_id: UUID | None
    parent_id: UUID
    slot: str | None
    said_by_parent: bool
    since: int
    """In microseconds."""


def disagreements(
    connection: Connection,
    wanted: DisagreementFilter,
    window: Window,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[UnitDisagreement]:
    """Return a page of units of which two streams say different things, as of a moment, as known at a position.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    on_sqlite = connection.dialect.name == "sqlite"
    return page(connection, _pages(wanted, as_of, position, on_sqlite=on_sqlite), window, position).of(_disagreement)


@prepared
def _pages(wanted: DisagreementFilter, as_of: int | None, position: int, *, on_sqlite: bool) -> Pages:
    found = _found(wanted.scope, as_of, position, on_sqlite=on_sqlite)
    seen, order = registry.seen_by(wanted.scope, "key", "parent_id"), (found.c.key, found.c.number)
    parts = () if wanted.equipment_id is None else _parts(found, wanted.equipment_id)
    concerned = None if seen is None else _Concerned(*seen)
    return pages(_wanted(found, wanted), order, parts, seen=concerned, spread=True)


class _Concerned(Seen):
    """What one organisation sees of units and of the items in which they are said to sit."""

    def gathered(self, dialect: str, queries: Iterable[Select[Any]], *, little: bool) -> list[Select[Any]]:
        """Return the rows that are seen; they are looked for among those that name an item that is seen, by indexes."""
        among = self.among(dialect, little=little)

        def may_name_one(row: Any) -> ColumnElement[bool]:
            return or_(*(among(row[name]) for name in _NAMES), row["more_parents"] == true())

        each = super().gathered(dialect, queries, little=little)
        return [query.where(may_name_one(query.selected_columns)) for query in each]


def _parts(found: Subquery, item: UUID) -> list[ColumnElement[bool]]:
    """Return the conditions for rows that may name an item: a row fits at most one; each has an index of its own.

    Those that name three items and more are gone through whatever they name. What bounds them is that it takes two
    items that list the same unit wrongly at once.
    """
    named = [found.c[name] for name in _NAMES]
    places = [*(each == item for each in named), found.c.more_parents == true()]
    return [and_(place, *(each.is_distinct_from(item) for each in named[:n])) for n, place in enumerate(places)]


def _found(scope: UUID | None, as_of: int | None, position: int, *, on_sqlite: bool) -> Subquery:
    """Return what is said on one side alone, one saying a row, and whether who asks takes part in the unit by now."""
    each: Any
    if on_sqlite:
        each = func.json_each(TABLE.c.told).table_valued(column("key", Integer), column("value", Text))
        number, saying = each.c.key + 1, each.c.value
        by_parent = cast(func.json_extract(saying, "$[1]"), Boolean)
    else:
        stored = func.jsonb_array_elements(cast(TABLE.c.told, JSONB))
        each = stored.table_valued(column("value", JSONB), with_ordinality="number").render_derived()
        number, saying = cast(each.c.number, Integer), cast(each.c.value, Text)
        by_parent = cast(each.c.value[1].astext, Boolean)
    item, seen = registry.TABLE, registry.seen_by(scope)
    columns = (
        TABLE.c.key,
        number.label("number"),
        id_at(TABLE.c.parents, number).label("parent_id"),
        *(TABLE.c[name] for name in (*_NAMES[1:], "more_parents")),
        saying.label("saying"),
        by_parent.label("by_parent"),
        item.c.serial,
        item.c.model_id,
        item.c.manufacturer_id,
        (true() if seen is None else seen.takes_part(TABLE.c.key)).label("takes_part"),
    )
    on_record = and_(item.c.key == TABLE.c.key, shown(item, as_of, position))
    source = TABLE.join(each, TABLE.c.told.is_not(None)).outerjoin(item, on_record)
    return select(*columns).select_from(source).where(shown(TABLE, as_of, position)).subquery()


def _wanted(found: Subquery, wanted: DisagreementFilter) -> Select[Any]:
    query = select(found)
    if wanted.said_by_parent is not None:
        query = query.where(found.c.by_parent == wanted.said_by_parent)
    for field, value in ((found.c.model_id, wanted.model_id), (found.c.manufacturer_id, wanted.manufacturer_id)):
        if value is not None:
            query = query.where(field == value, found.c.takes_part)
    if wanted.equipment_id is not None:
        query = query.where(or_(found.c.key == wanted.equipment_id, found.c.parent_id == wanted.equipment_id))
    return query


def _disagreement(found: Any) -> UnitDisagreement:
    slot, by_parent, since = _read(found.saying)
    return UnitDisagreement(
        unit_id=found.key,
        serial=found.serial if found.takes_part else None,
        model_id=found.model_id if found.takes_part else None,
        manufacturer_id=found.manufacturer_id if found.takes_part else None,
        parent_id=found.parent_id,
        slot=slot,
        said_by_parent=by_parent,
        since=since,
    )
