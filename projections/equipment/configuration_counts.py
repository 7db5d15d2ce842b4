"""How many items have which configuration: each configuration of a model once."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Subquery, func, select

from projections.equipment.configurations import (
    NEEDS,
    TABLE,
    ConfigurationFilter,
    Features,
    conditions,
    features_in,
    part_of_features,
)
from projections.paging import Page, Pages, Window, page, pages
from projections.prepared import prepared
from projections.views import followed


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedConfiguration:
    """A configuration of a model, and how many items have it."""

    model_id: UUID
    configuration_id: UUID
    features: Features
    items: int


def counts(
    connection: Connection,
    wanted: ConfigurationFilter,
    window: Window,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[CountedConfiguration]:
    """Return a page of configurations with the number of items that have each, by model and id of the configuration.

    Reads every item that fits, through an index in the order of the page.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    return page(connection, _counts(wanted, part_of_features(wanted), as_of, position), window, position).of(
        lambda row: CountedConfiguration(
            model_id=row.model_id,
            configuration_id=row.configuration_id,
            features=features_in(row.features),
            items=row.items,
        )
    )


@prepared
def _counts(wanted: ConfigurationFilter, part: str | None, as_of: int | None, position: int) -> Pages:
    found = _alike(wanted, part, as_of, position)
    return pages(select(found), (found.c.model_id, found.c.configuration_id))


def _alike(wanted: ConfigurationFilter, part: str | None, as_of: int | None, position: int) -> Subquery:
    """Return the configurations of items, each with how many have it."""
    each = (TABLE.c.model_id, TABLE.c.configuration_id)
    told = (func.min(TABLE.c.features).label("features"), func.count().label("items"))
    return select(*each, *told).where(*conditions(wanted, part, as_of, position)).group_by(*each).subquery()
