"""Which bulletins there are: now, or at any past moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Index, select

from domain.equipment.bulletin import BULLETIN, Bulletin
from domain.kernel.envelope import Recorded
from domain.kernel.ids import normal_text
from domain.log.columns import Id
from projections.equipment import bulletin_models
from projections.equipment.bulletin_models import BULLETIN_MODELS
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Timeline, timeline_table
from projections.timeline import Values
from projections.views import SortedText, followed, normal

TABLE = timeline_table(
    "bulletins",
    Column("number", SortedText, nullable=False),
    Column("number_normal", SortedText, nullable=False),
    Column("kind", SortedText, nullable=False),
    Column("title", SortedText, nullable=False),
    Column("manufacturer_id", Id, nullable=False),
    Column("models", SortedText, nullable=False),
    Column("mandatory_by", SortedText),
    Column("first_serial", SortedText),
    Column("last_serial", SortedText),
    Column("withdrawn", Boolean, nullable=False),
    Index("bulletins_number", "number_normal", "key"),
    Index("bulletins_manufacturer", "manufacturer_id", "number_normal", "key"),
)


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the bulletin in whose own stream the fact stands."""
    return (recorded.stream.id,) if recorded.stream.kind == BULLETIN.kind else ()


def evolve(bulletin: Bulletin, recorded: Recorded, _key: UUID) -> Bulletin:
    """Apply one fact as the rules of bulletins do."""
    return BULLETIN.evolve(bulletin, recorded.fact, recorded.occurred_at)


def row(bulletin: Bulletin) -> Values | None:
    """Return what the list says of a bulletin; nothing before it is issued."""
    issued = bulletin.issued
    if issued is None:
        return None
    return {
        "number": issued.number,
        "number_normal": normal_text(issued.number),
        "kind": issued.kind,
        "title": issued.title,
        "manufacturer_id": issued.manufacturer_id,
        "models": " ".join(sorted(map(str, issued.models))),
        "mandatory_by": None if issued.mandatory_by is None else issued.mandatory_by.isoformat(),
        "first_serial": None if issued.serial_from is None else normal_text(issued.serial_from),
        "last_serial": None if issued.serial_to is None else normal_text(issued.serial_to),
        "withdrawn": bulletin.withdrawn is not None,
    }


BULLETINS = Timeline(name="bulletins", version=2, table=TABLE, initial=Bulletin(), keys=keys, evolve=evolve, row=row)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBulletin:
    """What the list says of one bulletin."""

    bulletin_id: UUID
    number: str
    kind: str
    title: str
    manufacturer_id: UUID
    models: tuple[UUID, ...]
    mandatory_by: date | None
    """Last day, in UTC, on which it is to be applied to every item."""
    withdrawn: bool


def bulletins(
    connection: Connection,
    window: Window,
    *,
    number: str | None = None,
    manufacturer_id: UUID | None = None,
    model_id: UUID | None = None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ListedBulletin]:
    """Return a page of bulletins by number, as of a moment, as known at a position.

    A number is looked for whatever its case and width; several bulletins may have the same.

    Raises:
        Unavailable: the list has not followed the log so far yet.
    """
    needed = (BULLETINS,) if model_id is None else (BULLETINS, BULLETIN_MODELS)
    position = min(followed(connection, each.name, known_at) for each in needed)
    model = None if model_id is None else str(model_id)
    asked = _bulletins(number, manufacturer_id, model_id, as_of, position, model=model)
    return page(connection, asked, window, position).of(listed)


@prepared
def _bulletins(
    number: str | None,
    manufacturer_id: UUID | None,
    model_id: UUID | None,
    as_of: int | None,
    position: int,
    *,
    model: str | None,
) -> Pages:
    query = select(TABLE).where(shown(TABLE, as_of, position))
    if number is not None:
        query = query.where(TABLE.c.number_normal == normal(number))
    if manufacturer_id is not None:
        query = query.where(TABLE.c.manufacturer_id == manufacturer_id)
    if model_id is not None:
        query = query.where(TABLE.c.key.in_(bulletin_models.naming(model_id, as_of, position)))
        query = query.where(TABLE.c.models.contains(model))  # what was issued last counts
    return pages(query, (TABLE.c.number_normal, TABLE.c.key))


def listed(found: Any) -> ListedBulletin:
    """Return what a row of the list says."""
    return ListedBulletin(
        bulletin_id=found.key,
        number=found.number,
        kind=found.kind,
        title=found.title,
        manufacturer_id=found.manufacturer_id,
        models=models_of(found),
        mandatory_by=None if found.mandatory_by is None else date.fromisoformat(found.mandatory_by),
        withdrawn=found.withdrawn,
    )


def models_of(found: Any) -> tuple[UUID, ...]:
    """Return the models that the bulletin of a row names."""
    return tuple(map(UUID, found.models.split()))
