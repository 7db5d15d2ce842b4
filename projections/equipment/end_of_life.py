"""What became of items at their end: decommissioned, refurbished or disposed of, how, and by which documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, LargeBinary, and_, case, select

from domain.equipment.ending import Decommissioned, Disposed, RefurbishmentAuthorised
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.terms import Stage
from domain.kernel.envelope import Recorded
from domain.kernel.moments import to_micros
from projections.equipment import registry
from projections.paging import Page, Window, page, shown
from projections.read_model import Timeline, timeline_table
from projections.timeline import Values
from projections.views import SortedText, followed

TABLE = timeline_table(
    "end_of_life",
    Column("end", SortedText, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("year", Integer, nullable=False),
    Column("reason", SortedText),
    Column("method", SortedText),
    Column("authority", SortedText),
    Column("waste_document", SortedText),
    Column("waste_code", SortedText),
    Column("mass", SortedText),
    Column("materials", LargeBinary),
    Index("end_of_life_time", "ended_at", "key"),
    Index("end_of_life_end", "end", "ended_at", "key"),
    Index("end_of_life_year", "year", "ended_at", "key"),
)

End = Literal["decommissioned", "refurbished", "disposed"]
EndingFact = Decommissioned | RefurbishmentAuthorised | Disposed
Materials = tuple[tuple[str, Decimal], ...]

_STAGES = {"decommissioned": Stage.DECOMMISSIONED.value, "disposed": Stage.DISPOSED.value}
_FACTS = get_args(EndingFact)
_read_materials = msgspec.json.Decoder(Materials).decode
_write_materials = msgspec.json.Encoder(decimal_format="string").encode


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How far an item came to its end. Whether it did is the registry's to say: its stage follows from all facts."""

    end: str | None = None
    ended_at: int = 0
    """In microseconds."""
    year: int = 0
    """In UTC."""
    reason: str | None = None
    """Why it was decommissioned last."""
    method: str | None = None
    authority: str | None = None
    """Who authorised its refurbishment last."""
    waste_document: str | None = None
    waste_code: str | None = None
    mass: Decimal | None = None
    materials: Materials = ()


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands, if it is one of its end."""
    own = recorded.stream.kind == EQUIPMENT.kind and isinstance(recorded.fact, _FACTS)
    return (recorded.stream.id,) if own else ()


def evolve(ending: Ending, recorded: Recorded, _key: UUID) -> Ending:
    """Apply one fact of the end; nothing follows the disposal."""
    fact, moment = recorded.fact, recorded.occurred_at.astimezone(UTC)
    if ending.end == "disposed":
        return ending
    ended_at, year = to_micros(moment), moment.year
    reason, authority = ending.reason, ending.authority
    match fact:
        case Decommissioned():
            return Ending(end="decommissioned", ended_at=ended_at, year=year, reason=fact.reason, authority=authority)
        case RefurbishmentAuthorised():
            return Ending(end="refurbished", ended_at=ended_at, year=year, reason=reason, authority=fact.authority)
        case Disposed():
            return Ending(
                end="disposed",
                ended_at=ended_at,
                year=year,
                reason=reason,
                authority=authority,
                method=fact.method,
                waste_document=fact.waste_document,
                waste_code=fact.waste_code,
                mass=fact.mass,
                materials=fact.materials,
            )
    return ending


def row(ending: Ending) -> Values | None:
    """Return what the register says of an item; nothing before its first decommissioning."""
    if ending.end is None:
        return None
    return {
        "end": ending.end,
        "ended_at": ending.ended_at,
        "year": ending.year,
        "reason": ending.reason,
        "method": ending.method,
        "authority": ending.authority,
        "waste_document": ending.waste_document,
        "waste_code": ending.waste_code,
        "mass": None if ending.mass is None else str(ending.mass),
        "materials": _write_materials(ending.materials) if ending.materials else None,
    }


END_OF_LIFE = Timeline(name="end_of_life", version=1, table=TABLE, initial=Ending(), keys=keys, evolve=evolve, row=row)


Sort = Literal["ended", "-ended"]
"""By when it ended; with - the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFilter:
    """Which items are asked for; what is None does not matter."""

    end: End | None = None
    year: int | None = None
    """In which it came to this end, in UTC."""
    method: str | None = None
    scope: UUID | None = None
    """Only items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedItem:
    """What the register says of one item."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    manufacturer_id: UUID | None
    end: str
    ended_at: int
    reason: str | None
    method: str | None
    authority: str | None
    waste_document: str | None
    waste_code: str | None
    mass: str | None
    """In kilograms."""
    materials: Materials


def ended(
    connection: Connection,
    wanted: EndFilter,
    window: Window,
    *,
    sort: Sort = "ended",
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[EndedItem]:
    """Return a page of items that came to an end, by when it was, as of a moment, as known at a position.

    Raises:
        Unavailable: the register or the registry of equipment has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in (END_OF_LIFE, registry.REGISTRY))
    item = registry.TABLE
    query = (
        select(TABLE, item.c.serial, item.c.model_id, item.c.manufacturer_id)
        .join(item, and_(item.c.key == TABLE.c.key, shown(item, as_of, position)))
        .where(shown(TABLE, as_of, position))
        .where(
            case(  # no alternatives by index: the order is read off one
                (TABLE.c.end == "refurbished", item.c.second_category),
                else_=item.c.stage == case(_STAGES, value=TABLE.c.end),
            )
        )
    )
    for column, value in ((TABLE.c.end, wanted.end), (TABLE.c.year, wanted.year), (TABLE.c.method, wanted.method)):
        query = query if value is None else query.where(column == value)
    order, seen = (TABLE.c.ended_at, TABLE.c.key), registry.seen_by(wanted.scope)
    return page(connection, query, order, window, position, descending=sort == "-ended", seen=seen).of(_item)


def _item(found: Any) -> EndedItem:
    return EndedItem(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        manufacturer_id=found.manufacturer_id,
        end=found.end,
        ended_at=found.ended_at,
        reason=found.reason,
        method=found.method,
        authority=found.authority,
        waste_document=found.waste_document,
        waste_code=found.waste_code,
        mass=found.mass,
        materials=_read_materials(found.materials) if found.materials else (),
    )
