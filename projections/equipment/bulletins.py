"""Which bulletins there are, and which items lack one: now, or at any past moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    select,
    tuple_,
)

from domain.equipment.bulletin import BULLETIN, Bulletin, serial_place
from domain.equipment.configuration import (
    APPLIED,
    NOT_APPLICABLE,
    BulletinNotApplicable,
    RecallApplied,
    UpgradeCompleted,
)
from domain.equipment.terms import Stage
from domain.kernel.envelope import Recorded
from domain.kernel.ids import normal_text
from domain.kernel.refusals import NotOnRecord
from domain.log.columns import Id
from projections.equipment import bulletin_models, registry
from projections.equipment.above import told_stage
from projections.equipment.bulletin_models import BULLETIN_MODELS
from projections.paging import Page, Window, page, shown
from projections.read_model import Steps, Timeline, steps_table, timeline_table
from projections.timeline import Values
from projections.views import SortedText, followed

PENDING = "pending"
Status = Literal["pending", "applied", "not_applicable"]

TABLE = timeline_table(
    "bulletins",
    Column("number", SortedText, nullable=False),
    Column("number_normal", SortedText, nullable=False),
    Column("kind", SortedText, nullable=False),
    Column("title", SortedText, nullable=False),
    Column("manufacturer_id", Id, nullable=False),
    Column("models", SortedText, nullable=False),
    Column("mandatory_by", SortedText),
    Column("serial_from", SortedText),
    Column("serial_to", SortedText),
    Column("withdrawn", Boolean, nullable=False),
    Index("bulletins_number", "number_normal", "key"),
    Index("bulletins_manufacturer", "manufacturer_id", "number_normal", "key"),
)
TOLD = steps_table(
    "bulletin_statuses",
    Column("bulletin_id", Id, nullable=False),
    Column("status", SortedText, nullable=False),
    Column("wrong_by", Id),
    Index("bulletin_statuses_bulletin", "bulletin_id", "key"),
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
        "serial_from": issued.serial_from,
        "serial_to": issued.serial_to,
        "withdrawn": bulletin.withdrawn is not None,
    }


BULLETINS = Timeline(name="bulletins", version=1, table=TABLE, initial=Bulletin(), keys=keys, evolve=evolve, row=row)


def _told(recorded: Recorded) -> tuple[UUID, str] | None:
    """Return of which bulletin a fact of an item says what became of it, and what."""
    match recorded.fact:
        case RecallApplied(bulletin_id=bulletin):
            return bulletin, APPLIED
        case UpgradeCompleted(bulletin_id=UUID() as bulletin):
            return bulletin, APPLIED
        case BulletinNotApplicable(bulletin_id=bulletin):
            return bulletin, NOT_APPLICABLE
    return None


def items_told_of(recorded: Recorded) -> Iterable[UUID]:
    """Return the item of which a fact says what became of a bulletin."""
    return (recorded.stream.id,) if _told(recorded) else ()


def step(_before: None, _after: None, recorded: Recorded, wrong_by: UUID | None) -> Values:
    """Return what a fact says of a bulletin."""
    told = _told(recorded)
    assert told is not None
    return {"position": recorded.position, "bulletin_id": told[0], "status": told[1], "wrong_by": wrong_by}


BULLETIN_STATUSES: Steps[None] = Steps(
    name="bulletin_statuses",
    version=1,
    table=TOLD,
    initial=None,
    keys=items_told_of,
    evolve=lambda _state, _recorded, _key: None,
    step=step,
)


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
    query = select(TABLE).where(shown(TABLE, as_of, position))
    if number is not None:
        query = query.where(TABLE.c.number_normal == normal_text(number))
    if manufacturer_id is not None:
        query = query.where(TABLE.c.manufacturer_id == manufacturer_id)
    if model_id is not None:
        query = query.where(TABLE.c.key.in_(bulletin_models.naming(model_id, as_of, position)))
        query = query.where(TABLE.c.models.contains(str(model_id)))  # what was issued last counts
    return page(connection, query, (TABLE.c.number_normal, TABLE.c.key), window, position).of(
        lambda found: ListedBulletin(
            bulletin_id=found.key,
            number=found.number,
            kind=found.kind,
            title=found.title,
            manufacturer_id=found.manufacturer_id,
            models=_models(found),
            mandatory_by=None if found.mandatory_by is None else date.fromisoformat(found.mandatory_by),
            withdrawn=found.withdrawn,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernedItem:
    """What became of a bulletin at one item that it concerns."""

    equipment_id: UUID
    serial: str
    model_id: UUID
    holder_id: UUID | None
    operator_id: UUID | None
    stage: str
    status: str | None
    """None: nothing was done, nor is it asked any more: the bulletin is withdrawn, or the item was disposed of."""


def items(
    connection: Connection,
    bulletin_id: UUID,
    window: Window,
    *,
    status: Status | None = None,
    scope: UUID | None = None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ConcernedItem]:
    """Return a page of the items that a bulletin concerns, by serial number, as of a moment, as known at a position.

    Args:
        connection: of the views.
        bulletin_id: the bulletin.
        window: which page.
        status: only items of which this is so.
        scope: only items in which this organisation takes part by now; None: all.
        as_of: microseconds; None: after everything on record.
        known_at: a position; None: as is known by now.

    Raises:
        NotOnRecord: the bulletin was not issued by then.
        Unavailable: a read model has not followed the log so far yet.
    """
    models = (BULLETINS, BULLETIN_STATUSES, registry.REGISTRY)
    position = min(followed(connection, model.name, known_at) for model in models)
    asked = select(TABLE).where(TABLE.c.key == bulletin_id, shown(TABLE, as_of, position))
    bulletin = connection.execute(asked).first()
    if bulletin is None:
        raise NotOnRecord
    item = registry.TABLE
    found = _status(bulletin, as_of, position)
    told = told_stage(item, as_of, position)
    query = select(item, told.label("told"), found.label("status"))
    query = query.where(shown(item, as_of, position), *_concerned(bulletin))
    if status is not None:
        query = query.where(found == status)
    if scope is not None:
        query = query.where(registry.takes_part(scope))
    return page(connection, query, (item.c.serial_normal, item.c.key), window, position).of(_item)


def _concerned(bulletin: Any) -> list[ColumnElement[bool]]:
    """Return the conditions for the items that a bulletin concerns, as its rules have it."""
    item = registry.TABLE
    conditions: list[ColumnElement[bool]] = [item.c.model_id.in_(_models(bulletin))]
    here = tuple_(func.length(item.c.serial_normal), item.c.serial_normal)
    if bulletin.serial_from is not None:
        conditions.append(here >= _place(bulletin.serial_from))
    if bulletin.serial_to is not None:
        conditions.append(here <= _place(bulletin.serial_to))
    return conditions


def _status(bulletin: Any, as_of: int | None, position: int) -> ColumnElement[str | None]:
    """Return what became of a bulletin at an item: what was applied stays applied, whatever else was said."""
    item = registry.TABLE
    said = and_(
        TOLD.c.key == item.c.key,
        TOLD.c.bulletin_id == bulletin.key,
        TOLD.c.wrong_by.is_(None),
        shown(TOLD, as_of, position),
    )
    done = {status: exists().where(said, TOLD.c.status == status) for status in (APPLIED, NOT_APPLICABLE)}
    told = [(condition, literal(status)) for status, condition in done.items()]
    asked = [] if bulletin.withdrawn else [(item.c.stage != Stage.DISPOSED.value, literal(PENDING))]
    return case(*told, *asked, else_=null())


def _place(serial: str) -> ColumnElement[Any]:
    length, normal = serial_place(serial)
    return tuple_(literal(length), literal(normal, registry.TABLE.c.serial_normal.type))


def _models(bulletin: Any) -> tuple[UUID, ...]:
    return tuple(map(UUID, bulletin.models.split()))


def _item(found: Any) -> ConcernedItem:
    return ConcernedItem(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        holder_id=found.holder_id,
        operator_id=found.operator_id,
        stage=found.told,
        status=found.status,
    )
