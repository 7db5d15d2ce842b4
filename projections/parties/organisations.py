"""Which organisations take part: now, or at any past moment. Nothing personal: members are counted, not named."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Column, Connection, Index, Integer, select

from domain.kernel.envelope import Recorded
from domain.kernel.ids import normal_text
from domain.parties.organisation import ORGANISATION, Organisation
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Timeline, timeline_table
from projections.timeline import Values
from projections.views import SortedText, followed

TABLE = timeline_table(
    "organisations",
    Column("name", SortedText, nullable=False),
    Column("name_normal", SortedText, nullable=False),
    Column("country", SortedText),
    Column("members", Integer, nullable=False),
    Index("organisations_name", "name_normal", "key"),
)


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the organisation in whose own stream the fact stands."""
    return (recorded.stream.id,) if recorded.stream.kind == ORGANISATION.kind else ()


def evolve(organisation: Organisation, recorded: Recorded, _key: UUID) -> Organisation:
    """Apply one fact as the rules of parties do."""
    return ORGANISATION.evolve(organisation, recorded.fact, recorded.occurred_at)


def row(organisation: Organisation) -> Values | None:
    """Return what the list says of an organisation; nothing before it is registered."""
    if organisation.registered is None:
        return None
    return {
        "name": organisation.registered.name,
        "name_normal": normal_text(organisation.registered.name),
        "country": organisation.registered.country,
        "members": len(organisation.members),
    }


ORGANISATIONS = Timeline(
    name="organisations", version=1, table=TABLE, initial=Organisation(), keys=keys, evolve=evolve, row=row
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOrganisation:
    """What the list says of one organisation."""

    organisation_id: UUID
    name: str
    country: str | None
    members: int


def organisations(
    connection: Connection,
    window: Window,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ListedOrganisation]:
    """Return a page of organisations by name, as of a moment, as known at a position.

    Raises:
        Unavailable: the list has not followed the log so far yet.
    """
    position = followed(connection, ORGANISATIONS.name, known_at)
    return page(connection, _organisations(as_of, position), window, position).of(
        lambda found: ListedOrganisation(
            organisation_id=found.key, name=found.name, country=found.country, members=found.members
        )
    )


@prepared
def _organisations(as_of: int | None, position: int) -> Pages:
    return pages(select(TABLE).where(shown(TABLE, as_of, position)), (TABLE.c.name_normal, TABLE.c.key))
