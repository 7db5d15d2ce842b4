"""How lists and histories of equipment look to those who ask, each beside the schema that documents it."""

from typing import Any

from marshmallow import Schema, fields

from api.equipment.design_shapes import DiscontinuedSchema, discontinued_of
from api.equipment.item_fields import ITEM_ID, MANUFACTURER_ID, MODEL_ID, OPERATOR_ID, PARENT, SERIAL, STAGE
from api.equipment.parts import valid_until
from api.shapes import ID, MOMENT, described, page_schema
from domain.kernel.facts import fact_type
from domain.kernel.json_schema import written
from domain.kernel.moments import from_micros
from projections.equipment.history import HistoryStep
from projections.equipment.models import ListedModel
from projections.equipment.periods import ReportedPeriod
from projections.equipment.registry import RegisteredItem


class RegisteredItemSchema(Schema):
    """What the registry says of one item."""

    id = ITEM_ID
    serial = SERIAL
    model_id = MODEL_ID
    manufacturer_id = MANUFACTURER_ID
    holder_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The organisation to which it was delivered.", ID)
    )
    operator_id = OPERATOR_ID
    owner_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata=described("The organisation that owns it, if a transfer is on record.", ID),
    )
    stage = STAGE
    parent = PARENT
    came_from = fields.UUID(
        required=True, allow_none=True, metadata=described("The item from which it was last removed as a unit.", ID)
    )
    second_category = fields.Boolean(
        required=True, metadata=described("Whether it was refurbished after its decommissioning.", example=False)
    )
    faults = fields.Integer(required=True, metadata=described("How many faults are open.", 1))
    certified = fields.Boolean(
        required=True,
        metadata=described("Whether it has a certificate of which it is not on record that it came to its end."),
    )
    valid_until = fields.Date(
        required=True,
        allow_none=True,
        metadata=described("Last day on which the certificate is valid, in UTC; null: none or without end."),
    )
    released_at = fields.AwareDateTime(
        required=True, metadata=described("When it was released, or taken over.", MOMENT)
    )


RegistrySchema = page_schema(
    "Registry",
    RegisteredItemSchema,
    "A page of the registry of equipment.",
)


def registered_of(item: RegisteredItem) -> dict[str, Any]:
    """Return what the registry says of one item, as it is shown."""
    key, serial, model, maker, holder, operator, owner, stage, *sits, faults, certified, until, released = item
    parent, slot, former, second = sits
    return {
        "id": key,
        "serial": serial,
        "model_id": model,
        "manufacturer_id": maker,
        "holder_id": holder,
        "operator_id": operator,
        "owner_id": owner,
        "stage": stage,
        "parent": {"equipment_id": parent, "slot": slot} if parent else None,
        "came_from": former,
        "second_category": second,
        "faults": faults,
        "certified": certified,
        "valid_until": None if until is None else valid_until(from_micros(until)),
        "released_at": from_micros(released),
    }


class ListedModelSchema(Schema):
    """What the list says of one model."""

    id = fields.UUID(required=True, metadata=described("Id of the model.", ID))
    designation = fields.String(required=True, metadata=described("Name of the model as sold.", "Press PX-40"))
    manufacturer_id = fields.UUID(required=True, metadata=described("The organisation that makes it.", ID))
    equipment_class = fields.String(
        required=True, allow_none=True, metadata=described("Equipment class by ISO 14224.", "CO")
    )
    discontinued = fields.Nested(
        DiscontinuedSchema,
        required=True,
        allow_none=True,
        metadata={"description": "That it is made no longer; null: it is made."},
    )


ListedModelsSchema = page_schema("ListedModels", ListedModelSchema, "A page of models.")


def listed_model_of(model: ListedModel) -> dict[str, Any]:
    """Return what the list says of one model, as it is shown."""
    return {
        "id": str(model.model_id),
        "designation": model.designation,
        "manufacturer_id": str(model.manufacturer_id),
        "equipment_class": model.equipment_class,
        "discontinued": _discontinued(model),
    }


def _discontinued(model: ListedModel) -> dict[str, Any] | None:
    if model.discontinued_at is None:
        return None
    return discontinued_of(from_micros(model.discontinued_at), model.discontinued_reason, model.successor_id)


class PeriodSchema(Schema):
    """A period of which only totals are known. Values are decimal numbers, written as text so that they stay exact."""

    position = fields.Integer(
        required=True, metadata=described("Where the fact that told of it stands in the log.", 47)
    )
    meter = fields.String(required=True, metadata=described("Name of the counter.", "operating-time"))
    unit = fields.String(required=True, metadata=described("Unit of its values, as a UCUM symbol.", "h"))
    begin = fields.AwareDateTime(required=True, metadata=described("Where the period begins.", MOMENT))
    end = fields.AwareDateTime(required=True, metadata=described("Where it ends.", MOMENT))
    up = fields.String(required=True, metadata=described("What was done in it.", "160.5"))
    total = fields.String(
        required=True, allow_none=True, metadata=described("What could have been done in it, if told.", "168")
    )


PeriodsSchema = page_schema(
    "Periods", PeriodSchema, "A page of the periods of one item of which only totals are known."
)


def period_of(period: ReportedPeriod) -> dict[str, Any]:
    """Return a period of which only totals are known, as it is shown."""
    return {
        "position": period.position,
        "meter": period.meter,
        "unit": period.unit,
        "begin": from_micros(period.begin),
        "end": from_micros(period.end),
        "up": period.done,
        "total": period.possible,
    }


class ChangeSchema(Schema):
    """What a fact changed in the state of what the history is about: a field, or the members of a list."""

    field = fields.String(
        required=True,
        metadata=described("Which field of the state; of counters and conditions with the name of the one.", "stage"),
    )
    before = fields.Raw(
        required=True,
        allow_none=True,
        metadata=described("Its value before the fact; of a list, such as `failures`: the members that left it."),
    )
    after = fields.Raw(
        required=True,
        allow_none=True,
        metadata=described("Its value after the fact; of a list: the members that came."),
    )


class SourceOfFactSchema(Schema):
    """Where a fact was first recorded."""

    source = fields.String(required=True, metadata=described("URI of the system that recorded it first."))
    id = fields.String(required=True, metadata=described("Its own id there."))


class StepSchema(Schema):
    """One fact of a history: what happened, who said so, when, why, and what it changed."""

    id = fields.UUID(required=True, metadata=described("Permanent id of the fact.", ID))
    position = fields.Integer(required=True, metadata=described("Where it stands in the log.", 4711))
    stream = fields.String(required=True, metadata=described("The stream in which it stands.", f"equipment:{ID}"))
    sequence = fields.Integer(required=True, metadata=described("Which fact of its stream it is.", 3))
    type = fields.String(required=True, metadata=described("Permanent name of the fact.", "equipment.commissioned"))
    type_version = fields.Integer(required=True, metadata=described("Version in which it was recorded.", 1))
    occurred_at = fields.AwareDateTime(
        required=True, metadata=described("When it happened, at the offset at which it was said.", MOMENT)
    )
    recorded_at = fields.AwareDateTime(required=True, metadata=described("When it was recorded.", MOMENT))
    actor = fields.UUID(required=True, metadata=described("Who said so: a random id.", ID))
    organisation = fields.UUID(required=True, metadata=described("For which organisation it was said.", ID))
    correlation = fields.UUID(required=True, metadata=described("What belongs to one request shares this id.", ID))
    causation = fields.UUID(required=True, allow_none=True, metadata=described("The fact that led to it.", ID))
    caused = fields.List(
        fields.UUID(),
        required=True,
        metadata={"description": "The facts of this history to which it led, in order of occurrence: the first 100."},
    )
    reason = fields.String(required=True, allow_none=True, metadata=described("Why: a code.", "late-paper-record"))
    source = fields.Nested(
        SourceOfFactSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Where it was first recorded, if elsewhere."},
    )
    data = fields.Dict(required=True, metadata=described("What it says, by the schema of its type and version."))
    changes = fields.List(
        fields.Nested(ChangeSchema),
        required=True,
        metadata={
            "description": "What it changed in what the history is about, after all that happened before it. Of an "
            "error declaration: how all that was known differed with it from what was known just before."
        },
    )
    declared_wrong_by = fields.UUID(
        required=True, allow_none=True, metadata=described("The error declaration that holds it wrong.", ID)
    )
    corrects = fields.List(
        fields.UUID(), required=True, metadata={"description": "Wrong facts that this one says rightly."}
    )


HistorySchema = page_schema("History", StepSchema, "A page of the history of one item, model or bulletin.")


def step_of(step: HistoryStep) -> dict[str, Any]:
    """Return one step of a history, as it is shown."""
    told = step.recorded
    values = {field.name: getattr(told.fact, field.name) for field in fact_type(told.fact).fields}
    return {
        "id": str(told.id),
        "position": told.position,
        "stream": str(told.stream),
        "sequence": told.sequence,
        "type": told.type,
        "type_version": told.version,
        "occurred_at": told.occurred_at,
        "recorded_at": told.recorded_at,
        "actor": str(told.actor),
        "organisation": str(told.organisation),
        "correlation": str(told.correlation),
        "causation": told.causation,
        "caused": [str(each) for each in step.caused],
        "reason": told.reason,
        "source": {"source": told.source.source, "id": told.source.id} if told.source else None,
        "data": {name: written(value) for name, value in values.items() if value is not None},
        "changes": [{"field": each.field, "before": each.before, "after": each.after} for each in step.changes],
        "declared_wrong_by": step.wrong_by,
        "corrects": [str(each) for each in step.corrects],
    }
