"""How the operating times of a fleet look to those who ask, beside the schema that documents them."""

from typing import Any

from marshmallow import Schema, fields

from api.equipment.item_fields import ITEM_ID, MANUFACTURER_ID, MODEL_ID, OPERATOR_ID, PARENT, SERIAL, STAGE
from api.equipment.life_shapes import FiguresSchema, RestingReadingSchema, figures_of, reading_of
from api.shapes import page_schema
from projections.equipment.operating_times import ItemOperatingTime


class _ItemSchema(Schema):
    """Of which item a figure is."""

    id = ITEM_ID
    serial = SERIAL
    model_id = MODEL_ID
    manufacturer_id = MANUFACTURER_ID
    operator_id = OPERATOR_ID
    stage = STAGE
    parent = PARENT


class ItemOperatingTimeSchema(FiguresSchema, _ItemSchema):
    """What one item of a fleet had done, by one of its counters."""

    last_reading = fields.Nested(
        RestingReadingSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The last reading of its own counter by the moment; null: it was not read by then."},
    )


OperatingTimesSchema = page_schema(
    "OperatingTimes", ItemOperatingTimeSchema, "A page of items with what they had done by a moment."
)


def item_operating_time_of(found: ItemOperatingTime) -> dict[str, Any]:
    """Return what one item of a fleet had done, as it is shown."""
    item = found.item
    return {
        "id": str(item.equipment_id),
        "serial": item.serial,
        "model_id": item.model_id,
        "manufacturer_id": item.manufacturer_id,
        "operator_id": item.operator_id,
        "stage": item.stage,
        "parent": {"equipment_id": str(item.parent_id), "slot": item.slot} if item.parent_id else None,
        **figures_of(found.done),
        "last_reading": None if found.last_read is None else reading_of(found.last_read),
    }
