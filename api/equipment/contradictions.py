"""Which records of an item do not fit together, and how they look to those who ask."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema, fields

from api.asking import OfThePast, Past, asks, past_of
from api.auth import Question, allow_stream
from api.conditions import wait_for_views
from api.documenting import READING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.item_fields import ITEM_ID
from api.http import view_answer
from api.services import services
from api.shapes import ID, ContradictionSchema, contradictions_of, described
from domain.application.states import StateAnswer
from domain.equipment.contradictions import Disagreement, disagreements
from domain.equipment.state import Equipment
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import registry
from projections.paging import MOST, Window


class DisagreementSchema(Schema):
    """A unit that one of two streams has in an item, and the other has not."""

    parent_id = fields.UUID(required=True, metadata=described("The item in which the unit is said to sit.", ID))
    slot = fields.String(
        required=True, allow_none=True, metadata=described("Position at which it is said to sit.", "comp2")
    )
    unit_id = fields.UUID(required=True, metadata=described("The unit.", ID))
    said_by = fields.String(
        required=True,
        metadata=described("Which of the two says so; the other does not.", "unit", enum=["parent", "unit"]),
    )


class ContradictionsSchema(Schema):
    """What of the records of one item does not fit together."""

    id = ITEM_ID
    facts = fields.List(
        fields.Nested(ContradictionSchema),
        required=True,
        metadata={"description": "Facts of the item that the rules would refuse at their place, in order of life."},
    )
    units = fields.List(
        fields.Nested(DisagreementSchema),
        required=True,
        metadata={"description": "Units of which the item, or its parent, says something else than the unit."},
    )
    position = fields.Integer(required=True, metadata=described("As known at this position of the log.", 4711))


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/contradictions",
    answers=(
        Answer(200, "What does not fit together.", ContradictionsSchema, ("ETag", "Cache-Control")),
        Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",)),
    ),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(OfThePast)
def get_contradictions(question: OfThePast, equipment_id: UUID) -> Response:
    """What of the records of one item does not fit together: after an error declaration, or by import.

    Facts that the rules would refuse at their place, each with the refusal; and units that the item lists and that do
    not say to sit there, or the other way round. Both vanish once further facts, or error declarations, settle them.
    """
    stream = StreamRef("equipment", equipment_id)
    allow_stream(Question.EQUIPMENT, stream)
    past = past_of(question)
    wait_for_views(registry.REGISTRY.name)
    services().ledger.state(stream, as_of=past.as_of, known_at=past.known_at)  # refuses what is not on record
    claims, position = _claims(equipment_id, past)
    answer = _as_known(stream, past, position)
    found: list[Disagreement] = []
    if answer is not None:
        item: Equipment = answer.state
        above = item.parent_id and _as_known(StreamRef("equipment", item.parent_id), past, position)
        found = disagreements(equipment_id, item, claims, above.state if above else None)
    told = {
        "id": str(equipment_id),
        "facts": contradictions_of(answer.contradictions if answer else ()),
        "units": [_disagreement(each) for each in found],
        "position": position,
    }
    return view_answer(told, position)


def _claims(equipment_id: UUID, past: Past) -> tuple[dict[UUID, str | None], int]:
    """Return the units that say to sit in an item, with their positions in it, and as known at which position."""
    wanted = registry.RegistryFilter(parent_id=equipment_id)
    claims: dict[UUID, str | None] = {}
    position, place = past.known_at, None
    with services().projections.views.ask() as views:
        while True:
            window = Window(limit=MOST, after=place)
            page = registry.items(views, wanted, window, sort="id", as_of=past.micros, known_at=position)
            claims.update((each.equipment_id, each.slot) for each in page.items)
            position, place = page.position, page.next
            if place is None:
                return claims, position


def _as_known(stream: StreamRef, past: Past, position: int) -> StateAnswer | None:
    """Return a state as known at a position, so that it fits the claims; None if nothing was known yet."""
    try:
        return services().ledger.state(stream, as_of=past.as_of, known_at=position)
    except NotOnRecord:
        return None


def _disagreement(found: Disagreement) -> dict[str, Any]:
    return {
        "parent_id": str(found.parent_id),
        "slot": found.slot,
        "unit_id": str(found.unit_id),
        "said_by": "parent" if found.said_by_parent else "unit",
    }
