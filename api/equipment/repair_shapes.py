"""How repairs and failures look to those who ask, beside the schemas that document them."""

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields

from api.equipment.item_fields import MODEL_ID, SERIAL
from api.shapes import ID, MOMENT, described, moment_of, page_schema
from projections.equipment.failures import Diagnosis, EndingRepair, Failure
from projections.equipment.open_repairs import Exchange
from projections.equipment.repairs import ItemRepair

STATES = ["open", "completed", "given_up"]
HOUR_MICROS = 3_600_000_000
_SIX_DIGITS = Decimal("0.000001")
_TYPE = "Its type by EN 13306."


class OfItemSchema(Schema):
    """Of which item it is told."""

    equipment_id = fields.UUID(required=True, metadata=described("The item.", ID))
    serial = SERIAL
    model_id = MODEL_ID


class ExchangedUnitSchema(Schema):
    """A unit that was taken out or built in during a repair."""

    unit_id = fields.UUID(required=True, metadata=described("The unit.", ID))
    slot = fields.String(required=True, metadata=described("Its position in the item.", "comp2"))
    change = fields.String(
        required=True, metadata=described("What was done with it.", "removed", enum=["installed", "removed"])
    )
    at = fields.AwareDateTime(required=True, metadata=described("When.", MOMENT))


class RepairSchema(OfItemSchema):
    """One repair of one item."""

    operator_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata=described("The organisation that ran the item when the repair began.", ID),
    )
    maintenance_type = fields.String(required=True, metadata=described(_TYPE, "corrective"))
    state = fields.String(
        required=True,
        metadata=described(
            "`given_up`: it ended without completion, as the item was decommissioned or lost, or another repair was "
            "begun in its place.",
            "completed",
            enum=STATES,
        ),
    )
    begun_at = fields.AwareDateTime(required=True, metadata=described("When it began.", MOMENT))
    ended_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("When it was completed or given up; null: it is open.")
    )
    hours = fields.String(
        required=True,
        allow_none=True,
        metadata=described("How long it took, in hours, to six digits; null: it is open.", "4.5"),
    )
    restored = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The failure modes whose faults it ended, in the order in which they began."},
    )
    units = fields.List(
        fields.Nested(ExchangedUnitSchema),
        required=True,
        metadata={"description": "The units of the item that were taken out or built in while it was open."},
    )
    beyond_economic_repair = fields.Boolean(
        required=True,
        metadata=described(
            "Whether it was declared in it that repairing costs more than the item is worth.", example=False
        ),
    )
    began_by = fields.Integer(
        required=True, metadata=described("Where the fact stands in the log that began it: its number.", 4711)
    )


RepairsSchema = page_schema("Repairs", RepairSchema, "A page of repairs.")


def repair_of(repair: ItemRepair) -> dict[str, Any]:
    """Return a repair, as it is shown."""
    return {
        "equipment_id": str(repair.equipment_id),
        "serial": repair.serial,
        "model_id": repair.model_id,
        "operator_id": repair.operator_id,
        "maintenance_type": repair.maintenance_type,
        "state": repair.state,
        "begun_at": moment_of(repair.begun),
        "ended_at": moment_of(repair.ended),
        "hours": None if repair.duration is None else _hours(repair.duration),
        "restored": list(repair.restored),
        "units": [_exchanged(unit) for unit in repair.units],
        "beyond_economic_repair": repair.uneconomic,
        "began_by": repair.began_by,
    }


def _exchanged(unit: Exchange) -> dict[str, Any]:
    change = "installed" if unit.installed else "removed"
    return {"unit_id": str(unit.unit_id), "slot": unit.slot, "change": change, "at": moment_of(unit.at)}


class FailureDiagnosisSchema(Schema):
    """What was found of a failure."""

    mechanism = fields.String(required=True, metadata=described("By which mechanism it failed (ISO 14224).", "fatigue"))
    cause = fields.String(required=True, metadata=described("From which cause (ISO 14224).", "operation"))
    slot = fields.String(
        required=True, allow_none=True, metadata=described("At which position of the item, if told.", "comp2")
    )
    unit_id = fields.UUID(required=True, allow_none=True, metadata=described("In which unit, if told.", ID))
    found_at = fields.AwareDateTime(required=True, metadata=described("When it was found.", MOMENT))


class EndingRepairSchema(Schema):
    """The repair that ended the fault of a failure."""

    ended_at = fields.AwareDateTime(required=True, metadata=described("When it was completed.", MOMENT))
    maintenance_type = fields.String(required=True, allow_none=True, metadata=described(_TYPE, "corrective"))
    begun_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("When it began; null: only its completion is on record.")
    )
    began_by = fields.Integer(
        required=True,
        allow_none=True,
        metadata=described("Where the fact stands in the log that began it: its number.", 4711),
    )


class FailureSchema(OfItemSchema):
    """One failure of one item, as it was reported."""

    failure_mode = fields.String(required=True, metadata=described("How it failed, as a code.", "fail-to-start"))
    impact = fields.String(
        required=True, metadata=described("Effect on the required function (ISO 14224), as told.", "critical")
    )
    detection = fields.String(required=True, metadata=described("How it was noticed, as told.", "monitoring"))
    operating_time = fields.String(
        required=True, allow_none=True, metadata=described("Operating time that was told with it, in hours.", "900.5")
    )
    unit_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The unit of which it was reported, if told.", ID)
    )
    failed_at = fields.AwareDateTime(required=True, metadata=described("When it happened.", MOMENT))
    position = fields.Integer(required=True, metadata=described("Where the fact stands in the log.", 4711))
    diagnoses = fields.List(
        fields.Nested(FailureDiagnosisSchema),
        required=True,
        metadata={"description": "What was found of it, up to the next failure of the same mode; in order of time."},
    )
    repair = fields.Nested(
        EndingRepairSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The repair that ended its fault; null: it is open, or the failure opened none."},
    )


FailuresSchema = page_schema("Failures", FailureSchema, "A page of failures.")


def failure_of(failure: Failure) -> dict[str, Any]:
    """Return a failure, as it is shown."""
    return {
        "equipment_id": str(failure.equipment_id),
        "serial": failure.serial,
        "model_id": failure.model_id,
        "failure_mode": failure.failure_mode,
        "impact": failure.impact,
        "detection": failure.detection,
        "operating_time": failure.operating_time,
        "unit_id": failure.unit_id,
        "failed_at": moment_of(failure.failed_at),
        "position": failure.position,
        "diagnoses": [_diagnosis(each) for each in failure.diagnoses],
        "repair": None if failure.repair is None else _ending(failure.repair),
    }


def _diagnosis(found: Diagnosis) -> dict[str, Any]:
    return {
        "mechanism": found.mechanism,
        "cause": found.cause,
        "slot": found.slot,
        "unit_id": found.unit_id,
        "found_at": moment_of(found.found_at),
    }


def _ending(repair: EndingRepair) -> dict[str, Any]:
    return {
        "ended_at": moment_of(repair.ended),
        "maintenance_type": repair.maintenance_type,
        "begun_at": moment_of(repair.begun),
        "began_by": repair.began_by,
    }


def _hours(micros: int) -> str:
    """Return a time in hours, as a decimal number without zeros at its end."""
    text = format((Decimal(micros) / HOUR_MICROS).quantize(_SIX_DIGITS), "f")
    return text.rstrip("0").removesuffix(".")
