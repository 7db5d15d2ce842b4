"""How models and bulletins look to those who ask, each beside the schema that documents it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from api.asking import Past
from api.equipment.item_fields import ITEM_ID, OPERATOR_ID
from api.shapes import ID, MOMENT, StateSchema, described, page_schema, state_of
from domain.application.states import StateAnswer
from domain.equipment.bulletin import Bulletin
from domain.equipment.configuration import APPLIED, NOT_APPLICABLE
from domain.equipment.model import Model
from domain.kernel.facts import Fact, fact_type
from domain.kernel.json_schema import written
from projections.equipment.bulletin_statuses import PENDING, ConcernedItem, ConcerningBulletin
from projections.equipment.bulletins import ListedBulletin

_PAIR = {"minItems": 2, "maxItems": 2}


def _pairs(meaning: str, example: list[object]) -> fields.Field[Any]:
    return fields.List(fields.List(fields.Raw(), metadata=_PAIR), required=True, metadata=described(meaning, [example]))


class PlanTemplateSchema(Schema):
    """Which maintenance items of a model need, and how often."""

    by_hours = _pairs("Codes of tasks, each with its interval in hours of operation.", ["oil", "500"])
    by_cycles = _pairs("Codes of tasks, each with its interval in cycles.", ["die", "10000"])
    by_calendar = _pairs("Codes of tasks, each with its interval in days.", ["inspection", 365])
    by_condition = _pairs("Codes of tasks, each with what is measured for it.", ["bearing", "vibration-velocity"])


class WarrantyTermsSchema(Schema):
    """On which terms items of a model are under warranty."""

    terms = fields.String(required=True, metadata=described("Code of the terms.", "standard-24"))
    begins = fields.String(
        required=True, metadata=described("With what it begins: released, delivered or commissioned.", "delivered")
    )
    months = fields.Integer(
        required=True, allow_none=True, metadata=described("How many months it lasts; null: not limited by time.", 24)
    )
    hours = fields.String(
        required=True,
        allow_none=True,
        metadata=described("After how many hours of operation it ends; null: not limited by operation.", "4000"),
    )
    uncovered = fields.List(
        fields.String(), required=True, metadata=described("Positions of the bill that it does not cover.", ["seal"])
    )


class DiscontinuedSchema(Schema):
    """Since when and why a model is made no longer."""

    since = fields.AwareDateTime(required=True, metadata=described("When it was discontinued.", MOMENT))
    reason = fields.String(required=True, metadata=described("Reason, as a code of the trade.", "replaced"))
    successor_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The model that takes its place, if any.", ID)
    )


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
    bill_revision = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Revision of its bill in force; null: as it was registered.", "D"),
    )
    maintainable_items = fields.List(
        fields.String(),
        required=True,
        metadata=described("Positions of the bill at which serialised units are maintained.", ["comp1"]),
    )
    plan_template = fields.Nested(
        PlanTemplateSchema, required=True, allow_none=True, metadata={"description": "Maintenance its items need."}
    )
    warranty_terms = fields.Nested(
        WarrantyTermsSchema, required=True, allow_none=True, metadata={"description": "Terms of its warranty."}
    )
    document_set = fields.List(
        fields.List(fields.String(), metadata=_PAIR),
        required=True,
        metadata=described(
            "Documents its items come with: codes, each with its category by VDI 2770.", [["manual", "03-02"]]
        ),
    )
    discontinued = fields.Nested(
        DiscontinuedSchema,
        required=True,
        allow_none=True,
        metadata={"description": "That it is made no longer; null: it is made."},
    )


def model_of(answer: StateAnswer, past: Past) -> dict[str, Any]:
    """Return the state of a model as it is shown."""
    state: Model = answer.state
    known, ended = state.registered, state.discontinued
    documents = state.document_set.documents if state.document_set else ()
    return {
        "id": str(answer.stream.id),
        "designation": known and known.designation,
        "manufacturer_id": known and known.manufacturer_id,
        "equipment_class": known and known.equipment_class,
        "bill_revision": state.bill and state.bill.revision,
        "maintainable_items": list(state.maintainable_items),
        "plan_template": _said(state.plan_template),
        "warranty_terms": _said(state.warranty_terms),
        "document_set": [list(pair) for pair in documents],
        "discontinued": ended and discontinued_of(state.discontinued_at, ended.reason, ended.successor_id),
        **state_of(answer, past),
    }


def discontinued_of(since: datetime | None, reason: str | None, successor_id: UUID | None) -> dict[str, Any]:
    """Return since when and why a model is made no longer, as it is shown."""
    return {"since": since, "reason": reason, "successor_id": successor_id}


def _said(fact: Fact | None) -> dict[str, Any] | None:
    """Return what a fact says, as it stands in JSON."""
    return None if fact is None else {spec.name: written(getattr(fact, spec.name)) for spec in fact_type(fact).fields}


class ListedBulletinSchema(Schema):
    """What the list says of one bulletin."""

    id = fields.UUID(required=True, metadata=described("Id of the bulletin.", ID))
    number = fields.String(required=True, metadata=described("Its number, by its maker.", "SB-2026-07"))
    kind = fields.String(required=True, metadata=described("What it is.", "service", enum=["service", "recall"]))
    title = fields.String(required=True, metadata=described("What it asks for, as a code.", "replace-relief-valve"))
    manufacturer_id = fields.UUID(required=True, metadata=described("The organisation that issued it.", ID))
    models = fields.List(fields.UUID(), required=True, metadata=described("The models whose items it concerns.", [ID]))
    mandatory_by = fields.Date(
        required=True,
        allow_none=True,
        metadata=described("Last day, in UTC, on which it is to be applied; null: not mandatory.", "2026-12-31"),
    )
    withdrawn = fields.Boolean(required=True, metadata=described("Whether it was withdrawn.", example=False))


ListedBulletinsSchema = page_schema("ListedBulletins", ListedBulletinSchema, "A page of bulletins.")


def listed_bulletin_of(bulletin: ListedBulletin) -> dict[str, Any]:
    """Return what the list says of one bulletin, as it is shown."""
    return {
        "id": str(bulletin.bulletin_id),
        "number": bulletin.number,
        "kind": bulletin.kind,
        "title": bulletin.title,
        "manufacturer_id": str(bulletin.manufacturer_id),
        "models": [str(model) for model in bulletin.models],
        "mandatory_by": None if bulletin.mandatory_by is None else bulletin.mandatory_by.isoformat(),
        "withdrawn": bulletin.withdrawn,
    }


class BulletinSchema(StateSchema):
    """One bulletin: now, as it was at a moment, or as it was known at a position of the log."""

    id = fields.UUID(required=True, metadata=described("Id of the bulletin.", ID))
    # What the issue says is null only where an error declaration took the issue away.
    number = fields.String(
        required=True, allow_none=True, metadata=described("Its number, by its maker.", "SB-2026-07")
    )
    kind = fields.String(
        required=True, allow_none=True, metadata=described("What it is.", "service", enum=["service", "recall", None])
    )
    title = fields.String(
        required=True, allow_none=True, metadata=described("What it asks for, as a code.", "replace-relief-valve")
    )
    manufacturer_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The organisation that issued it.", ID)
    )
    models = fields.List(fields.UUID(), required=True, metadata=described("The models it concerns.", [ID]))
    mandatory_by = fields.Date(
        required=True,
        allow_none=True,
        metadata=described("Last day, in UTC, on which it is to be applied; null: not mandatory.", "2026-12-31"),
    )
    serial_from = fields.String(
        required=True, allow_none=True, metadata=described("First serial number it concerns.", "PX-2024-00001")
    )
    serial_to = fields.String(
        required=True, allow_none=True, metadata=described("Last serial number it concerns.", "PX-2024-00500")
    )
    withdrawn = fields.String(
        required=True, allow_none=True, metadata=described("Why it was withdrawn; null: it is in force.", "superseded")
    )


def bulletin_of(answer: StateAnswer, past: Past) -> dict[str, Any]:
    """Return the state of a bulletin as it is shown."""
    state: Bulletin = answer.state
    issued = state.issued
    until = issued and issued.mandatory_by
    return {
        "id": str(answer.stream.id),
        "number": issued and issued.number,
        "kind": issued and issued.kind,
        "title": issued and issued.title,
        "manufacturer_id": issued and issued.manufacturer_id,
        "models": [str(model) for model in issued.models] if issued else [],
        "mandatory_by": until and until.isoformat(),
        "serial_from": issued and issued.serial_from,
        "serial_to": issued and issued.serial_to,
        "withdrawn": state.withdrawn and state.withdrawn.reason,
        **state_of(answer, past),
    }


def _status() -> fields.String:
    return fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "What became of the bulletin; null: nothing, and it is not asked any more, as the bulletin was withdrawn "
            "or the item disposed of.",
            PENDING,
            enum=[PENDING, APPLIED, NOT_APPLICABLE, None],
        ),
    )


class ConcernedItemSchema(Schema):
    """What became of a bulletin at one item that it concerns."""

    id = ITEM_ID
    serial = fields.String(required=True, metadata=described("Its serial number.", "PX-2024-00017"))
    model_id = fields.UUID(required=True, metadata=described("The model it was built to.", ID))
    holder_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The organisation to which it was delivered.", ID)
    )
    operator_id = OPERATOR_ID
    stage = fields.String(
        required=True,
        metadata=described("Stage of its life; of a unit in a parent it follows from the topmost item.", "in_service"),
    )
    status = _status()


ConcernedItemsSchema = page_schema("ConcernedItems", ConcernedItemSchema, "A page of items that a bulletin concerns.")


def concerned_item_of(item: ConcernedItem) -> dict[str, Any]:
    """Return what became of a bulletin at one item, as it is shown."""
    return {
        "id": str(item.equipment_id),
        "serial": item.serial,
        "model_id": str(item.model_id),
        "holder_id": item.holder_id,
        "operator_id": item.operator_id,
        "stage": item.stage,
        "status": item.status,
    }


class ConcerningBulletinSchema(ListedBulletinSchema):
    """A bulletin that concerns an item, and what became of it there."""

    status = _status()


ConcerningBulletinsSchema = page_schema(
    "ConcerningBulletins", ConcerningBulletinSchema, "A page of bulletins that concern an item."
)


def concerning_bulletin_of(found: ConcerningBulletin) -> dict[str, Any]:
    """Return a bulletin that concerns an item, and what became of it there, as it is shown."""
    return {**listed_bulletin_of(found.bulletin), "status": found.status}
