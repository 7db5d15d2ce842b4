"""How structures, and where units sat, look to those who ask, beside the schemas that document them."""

from typing import Any

from marshmallow import Schema, fields

from api.equipment.item_fields import PARENT, STAGES
from api.equipment.parts import ParentSchema
from api.shapes import ID, MOMENT, described, page_schema
from domain.equipment.technical_state import TechnicalState
from domain.kernel.moments import from_micros
from projections.equipment.installations import Installation, Word
from projections.equipment.structure import Part

_SERIAL = "Serial number as its maker writes it; null: the caller takes no part in it by now."


class StructurePartSchema(Schema):
    """An item, or a unit inside it."""

    id = fields.UUID(required=True, metadata=described("Id of the item or unit.", ID))
    level = fields.Integer(
        required=True, metadata=described("How deep it sits: 0 is the item itself, 1 what sits in it.", 1)
    )
    parent = PARENT
    serial = fields.String(required=True, allow_none=True, metadata=described(_SERIAL, "PX-2024-00017"))
    model_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The model it was built to; null as `serial`.", ID)
    )
    stage = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "Stage of its life; of a unit in a parent it follows from the topmost item above it. Null as `serial`.",
            "in_service",
            enum=[*STAGES, None],
        ),
    )
    state = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "Its technical state by EN 13306; null: its facts could not be applied yet, or as `serial`.",
            "operating",
            enum=[*(each.value for each in TechnicalState), None],
        ),
    )
    empty_positions = fields.List(
        fields.String(metadata={"examples": ["comp2"]}),
        required=True,
        allow_none=True,
        metadata={
            "description": "Positions of its bill in which no unit sits, in the order of the bill: of the revision of "
            "its model's bill to which it was built. Null: it is not known which bill that is, or as `serial`."
        },
    )


StructureSchema = page_schema("Structure", StructurePartSchema, "A page of an item and everything inside it.")


def part_of(part: Part) -> dict[str, Any]:
    """Return an item or a unit inside it, as it is shown."""
    known = part.condition
    return {
        "id": str(part.equipment_id),
        "level": part.level,
        "parent": {"equipment_id": str(part.parent_id), "slot": part.slot} if part.parent_id else None,
        "serial": known and known.serial,
        "model_id": known and known.model_id,
        "stage": known and known.stage,
        "state": known and known.state,
        "empty_positions": None if part.empty is None else list(part.empty),
    }


class SaidBySchema(Schema):
    """By which fact something is known, and who recorded it when."""

    fact = fields.UUID(required=True, metadata=described("Id of the fact.", ID))
    position = fields.Integer(required=True, metadata=described("Where it stands in the log.", 4711))
    actor = fields.UUID(required=True, metadata=described("Who said so: a random id.", ID))
    organisation = fields.UUID(required=True, metadata=described("For which organisation it was said.", ID))
    recorded_at = fields.AwareDateTime(required=True, metadata=described("When it was recorded.", MOMENT))


class InstallationSchema(Schema):
    """A time in which a unit sat at one position of one item."""

    unit_id = fields.UUID(required=True, metadata=described("The unit, an item with a life of its own.", ID))
    serial = fields.String(required=True, allow_none=True, metadata=described(f"Of the unit. {_SERIAL}", "U-17"))
    parent_id = fields.UUID(required=True, metadata=described("The item in which it sat.", ID))
    slot = fields.String(required=True, allow_none=True, metadata=described("At which position, if told.", "comp2"))
    begin = fields.AwareDateTime(required=True, metadata=described("Since when.", MOMENT))
    end = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata=described("Until when; null: it sits there at the moment that is asked about.", MOMENT),
    )
    installed = fields.Nested(
        SaidBySchema,
        required=True,
        allow_none=True,
        metadata={"description": "By which fact it came there; null: by none of just that moment."},
    )
    removed = fields.Nested(
        SaidBySchema,
        required=True,
        allow_none=True,
        metadata={"description": "By which fact it ceased to sit there; null: it sits there, or by none."},
    )


class OwnInstallationSchema(InstallationSchema):
    """A time in which a unit sat at one position of one item, and what was above it."""

    above = fields.List(
        fields.Nested(ParentSchema),
        required=True,
        metadata={
            "description": "Where it sits at the moment that is asked about: in what, in what that sits, and so on up "
            "to the topmost. Empty of a time that has ended."
        },
    )


InstallationsSchema = page_schema("Installations", OwnInstallationSchema, "A page of the places where a unit sat.")
UnitsOfItemSchema = page_schema("UnitsOfItem", InstallationSchema, "A page of the units that sat in an item.")


def unit_of(found: Installation) -> dict[str, Any]:
    """Return a time in which a unit sat in an item, as it is shown."""
    return {
        "unit_id": str(found.unit_id),
        "serial": found.serial,
        "parent_id": str(found.parent_id),
        "slot": found.slot,
        "begin": from_micros(found.begin),
        "end": None if found.end is None else from_micros(found.end),
        "installed": found.installed and _word(found.installed),
        "removed": found.removed and _word(found.removed),
    }


def installation_of(found: Installation) -> dict[str, Any]:
    """Return the same, with what was above the unit."""
    above = [{"equipment_id": str(each.equipment_id), "slot": each.slot} for each in found.above]
    return {**unit_of(found), "above": above}


def _word(word: Word) -> dict[str, Any]:
    return {
        "fact": str(word.fact),
        "position": word.position,
        "actor": str(word.actor),
        "organisation": str(word.organisation),
        "recorded_at": word.recorded_at,
    }
