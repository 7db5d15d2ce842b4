"""How one item looks to those who ask: the answer written once, beside the schema that documents it."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from api.asking import Past
from api.equipment.item_fields import ITEM_ID, MANUFACTURER_ID, MODEL_ID, OPERATOR_ID, PARENT, STAGES
from api.equipment.parts import (
    BulletinStatusSchema,
    CertificateSchema,
    ConditionSchema,
    DiagnosisSchema,
    InstalledUnitSchema,
    LoanSchema,
    MeterSchema,
    PassportInForceSchema,
    UpgradeSchema,
    certificate_of,
    diagnoses_of,
)
from api.shapes import ID, MOMENT, ReadingSchema, StateSchema, described, hours, state_of
from domain.application.states import StateAnswer
from domain.equipment.state import Equipment
from domain.equipment.structure import told_stage
from domain.equipment.technical_state import GIVEN_UP


def _features(meaning: str, example: list[str]) -> fields.Field[Any]:
    pair = fields.List(fields.String(), metadata={"minItems": 2, "maxItems": 2})
    return fields.List(pair, required=True, metadata=described(meaning, [example]))


class ItemSchema(StateSchema):
    """One item of equipment: now, as it was at a moment, or as it was known at a position of the log."""

    id = ITEM_ID
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
    model_id = MODEL_ID
    manufacturer_id = MANUFACTURER_ID
    plant = fields.String(required=True, allow_none=True, metadata=described("Plant that released it.", "plant-2"))
    bill_revision = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Revision of the bill of its model to which it was built; null: nobody said.", "D"),
    )
    as_built = _features("As-built configuration: pairs of feature and value.", ["voltage", "400 V"])
    configuration = _features("As it is now: pairs of feature and value.", ["control-unit", "CU-7"])
    ordered_options = _features("Features ordered and not built in yet.", ["control-unit", "CU-8"])
    document_revision = fields.String(
        required=True, allow_none=True, metadata=described("Revision of the documents that describe it as it is.", "C")
    )
    upgrade = fields.Nested(
        UpgradeSchema, required=True, allow_none=True, metadata={"description": "The upgrade that is under way."}
    )
    awaits_certificate = fields.Boolean(
        required=True,
        metadata=described("Whether what was certified has changed: it returns to service with a new certificate."),
    )
    bulletins = fields.List(
        fields.Nested(BulletinStatusSchema),
        required=True,
        metadata={"description": "What became of bulletins, in order of their ids; of others nothing was told."},
    )
    released_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("When its life began.", MOMENT)
    )
    taken_over = fields.Boolean(
        required=True, metadata=described("Whether its life before that moment is not on record.", example=False)
    )
    second_category = fields.Boolean(
        required=True, metadata=described("Whether it was refurbished after its decommissioning.", example=False)
    )
    certificate = fields.Nested(
        CertificateSchema, required=True, allow_none=True, metadata={"description": "The certificate it has, if any."}
    )
    passport = fields.Nested(
        PassportInForceSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The passport in force."},
    )
    owner_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata=described("The organisation that owns it; null: no transfer is on record.", ID),
    )
    loan = fields.Nested(
        LoanSchema, required=True, allow_none=True, metadata={"description": "To whom it is lent, if it is."}
    )
    holder_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The organisation to which it was delivered.", ID)
    )
    place = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "Code of the site, warehouse or consignee; of a unit in a parent where the topmost item above it is.",
            "site-north",
        ),
    )
    parent = PARENT
    operator_id = OPERATOR_ID
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
    meters = fields.List(
        fields.Nested(MeterSchema), required=True, metadata={"description": "Its counters, in order of name."}
    )
    operational_state = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "State of operation (EN 13306) as last told; operating, if nothing was told since it came into service, or "
            "back: each change of the stage ends it. null: it is not in service.",
            "operating",
        ),
    )
    conditions = fields.List(
        fields.Nested(ConditionSchema),
        required=True,
        metadata={"description": "The last measurement of each parameter at each position, in order of both."},
    )
    faults = fields.List(
        fields.String(),
        required=True,
        metadata=described("Failure modes whose faults are open, sorted.", ["fail-to-start"]),
    )
    diagnoses = fields.List(
        fields.Nested(DiagnosisSchema),
        required=True,
        metadata={"description": "Why it failed, of the last failure of each mode, in order of mode and position."},
    )
    repair = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Maintenance type of the open repair: corrective or preventive.", "corrective"),
    )
    beyond_economic_repair = fields.Boolean(
        required=True,
        metadata=described("Whether its repair was found to cost more than it is worth.", example=False),
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
        "model_id": item.model_id,
        "manufacturer_id": item.manufacturer_id,
        "plant": item.plant,
        "released_at": item.released_at,
        "taken_over": item.taken_over,
        "second_category": item.second_category,
        "certificate": certificate_of(item),
        "passport": _passport(item),
        "end_reason": item.end_reason,
        "waste_document": item.waste_document,
        **_hands(item, [each.state for each in above]),
        **_operation(item),
        **_configuration(item),
        **state_of(answer, past),
    }


def _hands(item: Equipment, above: Sequence[Equipment]) -> dict[str, Any]:
    """Return in whose hands an item is, and where: a unit is where the topmost item above it is."""
    until = item.loan.until if item.loan else None
    return {
        "owner_id": item.owner_id,
        "holder_id": item.holder_id,
        "loan": item.loan
        and {"borrower_id": str(item.loan.borrower_id), "until": None if until is None else until.isoformat()},
        "place": above[-1].place if above else item.place,
        "parent": {"equipment_id": str(item.parent_id), "slot": item.slot} if item.parent_id else None,
        "units": [{"slot": slot, "unit_id": str(unit)} for slot, unit in item.units],
    }


def _operation(item: Equipment) -> dict[str, Any]:
    """Return how an item works, and what it has done."""
    return {
        "operator_id": item.operator_id,
        "act": item.act,
        "commissioned_at": item.commissioned_at,
        "operating_time": None if item.operating_time is None else hours(format(item.operating_time, "f")),
        "meters": [
            {
                "name": meter.name,
                "unit": meter.unit,
                "shown": format(meter.shown, "f"),
                "total": format(meter.total, "f"),
                "read_at": meter.read_at,
                "modulus": None if meter.modulus is None else format(meter.modulus, "f"),
            }
            for meter in item.meters
        ],
        "operational_state": item.operational_state,
        "conditions": [
            {
                "parameter": each.parameter,
                "slot": each.slot,
                "value": format(each.value, "f"),
                "unit": each.unit,
                "measured_at": each.measured_at,
            }
            for each in item.conditions
        ],
        "faults": [] if item.stage in GIVEN_UP else sorted(item.faults),
        "diagnoses": diagnoses_of(item),
        "repair": item.repair,
        "beyond_economic_repair": item.uneconomic,
    }


def _configuration(item: Equipment) -> dict[str, Any]:
    """Return an item as it was built, as it is, and what is asked to be changed."""
    upgrade = {"purpose": item.upgrade, "bulletin_id": item.upgrade_bulletin_id}
    return {
        "bill_revision": item.bill_revision,
        "as_built": [list(pair) for pair in item.as_built],
        "configuration": [list(pair) for pair in item.configuration],
        "ordered_options": [list(pair) for pair in item.options],
        "document_revision": item.document_revision,
        "upgrade": None if item.upgrade is None else upgrade,
        "awaits_certificate": item.recertify,
        "bulletins": [{"bulletin_id": str(bulletin), "status": status} for bulletin, status in item.bulletins],
    }


def _passport(item: Equipment) -> dict[str, Any] | None:
    if item.passport is None:
        return None
    passport = item.passport
    return {
        "number": passport.number,
        "revision": passport.revision,
        "issued_at": passport.issued_at,
        "outdated": passport.outdated,
    }
