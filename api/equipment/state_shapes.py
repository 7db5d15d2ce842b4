"""How technical states and open faults look to those who ask, beside the schemas that document them."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from api.equipment.item_fields import ITEM_ID, MANUFACTURER_ID, MODEL_ID, OPERATOR_ID, PARENT, SERIAL, STAGE, STAGES
from api.shapes import ID, MOMENT, described, moment_of, page_schema
from domain.equipment.technical_state import Category, TechnicalState
from projections.equipment.open_faults import OpenFault
from projections.equipment.technical_state import Fault
from projections.equipment.technical_states import ItemState

_IMPACTS = ["critical", "degraded"]


class FaultSchema(Schema):
    """A fault that is open: a failure was reported, and no repair has ended it."""

    failure_mode = fields.String(required=True, metadata=described("How it failed, as a code.", "fail-to-start"))
    impact = fields.String(
        required=True, metadata=described("The worst that was reported of it (ISO 14224).", enum=_IMPACTS)
    )
    since = fields.AwareDateTime(required=True, metadata=described("When the failure was reported.", MOMENT))
    units = fields.List(
        fields.UUID(), required=True, metadata={"description": "The units of which it was reported, if any."}
    )
    equipment_id = fields.UUID(
        required=True, metadata=described("The item in whose life it was reported: itself, or one that it sits in.", ID)
    )


class OpenRepairSchema(Schema):
    """A repair that is under way."""

    maintenance_type = fields.String(required=True, metadata=described("Its type by EN 13306.", "corrective"))
    since = fields.AwareDateTime(required=True, metadata=described("When it was started.", MOMENT))


class TechnicalStateSchema(Schema):
    """In which technical state by EN 13306 one item is."""

    id = ITEM_ID
    serial = SERIAL
    model_id = MODEL_ID
    manufacturer_id = MANUFACTURER_ID
    operator_id = OPERATOR_ID
    place = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Where it is, if told; a unit is where the item is in which it sits.", "hall-1"),
    )
    parent = PARENT
    stage = STAGE
    state = fields.String(
        required=True, metadata=described("Its technical state.", "fault", enum=[each.value for each in TechnicalState])
    )
    category = fields.String(
        required=True, metadata=described("As what its time counts.", "down", enum=[each.value for each in Category])
    )
    since = fields.AwareDateTime(
        required=True,
        metadata=described(
            "Since when it is in this state without a break; out of service, at this stage.",
            MOMENT,
        ),
    )
    faults = fields.List(
        fields.Nested(FaultSchema),
        required=True,
        metadata={
            "description": "Its open faults in the order in which they began; of a unit also those that name it."
        },
    )
    repair = fields.Nested(
        OpenRepairSchema, required=True, allow_none=True, metadata={"description": "Its open repair, if there is one."}
    )


class ItemStateSchema(TechnicalStateSchema):
    """In which technical state one item is, and as known when."""

    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("The moment that was asked for; null: all on record.")
    )
    position = fields.Integer(required=True, metadata=described("As known at this position of the log.", 4711))


TechnicalStatesSchema = page_schema(
    "TechnicalStates",
    TechnicalStateSchema,
    "A page of items with their technical states.",
)


def technical_state_of(item: ItemState) -> dict[str, Any]:
    """Return the technical state of an item, as it is shown."""
    return {
        "id": str(item.equipment_id),
        "serial": item.serial,
        "model_id": item.model_id,
        "manufacturer_id": item.manufacturer_id,
        "operator_id": item.operator_id,
        "place": item.place,
        "parent": {"equipment_id": str(item.parent_id), "slot": item.slot} if item.parent_id else None,
        "stage": item.stage,
        "state": item.state,
        "category": item.category,
        "since": moment_of(item.since),
        "faults": [_fault(each, each.equipment_id or item.equipment_id) for each in item.faults],
        "repair": {"maintenance_type": item.repair, "since": moment_of(item.repair_since)} if item.repair else None,
    }


class OfFaultyItemSchema(Schema):
    """Which item an open fault is of."""

    equipment_id = fields.UUID(required=True, metadata=described("The item that failed.", ID))
    serial = SERIAL
    model_id = MODEL_ID
    operator_id = OPERATOR_ID
    place = fields.String(required=True, allow_none=True, metadata=described("Where it is, if told.", "hall-1"))
    stage = fields.String(
        required=True,
        metadata=described(
            "Stage of its life; of a unit in a parent it follows from the topmost item above it.",
            "under_repair",
            enum=STAGES,
        ),
    )
    repair = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Type of its open repair by EN 13306; null: none was started.", "corrective"),
    )


class OpenFaultSchema(FaultSchema, OfFaultyItemSchema):  # fields of the last one stand first
    """An open fault, and of which item it is."""


OpenFaultsSchema = page_schema(
    "OpenFaults",
    OpenFaultSchema,
    "A page of open faults.",
)


def open_fault_of(fault: OpenFault) -> dict[str, Any]:
    """Return an open fault, as it is shown."""
    return {
        "equipment_id": str(fault.equipment_id),
        "serial": fault.serial,
        "model_id": fault.model_id,
        "operator_id": fault.operator_id,
        "place": fault.place,
        "stage": fault.stage,
        "repair": fault.repair,
        **_fault(fault, fault.equipment_id),
    }


def _fault(fault: Fault | OpenFault, equipment_id: UUID) -> dict[str, Any]:
    return {
        "equipment_id": str(equipment_id),
        "failure_mode": fault.failure_mode,
        "impact": fault.impact,
        "since": moment_of(fault.since),
        "units": [str(each) for each in fault.units],
    }
