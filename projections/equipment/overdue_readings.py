"""Which items in service, and which units in them, nobody has read for too long."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    false,
    func,
    or_,
    select,
    true,
)

from domain.equipment.life import REMOVABLE
from domain.equipment.state import OPERATING_TIME
from domain.equipment.terms import Stage
from domain.kernel.moments import FOREVER
from projections.equipment import last_readings, meter_readings, registry
from projections.equipment.above import any_above
from projections.equipment.known_lives import NEVER
from projections.equipment.last_readings import LAST_READINGS
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.registry import REGISTRY
from projections.page_statements import pages
from projections.paging import Page, Window, page, shown
from projections.prepared import Prepared
from projections.views import followed

NEEDS = (REGISTRY, METER_READINGS, LAST_READINGS)
"""The read models from which the question is answered."""


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
    one without did what its parent did. Operating time is looked for among the last readings, from the oldest on,
    through an index; of other counters the last reading of every item in service of the organisation is looked at.

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
    needed = LAST_READINGS.name if meter in {None, OPERATING_TIME} else METER_READINGS.name
    position = min(followed(connection, each, known_at) for each in (REGISTRY.name, needed))
    seen = registry.seen_by(scope)
    if meter is None or meter == OPERATING_TIME:
        first = NEVER if meter is None else NEVER + 1  # of those never read nobody knows whether they have the counter
        query = _of_operating_time(first, before)
        order, parts = (last_readings.TABLE.c.read_at, last_readings.TABLE.c.key), _parts(as_of, position)
        asked = pages(query, order, parts, seen=seen)
    else:
        query = _of_another((meter, before), as_of, position)
        asked = pages(query, [query.selected_columns[name] for name in ("read_at", "key")], seen=seen)
    return page(connection, Prepared(asked, {}), window, position).of(_unread)


def _unread(row: Any) -> UnreadItem:
    return UnreadItem(
        equipment_id=row.key,
        serial=row.serial,
        model_id=row.model_id,
        operator_id=row.operator_id,
        last_read=None if row.read_at == NEVER else row.read_at,
    )


def _of_operating_time(begin: int, end: int) -> Select[Any]:
    """Return the items that were last read from the one moment on and before the other."""
    last = last_readings.TABLE
    said = (last.c.key, last.c.serial, last.c.model_id, last.c.operator_id, last.c.read_at)
    return select(*said).where(last.c.read_at >= begin, last.c.read_at < end)


def _parts(as_of: int | None, position: int) -> list[ColumnElement[bool]]:
    """Return the conditions for items whose counter was to be read: an item fits at most one of them."""
    last = last_readings.TABLE
    to_read = last.c.to_read == true()
    if as_of is not None:
        return [and_(to_read, shown(last, as_of, position))]
    # Former readings are kept as well, and are older: they are passed over, and what ended since is read apart, by the
    # index of what ended: said like this, no other index fits.
    known = and_(last.c.known_from <= position, last.c.known_to > position)
    ended_since = and_(last.c.ended_by > position, last.c.ended_by < FOREVER, last.c.to_read.is_not(false()))
    return [and_(known, to_read, last.c.valid_to == FOREVER), and_(known, ended_since)]


def _of_another(read: tuple[str, int], as_of: int | None, position: int) -> Select[Any]:
    """Return the items that have the counter, and were last read before the moment."""
    item, reading = registry.TABLE, meter_readings.TABLE
    said = (reading.c.key == item.c.key, reading.c.meter == read[0], reading.c.total.is_not(None))
    last = select(func.max(reading.c.valid_from)).where(*said, shown(reading, as_of, position)).scalar_subquery()
    query = select(item.c.key, item.c.serial, item.c.model_id, item.c.operator_id, last.label("read_at"))
    return query.where(shown(item, as_of, position), _in_service(item, as_of, position), last < read[1])


def _in_service(item: FromClause, as_of: int | None, position: int) -> ColumnElement[bool]:
    """Return the condition for items in service, and for units that stay in one, whatever lies between."""

    def top(each: FromClause) -> ColumnElement[bool]:
        return and_(each.c.parent_id.is_(None), each.c.stage == Stage.IN_SERVICE.value)

    stays = item.c.stage.in_(sorted(stage.value for stage in REMOVABLE))
    return or_(top(item), and_(stays, any_above(item, top, as_of, position)))
