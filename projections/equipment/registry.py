"""Which items are on record, of whom, where in a structure and in which state: now, or at any past moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Index,
    Integer,
    column,
    literal,
    select,
    table,
)

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.state import PARTIES, Equipment
from domain.equipment.technical_state import GIVEN_UP
from domain.kernel.envelope import Recorded
from domain.kernel.ids import normal_text
from domain.kernel.moments import to_micros
from domain.log.columns import Id
from projections.equipment.above import followed_by, told_stage
from projections.equipment.seen import HANDS, Seen
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page_as_followed, shown
from projections.prepared import prepared
from projections.read_model import Following, Timeline, inside_index, timeline_table
from projections.timeline import TIMES, Values
from projections.views import SortedText, followed, normal, position_of

TABLE = timeline_table(
    "registry",
    Column("serial", SortedText, nullable=False),
    Column("serial_normal", SortedText, nullable=False),
    Column("model_id", Id),
    Column("manufacturer_id", Id),
    Column("holder_id", Id),
    Column("operator_id", Id),
    Column("stage", SortedText, nullable=False),
    Column("parent_id", Id),
    Column("slot", SortedText),
    Column("former_parent_id", Id),
    Column("goes_with_id", Id),
    Column("taken_out_at", BigInteger),
    Column("owner_id", Id),
    Column("second_category", Boolean, nullable=False),
    Column("taken_over", Boolean, nullable=False),
    Column("faults", Integer, nullable=False),
    Column("faulty", Boolean, nullable=False),
    Column("certified", Boolean, nullable=False),
    Column("certified_until", BigInteger),
    Column("released_at", BigInteger, nullable=False),
    Column("told_stage", SortedText, nullable=False),
    Index("registry_serial", "serial_normal", "key"),
    Index("registry_stage", "told_stage", "serial_normal", "key"),
    Index("registry_model", "model_id", "serial_normal", "key"),
    Index("registry_manufacturer", "manufacturer_id", "serial_normal", "key"),
    Index("registry_operator", "operator_id", "serial_normal", "key"),
    Index("registry_parent", "parent_id", "serial_normal", "key"),
    Index("registry_former_parent", "former_parent_id", "serial_normal", "key"),
    Index("registry_owner", "owner_id", "serial_normal", "key"),
    Index("registry_made_now", "manufacturer_id", "valid_to", "key"),
    Index("registry_held_now", "holder_id", "valid_to", "key"),
    Index("registry_run_now", "operator_id", "valid_to", "key"),
    Index("registry_owned_now", "owner_id", "valid_to", "key"),
    Index("registry_with_now", "goes_with_id", "valid_to", "key"),
    Index("registry_released", "released_at", "key"),
    Index("registry_happened", "valid_from", "key"),
    Index("registry_learnt", "known_from", "key"),
    inside_index("registry_inside", "parent_id"),
)
"""`stage` is by the own facts of an item; `told_stage` is told: of a unit in a parent it follows from that.
`goes_with_id` is in whose hands it is: what it sits in, or was taken out of until it went to somebody else; of that
counts what was so at the moment of the removal, `taken_out_at`."""

_IN_WHOSE_HANDS = table(TABLE.name, *(column(each, TABLE.c[each].type) for each in ("key", *HANDS, *PARTIES, *TIMES)))
_SORTS = {
    "serial": (TABLE.c.serial_normal, TABLE.c.key),
    "id": (TABLE.c.key,),
    "stage": (TABLE.c.told_stage, TABLE.c.serial_normal, TABLE.c.key),
    "released": (TABLE.c.released_at, TABLE.c.key),
}
_LAST = literal("\U0010ffff", SortedText)
"""Comes after whatever a text goes on with."""
Sort = Literal["serial", "-serial", "id", "-id", "stage", "-stage", "released", "-released"]
"""Each is driven by an index; with - from the end to the beginning."""


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands."""
    return (recorded.stream.id,) if recorded.stream.kind == EQUIPMENT.kind else ()


def evolve(item: Equipment, recorded: Recorded, _key: UUID) -> Equipment:
    """Apply one fact as the rules of equipment do."""
    return EQUIPMENT.evolve(item, recorded.fact, recorded.occurred_at.astimezone(UTC))


def row(item: Equipment) -> Values | None:
    """Return what the registry says of an item; nothing before its release."""
    if item.stage is None:
        return None
    serial = item.serial or ""
    faults = 0 if item.stage in GIVEN_UP else len(item.faults)
    return {
        "serial": serial,
        "serial_normal": normal_text(serial),
        "model_id": item.model_id,
        "manufacturer_id": item.manufacturer_id,
        "holder_id": item.holder_id,
        "operator_id": item.operator_id,
        "stage": item.stage.value,
        "parent_id": item.parent_id,
        "slot": item.slot,
        "former_parent_id": item.former_parent_id,
        "goes_with_id": item.parent_id or item.taken_out_of,
        "taken_out_at": None if item.taken_out_at is None else to_micros(item.taken_out_at),
        "owner_id": item.owner_id,
        "second_category": item.second_category,
        "taken_over": item.taken_over,
        "faults": faults,
        "faulty": bool(faults),
        "certified": item.certificate is not None and not item.certificate_ended,
        "certified_until": None if item.certificate_until is None else to_micros(item.certificate_until),
        "released_at": 0 if item.released_at is None else to_micros(item.released_at),
    }


def _tell(_key: UUID, own: Values, above: Values | None) -> Values:
    return {"told_stage": told_stage(own, above)}


REGISTRY = Timeline(
    name="registry",
    version=12,
    table=TABLE,
    initial=Equipment(),
    keys=keys,
    evolve=evolve,
    row=row,
    following=Following(link="parent_id", above=followed_by, tell=_tell),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFilter:
    """Which items are asked for; what is None does not matter."""

    stage: str | None = None
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    operator_id: UUID | None = None
    parent_id: UUID | None = None
    came_from: UUID | None = None
    """Only units that were last removed from this item."""
    owner_id: UUID | None = None
    second_category: bool | None = None
    serial: str | None = None
    """The serial number, whatever its case and width."""
    serial_prefix: str | None = None
    faulty: bool | None = None
    scope: UUID | None = None
    """Only items that this organisation made, holds, runs or owns by now, whatever past is asked for; None: all."""


class RegisteredItem(NamedTuple):
    """What the registry says of one item."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    manufacturer_id: UUID | None
    holder_id: UUID | None
    """The organisation to which it was delivered."""
    operator_id: UUID | None
    owner_id: UUID | None
    """The organisation that owns it, once a transfer is on record."""
    stage: str
    """As it is told: of an installed unit it follows from the topmost item above it."""
    parent_id: UUID | None
    slot: str | None
    came_from: UUID | None
    """The item from which it was last removed as a unit."""
    second_category: bool
    """Refurbished after its decommissioning."""
    faults: int
    certified: bool
    """It has a certificate whose end is not on record."""
    certified_until: int | None
    """First moment, in microseconds, at which the certificate is no longer valid; None: no certificate or no end."""
    released_at: int
    """When it came on record, by occurrence, in microseconds."""


COLUMNS = (
    TABLE.c.key,
    TABLE.c.serial,
    TABLE.c.model_id,
    TABLE.c.manufacturer_id,
    TABLE.c.holder_id,
    TABLE.c.operator_id,
    TABLE.c.owner_id,
    TABLE.c.told_stage,
    TABLE.c.parent_id,
    TABLE.c.slot,
    TABLE.c.former_parent_id,
    TABLE.c.second_category,
    TABLE.c.faults,
    TABLE.c.certified,
    TABLE.c.certified_until,
    TABLE.c.released_at,
)
"""Where each field of a `RegisteredItem` stands, in the order of its fields: with them a statement begins."""
_FIELDS = len(COLUMNS)


def items(
    connection: Connection,
    wanted: RegistryFilter,
    window: Window,
    *,
    sort: Sort = "serial",
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[RegisteredItem]:
    """Return a page of items, as of a moment, as known at a position (None: now, as the registry knows by now).

    Raises:
        Unavailable: the registry has not followed the log so far yet.
    """
    ask = partial(_items, wanted, sort, as_of)
    return page_as_followed(connection, REGISTRY.name, ask, window, known_at).of(registered)


@prepared
def _items(wanted: RegistryFilter, sort: Sort, as_of: int | None, known_at: int | None) -> Pages:
    position = position_of(REGISTRY.name) if known_at is None else known_at
    order = _SORTS[sort.removeprefix("-")]
    others = (each for each in order if each not in set(COLUMNS))
    query = select(*COLUMNS, *others).where(shown(TABLE, as_of, position), *conditions(wanted))
    return pages(query, order, descending=sort.startswith("-"), seen=seen_by(wanted.scope))


def item(
    connection: Connection, equipment_id: UUID, *, as_of: int | None = None, known_at: int | None = None
) -> RegisteredItem | None:
    """Return what the registry says of one item, or None if it is not on record."""
    position = followed(connection, REGISTRY.name, known_at)
    query = select(*COLUMNS).where(shown(TABLE, as_of, position), TABLE.c.key == equipment_id)
    found = connection.execute(query).first()
    return None if found is None else registered(found)


def conditions(wanted: RegistryFilter, item: FromClause = TABLE) -> list[ColumnElement[bool]]:
    """Return what must hold of the rows of the registry, or of an alias of it, whoever sees them."""
    equal = {
        item.c.told_stage: wanted.stage,
        item.c.model_id: wanted.model_id,
        item.c.manufacturer_id: wanted.manufacturer_id,
        item.c.operator_id: wanted.operator_id,
        item.c.parent_id: wanted.parent_id,
        item.c.former_parent_id: wanted.came_from,
        item.c.owner_id: wanted.owner_id,
        item.c.second_category: wanted.second_category,
        item.c.serial_normal: None if wanted.serial is None else normal(wanted.serial),
        item.c.faulty: wanted.faulty,
    }
    found = [each == value for each, value in equal.items() if value is not None]
    if wanted.serial_prefix is not None:
        prefix = normal(wanted.serial_prefix)
        found += [item.c.serial_normal >= prefix, item.c.serial_normal < prefix.concat(_LAST)]
    return found


def seen_by(organisation: UUID | None, *columns: str) -> Seen | None:
    """Return what an organisation sees; None, who is none, sees everything.

    Args:
        organisation: by its id.
        columns: of a query, that name items, if it is not `key`: a row is seen if one of them is.
    """
    return None if organisation is None else Seen(_IN_WHOSE_HANDS, organisation, columns or ("key",))


def registered(found: Sequence[Any]) -> RegisteredItem:
    """Return what a row says that begins with `COLUMNS`."""
    return tuple.__new__(RegisteredItem, found[:_FIELDS])
