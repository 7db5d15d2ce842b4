"""Which configuration items have or had, since when, and what made it: as built, as taken over, or an upgrade."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Index, Text, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Boolean

from domain.equipment.configuration import UpgradeCompleted, UpgradeStarted
from domain.equipment.custody import Lost
from domain.equipment.ending import Decommissioned
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Released, TakenOver
from domain.equipment.state import Equipment
from domain.kernel.envelope import Recorded
from domain.kernel.ids import normal_text
from domain.log.columns import Id
from projections.equipment import registry
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Timeline, timeline_table
from projections.timeline import Values
from projections.views import SortedText, followed

TABLE = timeline_table(
    "configurations",
    Column("serial", SortedText, nullable=False),
    Column("serial_normal", SortedText, nullable=False),
    Column("model_id", Id, nullable=False),
    Column("manufacturer_id", Id, nullable=False),
    Column("configuration_id", Id, nullable=False),
    Column("features", Text, nullable=False),
    Column("document_revision", SortedText),
    Column("made_by", SortedText, nullable=False),
    Column("purpose", SortedText),
    Column("bulletin_id", Id),
    Column("fact", Id, nullable=False),
    Index("configurations_serial", "serial_normal", "key"),
    Index("configurations_model", "model_id", "serial_normal", "key"),
    Index("configurations_manufacturer", "manufacturer_id", "serial_normal", "key"),
    Index("configurations_alike", "configuration_id", "serial_normal", "key"),
    Index("configurations_counts", "model_id", "configuration_id", "key"),
)
"""`features` are pairs of feature and value in order of feature, as JSON; `configuration_id` follows from them."""

RELEASED, TAKEN_OVER, UPGRADE = "released", "taken_over", "upgrade"
MadeBy = Literal["released", "taken_over", "upgrade"]
Features = tuple[tuple[str, str], ...]

_FACTS = (Released, TakenOver, UpgradeStarted, UpgradeCompleted, Lost, Decommissioned)
"""What says how an item is configured, or begins or ends an upgrade."""
_NAMES = UUID("b1f9d3de-6a0c-5d2e-9a57-3f0c5b8e4d21")
_read = msgspec.json.Decoder(Features).decode
_write = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True)
class Configured:
    """How an item is configured by now."""

    serial: str | None = None
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    features: Features = ()
    document_revision: str | None = None
    upgrade: str | None = None
    """What the open upgrade is for."""
    made_by: str | None = None
    purpose: str | None = None
    """Of the upgrade that made it."""
    bulletin_id: UUID | None = None
    fact: UUID | None = None
    """The fact that made it."""


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands, if it concerns the configuration."""
    own = recorded.stream.kind == EQUIPMENT.kind and isinstance(recorded.fact, _FACTS)
    return (recorded.stream.id,) if own else ()


def evolve(before: Configured, recorded: Recorded, _key: UUID) -> Configured:
    """Apply one fact as the rules of equipment do, and take note of it if the configuration is another one after it."""
    fact = recorded.fact
    item = Equipment(
        serial=before.serial,
        model_id=before.model_id,
        manufacturer_id=before.manufacturer_id,
        configuration=before.features,
        document_revision=before.document_revision,
        upgrade=before.upgrade,
    )
    item = EQUIPMENT.evolve(item, fact, recorded.occurred_at)
    made = (before.made_by, before.purpose, before.bulletin_id, before.fact)
    match fact:
        case Released():
            made = (RELEASED, None, None, recorded.id)
        case TakenOver():
            made = (TAKEN_OVER, None, None, recorded.id)
        case UpgradeCompleted() if _another(before, item):
            made = (UPGRADE, before.upgrade, fact.bulletin_id, recorded.id)
    return Configured(
        serial=item.serial,
        model_id=item.model_id,
        manufacturer_id=item.manufacturer_id,
        features=item.configuration,
        document_revision=item.document_revision,
        upgrade=item.upgrade,
        made_by=made[0],
        purpose=made[1],
        bulletin_id=made[2],
        fact=made[3],
    )


def _another(before: Configured, item: Equipment) -> bool:
    return (before.features, before.document_revision) != (item.configuration, item.document_revision)


def row(now: Configured) -> Values | None:
    """Return what is said of an item; nothing before its release."""
    if now.model_id is None:
        return None
    features = _write(now.features)
    serial = now.serial or ""
    return {
        "serial": serial,
        "serial_normal": normal_text(serial),
        "model_id": now.model_id,
        "manufacturer_id": now.manufacturer_id,
        "configuration_id": id_of(now.features),
        "features": features.decode(),
        "document_revision": now.document_revision,
        "made_by": now.made_by,
        "purpose": now.purpose,
        "bulletin_id": now.bulletin_id,
        "fact": now.fact,
    }


def id_of(features: Features) -> UUID:
    """Return the id of a configuration: the same features have the same one, at whatever item and whenever."""
    return uuid5(_NAMES, _write(features).decode())


CONFIGURATIONS = Timeline(
    name="configurations", version=1, table=TABLE, initial=Configured(), keys=keys, evolve=evolve, row=row
)

NEEDS = (CONFIGURATIONS, registry.REGISTRY)
"""The read models from which the questions are answered."""


class says(GenericFunction[bool]):  # noqa: N801  the name of a function of SQL
    """Whether a text has another one in it, letter by letter."""

    type = Boolean()
    inherit_cache = True


@compiles(says, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"instr({compiler.process(element.clauses, **more)}) > 0"


@compiles(says, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **more)}) > 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationFilter:
    """Which items are asked for; what is None does not matter."""

    configuration_id: UUID | None = None
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    feature: str | None = None
    """Only configurations that have this feature."""
    value: str | None = None
    """Only those in which the feature has this value."""
    scope: UUID | None = None
    """Only items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemConfiguration:
    """How one item is configured."""

    equipment_id: UUID
    serial: str
    model_id: UUID
    manufacturer_id: UUID
    configuration_id: UUID
    features: Features
    document_revision: str | None
    begin: int
    """Since when, in microseconds."""
    end: int | None
    """Up to when; None: it has it as of the moment that is asked about."""
    made_by: str
    purpose: str | None
    bulletin_id: UUID | None
    fact: UUID


Sort = Literal["serial", "id"]
_SORTS = {"serial": (TABLE.c.serial_normal, TABLE.c.key), "id": (TABLE.c.key,)}


def configurations(
    connection: Connection,
    wanted: ConfigurationFilter,
    window: Window,
    *,
    sort: Sort = "serial",
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ItemConfiguration]:
    """Return a page of items with their configurations, as of a moment, as known at a position.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    asked = _configurations(wanted, part_of_features(wanted), sort, as_of, position)
    return page(connection, asked, window, position).of(configured)


@prepared
def _configurations(
    wanted: ConfigurationFilter, part: str | None, sort: Sort, as_of: int | None, position: int
) -> Pages:
    query = select(TABLE).where(*conditions(wanted, part, as_of, position))
    return pages(query, _SORTS[sort], seen=registry.seen_by(wanted.scope))


def part_of_features(wanted: ConfigurationFilter) -> str | None:
    """Return what the features of a configuration that is asked for have in them, as they are stored."""
    if wanted.feature is None:
        return None
    if wanted.value is not None:
        return _write((wanted.feature, wanted.value)).decode()
    # A quotation mark in a feature is written otherwise: a pair is met only as a whole.
    return _write([wanted.feature]).decode().removesuffix("]") + ","


def conditions(
    wanted: ConfigurationFilter, part: str | None, as_of: int | None, position: int
) -> list[ColumnElement[bool]]:
    """Return what must hold of the rows that are asked for, with that part in their features."""
    equal = {
        TABLE.c.configuration_id: wanted.configuration_id,
        TABLE.c.model_id: wanted.model_id,
        TABLE.c.manufacturer_id: wanted.manufacturer_id,
    }
    found: list[ColumnElement[bool]] = [shown(TABLE, as_of, position)]
    found += [column == value for column, value in equal.items() if value is not None]
    if part is not None:
        found.append(says(TABLE.c.features, part))
    return found


def configured(found: Any, end: int | None = None) -> ItemConfiguration:
    """Return what a row says, and up to when it is so."""
    return ItemConfiguration(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        manufacturer_id=found.manufacturer_id,
        configuration_id=found.configuration_id,
        features=features_in(found.features),
        document_revision=found.document_revision,
        begin=found.valid_from,
        end=end,
        made_by=found.made_by,
        purpose=found.purpose,
        bulletin_id=found.bulletin_id,
        fact=found.fact,
    )


def features_in(stored: str) -> Features:
    """Return the features as a row holds them."""
    return _read(stored)
