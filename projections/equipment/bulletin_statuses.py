"""What became of bulletins: which items lack one, and which ones an item lacks, now or at any past moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
)

from domain.equipment.configuration import (
    APPLIED,
    NOT_APPLICABLE,
    BulletinNotApplicable,
    RecallApplied,
    UpgradeCompleted,
)
from domain.equipment.terms import Stage
from domain.kernel.envelope import Recorded
from domain.kernel.refusals import NotOnRecord
from domain.log.columns import Id
from projections.equipment import bulletin_models, bulletins, registry
from projections.equipment.bulletin_models import BULLETIN_MODELS
from projections.equipment.bulletins import BULLETINS, ListedBulletin, listed, models_of
from projections.page_statements import pages
from projections.paging import Page, Window, page, shown
from projections.prepared import Prepared
from projections.read_model import ReadModel, Steps, steps_table
from projections.timeline import Values
from projections.views import SortedText, followed

PENDING = "pending"
Status = Literal["pending", "applied", "not_applicable"]

TABLE = steps_table(
    "bulletin_statuses",
    Column("bulletin_id", Id, nullable=False),
    Column("status", SortedText, nullable=False),
    Column("wrong_by", Id),
    Index("bulletin_statuses_bulletin", "bulletin_id", "key"),
)


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
    table=TABLE,
    initial=None,
    keys=items_told_of,
    evolve=lambda _state, _recorded, _key: None,
    step=step,
)

ITEMS_NEED = (BULLETINS, BULLETIN_STATUSES, registry.REGISTRY)
BULLETINS_NEED = (*ITEMS_NEED, BULLETIN_MODELS)
"""The read models from which each of the two questions is answered."""


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
    position = min(followed(connection, model.name, known_at) for model in ITEMS_NEED)
    bulletin = _row(connection, BULLETINS, bulletin_id, as_of, position)
    item = registry.TABLE
    still_asked = false() if bulletin.withdrawn else item.c.stage != Stage.DISPOSED.value
    found = _status(item.c.key, bulletin.key, still_asked, as_of, position)
    here = _place(item.c.serial_normal)
    in_range = [] if bulletin.first_serial is None else [here >= _place(literal(bulletin.first_serial, SortedText))]
    if bulletin.last_serial is not None:
        in_range.append(here <= _place(literal(bulletin.last_serial, SortedText)))
    query = select(item, found.label("status"))
    query = query.where(shown(item, as_of, position), item.c.model_id.in_(models_of(bulletin)), *in_range)
    if status is not None:
        query = query.where(found == status)
    order = (item.c.serial_normal, item.c.key)
    asked = Prepared(pages(query, order, seen=registry.seen_by(scope)), {})
    return page(connection, asked, window, position).of(_item)


def _item(found: Any) -> ConcernedItem:
    return ConcernedItem(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        holder_id=found.holder_id,
        operator_id=found.operator_id,
        stage=found.told_stage,
        status=found.status,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcerningBulletin:
    """A bulletin that concerns an item, and what became of it there."""

    bulletin: ListedBulletin
    status: str | None
    """None as of `ConcernedItem`."""


def concerning(
    connection: Connection,
    equipment_id: UUID,
    window: Window,
    *,
    status: Status | None = None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ConcerningBulletin]:
    """Return a page of the bulletins that concern an item, by number, as of a moment, as known at a position.

    Args:
        connection: of the views.
        equipment_id: the item.
        window: which page.
        status: only bulletins of which this is so.
        as_of: microseconds; None: after everything on record.
        known_at: a position; None: as is known by now.

    Raises:
        NotOnRecord: the item was not on record by then.
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, model.name, known_at) for model in BULLETINS_NEED)
    item = _row(connection, registry.REGISTRY, equipment_id, as_of, position)
    of = bulletins.TABLE
    here = _place(literal(item.serial_normal, SortedText))
    still_asked = false() if item.stage == Stage.DISPOSED.value else of.c.withdrawn.is_(False)
    found = _status(literal(equipment_id, Id), of.c.key, still_asked, as_of, position)
    query = select(of, found.label("status")).where(
        shown(of, as_of, position),
        of.c.key.in_(bulletin_models.naming(item.model_id, as_of, position)),
        of.c.models.contains(str(item.model_id)),  # what was issued last counts
        or_(of.c.first_serial.is_(None), _place(of.c.first_serial) <= here),
        or_(of.c.last_serial.is_(None), here <= _place(of.c.last_serial)),
    )
    if status is not None:
        query = query.where(found == status)
    asked = Prepared(pages(query, (of.c.number_normal, of.c.key)), {})
    return page(connection, asked, window, position).of(
        lambda row: ConcerningBulletin(bulletin=listed(row), status=row.status)
    )


def _row(connection: Connection, model: ReadModel[Any], key: UUID, as_of: int | None, position: int) -> Any:
    """Return what a read model says of one key. Refuses one of which nothing was on record by then."""
    row = connection.execute(
        select(model.table).where(model.table.c.key == key, shown(model.table, as_of, position))
    ).first()
    if row is None:
        raise NotOnRecord
    return row


def _status(
    item: ColumnElement[UUID],
    bulletin: ColumnElement[UUID] | UUID,
    asked: ColumnElement[bool],
    as_of: int | None,
    position: int,
) -> ColumnElement[str | None]:
    """Return what became of a bulletin at an item: what was applied stays applied, whatever else was said.

    Args:
        item: the item.
        bulletin: the bulletin.
        asked: whether it is still asked for.
        as_of: the moment.
        position: as known there.
    """
    said = and_(
        TABLE.c.key == item, TABLE.c.bulletin_id == bulletin, TABLE.c.wrong_by.is_(None), shown(TABLE, as_of, position)
    )
    done = {status: exists().where(said, TABLE.c.status == status) for status in (APPLIED, NOT_APPLICABLE)}
    told = [(condition, literal(status)) for status, condition in done.items()]
    return case(*told, (asked, literal(PENDING)), else_=null())


def _place(serial: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return where a serial number stands among those of its maker, as `serial_place` of the rules has it."""
    return tuple_(func.length(serial), serial)
