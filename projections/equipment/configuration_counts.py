"""How many items have which configuration: each configuration of a model once."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import Connection, Select, Subquery, func, select

from projections.equipment import registry
from projections.equipment.configurations import (
    NEEDS,
    TABLE,
    ConfigurationFilter,
    Features,
    conditions,
    features_in,
    part_of_features,
)
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page
from projections.prepared import OF_THE_SHAPE, Prepared, prepared
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
    seen = registry.seen_by(wanted.scope)
    little, dialect = None if seen is None else seen.little(connection), connection.dialect.name
    asked, values = _counts(wanted, part_of_features(wanted), as_of, position, dialect, little=little is not None)
    return page(connection, Prepared(asked, {**values, **(little or {})}), window, position).of(
        lambda row: CountedConfiguration(
            model_id=row.model_id,
            configuration_id=row.configuration_id,
            features=features_in(row.features),
            items=row.items,
        )
    )


@prepared
def _counts(
    wanted: ConfigurationFilter,
    part: str | None,
    as_of: int | None,
    position: int,
    dialect: Annotated[str, OF_THE_SHAPE],
    *,
    little: bool,
) -> Pages:
    query, seen = select(TABLE).where(*conditions(wanted, part, as_of, position)), registry.seen_by(wanted.scope)
    if seen is not None:
        query = seen.gathered(dialect, [query], little=little)[0]
    found = _alike(query)
    return pages(select(found), (found.c.model_id, found.c.configuration_id))


def _alike(items: Select[Any]) -> Subquery:
    """Return the configurations of items, each with how many have it."""
    item = items.selected_columns
    each = (item["model_id"], item["configuration_id"])
    told = (func.min(item["features"]).label("features"), func.count().label("items"))
    return items.with_only_columns(*each, *told, maintain_column_froms=True).group_by(*each).subquery()
