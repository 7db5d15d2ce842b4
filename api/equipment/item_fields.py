"""The fields by which answers tell of which item they are: the same everywhere, so said once."""

from marshmallow import fields

from api.equipment.parts import ParentSchema
from api.shapes import ID, described
from domain.equipment.terms import Stage

STAGES = [stage.value for stage in Stage]

ITEM_ID = fields.UUID(required=True, metadata=described("Id of the item.", ID))
SERIAL = fields.String(required=True, metadata=described("Serial number as its maker writes it.", "PX-2024-00017"))
MODEL_ID = fields.UUID(required=True, allow_none=True, metadata=described("The model it was built to.", ID))
MANUFACTURER_ID = fields.UUID(required=True, allow_none=True, metadata=described("The organisation that made it.", ID))
OPERATOR_ID = fields.UUID(required=True, allow_none=True, metadata=described("The organisation that runs it.", ID))
STAGE = fields.String(
    required=True,
    metadata=described(
        "Stage of its life; of a unit in a parent it follows from the topmost item above it.",
        "in_service",
        enum=STAGES,
    ),
)
PARENT = fields.Nested(
    ParentSchema, required=True, allow_none=True, metadata={"description": "Where it sits, if it is a unit."}
)
