"""Which configurations one item ever had: from when to when, and what made each of them."""

from uuid import UUID

from sqlalchemy import Connection, select

from projections.equipment.configurations import CONFIGURATIONS, TABLE, ItemConfiguration, configured
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page
from projections.prepared import prepared
from projections.spans import was_in_force
from projections.views import followed


def course(
    connection: Connection,
    equipment_id: UUID,
    window: Window,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ItemConfiguration]:
    """Return a page of the configurations that an item had up to a moment, the earliest first, as known at a position.

    Places are pairs of microseconds and the position at which it was known.

    Raises:
        Unavailable: the read model has not followed the log so far yet.
    """
    position = followed(connection, CONFIGURATIONS.name, known_at)

    def ended(end: int, ended_by: int) -> int | None:
        return end if ended_by <= position and (as_of is None or end <= as_of) else None

    found = page(connection, _configurations(equipment_id, as_of, position), window, position)
    return found.of(lambda row: configured(row, ended(row.valid_to, row.ended_by)))


@prepared
def _configurations(equipment_id: UUID, as_of: int | None, position: int) -> Pages:
    query = select(TABLE).where(
        TABLE.c.key == equipment_id,
        TABLE.c.known_from <= position,
        TABLE.c.known_to > position,
        was_in_force(TABLE, position),
    )
    if as_of is not None:
        query = query.where(TABLE.c.valid_from <= as_of)
    return pages(query, (TABLE.c.valid_from, TABLE.c.known_from))
