"""How operating times, readings that are due and ends look to those who ask, beside the schemas that document them."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from api.equipment.item_fields import ITEM_ID, MANUFACTURER_ID, MODEL_ID, OPERATOR_ID, SERIAL
from api.shapes import ID, MOMENT, ReadingSchema, described, moment_of, page_schema
from projections.equipment.end_of_life import UNDONE_BY, ItemEnd
from projections.equipment.known_lives import Reading
from projections.equipment.operating_time import InParent, OperatingTime
from projections.equipment.overdue_readings import UnreadItem

ENDS = ["decommissioned", "refurbished", "disposed", "lost"]
_AMOUNT = "A decimal number, written as text so that it stays exact"


class RestingReadingSchema(Schema):
    """A reading on which a figure rests."""

    at = fields.AwareDateTime(required=True, metadata=described("When the counter was read.", MOMENT))
    shown = fields.String(required=True, metadata=described("What the counter showed.", "900.5"))
    total = fields.String(
        required=True,
        metadata=described("What the item had done by then, replaced counters and passes through 0 included.", "900.5"),
    )


class InParentSchema(Schema):
    """What a unit did while it sat in one parent."""

    equipment_id = fields.UUID(required=True, metadata=described("The parent.", ID))
    slot = fields.String(required=True, allow_none=True, metadata=described("Position that it filled.", "comp2"))
    begin = fields.AwareDateTime(required=True, metadata=described("From when on it counts.", MOMENT))
    end = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("Up to when; null: it sits there at the moment asked about.")
    )
    done = fields.String(
        required=True,
        allow_none=True,
        metadata=described("What was measured of it there; null: of some of that time nobody knows.", "450.5"),
    )


class FiguresSchema(Schema):
    """What was done by a moment, by one counter."""

    meter = fields.String(required=True, metadata=described("Name of the counter.", "operating-time"))
    unit = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Symbol of its unit; null: nothing is on record of such a counter.", "h"),
    )
    measured = fields.String(
        required=True,
        allow_none=True,
        metadata=described(f"{_AMOUNT}: what follows from readings; null: of some of its life nobody knows.", "912.5"),
    )
    basis = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "`read`: the counter was read just then. `interpolated`: it lies between readings. `last_read`: nobody has "
            "read the counter since, and the item may have done more. null: `measured` is.",
            "interpolated",
            enum=["read", "interpolated", "last_read", None],
        ),
    )
    reported = fields.String(
        required=True,
        metadata=described("Done in periods of which only totals are known and nothing was measured.", "0"),
    )
    total = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "What was measured of any part of its life and what was reported of the rest, no time twice; where "
            "`measured` is null, it did at least that much. null: nothing is known.",
            "912.5",
        ),
    )


def figures_of(found: OperatingTime) -> dict[str, Any]:
    """Return what was done as it is shown."""
    return {
        "meter": found.meter,
        "unit": found.unit,
        "measured": _amount(found.measured),
        "basis": found.basis,
        "reported": _amount(found.reported),
        "total": _amount(found.total),
    }


class OperatingTimeSchema(FiguresSchema):
    """What an item had done by a moment, by one of its counters."""

    id = ITEM_ID
    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("The moment that was asked for; null: all on record.")
    )
    readings = fields.List(
        fields.Nested(RestingReadingSchema),
        required=True,
        metadata={"description": "Readings of its own counter on which this rests: before and after, or the one."},
    )
    in_parents = fields.List(
        fields.Nested(InParentSchema),
        required=True,
        metadata={"description": "Of a unit: what it did inside its parents since its own counter was read, if ever."},
    )
    position = fields.Integer(required=True, metadata=described("As known at this position of the log.", 4711))


def operating_time_of(equipment_id: object, found: OperatingTime, as_of: datetime | None) -> dict[str, Any]:
    """Return an operating time as it is shown."""
    return {
        "id": str(equipment_id),
        "as_of": as_of,
        **figures_of(found),
        "readings": [reading_of(each) for each in found.readings],
        "in_parents": [_in_parent(each) for each in found.in_parents],
        "position": found.position,
    }


def reading_of(reading: Reading) -> dict[str, Any]:
    """Return a reading as it is shown."""
    return {"at": moment_of(reading.at), "shown": reading.shown, "total": _amount(reading.total)}


def _in_parent(part: InParent) -> dict[str, Any]:
    return {
        "equipment_id": str(part.parent_id),
        "slot": part.slot,
        "begin": moment_of(part.begin),
        "end": moment_of(part.end),
        "done": _amount(part.done),
    }


def _amount(value: Any) -> str | None:
    return None if value is None else format(value, "f")


class UnreadItemSchema(Schema):
    """An item in service, or a unit in one, whose counter was last read long ago, or never."""

    id = ITEM_ID
    serial = SERIAL
    model_id = MODEL_ID
    operator_id = OPERATOR_ID
    last_read_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata=described("When its counter was read last; null: never.", MOMENT)
    )


OverdueReadingsSchema = page_schema(
    "OverdueReadings", UnreadItemSchema, "A page of items whose counter is to be read, the longest unread first."
)


def unread_of(item: UnreadItem) -> dict[str, Any]:
    """Return an item that is to be read, as it is shown."""
    return {
        "id": str(item.equipment_id),
        "serial": item.serial,
        "model_id": item.model_id,
        "operator_id": item.operator_id,
        "last_read_at": moment_of(item.last_read),
    }


class MaterialSchema(Schema):
    """Mass of one material."""

    material = fields.String(required=True, metadata=described("Code of the material.", "steel"))
    mass = fields.Nested(ReadingSchema, required=True, metadata={"description": "Mass handed over."})


class ItemEndSchema(Schema):
    """An end that an item came to."""

    id = ITEM_ID
    serial = SERIAL
    model_id = MODEL_ID
    manufacturer_id = MANUFACTURER_ID
    end = fields.String(
        required=True,
        metadata=described(
            "Which end it was. `refurbished`: after a decommissioning it may live again, as second category.",
            "disposed",
            enum=ENDS,
        ),
    )
    ended_at = fields.AwareDateTime(required=True, metadata=described("When that was.", MOMENT))
    position = fields.Integer(
        required=True, metadata=described("Where the fact stands in the log: no two ends have the same.", 4711)
    )
    undone_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata=described("When it was undone, as `undone_by` tells; null: it was not.", MOMENT),
    )
    undone_by = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "`refurbished`: the decommissioned item may live again. `found`: the lost item was found again.",
            "refurbished",
            enum=[*UNDONE_BY.values(), None],
        ),
    )
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "Why it was decommissioned last, up to this end; of a loss, why it was lost.", "end-of-economic-life"
        ),
    )
    authority = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Who authorised its refurbishment last, up to this end.", "NB-0123"),
    )
    method = fields.String(required=True, allow_none=True, metadata=described("How it was disposed of.", "recycled"))
    waste_document = fields.String(
        required=True, allow_none=True, metadata=described("The document of its disposal.", "WTN-88121")
    )
    waste_code = fields.String(
        required=True, allow_none=True, metadata=described("Code of the waste (European List of Waste).", "16 02 14")
    )
    mass = fields.Nested(
        ReadingSchema, required=True, allow_none=True, metadata={"description": "Mass handed over, in kg."}
    )
    materials = fields.List(
        fields.Nested(MaterialSchema), required=True, metadata={"description": "Mass handed over, by material."}
    )


EndOfLifeSchema = page_schema("EndOfLife", ItemEndSchema, "A page of the register of ends, the earliest first.")


def end_of(found: ItemEnd) -> dict[str, Any]:
    """Return an end that an item came to, as it is shown."""
    return {
        "id": str(found.equipment_id),
        "serial": found.serial,
        "model_id": found.model_id,
        "manufacturer_id": found.manufacturer_id,
        "end": found.end,
        "ended_at": moment_of(found.ended_at),
        "position": found.position,
        "undone_at": moment_of(found.undone_at),
        "undone_by": None if found.undone_at is None else UNDONE_BY[found.end],
        "reason": found.reason,
        "authority": found.authority,
        "method": found.method,
        "waste_document": found.waste_document,
        "waste_code": found.waste_code,
        "mass": None if found.mass is None else {"value": found.mass, "unit": "kg"},
        "materials": [
            {"material": name, "mass": {"value": _amount(mass), "unit": "kg"}} for name, mass in found.materials
        ],
    }
