"""What the counters of one item were read to show: every reading, also those that were corrected or declared wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, false, select

from domain.equipment.state import HOURS
from domain.kernel.envelope import Recorded
from domain.log.codec import decode
from projections.equipment.meter_readings import METER_READINGS, TABLE
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.past import Source
from projections.prepared import prepared
from projections.views import followed

_SHOWN = ("value", "shows", "operating_time")
"""The fields of facts that say what a counter showed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReading:
    """One reading of one counter, as it was told."""

    recorded: Recorded
    """The fact with its envelope, from the log."""
    meter: str
    unit: str
    shown: str
    """What the counter showed, as told."""
    total: str | None
    """What the item had done by then, over replaced counters and passes through 0; None: the reading tells nothing."""
    wrong_by: UUID | None
    """The error declaration that holds the fact wrong."""
    corrected_by: UUID | None
    """The correction by which something else was read than this."""


def readings(
    connection: Connection,
    log: Source,
    equipment_id: UUID,
    window: Window,
    *,
    meter: str | None = None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[CounterReading]:
    """Return a page of the readings of an item in order of time, as of a moment, as known at a position.

    Args:
        connection: of the views.
        log: where the facts themselves are read.
        equipment_id: the item.
        window: which page; places are pairs of microseconds and position.
        meter: only readings of this counter.
        as_of: microseconds; None: its whole life.
        known_at: a position; None: as is known by now.

    Raises:
        Unavailable: the read model has not followed the log so far yet.
    """
    position = followed(connection, METER_READINGS.name, known_at)
    found = page(connection, _of_item(equipment_id, meter, as_of, position), window, position)
    rows = log.by_keys([row.fact for row in found.items]) if found.items else {}
    corrections = _corrections(connection, equipment_id, found.items, as_of, position)
    return found.of(lambda row: _reading(row, decode(rows[row.fact]), corrections))


@prepared
def _of_item(equipment_id: UUID, meter: str | None, as_of: int | None, position: int) -> Pages:
    query = select(TABLE).where(
        TABLE.c.key == equipment_id, TABLE.c.of_period == false(), shown(TABLE, as_of, position)
    )
    if meter is not None:
        query = query.where(TABLE.c.meter == meter)
    return pages(query, (TABLE.c.valid_from, TABLE.c.position))


def _corrections(
    connection: Connection, equipment_id: UUID, told: Sequence[Any], as_of: int | None, position: int
) -> list[Any]:
    """Return the corrections of readings that were made at the same moments, in order of life."""
    meters, moments = {row.meter for row in told}, {row.valid_from for row in told}
    query = select(TABLE).where(TABLE.c.key == equipment_id, TABLE.c.goes_on == false())
    query = query.where(TABLE.c.meter.in_(meters), TABLE.c.corrects.in_(moments), shown(TABLE, as_of, position))
    query = query.order_by(TABLE.c.valid_from, TABLE.c.position)
    return list(connection.execute(query)) if moments else []


def _reading(row: Any, recorded: Recorded, corrections: Sequence[Any]) -> CounterReading:
    fact = recorded.fact
    value = next(each for each in (getattr(fact, name, None) for name in _SHOWN) if each is not None)
    here = (row.valid_from, row.position)
    later = (
        each.fact
        for each in corrections
        if (each.meter, each.corrects) == (row.meter, row.valid_from) and (each.valid_from, each.position) > here
    )
    return CounterReading(
        recorded=recorded,
        meter=row.meter,
        unit=getattr(fact, "unit", HOURS),
        shown=str(value),
        total=row.total,
        wrong_by=row.wrong_by,
        corrected_by=None if row.total is None else next(later, None),
    )
