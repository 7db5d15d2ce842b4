"""How one item or model looks to those who ask: each answer written once, beside the schema that documents it."""

from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema, fields

from api.asking import Past
from api.shapes import ID, MOMENT, ReadingSchema, StateSchema, described, hours, moment_of, state_of, text_of
from domain.application.states import StateAnswer
from domain.equipment.model import Model
from domain.equipment.state import Equipment
from domain.equipment.structure import told_stage
from domain.equipment.terms import Stage

ONE_DAY = timedelta(days=1)
STAGES = [stage.value for stage in Stage]


class CertificateSchema(Schema):
    """The certificate that an item has."""

    number = fields.String(required=True, metadata=described("Number of the certificate.", "EC-2024-1193"))
    valid_until = fields.Date(
        required=True,
        allow_none=True,
        metadata=described("Last day on which it is valid, in UTC; null: without end.", "2029-12-31"),
    )


class ParentSchema(Schema):
    """Where a unit sits."""

    equipment_id = fields.UUID(required=True, metadata=described("The item that contains the unit.", ID))
    slot = fields.String(
        required=True, allow_none=True, metadata=described("Position in the parent that the unit fills.", "comp2")
    )


class InstalledUnitSchema(Schema):
    """A unit that is part of an item."""

    slot = fields.String(required=True, metadata=described("Position that the unit fills.", "comp2"))
    unit_id = fields.UUID(required=True, metadata=described("The unit, an item with a life of its own.", ID))


class ItemSchema(StateSchema):
    """One item of equipment: now, as it was at a moment, or as it was known at a position of the log."""

    id = fields.UUID(required=True, metadata=described("Id of the item.", ID))
    # What the release says is null only where an error declaration took the release away.
    stage = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "Stage of its life; of a unit in a parent it follows from the topmost item above it.",
            "in_service",
            enum=[*STAGES, None],
        ),
    )
    own_stage = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Stage of its life by its own facts alone.", "installed", enum=[*STAGES, None]),
    )
    serial = fields.String(
        required=True, allow_none=True, metadata=described("Serial number as its maker writes it.", "PX-2024-00017")
    )
    giai = fields.String(required=True, allow_none=True, metadata=described("GS1 Global Individual Asset Identifier."))
    model_id = fields.UUID(required=True, allow_none=True, metadata=described("The model it was built to.", ID))
    manufacturer_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The organisation that made it.", ID)
    )
    plant = fields.String(required=True, allow_none=True, metadata=described("Plant that released it.", "plant-2"))
    as_built = fields.List(
        fields.List(fields.String(), metadata={"minItems": 2, "maxItems": 2}),
        required=True,
        metadata=described("As-built configuration: pairs of feature and value.", [["voltage", "400 V"]]),
    )
    released_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("When its life began.", MOMENT)
    )
    certificate = fields.Nested(
        CertificateSchema, required=True, allow_none=True, metadata={"description": "The certificate it has, if any."}
    )
    holder_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The organisation to which it was delivered.", ID)
    )
    place = fields.String(
        required=True, allow_none=True, metadata=described("Code of the site, warehouse or consignee.", "site-north")
    )
    parent = fields.Nested(
        ParentSchema, required=True, allow_none=True, metadata={"description": "Where it sits, if it is a unit."}
    )
    operator_id = fields.UUID(required=True, allow_none=True, metadata=described("The organisation that runs it.", ID))
    act = fields.String(
        required=True, allow_none=True, metadata=described("Number of the act of commissioning.", "ACT-2024-311")
    )
    commissioned_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("When it was last commissioned.", MOMENT)
    )
    operating_time = fields.Nested(
        ReadingSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Last reading on record of its operating time, in hours (h)."},
    )
    faults = fields.List(
        fields.String(),
        required=True,
        metadata=described("Failure modes whose faults are open, sorted.", ["fail-to-start"]),
    )
    repair = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Maintenance type of the open repair: corrective or preventive.", "corrective"),
    )
    units = fields.List(
        fields.Nested(InstalledUnitSchema),
        required=True,
        metadata={"description": "Units that are part of it, in order of position."},
    )
    end_reason = fields.String(
        required=True, allow_none=True, metadata=described("Why it was decommissioned.", "end-of-economic-life")
    )
    waste_document = fields.String(
        required=True, allow_none=True, metadata=described("The document of its disposal.", "WTN-88121")
    )


def item_of(answer: StateAnswer, past: Past, *above: StateAnswer) -> dict[str, Any]:
    """Return the state of an item as it is shown, with what is above it."""
    item: Equipment = answer.state
    return {
        "id": str(answer.stream.id),
        "stage": told_stage(item, [each.state for each in above]),
        "own_stage": item.stage,
        "serial": item.serial,
        "giai": item.giai,
        "model_id": text_of(item.model_id),
        "manufacturer_id": text_of(item.manufacturer_id),
        "plant": item.plant,
        "as_built": [list(pair) for pair in item.as_built],
        "released_at": moment_of(item.released_at),
        "certificate": _certificate(item),
        "holder_id": text_of(item.holder_id),
        "place": item.place,
        "parent": {"equipment_id": str(item.parent_id), "slot": item.slot} if item.parent_id else None,
        "operator_id": text_of(item.operator_id),
        "act": item.act,
        "commissioned_at": moment_of(item.commissioned_at),
        "operating_time": None if item.operating_time is None else hours(format(item.operating_time, "f")),
        "faults": sorted(item.faults),
        "repair": item.repair,
        "units": [{"slot": slot, "unit_id": str(unit)} for slot, unit in item.units],
        "end_reason": item.end_reason,
        "waste_document": item.waste_document,
        **state_of(answer, past),
    }


def valid_until(end: datetime | None) -> str | None:
    """Return the last day of a certificate, from the first moment after it."""
    return None if end is None else (end - ONE_DAY).date().isoformat()


def _certificate(item: Equipment) -> dict[str, str | None] | None:
    if item.certificate is None:
        return None
    return {"number": item.certificate, "valid_until": valid_until(item.certificate_until)}


class ModelSchema(StateSchema):
    """One model: now, as it was at a moment, or as it was known at a position of the log."""

    id = fields.UUID(required=True, metadata=described("Id of the model.", ID))
    designation = fields.String(
        required=True, allow_none=True, metadata=described("Name of the model as sold.", "Press PX-40")
    )
    manufacturer_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The organisation that makes it.", ID)
    )
    equipment_class = fields.String(
        required=True, allow_none=True, metadata=described("Equipment class by ISO 14224.", "CO")
    )
    maintainable_items = fields.List(
        fields.String(),
        required=True,
        metadata=described("Positions of the bill at which serialised units are maintained.", ["comp1"]),
    )


def model_of(answer: StateAnswer, past: Past) -> dict[str, Any]:
    """Return the state of a model as it is shown."""
    state: Model = answer.state
    known = state.registered
    return {
        "id": str(answer.stream.id),
        "designation": known and known.designation,
        "manufacturer_id": text_of(known and known.manufacturer_id),
        "equipment_class": known and known.equipment_class,
        "maintainable_items": list(known.maintainable_items) if known else [],
        **state_of(answer, past),
    }
