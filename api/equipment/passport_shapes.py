"""How passports look to those who ask, beside the schema that documents them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import Schema, fields

from api.equipment.item_fields import MANUFACTURER_ID, MODEL_ID
from api.equipment.parts import CertificateSchema, InstalledUnitSchema, certificate_of
from api.shapes import ID, MOMENT, described
from domain.equipment.state import Equipment, Meter
from projections.equipment.registry import RegisteredItem


class PassportUnitSchema(InstalledUnitSchema):
    """A unit that a passport names."""

    serial = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "Its serial number as its maker writes it; null: the caller takes no part in it by now.", "CU-7-0031"
        ),
    )
    model_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The model it was built to; null as `serial`.", ID)
    )


class PassportMeterSchema(Schema):
    """A counter that a passport names."""

    name = fields.String(required=True, metadata=described("Name of the counter.", "operating-time"))
    unit = fields.String(required=True, metadata=described("Symbol of its unit.", "h"))
    total = fields.String(required=True, metadata=described("What the item had done at the last reading.", "912.5"))
    read_at = fields.AwareDateTime(required=True, metadata=described("When it was read last.", MOMENT))


class PassportContentSchema(Schema):
    """What a passport states of an item."""

    serial = fields.String(required=True, allow_none=True, metadata=described("Serial number.", "PX-2024-00017"))
    giai = fields.String(required=True, allow_none=True, metadata=described("GS1 Global Individual Asset Identifier."))
    model_id = MODEL_ID
    designation = fields.String(
        required=True, allow_none=True, metadata=described("Name of the model as sold.", "Press PX-40")
    )
    manufacturer_id = MANUFACTURER_ID
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
        metadata=described("Configuration it had: pairs of feature and value.", [["voltage", "400 V"]]),
    )
    document_revision = fields.String(
        required=True, allow_none=True, metadata=described("Revision of the documents that describe it.", "C")
    )
    units = fields.List(
        fields.Nested(PassportUnitSchema), required=True, metadata={"description": "Units that sat in it."}
    )
    meters = fields.List(fields.Nested(PassportMeterSchema), required=True, metadata={"description": "Its counters."})


class PassportSchema(PassportContentSchema):
    """The passport of an item: which revision was in force at a moment, and what it states."""

    equipment_id = fields.UUID(required=True, metadata=described("The item.", ID))
    number = fields.String(required=True, metadata=described("Number of the passport.", "PP-2024-0117"))
    revision = fields.Integer(required=True, metadata=described("Revision in force then, from 1.", 2))
    issued_at = fields.AwareDateTime(required=True, metadata=described("When this revision was issued.", MOMENT))
    outdated = fields.Boolean(
        required=True,
        metadata=described(
            "Whether a fact since then changed what it states, so that it is to be revised. For what counters show and "
            "for a certificate that runs out it is not revised."
        ),
    )
    on_record = fields.Nested(
        PassportContentSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": "What was on record at the moment that is asked about: what a revision then would state. "
            "Null: nothing else than it states."
        },
    )
    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("The moment that was asked for; null: now.")
    )
    position = fields.Integer(required=True, metadata=described("As known at this position of the log.", 4711))


class Names(NamedTuple):
    """What is known of what a passport names by its id."""

    units: Mapping[UUID, RegisteredItem]
    """Those in which the one who asks takes part."""
    designation: str | None
    """Of the model."""


def passport_of(
    equipment_id: UUID, item: Equipment, issued: Equipment, names: Names, *, as_of: datetime | None, position: int
) -> dict[str, Any]:
    """Return the passport of an item, as it is shown.

    Args:
        equipment_id: the item.
        item: what was on record at the moment that is asked about, a passport in it.
        issued: what was on record when that passport was issued.
        names: what is known of units and the model.
        as_of: the moment that is asked about.
        position: as known at.
    """
    assert item.passport is not None
    content, on_record = _content(issued, names), _content(item, names)
    return {
        "equipment_id": str(equipment_id),
        "number": item.passport.number,
        "revision": item.passport.revision,
        "issued_at": item.passport.issued_at,
        "outdated": item.passport.outdated,
        **content,
        "on_record": None if on_record == content else on_record,
        "as_of": as_of,
        "position": position,
    }


def _content(item: Equipment, names: Names) -> dict[str, Any]:
    """Return what a passport states of an item."""
    return {
        "serial": item.serial,
        "giai": item.giai,
        "model_id": item.model_id,
        "designation": names.designation,
        "manufacturer_id": item.manufacturer_id,
        "owner_id": item.owner_id,
        "second_category": item.second_category,
        "certificate": certificate_of(item),
        "configuration": [list(pair) for pair in item.configuration],
        "document_revision": item.document_revision,
        "units": [_unit(slot, unit, names.units.get(unit)) for slot, unit in item.units],
        "meters": [_meter(each) for each in item.meters],
    }


def _unit(slot: str, unit: UUID, known: RegisteredItem | None) -> dict[str, Any]:
    return {
        "slot": slot,
        "unit_id": str(unit),
        "serial": known and known.serial,
        "model_id": known and known.model_id,
    }


def _meter(meter: Meter) -> dict[str, Any]:
    return {
        "name": meter.name,
        "unit": meter.unit,
        "total": format(meter.total, "f"),
        "read_at": meter.read_at,
    }
