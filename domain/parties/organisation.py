"""Organisations and their members. Names and fields of facts are a file format: add, never edit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from domain.kernel.commands import command
from domain.kernel.facts import event
from domain.kernel.marks import Example, Length, Meaning, Personal, Refers
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.streams import StreamKind, stream_kind

OrganisationId = Annotated[
    UUID, Refers("organisation"), Meaning("Id of the organisation."), Example("01890a5d-ac96-774b-bcce-b302099a80aa")
]
MemberId = Annotated[
    UUID,
    Meaning("Random id of the member; the person is known by it everywhere."),
    Example("01890a5d-ac96-774b-bcce-b302099a80cc"),
]
OrganisationName = Annotated[
    str,
    Length(1, 200),
    Meaning("Name under which the organisation trades, in any alphabet."),
    Example("Northern Works"),
]
Country = Annotated[str, Length(2, 2), Meaning("ISO 3166-1 alpha-2 country code."), Example("NO")]
MemberRole = Annotated[
    Literal["service", "maintenance", "sales", "quality", "management", "other"],
    Meaning("What the member does for the organisation."),
    Example("maintenance"),
]


class NotRegistered(Refusal):
    """The organisation is not registered."""

    accepted = "First register the organisation."


class OrganisationAlreadyRegistered(Refusal):
    """Another organisation is registered under this id."""

    accepted = "A new id for another organisation."


class MemberAlreadyAdded(Refusal):
    """A member is on record under this id."""

    accepted = "A new id for another member."


@event("organisation.registered")
class OrganisationRegistered:
    """An organisation takes part: manufacturer, operator, supplier, service centre or any other party."""

    name: OrganisationName
    country: Country | None = None


@event("organisation.member_added")
class MemberAdded:
    """A person acts for the organisation; name and e-mail are sealed."""

    member_id: MemberId
    name: Annotated[str, Personal("member_id"), Length(1, 200), Meaning("Name of the member, in any alphabet.")]
    email: Annotated[str, Personal("member_id"), Length(3, 254), Meaning("E-mail address of the member.")]
    role: Annotated[str, Meaning("What the member does for the organisation: a code.")]


OrganisationFact = OrganisationRegistered | MemberAdded


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """The state of one organisation. Personal fields never enter a state."""

    registered: OrganisationRegistered | None = None
    members: frozenset[UUID] = frozenset()


def evolve(organisation: Organisation, fact: OrganisationFact, _at: datetime) -> Organisation:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case OrganisationRegistered():
            return changed(organisation, registered=fact)
        case MemberAdded():
            return changed(organisation, members=organisation.members | {fact.member_id})


def check(organisation: Organisation, fact: OrganisationFact, _at: datetime) -> Refusal | None:
    """Return why the fact cannot be true of the organisation now, or None."""
    match fact:
        case OrganisationRegistered():
            return OrganisationAlreadyRegistered() if organisation.registered else None
        case MemberAdded():
            if organisation.registered is None:
                return NotRegistered()
            return MemberAlreadyAdded() if fact.member_id in organisation.members else None


ORGANISATION = stream_kind(
    StreamKind("organisation", Organisation(), evolve, check, begun=lambda organisation: bool(organisation.registered))
)


@command("organisation.register", decides=("organisation_id",), tells=OrganisationRegistered)
class RegisterOrganisation:
    """Register an organisation that takes part. Safe to retry."""

    organisation_id: OrganisationId
    name: OrganisationName
    country: Country | None = None

    def known(self, organisation: Organisation) -> bool:
        """Whether the same is on record."""
        return [organisation.registered] == self.decide(organisation)

    def decide(self, _organisation: Organisation) -> list[OrganisationFact]:
        """Return the registration."""
        return [OrganisationRegistered(name=self.name, country=self.country)]


@command("organisation.add_member", decides=("organisation_id",), tells=MemberAdded)
class AddMember:
    """Add a person who acts for the organisation. Name and e-mail are sealed before they are stored."""

    organisation_id: OrganisationId
    member_id: MemberId
    name: Annotated[
        str, Personal("member_id"), Length(1, 200), Meaning("Name of the member, in any alphabet."), Example("Member 1")
    ]
    email: Annotated[
        str,
        Personal("member_id"),
        Length(3, 254),
        Meaning("E-mail address of the member."),
        Example("member-1@example.org"),
    ]
    role: MemberRole = "other"

    def decide(self, _organisation: Organisation) -> list[OrganisationFact]:
        """Return the addition; a member id that is on record is refused."""
        return [MemberAdded(member_id=self.member_id, name=self.name, email=self.email, role=self.role)]
