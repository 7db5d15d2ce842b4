"""Of which units their own facts and those of an item say different things: who sits where, by which of the two."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    LargeBinary,
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
from sqlalchemy import Column as TableColumn
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from domain.equipment.custody import Found, Lost
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Installed, Released, Removed, TakenOver
from domain.equipment.state import Equipment
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.kernel.envelope import Recorded
from domain.kernel.moments import to_micros
from domain.log.columns import Id
from projections.equipment import registry
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Timeline, timeline_table
from projections.timeline import Values
from projections.views import followed

TABLE = timeline_table(
    "disagreements",
    TableColumn("parents", LargeBinary, nullable=False),
    TableColumn("told", Text, nullable=False),
)
"""`told` holds what is said of the unit on one side alone, as JSON, and `parents` the items it is about, in the same
order, in 16 bytes each."""

_OWN = (Released, TakenOver, Installed, Removed, Lost, Found)
_LISTING = (Released, UnitInstalled, UnitRemoved)
"""What says in a unit's own stream where it sits, and in the stream of an item what sits there."""


class Difference(msgspec.Struct, frozen=True):
    """What one of the two says of a unit, and the other does not."""

    parent_id: UUID
    slot: str | None
    by_parent: bool
    since: int
    """In microseconds."""


Seat = tuple[UUID, str | None]


@dataclass(frozen=True, kw_only=True)
class Seats:
    """Where a unit sits, by its own facts and by those of items."""

    on_record: bool = False
    own: Seat | None = None
    listed: tuple[Seat, ...] = ()
    differences: tuple[Difference, ...] = ()


_read = msgspec.json.Decoder(tuple[str | None, bool, int]).decode
_write = msgspec.json.Encoder().encode


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the units of which a fact says where they sit."""
    if recorded.stream.kind != EQUIPMENT.kind:
        return ()
    own = [recorded.stream.id] if isinstance(recorded.fact, _OWN) else []
    return own + [unit for unit, _ in _listed(recorded)]


def evolve(before: Seats, recorded: Recorded, key: UUID) -> Seats:
    """Apply one fact as the rules of equipment do, to the unit and to what the item says of it."""
    fact, item = recorded.fact, recorded.stream.id
    on_record, own, listed = before.on_record, before.own, before.listed
    if item == key and isinstance(fact, _OWN):
        on_record = on_record or isinstance(fact, Released | TakenOver)
        unit = Equipment(parent_id=own and own[0], slot=own and own[1])
        unit = EQUIPMENT.evolve(unit, fact, recorded.occurred_at.astimezone(UTC))
        own = None if unit.parent_id is None else (unit.parent_id, unit.slot)
    said = [slot for unit, slot in _listed(recorded) if unit == key]
    if said:
        without = [seat for seat in listed if seat not in {(item, slot) for slot in said}]
        added = [] if isinstance(fact, UnitRemoved) else [(item, slot) for slot in dict.fromkeys(said)]
        listed = tuple(sorted([*without, *added], key=str))
    seats = Seats(on_record=on_record, own=own, listed=listed)
    return replace(seats, differences=_differences(before, seats, to_micros(recorded.occurred_at)))


def _listed(recorded: Recorded) -> list[tuple[UUID, str]]:
    """Return the units of which a fact says that they sit, or sit no longer, in the item; and where."""
    match recorded.fact:
        case UnitInstalled() | UnitRemoved() as fact:
            return [(fact.unit_id, fact.slot)]
        case Released(units=units):
            return [(unit, slot) for slot, unit in units]
    return []


def _differences(before: Seats, now: Seats, moment: int) -> tuple[Difference, ...]:
    """Return what is said on one side alone. A unit that is not on record says nothing that an item could rely on."""
    since = {(each.parent_id, each.slot, each.by_parent): each.since for each in before.differences}
    found = [(*seat, True) for seat in now.listed if seat != now.own or not now.on_record]
    if now.own is not None and now.own not in now.listed:
        found.append((*now.own, False))
    return tuple(
        Difference(parent, slot, by_parent, since.get((parent, slot, by_parent), moment))
        for parent, slot, by_parent in found
    )


def row(seats: Seats) -> Values | None:
    """Return what is said of a unit on one side alone; nothing where both say the same."""
    if not seats.differences:
        return None
    told = [(each.slot, each.by_parent, each.since) for each in seats.differences]
    return {"parents": b"".join(each.parent_id.bytes for each in seats.differences), "told": _write(told).decode()}


DISAGREEMENTS = Timeline(
    name="disagreements", version=1, table=TABLE, initial=Seats(), keys=keys, evolve=evolve, row=row
)

NEEDS = (DISAGREEMENTS, registry.REGISTRY)
"""The read models from which the question is answered."""


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
    seen = registry.seen_by(wanted.scope, "key", "parent_id")
    return pages(_wanted(found, wanted), (found.c.key, found.c.number), seen=seen)


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
