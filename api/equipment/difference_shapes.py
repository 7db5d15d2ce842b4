"""How differences between two points look to those who ask, beside the schemas that document them."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from api.asking import Past
from api.comparing import DifferenceSchema, difference_of, differences
from api.equipment.item_fields import ITEM_ID
from api.equipment.lists import registered_of
from api.shapes import ID, MOMENT, described, page_schema
from domain.kernel.envelope import Recorded
from projections.equipment.facts_between import FactBetween
from projections.equipment.fleet_differences import DifferentItem

_OF_POINTS = {"version", "as_of", "known_at"}
"""What a state says of the point at which it was asked for."""


class PointSchema(Schema):
    """A point that is compared: as of a moment, as known at a position of the log."""

    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("The moment; null: after everything on record.", MOMENT)
    )
    known_at = fields.Integer(
        required=True, metadata=described("The position of the log up to which facts were known.", 4711)
    )


class PointOfItemSchema(PointSchema):
    """A point at which an item is looked at."""

    version = fields.Integer(
        required=True,
        allow_none=True,
        metadata=described("Facts on record in its stream, as known then; null: it was not on record.", 17),
    )


class FactBetweenSchema(Schema):
    """A fact that made a difference: it counts at one of the two points alone."""

    id = fields.UUID(required=True, metadata=described("Permanent id of the fact.", ID))
    type = fields.String(required=True, metadata=described("Permanent name of the fact.", "equipment.commissioned"))
    position = fields.Integer(required=True, metadata=described("Where it stands in the log.", 4711))
    occurred_at = fields.AwareDateTime(
        required=True, metadata=described("When it happened, at the offset at which it was said.", MOMENT)
    )
    recorded_at = fields.AwareDateTime(required=True, metadata=described("When it was recorded.", MOMENT))
    counts = fields.Boolean(
        required=True,
        metadata=described("Whether it counts at the second point; if not, it counted at the first alone."),
    )
    declared_wrong_by = fields.UUID(
        required=True,
        allow_none=True,
        metadata=described("The error declaration for which it counts no longer.", ID),
    )


class ItemDifferencesSchema(Schema):
    """What differs of one item between two points."""

    id = ITEM_ID
    before = fields.Nested(PointOfItemSchema, required=True, metadata={"description": "The first point."})
    after = fields.Nested(PointOfItemSchema, required=True, metadata={"description": "The second point."})
    differences = fields.List(
        fields.Nested(DifferenceSchema),
        required=True,
        metadata={"description": "What differs in the state of the item, field by field; empty: nothing does."},
    )
    facts = fields.List(
        fields.Nested(FactBetweenSchema),
        required=True,
        metadata={"description": "The facts of the item that made it differ, in order of occurrence: at most 100."},
    )
    more_facts = fields.Boolean(
        required=True,
        metadata=described("Whether there are more of them: its history has them all.", example=False),
    )


class DifferentItemSchema(Schema):
    """An item of which the registry says different things at the two points."""

    id = ITEM_ID
    serial = fields.String(
        required=True, metadata=described("Serial number, as last told at either point.", "PX-2024-00017")
    )
    change = fields.String(
        required=True,
        metadata=described(
            "`new`: it is on record at the second point alone. `gone`: at the first alone. `changed`: at both.",
            "changed",
            enum=["new", "gone", "changed"],
        ),
    )
    differences = fields.List(
        fields.Nested(DifferenceSchema),
        required=True,
        metadata={"description": "What differs in its entry of the registry, field by field."},
    )


FleetDifferencesSchema = page_schema(
    "FleetDifferences",
    DifferentItemSchema,
    "A page of the items that differ between two points.",
    before=fields.Nested(
        PointSchema, required=True, metadata={"description": "The first point: the same on all pages."}
    ),
    after=fields.Nested(
        PointSchema, required=True, metadata={"description": "The second point: the same on all pages."}
    ),
)


def point_of(past: Past) -> dict[str, Any]:
    """Return a point, as it is shown."""
    return {"as_of": past.as_of, "known_at": past.known_at}


def state_differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return what differs between two states of an item as they are shown, what they say of themselves left out."""
    sides = ({name: told for name, told in (side or {}).items() if name not in _OF_POINTS} for side in (before, after))
    return [difference_of(each) for each in differences(*sides)]


def fact_between_of(fact: FactBetween, recorded: Recorded) -> dict[str, Any]:
    """Return a fact that made a difference, as it is shown."""
    return {
        "id": str(fact.id),
        "type": recorded.type,
        "position": fact.position,
        "occurred_at": recorded.occurred_at,
        "recorded_at": recorded.recorded_at,
        "counts": fact.counts,
        "declared_wrong_by": fact.wrong_by,
    }


def different_of(item: DifferentItem) -> dict[str, Any]:
    """Return an item that differs, as it is shown."""
    before, after = (None if each is None else registered_of(each) for each in (item.before, item.after))
    told: dict[str, Any] = after or before or {}
    change = "changed" if before and after else "new" if after else "gone"
    found = [difference_of(each) for each in differences(before, after)]
    return {"id": told["id"], "serial": told["serial"], "change": change, "differences": found}
