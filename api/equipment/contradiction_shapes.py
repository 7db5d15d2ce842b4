"""How what does not fit together looks to those who ask about many items, beside the schemas that document it."""

from typing import Any

from marshmallow import Schema, fields

from api.equipment.item_fields import MANUFACTURER_ID, MODEL_ID
from api.shapes import ID, MOMENT, described, page_schema
from domain.kernel.moments import from_micros
from domain.kernel.refusals import REFUSALS
from projections.equipment.contradictions import RefusedFact
from projections.equipment.disagreements import UnitDisagreement

_NOT_ON_RECORD = "null: it was not on record at that moment, as its release was declared wrong"


class RefusedFactSchema(Schema):
    """A fact on record that the rules would refuse at its place: after an error declaration, or by import."""

    equipment_id = fields.UUID(required=True, metadata=described("The item.", ID))
    serial = fields.String(
        required=True, allow_none=True, metadata=described(f"Its serial number; {_NOT_ON_RECORD}.", "PX-2024-00017")
    )
    model_id = MODEL_ID
    manufacturer_id = MANUFACTURER_ID
    fact = fields.UUID(required=True, metadata=described("Id of the fact.", ID))
    position = fields.Integer(required=True, metadata=described("Where the fact stands in the log.", 47))
    occurred_at = fields.AwareDateTime(required=True, metadata=described("When it is said to have happened.", MOMENT))
    code = fields.String(required=True, metadata=described("Code of the refusal.", "not-certified"))
    sentence = fields.String(required=True, metadata=described("What does not fit, in one sentence."))
    known_since = fields.Integer(
        required=True,
        metadata=described(
            "Since which position of the log it does not fit: its own, or that of a late fact or an error declaration.",
            4711,
        ),
    )


ContradictionListSchema = page_schema(
    "ContradictionList", RefusedFactSchema, "A page of facts that do not fit those before them."
)


def refused_fact_of(found: RefusedFact) -> dict[str, Any]:
    """Return a fact that does not fit, as it is shown."""
    refusal = REFUSALS.get(found.code)
    return {
        "equipment_id": str(found.equipment_id),
        "serial": found.serial,
        "model_id": found.model_id,
        "manufacturer_id": found.manufacturer_id,
        "fact": str(found.fact),
        "position": found.position,
        "occurred_at": from_micros(found.occurred_at),
        "code": found.code,
        "sentence": refusal.sentence() if refusal else "",
        "known_since": found.known_since,
    }


_UNKNOWN = "null: the unit was not on record at that moment, or the caller takes no part in it"


class UnitDisagreementSchema(Schema):
    """A unit that one of two streams has in an item, and the other has not."""

    unit_id = fields.UUID(required=True, metadata=described("The unit.", ID))
    serial = fields.String(
        required=True, allow_none=True, metadata=described(f"Its serial number; {_UNKNOWN}.", "PU-2024-00017")
    )
    model_id = fields.UUID(
        required=True, allow_none=True, metadata=described(f"The model it was built to; {_UNKNOWN}.", ID)
    )
    manufacturer_id = fields.UUID(
        required=True, allow_none=True, metadata=described(f"The organisation that made it; {_UNKNOWN}.", ID)
    )
    parent_id = fields.UUID(required=True, metadata=described("The item in which the unit is said to sit.", ID))
    slot = fields.String(
        required=True, allow_none=True, metadata=described("Position at which it is said to sit.", "comp2")
    )
    said_by = fields.String(
        required=True,
        metadata=described("Which of the two says so; the other does not.", "unit", enum=["parent", "unit"]),
    )
    since = fields.AwareDateTime(
        required=True, metadata=described("Since when, by occurrence, only one of the two says so.", MOMENT)
    )


UnitDisagreementsSchema = page_schema(
    "UnitDisagreements", UnitDisagreementSchema, "A page of units of which two streams say different things."
)


def unit_disagreement_of(found: UnitDisagreement) -> dict[str, Any]:
    """Return what one side alone says of a unit, as it is shown."""
    return {
        "unit_id": str(found.unit_id),
        "serial": found.serial,
        "model_id": found.model_id,
        "manufacturer_id": found.manufacturer_id,
        "parent_id": str(found.parent_id),
        "slot": found.slot,
        "said_by": "parent" if found.said_by_parent else "unit",
        "since": from_micros(found.since),
    }
