"""How organisations and their members look to those who ask, each beside the schema that documents it."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from api.asking import Past
from api.shapes import ID, StateSchema, described, page_schema, state_of
from domain.application.states import StateAnswer
from domain.parties.organisation import MemberAdded, Organisation
from projections.parties.organisations import ListedOrganisation


class OrganisationSchema(StateSchema):
    """One organisation: now, as it was at a moment, or as it was known at a position of the log."""

    id = fields.UUID(required=True, metadata=described("Id of the organisation.", ID))
    name = fields.String(
        required=True, allow_none=True, metadata=described("Name under which it trades.", "Northern Works")
    )
    country = fields.String(
        required=True, allow_none=True, metadata=described("ISO 3166-1 alpha-2 country code.", "NO")
    )
    members = fields.Integer(required=True, metadata=described("How many members it has.", 3))


def organisation_of(answer: StateAnswer, past: Past) -> dict[str, Any]:
    """Return the state of an organisation as it is shown; its members are counted, not named."""
    state: Organisation = answer.state
    known = state.registered
    return {
        "id": str(answer.stream.id),
        "name": known and known.name,
        "country": known and known.country,
        "members": len(state.members),
        **state_of(answer, past),
    }


class ListedOrganisationSchema(Schema):
    """What the list says of one organisation."""

    id = fields.UUID(required=True, metadata=described("Id of the organisation.", ID))
    name = fields.String(required=True, metadata=described("Name under which it trades.", "Northern Works"))
    country = fields.String(
        required=True, allow_none=True, metadata=described("ISO 3166-1 alpha-2 country code.", "NO")
    )
    members = fields.Integer(required=True, metadata=described("How many members it has.", 3))


ListedOrganisationsSchema = page_schema("ListedOrganisations", ListedOrganisationSchema, "A page of organisations.")


def listed_organisation_of(organisation: ListedOrganisation) -> dict[str, Any]:
    """Return what the list says of one organisation, as it is shown."""
    return {
        "id": str(organisation.organisation_id),
        "name": organisation.name,
        "country": organisation.country,
        "members": organisation.members,
    }


class MemberSchema(Schema):
    """One member of an organisation. Name and e-mail are personal: every reading of them is on record."""

    id = fields.UUID(required=True, metadata=described("Random id by which the person is known everywhere.", ID))
    organisation_id = fields.UUID(required=True, metadata=described("The organisation for which he acts.", ID))
    name = fields.String(required=True, metadata=described("Name, in any alphabet; [erased] once it is.", "Member 1"))
    email = fields.String(required=True, metadata=described("E-mail address.", "member-1@example.org"))
    role = fields.String(required=True, metadata=described("What he does for the organisation.", "maintenance"))


class MembersSchema(Schema):
    """Members of an organisation."""

    items = fields.List(
        fields.Nested(MemberSchema), required=True, metadata={"description": "In the order in which they were added."}
    )
    count = fields.Integer(metadata=described("How many members there are, if `count` was asked for.", 3))


def member_of(organisation: UUID, fact: MemberAdded) -> dict[str, Any]:
    """Return a member as he is shown to those who may see him."""
    return {
        "id": str(fact.member_id),
        "organisation_id": str(organisation),
        "name": fact.name,
        "email": fact.email,
        "role": fact.role,
    }
