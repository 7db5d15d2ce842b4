"""Of which periods of an item only totals are known: the single ones, as they were told."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

from projections.equipment.meter_readings import METER_READINGS, TABLE
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.views import followed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPeriod:
    """A period of which only totals are known, in the unit of its counter."""

    position: int
    """Where the fact stands in the log that told of it."""
    meter: str
    unit: str
    begin: int
    """In microseconds."""
    end: int
    done: str
    possible: str | None
    """What could have been done in it; None: nothing was said."""


def periods(
    connection: Connection,
    equipment_id: UUID,
    window: Window,
    *,
    meter: str | None = None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ReportedPeriod]:
    """Return a page of what was reported of an item by a moment, as known at a position, the earliest period first.

    Args:
        connection: of the views.
        equipment_id: the item.
        window: which page; places are pairs of microseconds and position.
        meter: only what was reported of this counter.
        as_of: microseconds; None: after everything on record.
        known_at: a position; None: as is known by now.

    Raises:
        Unavailable: the read model has not followed the log so far yet.
    """
    position = followed(connection, METER_READINGS.name, known_at)
    return page(connection, _periods(equipment_id, meter, as_of, position), window, position).of(
        lambda row: ReportedPeriod(
            position=row.position,
            meter=row.meter,
            unit=row.unit,
            begin=row.begin,
            end=row.end,
            done=row.done,
            possible=row.possible,
        )
    )


@prepared
def _periods(equipment_id: UUID, meter: str | None, as_of: int | None, position: int) -> Pages:
    query = select(TABLE).where(TABLE.c.key == equipment_id, TABLE.c.begin.is_not(None), shown(TABLE, as_of, position))
    if meter is not None:
        query = query.where(TABLE.c.meter == meter)
    return pages(query, (TABLE.c.begin, TABLE.c.position))
