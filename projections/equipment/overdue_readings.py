"""Which items in service, and which units in them, nobody has read for too long."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Connection, FromClause, and_, func, literal, or_, select

from domain.equipment.life import REMOVABLE
from domain.equipment.state import OPERATING_TIME
from domain.equipment.terms import Stage
from projections.equipment import meter_readings, registry
from projections.equipment.above import any_above
from projections.equipment.known_lives import NEVER
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.registry import REGISTRY
from projections.paging import Page, Window, page, shown
from projections.views import followed


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadItem:
    """An item in service, or a unit in one, whose counter was last read long ago, or never."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    operator_id: UUID | None
    last_read: int | None
    """In microseconds; None: never."""


def overdue(
    connection: Connection,
    before: int,
    window: Window,
    *,
    meter: str | None = None,
    scope: UUID | None = None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[UnreadItem]:
    """Return a page of items in service without a reading since a moment, those never read and the oldest first.

    A unit is in service while what it sits in is, however deep it sits. It is here if it has such a counter of its own:
    one without did what its parent did. Looks at the last reading of every item in service of the organisation,
    through an index, for each page.

    Args:
        connection: of the views.
        before: the last reading is earlier than this, in microseconds.
        window: which page; places are pairs of microseconds and id.
        meter: which counter: of items that have one, fitted or read by then. None: that of operating time, also of
            items that sit in nothing and were never read.
        scope: only items in which this organisation takes part by now; None: all.
        as_of: microseconds; None: after everything on record.
        known_at: a position; None: as is known by now.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in (REGISTRY, METER_READINGS))
    item, reading = registry.TABLE, meter_readings.TABLE
    name = OPERATING_TIME if meter is None else meter
    said = (reading.c.key == item.c.key, reading.c.meter == name, reading.c.total.is_not(None))
    last = select(func.max(reading.c.valid_from)).where(*said, shown(reading, as_of, position)).scalar_subquery()
    query = select(
        item.c.key,
        item.c.serial,
        item.c.model_id,
        item.c.operator_id,
        item.c.parent_id,
        func.coalesce(last, literal(NEVER, BigInteger)).label("read_at"),
    ).where(shown(item, as_of, position), _in_service(item, as_of, position))
    if scope is not None:
        query = query.where(registry.takes_part(scope))
    found = query.subquery()
    unread = select(found).where(found.c.read_at < before)
    has_one = found.c.read_at > NEVER
    unread = unread.where(has_one if meter is not None else or_(found.c.parent_id.is_(None), has_one))
    return page(connection, unread, (found.c.read_at, found.c.key), window, position).of(
        lambda row: UnreadItem(
            equipment_id=row.key,
            serial=row.serial,
            model_id=row.model_id,
            operator_id=row.operator_id,
            last_read=None if row.read_at == NEVER else row.read_at,
        )
    )


def _in_service(item: FromClause, as_of: int | None, position: int) -> ColumnElement[bool]:
    """Return the condition for items in service, and for units that stay in one, whatever lies between."""

    def top(each: FromClause) -> ColumnElement[bool]:
        return and_(each.c.parent_id.is_(None), each.c.stage == Stage.IN_SERVICE.value)

    stays = item.c.stage.in_(sorted(stage.value for stage in REMOVABLE))
    return or_(top(item), and_(stays, any_above(item, top, as_of, position)))
