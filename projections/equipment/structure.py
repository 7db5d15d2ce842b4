"""What is inside an item, to any depth, and which positions of bills are empty: now, or at any past moment."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Subquery, func, literal, select, type_coerce

from domain.log.columns import Id
from projections.equipment import custody, models, registry, technical_state
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.spans import was_in_force
from projections.views import followed

NEEDS = (registry.REGISTRY, technical_state.TECHNICAL_STATE, custody.CUSTODY, models.MODELS)
"""The read models from which the question is answered."""

TABLE = custody.TABLE
_read_positions = msgspec.json.Decoder(tuple[str, ...]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is known of a unit, or of the item itself."""

    serial: str
    model_id: UUID | None
    stage: str
    """As it is told: of a unit it follows from the topmost item above it."""
    state: str | None
    """Technical state by EN 13306, as it is told; None: it is not known, as its facts could not be applied yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An item, or a unit inside it."""

    equipment_id: UUID
    level: int
    """0: the item itself; 1: what sits in it."""
    parent_id: UUID | None
    slot: str | None
    condition: Condition | None
    """None: who asks takes no part in the unit by now."""
    empty: tuple[str, ...] | None
    """Positions of its bill in which nothing sits, in their order; None: its bill is not known, or as `condition`."""


def structure(
    connection: Connection,
    equipment_id: UUID,
    window: Window,
    *,
    depth: int | None = None,
    scope: UUID | None = None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[Part]:
    """Return a page of an item and everything inside it, level by level; nine statements, whatever its depth and size.

    Args:
        connection: of the views.
        equipment_id: the item.
        window: which page; places are level, parent, position and unit.
        depth: down to this level; None: all.
        scope: who asks; None: all.
        as_of: microseconds; None: after everything on record.
        known_at: a position; None: as is known by now.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    found = page(connection, _parts(equipment_id, depth, as_of, position), window, position)
    conditions = _conditions(connection, [row.key for row in found.items], scope, as_of, position)
    empty = _empty(connection, conditions, as_of, position)
    return found.of(
        lambda row: Part(
            equipment_id=row.key,
            level=row.level,
            parent_id=row.parent_id,
            slot=row.slot,
            condition=conditions.get(row.key),
            empty=empty.get(row.key),
        )
    )


@prepared
def _parts(equipment_id: UUID, depth: int | None, as_of: int | None, position: int) -> Pages:
    inside = _inside(equipment_id, depth, as_of, position)
    return pages(select(inside), (inside.c.level, inside.c.under, inside.c.place, inside.c.key))


def _inside(equipment_id: UUID, depth: int | None, as_of: int | None, position: int) -> Subquery:
    """Return an item and everything inside it. Whatever sits there sits in one parent: a ring goes through the item."""
    unit = TABLE.alias("unit")
    columns = (unit.c.key, unit.c.parent_id, unit.c.slot)
    top = select(*columns, literal(0).label("level")).where(unit.c.key == equipment_id, shown(unit, as_of, position))
    found = top.cte("inside", recursive=True)
    sits = (unit.c.parent_id == found.c.key, unit.c.key != equipment_id, shown(unit, as_of, position))
    next_level = select(*columns, found.c.level + 1).where(*sits)
    if depth is not None:
        next_level = next_level.where(found.c.level < depth)
    found = found.union_all(next_level)
    under = func.coalesce(found.c.parent_id, type_coerce(equipment_id, Id))
    return select(found, under.label("under"), func.coalesce(found.c.slot, "").label("place")).subquery()


def _conditions(
    connection: Connection, units: Collection[UUID], scope: UUID | None, as_of: int | None, position: int
) -> dict[UUID, Condition]:
    """Return what is known of units, of those in which the one who asks takes part by now."""
    query = select(TABLE).where(TABLE.c.key.in_(units), shown(TABLE, as_of, position))
    if (by_one := registry.seen_by(scope)) is not None:
        query = by_one.tested(query)
    seen = connection.execute(query).all() if units else ()
    states = _states(connection, [row.key for row in seen], as_of, position)
    return {
        row.key: Condition(serial=row.serial, model_id=row.model_id, stage=row.told_stage, state=states.get(row.key))
        for row in seen
    }


def _states(connection: Connection, units: Collection[UUID], as_of: int | None, position: int) -> dict[UUID, str]:
    """Return the technical states that are told of units."""
    table = technical_state.TABLE
    query = select(table.c.key, table.c.told_state).where(table.c.key.in_(units), shown(table, as_of, position))
    return {row.key: row.told_state for row in (connection.execute(query) if units else ())}


def _empty(
    connection: Connection, items: Collection[UUID], as_of: int | None, position: int
) -> dict[UUID, tuple[str, ...]]:
    """Return the positions of the bills of items in which nothing sits, of those items of which the bill is known.

    Its bill is the one of the revision to which an item was built, whatever revision of its model is in force.
    """
    model = models.TABLE
    bills = (
        select(TABLE.c.key, model.c.positions)
        .join(model, (model.c.key == TABLE.c.model_id) & (model.c.bill_revision == TABLE.c.bill_revision))
        .where(TABLE.c.key.in_(items), shown(TABLE, as_of, position))
        .where(model.c.known_from <= position, model.c.known_to > position)
        .where(was_in_force(model, position))
        .order_by(model.c.valid_from, model.c.known_from)
    )
    positions = {row.key: _read_positions(row.positions) for row in connection.execute(bills)}
    filled = select(TABLE.c.parent_id, TABLE.c.slot).where(
        TABLE.c.parent_id.in_(positions), shown(TABLE, as_of, position)
    )
    taken = {tuple(row) for row in (connection.execute(filled) if positions else ())}
    return {key: tuple(each for each in known if (key, each) not in taken) for key, known in positions.items()}
