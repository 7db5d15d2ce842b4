"""Which models are on record, of which manufacturer, and which are made no longer: now, or at any past moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Text, select

from domain.equipment.model import MODEL, Model
from domain.kernel.envelope import Recorded
from domain.kernel.ids import normal_text
from domain.kernel.moments import to_micros
from domain.log.columns import Id
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Timeline, timeline_table
from projections.timeline import Values
from projections.views import SortedText, followed

TABLE = timeline_table(
    "models",
    Column("designation", SortedText, nullable=False),
    Column("designation_normal", SortedText, nullable=False),
    Column("manufacturer_id", Id, nullable=False),
    Column("equipment_class", SortedText),
    Column("bill_revision", SortedText, nullable=False),
    Column("positions", Text, nullable=False),
    Column("discontinued_at", BigInteger),
    Column("discontinued_reason", SortedText),
    Column("successor_id", Id),
    Index("models_designation", "designation_normal", "key"),
    Index("models_manufacturer", "manufacturer_id", "designation_normal", "key"),
)
"""`positions` are those of the bill in force, as JSON; its revision is empty as long as it is as it was registered."""


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the model in whose own stream the fact stands."""
    return (recorded.stream.id,) if recorded.stream.kind == MODEL.kind else ()


def evolve(model: Model, recorded: Recorded, _key: UUID) -> Model:
    """Apply one fact as the rules of models do."""
    return MODEL.evolve(model, recorded.fact, recorded.occurred_at.astimezone(UTC))


def row(model: Model) -> Values | None:
    """Return what the list says of a model; nothing before it is registered."""
    if model.registered is None:
        return None
    ended = model.discontinued
    return {
        "designation": model.registered.designation,
        "designation_normal": normal_text(model.registered.designation),
        "manufacturer_id": model.registered.manufacturer_id,
        "equipment_class": model.registered.equipment_class,
        "bill_revision": model.bill.revision if model.bill else "",
        "positions": msgspec.json.encode(model.maintainable_items).decode(),
        "discontinued_at": None if model.discontinued_at is None else to_micros(model.discontinued_at),
        "discontinued_reason": None if ended is None else ended.reason,
        "successor_id": None if ended is None else ended.successor_id,
    }


MODELS = Timeline(name="models", version=3, table=TABLE, initial=Model(), keys=keys, evolve=evolve, row=row)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """What the list says of one model."""

    model_id: UUID
    designation: str
    manufacturer_id: UUID
    equipment_class: str | None
    discontinued_at: int | None
    """Since when it is made no longer, in microseconds; None: it is made."""
    discontinued_reason: str | None
    successor_id: UUID | None
    """The model that takes its place, if any."""


def models(
    connection: Connection,
    window: Window,
    *,
    manufacturer_id: UUID | None = None,
    discontinued: bool | None = None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ListedModel]:
    """Return a page of models by designation, as of a moment, as known at a position.

    Args:
        connection: of the views.
        window: which page.
        manufacturer_id: only models of this maker.
        discontinued: only models that are made no longer, or only others.
        as_of: microseconds; None: after everything on record.
        known_at: a position; None: as is known by now.

    Raises:
        Unavailable: the list has not followed the log so far yet.
    """
    position = followed(connection, MODELS.name, known_at)
    return page(connection, _models(manufacturer_id, as_of, position, discontinued=discontinued), window, position).of(
        _model
    )


@prepared
def _models(manufacturer_id: UUID | None, as_of: int | None, position: int, *, discontinued: bool | None) -> Pages:
    query = select(TABLE).where(shown(TABLE, as_of, position))
    if manufacturer_id is not None:
        query = query.where(TABLE.c.manufacturer_id == manufacturer_id)
    if discontinued is not None:
        ended = TABLE.c.discontinued_at
        query = query.where(ended.is_not(None) if discontinued else ended.is_(None))
    return pages(query, (TABLE.c.designation_normal, TABLE.c.key))


def model(
    connection: Connection, model_id: UUID, *, as_of: int | None = None, known_at: int | None = None
) -> ListedModel | None:
    """Return what the list says of one model, or None if it is not on record."""
    position = followed(connection, MODELS.name, known_at)
    found = connection.execute(select(TABLE).where(TABLE.c.key == model_id, shown(TABLE, as_of, position))).first()
    return None if found is None else _model(found)


def _model(found: Any) -> ListedModel:
    return ListedModel(
        model_id=found.key,
        designation=found.designation,
        manufacturer_id=found.manufacturer_id,
        equipment_class=found.equipment_class,
        discontinued_at=found.discontinued_at,
        discontinued_reason=found.discontinued_reason,
        successor_id=found.successor_id,
    )
