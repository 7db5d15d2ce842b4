"""What may be asked about organisations and their members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple
from uuid import UUID

from flask import Response, request
from marshmallow import RAISE, Schema

from api.asking import OfPages, OfThePast, asks
from api.auth import Question, allow, principal
from api.conditions import PositionNotReached, wait_for_log, wait_for_views
from api.cursors import Mark, Query
from api.documenting import ASKING, PAGING, READING, READING_HEADERS, Answer, endpoint
from api.fields import Value
from api.http import json_answer, load
from api.links import links_of
from api.observability import tell
from api.parsing import json_body
from api.parties.commands import blueprint
from api.parties.shapes import (
    ListedOrganisationsSchema,
    MembersSchema,
    OrganisationSchema,
    listed_organisation_of,
    member_of,
    organisation_of,
)
from api.reading import answered_list, answered_state, by_text, paging
from api.refusals import SealedValueDamaged
from api.services import services
from domain.kernel.fields import fields_of
from domain.kernel.folding import in_order_of_life
from domain.kernel.ids import normal_text
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from domain.log.codec import decode, happenings
from domain.log.contract import Row
from domain.parties.organisation import MemberAdded, OrganisationId
from projections.parties import organisations as lists

_STATE = ("ETag", "Cache-Control")
_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))


@dataclass(frozen=True, kw_only=True)
class OrganisationsQuestion(OfThePast, OfPages):
    """Which organisations are asked for."""


@endpoint(
    blueprint,
    "GET",
    "/organisations",
    answers=(Answer(200, "A page of organisations.", ListedOrganisationsSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(OrganisationsQuestion)
def list_organisations(question: OrganisationsQuestion) -> Response:
    """Which organisations take part, in order of name."""
    asking = allow(Question.ORGANISATIONS)
    wait_for_views(lists.ORGANISATIONS.name)
    asked = paging("organisations.1", question, asking, place=by_text)
    return answered_list(
        lambda views, asked: lists.organisations(views, asked.window, as_of=asked.as_of, known_at=asked.known_at),
        asked,
        ListedOrganisationsSchema,
        listed_organisation_of,
    )


@endpoint(
    blueprint,
    "GET",
    "/organisations/<uuid:organisation_id>",
    answers=(Answer(200, "The organisation.", OrganisationSchema, _STATE), _UNCHANGED),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(OfThePast)
def get_organisation(question: OfThePast, organisation_id: UUID) -> Response:
    """One organisation: now, as it was, or as it was known. Its members are counted, not named."""
    stream = StreamRef("organisation", organisation_id)
    return answered_state(Question.ORGANISATIONS, stream, question, organisation_of)


@endpoint(
    blueprint,
    "GET",
    "/organisations/<uuid:organisation_id>/members",
    answers=(Answer(200, "The members.", MembersSchema, ("Link", "Cache-Control")),),
    refusals=(*PAGING, NotOnRecord, SealedValueDamaged),
    headers=("Min-Position", "traceparent"),
)
@asks(OfPages)
def list_members(question: OfPages, organisation_id: UUID) -> Response:
    """The members of one organisation, by name and e-mail: personal, so every reading is on record, by ids only.

    As they are personal, they are read in pages and never taken whole.
    """
    asking = allow(Question.PERSONAL, {organisation_id})
    wait_for_log()
    query = Query(question="members.1", filters={"about": organisation_id}, scope=asking.scope)
    begin = 0 if question.cursor is None else services().cursors.open(question.cursor, query).place[0]
    added = added_to(organisation_id)
    members = [each for each in added if each.row.sequence > begin]
    page = members[: question.limit]
    counted = {"count": len(added)} if question.count else {}
    answer = _shown(organisation_id, [opened(each) for each in page], counted)
    mark = Mark(known_at=0, place=(page[-1].row.sequence,)) if len(members) > len(page) else None
    answer.headers["Link"] = links_of(query, {"next": mark})
    return answer


@dataclass(frozen=True, kw_only=True)
class MemberSought:
    """Whom to look for."""

    email: Annotated[
        str, Length(3, 254), Meaning("E-mail address, whatever its case and width."), Example("member-1@example.org")
    ]
    organisation_id: OrganisationId | None = None


class MemberSoughtSchema(Schema):
    """Whom to look for, in the organisation that is named or in the key's own."""

    email, organisation_id = (Value(spec) for spec in fields_of(MemberSought))

    class Meta:
        """Nothing else can be asked."""

        unknown = RAISE


_SOUGHT = MemberSoughtSchema()


@endpoint(
    blueprint,
    "POST",
    "/members/find",
    answers=(Answer(200, "Those who fit; none where nobody does.", MembersSchema, ("Cache-Control",)),),
    refusals=(*ASKING, PositionNotReached, NotOnRecord, SealedValueDamaged),
    headers=("Min-Position", "traceparent"),
    requestBody={
        "required": True,
        "content": {
            "application/json": {"schema": MemberSoughtSchema, "example": {"email": "member-1@example.org"}},
        },
    },
)
def find_members() -> Response:
    """Find members by e-mail address: asked in the body, as the addresses of questions are kept in logs."""
    sought = load(_SOUGHT, json_body(request, services().settings.most_body_bytes))
    organisation = sought.get("organisation_id") or allow(Question.PERSONAL).organisation
    allow(Question.PERSONAL, {organisation})
    wait_for_log()
    # Candidates: this text was sealed for them once, here or elsewhere. The facts of the organisation decide.
    added = added_to(organisation)
    candidates = services().vault.find("email", sought["email"], {each.member_id for each in added})
    found = [opened(each) for each in added if each.member_id in candidates]
    asked = normal_text(sought["email"])
    return _shown(organisation, [each for each in found if normal_text(each.email) == asked])


class Addition(NamedTuple):
    """The addition of a member as it is on record."""

    row: Row
    member_id: UUID


def added_to(organisation: UUID) -> list[Addition]:
    """Return the additions of members that count, in the order in which they were recorded, personal fields shut.

    Raises:
        NotOnRecord: no such organisation is on record.
    """
    stream = StreamRef("organisation", organisation)
    services().ledger.state(stream)
    rows = {row.fact_key: row for row in services().ledger.history(stream)}
    counting = {each.id for each in in_order_of_life(happenings(list(rows.values())))}
    told = ((row, decode(row).fact) for key, row in rows.items() if key in counting)
    return [Addition(row, fact.member_id) for row, fact in told if isinstance(fact, MemberAdded)]


def opened(addition: Addition) -> MemberAdded:
    """Return an addition with its personal fields open."""
    fact = decode(addition.row, services().vault).fact
    assert isinstance(fact, MemberAdded)
    return fact


def _shown(organisation: UUID, members: Sequence[MemberAdded], counted: Mapping[str, int] | None = None) -> Response:
    """Return members to one who may see them; that he saw them is told, by ids only."""
    if members:
        asking = principal()
        subjects = [each.member_id for each in members]
        tell("personal-data-read", principal=asking.id, organisation=asking.organisation, subjects=subjects)
    answer = json_answer({"items": [member_of(organisation, each) for each in members], **(counted or {})})
    answer.headers["Cache-Control"] = "no-store"
    return answer
