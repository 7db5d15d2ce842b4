"""Which ends items came to, each for itself: decommissioned, refurbished, disposed of or lost; and what was undone."""

from dataclasses import dataclass, fields
from datetime import UTC
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    LargeBinary,
    ScalarSelect,
    and_,
    func,
    or_,
    select,
)

from domain.equipment.custody import Found, Lost
from domain.equipment.ending import Disposed, RefurbishmentAuthorised
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Released, TakenOver
from domain.equipment.stages import TABLE as STAGES
from domain.equipment.state import Equipment
from domain.equipment.terms import Stage
from domain.kernel.envelope import Recorded
from domain.kernel.moments import to_micros
from domain.kernel.states import changed
from domain.log.columns import Id
from projections.equipment import registry
from projections.equipment.known_lives import NEVER
from projections.equipment.open_repairs import touching
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Steps, steps_table
from projections.timeline import Values
from projections.views import SortedText, followed

TABLE = steps_table(
    "end_of_life",
    Column("serial", SortedText, nullable=False),
    Column("model_id", Id),
    Column("manufacturer_id", Id),
    Column("end", SortedText),
    Column("ended_at", BigInteger),
    Column("undoes", SortedText),
    Column("reason", SortedText),
    Column("authority", SortedText),
    Column("method", SortedText),
    Column("waste_document", SortedText),
    Column("waste_code", SortedText),
    Column("mass", SortedText),
    Column("materials", LargeBinary),
    Index("end_of_life_time", "ended_at", "position"),
    Index("end_of_life_end", "end", "ended_at", "position"),
    Index("end_of_life_item", "key", "ended_at", "position"),
    Index("end_of_life_model", "model_id", "ended_at", "position"),
    Index("end_of_life_undone", "key", "undoes", "valid_from"),
)
"""A row is an end (`ended_at` is not null), or what undoes earlier ends of the item of the kind that `undoes` names; a
refurbishment is both."""

End = Literal["decommissioned", "refurbished", "disposed", "lost"]
Materials = tuple[tuple[str, Decimal], ...]

FACTS = frozenset({Released, TakenOver, *STAGES})
"""No other fact says at which stage an item is, nor which item it is."""

_ENDS: dict[Stage, End] = {
    Stage.DECOMMISSIONED: "decommissioned",
    Stage.DISPOSED: "disposed",
    Stage.LOST: "lost",
}
UNDONE_BY = {"decommissioned": "refurbished", "lost": "found"}
"""What undoes an end of each kind; a disposal is for good."""

_read_materials = msgspec.json.Decoder(Materials).decode
_write_materials = msgspec.json.Encoder(decimal_format="string").encode


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rules of equipment know of an item, as far as it tells to which ends it comes."""

    stage: Stage | None = None
    stage_before: Stage | None = None
    serial: str | None = None
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    upgrade: str | None = None
    recertify: bool = False
    end_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What is known of an item, and who authorised its refurbishment last."""

    item: Known = Known()
    authority: str | None = None


_NAMES = [each.name for each in fields(Known)]
_NOBODY = Equipment()
_TOLD = ("end", "undoes", "reason", "authority", "method", "waste_document", "waste_code", "mass", "materials")


def evolve(ending: Ending, recorded: Recorded, _key: UUID) -> Ending:
    """Apply one fact as the rules of equipment do."""
    fact, before = recorded.fact, changed(_NOBODY, **vars(ending.item))
    item = EQUIPMENT.evolve(before, fact, recorded.occurred_at.astimezone(UTC))
    authority = ending.authority
    if isinstance(fact, RefurbishmentAuthorised) and item.stage is not before.stage:
        authority = fact.authority
    return Ending(item=Known(**{name: getattr(item, name) for name in _NAMES}), authority=authority)


def step(before: Ending, after: Ending, recorded: Recorded, _wrong_by: UUID | None) -> Values | None:
    """Return what a fact says of the end of an item; nothing if it leads to no other stage, or to one of its life."""
    fact, item = recorded.fact, after.item
    if before.item.stage is None or item.stage is before.item.stage or item.stage is None:
        return None
    said: Values = dict.fromkeys(_TOLD) | {"end": _ENDS.get(item.stage), "reason": item.end_reason}
    match fact:
        case RefurbishmentAuthorised():
            said |= {"end": "refurbished", "undoes": "decommissioned", "reason": before.item.end_reason}
        case Lost():
            said["reason"] = fact.reason
        case Found():
            said["undoes"] = "lost"
        case Disposed():
            said |= {name: getattr(fact, name) for name in ("method", "waste_document", "waste_code")}
            said["mass"] = None if fact.mass is None else str(fact.mass)
            said["materials"] = _write_materials(fact.materials) if fact.materials else None
    if said["end"] is None and said["undoes"] is None:
        return None
    return {
        "position": recorded.position,
        **{name: getattr(item, name) for name in ("model_id", "manufacturer_id")},
        "serial": item.serial or "",
        "ended_at": None if said["end"] is None else to_micros(recorded.occurred_at),
        **said,
        "authority": after.authority,
    }


END_OF_LIFE = Steps(
    name="end_of_life",
    version=2,
    table=TABLE,
    initial=Ending(),
    keys=lambda recorded: touching(recorded, FACTS),
    evolve=evolve,
    step=step,
)

NEEDS = (END_OF_LIFE, registry.REGISTRY)
"""The read models from which the question is answered."""

Sort = Literal["ended", "-ended"]
"""By when it was; with - the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFilter:
    """Which ends are asked for; what is None does not matter."""

    end: End | None = None
    ended_from: int | None = None
    ended_to: int | None = None
    """Only from the one moment on and before the other, in microseconds."""
    undone: bool | None = None
    """Whether the item was refurbished or found since."""
    method: str | None = None
    equipment_id: UUID | None = None
    model_id: UUID | None = None
    scope: UUID | None = None
    """Only of items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEnd:
    """One end of one item."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    manufacturer_id: UUID | None
    end: str
    ended_at: int
    """In microseconds."""
    position: int
    """Of the fact: no two ends have the same."""
    undone_at: int | None
    """When the item was refurbished, of a decommissioning, or found, of a loss."""
    reason: str | None
    """Why it was decommissioned last, up to this end; of a loss, why it was lost."""
    authority: str | None
    """Who authorised its refurbishment last, up to this end."""
    method: str | None
    waste_document: str | None
    waste_code: str | None
    mass: str | None
    """In kilograms."""
    materials: Materials


def ends(
    connection: Connection,
    wanted: EndFilter,
    window: Window,
    *,
    sort: Sort = "ended",
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ItemEnd]:
    """Return a page of ends in order of time, as of a moment, as known at a position.

    Places of the window are pairs of microseconds and position.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    return page(connection, _ends(wanted, sort, as_of, position), window, position).of(_end)


@prepared
def _ends(wanted: EndFilter, sort: Sort, as_of: int | None, position: int) -> Pages:
    undone_at = _undone_at(as_of, position)
    query = select(TABLE, undone_at.label("undone_at")).where(shown(TABLE, as_of, position), *_conditions(wanted))
    if wanted.undone is not None:
        query = query.where(undone_at.is_not(None) if wanted.undone else undone_at.is_(None))
    order, seen = (TABLE.c.ended_at, TABLE.c.position), registry.seen_by(wanted.scope)
    return pages(query, order, descending=sort == "-ended", seen=seen)


def _undone_at(as_of: int | None, position: int) -> ScalarSelect[int]:
    """Return when what a row says was undone first, in order of life."""
    undoing = TABLE.alias("undoing")
    same_moment = and_(undoing.c.valid_from == TABLE.c.valid_from, undoing.c.position > TABLE.c.position)
    return (
        select(func.min(undoing.c.valid_from))
        .where(undoing.c.key == TABLE.c.key, undoing.c.undoes == TABLE.c.end, shown(undoing, as_of, position))
        .where(or_(undoing.c.valid_from > TABLE.c.valid_from, same_moment))
        .correlate(TABLE)
        .scalar_subquery()
    )


def _conditions(wanted: EndFilter) -> list[ColumnElement[bool]]:
    equal = {
        TABLE.c.end: wanted.end,
        TABLE.c.method: wanted.method,
        TABLE.c.key: wanted.equipment_id,
        TABLE.c.model_id: wanted.model_id,
    }
    begin = NEVER if wanted.ended_from is None else wanted.ended_from
    conditions = [TABLE.c.ended_at >= begin]  # of other rows it is null
    conditions += [column == value for column, value in equal.items() if value is not None]
    if wanted.ended_to is not None:
        conditions.append(TABLE.c.ended_at < wanted.ended_to)
    return conditions


def _end(found: Any) -> ItemEnd:
    told = {each.name: getattr(found, each.name) for each in fields(ItemEnd) if each.name in TABLE.c}
    told["materials"] = _read_materials(found.materials) if found.materials else ()
    return ItemEnd(equipment_id=found.key, undone_at=found.undone_at, **told)
