"""How passports look to those who ask, beside the schema that documents them."""

from typing import Any

from marshmallow import Schema, fields

from api.equipment.parts import CertificateSchema, InstalledUnitSchema, certificate_of
from api.shapes import ID, MOMENT, described, moment_of, text_of
from domain.equipment.state import Equipment, Meter, Passport
from projections.equipment.registry import RegisteredItem


class PassportUnitSchema(InstalledUnitSchema):
    """A unit that a passport names."""

    serial = fields.String(
        required=True, allow_none=True, metadata=described("Its serial number as its maker writes it.", "CU-7-0031")
    )
    model_id = fields.UUID(required=True, allow_none=True, metadata=described("The model it was built to.", ID))


class PassportMeterSchema(Schema):
    """A counter that a passport names."""

    name = fields.String(required=True, metadata=described("Name of the counter.", "operating-time"))
    unit = fields.String(required=True, metadata=described("Symbol of its unit.", "h"))
    total = fields.String(required=True, metadata=described("What the item had done at the last reading.", "912.5"))
    read_at = fields.AwareDateTime(required=True, metadata=described("When it was read last.", MOMENT))


class PassportSchema(Schema):
    """The passport of an item: which revision was in force at a moment, and what is on record that it states."""

    equipment_id = fields.UUID(required=True, metadata=described("The item.", ID))
    number = fields.String(required=True, metadata=described("Number of the passport.", "PP-2024-0117"))
    revision = fields.Integer(required=True, metadata=described("Revision in force then, from 1.", 2))
    issued_at = fields.AwareDateTime(required=True, metadata=described("When this revision was issued.", MOMENT))
    outdated = fields.Boolean(
        required=True, metadata=described("Whether something that it states had changed since: it is to be revised.")
    )
    serial = fields.String(required=True, allow_none=True, metadata=described("Serial number.", "PX-2024-00017"))
    giai = fields.String(required=True, allow_none=True, metadata=described("GS1 Global Individual Asset Identifier."))
    model_id = fields.UUID(required=True, allow_none=True, metadata=described("The model it was built to.", ID))
    designation = fields.String(
        required=True, allow_none=True, metadata=described("Name of the model as sold.", "Press PX-40")
    )
    manufacturer_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The organisation that made it.", ID)
    )
    owner_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata=described("The organisation that owned it, if a transfer is on record."),
    )
    second_category = fields.Boolean(required=True, metadata=described("Whether it was refurbished."))
    certificate = fields.Nested(
        CertificateSchema, required=True, allow_none=True, metadata={"description": "The certificate it had."}
    )
    configuration = fields.List(
        fields.List(fields.String(), metadata={"minItems": 2, "maxItems": 2}),
        required=True,
        metadata=described("Configuration as it was: pairs of feature and value.", [["voltage", "400 V"]]),
    )
    document_revision = fields.String(
        required=True, allow_none=True, metadata=described("Revision of the documents that describe it.", "C")
    )
    units = fields.List(
        fields.Nested(PassportUnitSchema), required=True, metadata={"description": "Units that sat in it."}
    )
    meters = fields.List(fields.Nested(PassportMeterSchema), required=True, metadata={"description": "Its counters."})


def passport_of(
    equipment_id: object,
    item: Equipment,
    passport: Passport,
    units: dict[Any, RegisteredItem],
    designation: str | None,
) -> dict[str, Any]:
    """Return a passport with what it states, as it is shown."""
    return {
        "equipment_id": str(equipment_id),
        "number": passport.number,
        "revision": passport.revision,
        "issued_at": moment_of(passport.issued_at),
        "outdated": passport.outdated,
        "serial": item.serial,
        "giai": item.giai,
        "model_id": text_of(item.model_id),
        "designation": designation,
        "manufacturer_id": text_of(item.manufacturer_id),
        "owner_id": text_of(item.owner_id),
        "second_category": item.second_category,
        "certificate": certificate_of(item),
        "configuration": [list(pair) for pair in item.configuration],
        "document_revision": item.document_revision,
        "units": [
            {
                "slot": slot,
                "unit_id": str(unit),
                "serial": units[unit].serial if unit in units else None,
                "model_id": text_of(units[unit].model_id) if unit in units else None,
            }
            for slot, unit in item.units
        ],
        "meters": [_meter(each) for each in item.meters],
    }


def _meter(meter: Meter) -> dict[str, Any]:
    return {
        "name": meter.name,
        "unit": meter.unit,
        "total": format(meter.total, "f"),
        "read_at": moment_of(meter.read_at),
    }
