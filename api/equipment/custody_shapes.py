"""How custody looks to those who ask, beside the schemas that document it."""

from typing import Any

from marshmallow import Schema, fields

from api.equipment.item_fields import ITEM_ID, MODEL_ID, OPERATOR_ID, PARENT, SERIAL, STAGE
from api.shapes import ID, MOMENT, described, page_schema
from domain.kernel.moments import from_micros
from projections.equipment.custody import Hands, HeldItem, Holding


class CustodyLoanSchema(Schema):
    """A loan."""

    until = fields.Date(
        required=True, allow_none=True, metadata=described("Its last day, in UTC; null: without end.", "2026-12-31")
    )


class HandsSchema(Schema):
    """In whose hands an item is, whose it is, and where."""

    holder_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The organisation to which it was delivered or lent.", ID)
    )
    operator_id = OPERATOR_ID
    owner_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata=described(
            "The organisation that owns it, if a transfer of it, or else of what it sits in, is on record.", ID
        ),
    )
    place = fields.String(required=True, allow_none=True, metadata=described("Where it is, if told.", "hall-1"))
    loan = fields.Nested(
        CustodyLoanSchema,
        required=True,
        allow_none=True,
        metadata={"description": "That it is lent to its holder; null: it is not."},
    )
    parent = PARENT


class OfHeldItemSchema(Schema):
    """Which item is told of."""

    id = ITEM_ID
    serial = SERIAL
    model_id = MODEL_ID
    stage = STAGE


class HeldItemSchema(HandsSchema, OfHeldItemSchema):  # fields of the last one stand first
    """One item, in whose hands it is, whose it is, and where."""


class OfTimeSchema(Schema):
    """Which time is told of."""

    begin = fields.AwareDateTime(required=True, metadata=described("Since when.", MOMENT))
    end = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata=described("Until when; null: it still is at the moment that is asked about.", MOMENT),
    )


class HoldingSchema(HandsSchema, OfTimeSchema):  # fields of the last one stand first
    """A time in which an item was in the same hands and at the same place."""


CustodySchema = page_schema("Custody", HeldItemSchema, "A page of items and in whose hands they are.")
HoldingsSchema = page_schema("Holdings", HoldingSchema, "A page of the times in which an item was in the same hands.")


def held_of(item: HeldItem) -> dict[str, Any]:
    """Return an item and in whose hands it is, as it is shown."""
    return {
        "id": str(item.equipment_id),
        "serial": item.serial,
        "model_id": item.model_id,
        "stage": item.stage,
        **_hands(item.hands),
    }


def holding_of(holding: Holding) -> dict[str, Any]:
    """Return a time in which an item was in the same hands, as it is shown."""
    return {
        "begin": from_micros(holding.begin),
        "end": None if holding.end is None else from_micros(holding.end),
        **_hands(holding.hands),
    }


def _hands(hands: Hands) -> dict[str, Any]:
    return {
        "holder_id": hands.holder_id,
        "operator_id": hands.operator_id,
        "owner_id": hands.owner_id,
        "place": hands.place,
        "loan": None if hands.loan is None else {"until": hands.loan or None},
        "parent": {"equipment_id": str(hands.parent_id), "slot": hands.slot} if hands.parent_id else None,
    }
