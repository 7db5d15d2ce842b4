"""In whose hands items are, whose they are, and where: since when until when, and everything in the same hands."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Index, select

from domain.equipment.custody import Moved, OwnershipTransferred
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Released, TakenOver
from domain.equipment.stages import TABLE as STAGES
from domain.equipment.state import Equipment, Loan
from domain.equipment.terms import Stage
from domain.kernel.envelope import Recorded
from domain.kernel.ids import normal_text
from domain.kernel.moments import FOREVER, to_micros
from domain.kernel.states import changed
from domain.log.columns import Id
from projections.equipment import registry
from projections.equipment.hands import FOLLOWING, HANDS
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Timeline, inside_index, timeline_table
from projections.spans import joined
from projections.timeline import Values
from projections.views import SortedText, followed

TABLE = timeline_table(
    "custody",
    Column("serial", SortedText, nullable=False),
    Column("serial_normal", SortedText, nullable=False),
    Column("model_id", Id),
    Column("bill_revision", SortedText),
    Column("stage", SortedText, nullable=False),
    Column("parent_id", Id),
    Column("slot", SortedText),
    Column("held_with_id", Id),
    Column("taken_out_at", BigInteger),
    Column("holder_id", Id),
    Column("operator_id", Id),
    Column("owner_id", Id),
    Column("place", SortedText),
    Column("loan", SortedText),
    Column("told_holder_id", Id),
    Column("told_operator_id", Id),
    Column("told_owner_id", Id),
    Column("told_place", SortedText),
    Column("told_loan", SortedText),
    Column("told_stage", SortedText, nullable=False),
    Column("kept_holder_id", Id),
    Column("kept_owner_id", Id),
    Column("kept_place", SortedText),
    Column("kept_loan", SortedText),
    Index("custody_serial", "serial_normal", "key"),
    Index("custody_holder", "told_holder_id", "serial_normal", "key"),
    Index("custody_operator", "told_operator_id", "serial_normal", "key"),
    Index("custody_owner", "told_owner_id", "serial_normal", "key"),
    Index("custody_place", "told_place", "serial_normal", "key"),
    Index("custody_model", "model_id", "serial_normal", "key"),
    Index("custody_parent", "parent_id"),
    inside_index("custody_held_with", "held_with_id"),
)
"""What begins with `told_` is told: of a unit it follows from what it sits in, or was taken out of as long as nobody
else has it: `held_with_id`. What it was taken out of counts as it was at that moment, `taken_out_at`: what was told of
that then is kept in what begins with `kept_`. The rest is by the item's own facts.

`loan` is the last day of the loan, empty if it has no end, null if the item is not lent. `bill_revision` is that of its
model's bill to which the item was built, empty if the bill was as it was registered, null if nobody said.
"""

FACTS = frozenset({Released, TakenOver, *STAGES, Moved, OwnershipTransferred})
"""After any other fact the item is in the same hands and at the same place."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rules of equipment know of an item, as far as it tells in whose hands it is."""

    stage: Stage | None = None
    stage_before: Stage | None = None
    model_id: UUID | None = None
    serial: str | None = None
    bill_revision: str | None = None
    taken_over: bool = False
    certificate: str | None = None
    holder_id: UUID | None = None
    owner_id: UUID | None = None
    operator_id: UUID | None = None
    place: str | None = None
    loan: Loan | None = None
    parent_id: UUID | None = None
    slot: str | None = None
    taken_out_of: UUID | None = None
    taken_out_at: datetime | None = None
    upgrade: str | None = None
    recertify: bool = False


_NAMES = [each.name for each in fields(Known)]
_NOBODY = Equipment()


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands, if it can change in whose hands it is."""
    own = recorded.stream.kind == EQUIPMENT.kind and type(recorded.fact) in FACTS
    return (recorded.stream.id,) if own else ()


def evolve(known: Known, recorded: Recorded, _key: UUID) -> Known:
    """Apply one fact as the rules of equipment do."""
    before = changed(_NOBODY, **vars(known))
    item = EQUIPMENT.evolve(before, recorded.fact, recorded.occurred_at.astimezone(UTC))
    return Known(**{name: getattr(item, name) for name in _NAMES})


def row(known: Known) -> Values | None:
    """Return what an item's own facts say of it; nothing before its release."""
    if known.stage is None:
        return None
    serial, until = known.serial or "", known.loan and known.loan.until
    sits = known.parent_id is not None
    return {
        "serial": serial,
        "serial_normal": normal_text(serial),
        "model_id": known.model_id,
        "bill_revision": None if known.taken_over else known.bill_revision or "",
        "stage": known.stage.value,
        "parent_id": known.parent_id,
        "slot": known.slot,
        "held_with_id": known.parent_id if sits else known.taken_out_of,
        "taken_out_at": None if known.taken_out_at is None else to_micros(known.taken_out_at),
        "holder_id": known.holder_id,
        "operator_id": known.operator_id,
        "owner_id": known.owner_id,
        "place": known.place,
        "loan": None if known.loan is None else until.isoformat() if until else "",
    }


CUSTODY = Timeline(
    name="custody",
    version=3,
    table=TABLE,
    initial=Known(),
    keys=keys,
    evolve=evolve,
    row=row,
    following=FOLLOWING,
)

NEEDS = (CUSTODY, registry.REGISTRY)
"""The read models from which the question is answered."""

Sort = Literal["serial", "id"]
_SORTS = {"serial": (TABLE.c.serial_normal, TABLE.c.key), "id": (TABLE.c.key,)}
_COLUMNS = (*(f"told_{name}" for name in HANDS), "parent_id", "slot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """In whose hands an item is, whose it is, and where. Of a unit in a parent: with the item in which it sits."""

    holder_id: UUID | None
    """The organisation to which it was delivered or lent."""
    operator_id: UUID | None
    owner_id: UUID | None
    """The organisation that owns it, once a transfer is on record."""
    place: str | None
    loan: str | None
    """The last day of the loan, empty if it has no end; None: it is not lent."""
    parent_id: UUID | None
    slot: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """One item, and in whose hands it is."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    stage: str
    """As it is told: of an installed unit it follows from the topmost item above it."""
    hands: Hands


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A time in which an item was in the same hands and at the same place."""

    begin: int
    """In microseconds."""
    end: int | None
    """None: it still is at the moment that is asked about."""
    hands: Hands


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyFilter:
    """Which items are asked for; what is None does not matter."""

    holder_id: UUID | None = None
    operator_id: UUID | None = None
    owner_id: UUID | None = None
    place: str | None = None
    model_id: UUID | None = None
    lent: bool | None = None
    units: bool = True
    """Whether units inside other items count as well."""
    scope: UUID | None = None
    """Only items in which this organisation takes part by now; None: all."""


def items(
    connection: Connection,
    wanted: CustodyFilter,
    window: Window,
    *,
    sort: Sort = "serial",
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[HeldItem]:
    """Return a page of items with those in whose hands they are, as of a moment, as known at a position.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    return page(connection, _items(wanted, sort, as_of, position), window, position).of(_held)


@prepared
def _items(wanted: CustodyFilter, sort: Sort, as_of: int | None, position: int) -> Pages:
    query = select(TABLE).where(*_conditions(wanted, as_of, position))
    return pages(query, _SORTS[sort], seen=registry.seen_by(wanted.scope))


def holdings(
    connection: Connection,
    equipment_id: UUID,
    window: Window,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[Holding]:
    """Return a page of the times in which an item was in the same hands, the earliest first.

    Raises:
        Unavailable: the read model has not followed the log so far yet.
    """
    position = followed(connection, CUSTODY.name, known_at)
    return page(connection, _holdings(equipment_id, as_of, position), window, position).of(
        lambda row: Holding(begin=row.begin, end=None if row.end == FOREVER else row.end, hands=_hands(row))
    )


@prepared
def _holdings(equipment_id: UUID, as_of: int | None, position: int) -> Pages:
    held = joined(TABLE, _COLUMNS, (TABLE.c.key == equipment_id,), as_of, position)
    return pages(select(held), (held.c.begin, held.c.key))


def _conditions(wanted: CustodyFilter, as_of: int | None, position: int) -> list[ColumnElement[bool]]:
    equal = {
        TABLE.c.told_holder_id: wanted.holder_id,
        TABLE.c.told_operator_id: wanted.operator_id,
        TABLE.c.told_owner_id: wanted.owner_id,
        TABLE.c.told_place: wanted.place,
        TABLE.c.model_id: wanted.model_id,
    }
    conditions = [shown(TABLE, as_of, position)]
    conditions += [column == value for column, value in equal.items() if value is not None]
    if wanted.lent is not None:
        conditions.append(TABLE.c.told_loan.is_not(None) if wanted.lent else TABLE.c.told_loan.is_(None))
    if not wanted.units:
        conditions.append(TABLE.c.parent_id.is_(None))
    return conditions


def _held(found: Any) -> HeldItem:
    return HeldItem(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        stage=found.told_stage,
        hands=_hands(found),
    )


def _hands(found: Any) -> Hands:
    told = {name: getattr(found, f"told_{name}") for name in HANDS}
    return Hands(**told, parent_id=found.parent_id, slot=found.slot)
