"""What is told of items that an answer names by their ids: now, or at any past moment."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, select

from projections.equipment.registry import COLUMNS, REGISTRY, TABLE, RegisteredItem, registered, seen_by
from projections.paging import shown
from projections.views import followed


def named(
    connection: Connection,
    items: Collection[UUID],
    *,
    scope: UUID | None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> dict[UUID, RegisteredItem]:
    """Return what the registry says of each of some items.

    Left out are those that are not on record, and those in which the organisation that asks (`scope`; None: all) takes
    no part by now.
    """
    position = followed(connection, REGISTRY.name, known_at)
    query = select(*COLUMNS).where(shown(TABLE, as_of, position), TABLE.c.key.in_(items))
    if (seen := seen_by(scope)) is not None:
        query = seen.tested(query)
    return {found.key: registered(found) for found in (connection.execute(query) if items else ())}
