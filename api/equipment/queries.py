"""What may be asked about equipment and models."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from flask import Response

from api.asking import OfPages, OfThePast, asks
from api.auth import Question, allow, allow_stream
from api.conditions import wait_for_views
from api.documenting import PAGING, READING, READING_HEADERS, Answer, endpoint
from api.equipment.above import items_above
from api.equipment.commands import blueprint
from api.equipment.design_shapes import ModelSchema, model_of
from api.equipment.lists import (
    ListedModelsSchema,
    PeriodsSchema,
    RegistrySchema,
    listed_model_of,
    period_of,
    registered_of,
)
from api.equipment.shapes import ItemSchema, item_of
from api.reading import answered_list, answered_state, by_id, by_text, by_time, by_time_and_id, by_two_texts, paging
from api.services import services
from domain.equipment.terms import ManufacturerId, MeterName, ModelId, OperatorId, OwnerId, UnitId
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import models as model_lists
from projections.equipment import periods as reported
from projections.equipment import registry as registries
from projections.equipment.meter_readings import METER_READINGS

_STATE = ("ETag", "Cache-Control")
_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))
_PLACES = {"serial": by_text, "id": by_id, "stage": by_two_texts, "released": by_time_and_id}
_Stage = Literal[
    "released",
    "certified",
    "quarantined",
    "in_stock",
    "in_transit",
    "delivered",
    "installed",
    "in_service",
    "under_repair",
    "under_modernisation",
    "laid_up",
    "lost",
    "decommissioned",
    "disposed",
]

_Serial = Annotated[str, Length(1, 100), Example("px-2024")]


@dataclass(frozen=True, kw_only=True)
class RegistryFilters:
    """Which items are meant; what is left out does not matter."""

    stage: Annotated[_Stage, Meaning("Only items at this stage of life.")] | None = None
    model_id: ModelId | None = None
    manufacturer_id: ManufacturerId | None = None
    operator_id: OperatorId | None = None
    owner_id: OwnerId | None = None
    parent_id: Annotated[UnitId, Meaning("Only units that sit in this item.")] | None = None
    came_from: Annotated[UnitId, Meaning("Only units that were last removed from this item.")] | None = None
    serial: Annotated[_Serial, Meaning("The serial number, whatever its case and width.")] | None = None
    serial_prefix: Annotated[_Serial, Meaning("How the serial number begins, whatever its case and width.")] | None = (
        None
    )
    faulty: Annotated[bool, Meaning("Only items with, or only items without, an open fault.")] | None = None
    second_category: Annotated[bool, Meaning("Only items that were refurbished, or only others.")] | None = None


@dataclass(frozen=True, kw_only=True)
class RegistryQuestion(RegistryFilters, OfThePast, OfPages):
    """Which items are asked for, and in which order."""

    sort: Annotated[
        registries.Sort,
        Meaning("Order: by serial number, id, stage, or when it was released; with - from the end to the beginning."),
    ] = "serial"


def filter_of(question: RegistryFilters, scope: UUID | None) -> registries.RegistryFilter:
    """Return the filter of the registry that a question names, for those of an organisation or for all."""
    return registries.RegistryFilter(
        stage=question.stage,
        model_id=question.model_id,
        manufacturer_id=question.manufacturer_id,
        operator_id=question.operator_id,
        owner_id=question.owner_id,
        parent_id=question.parent_id,
        came_from=question.came_from,
        serial=question.serial,
        serial_prefix=question.serial_prefix,
        faulty=question.faulty,
        second_category=question.second_category,
        scope=scope,
    )


@endpoint(
    blueprint,
    "GET",
    "/equipment",
    answers=(Answer(200, "A page of items.", RegistrySchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(RegistryQuestion)
def list_equipment(question: RegistryQuestion) -> Response:
    """Which items are on record: now, or as of any past moment.

    A key of one organisation sees the items that it made, holds, runs or owns by now, and every unit inside them, also
    as of a past moment.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(registries.REGISTRY.name)
    asked = paging("equipment.1", question, asking, place=_PLACES[question.sort.removeprefix("-")])
    wanted = filter_of(question, asking.scope)
    return answered_list(
        lambda views, asked: registries.items(
            views, wanted, asked.window, sort=question.sort, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        RegistrySchema,
        registered_of,
    )


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>",
    answers=(Answer(200, "The item.", ItemSchema, _STATE), _UNCHANGED),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(OfThePast)
def get_equipment(question: OfThePast, equipment_id: UUID) -> Response:
    """The state of one item: now, as it was, or as it was known.

    The present state has its version as strong ETag (of a unit in a parent, followed by the versions of what is above
    it): give it as If-Match with a command that rests on it. The stage of such a unit follows from the topmost item
    above it, and it is where that is; the stage that its own stream says is told beside it. Facts that contradict each
    other, after an error declaration, are listed as contradictions.
    """
    return answered_state(Question.EQUIPMENT, StreamRef("equipment", equipment_id), question, item_of, items_above)


@dataclass(frozen=True, kw_only=True)
class PeriodsQuestion(OfThePast, OfPages):
    """Which of the reported periods of an item are asked for."""

    meter: Annotated[MeterName, Meaning("Only what was reported of this counter.")] | None = None


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/periods",
    answers=(Answer(200, "A page of periods.", PeriodsSchema, _PAGE), _UNCHANGED),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(PeriodsQuestion)
def list_periods(question: PeriodsQuestion, equipment_id: UUID) -> Response:
    """Of which periods of one item only totals are known, the earliest first: reported, and kept apart from readings.

    As of a moment: what had been reported by then. A report that was declared wrong is not in it.
    """
    stream = StreamRef("equipment", equipment_id)
    asking = allow_stream(Question.EQUIPMENT, stream)
    wait_for_views(METER_READINGS.name)
    services().ledger.state(stream)  # refuses an id under which nothing is on record
    asked = paging("equipment.periods.1", question, asking, place=by_time, about=equipment_id)
    return answered_list(
        lambda views, asked: reported.periods(
            views, equipment_id, asked.window, meter=question.meter, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        PeriodsSchema,
        period_of,
    )


@dataclass(frozen=True, kw_only=True)
class ModelsQuestion(OfThePast, OfPages):
    """Which models are asked for."""

    manufacturer_id: ManufacturerId | None = None
    discontinued: (
        Annotated[bool, Meaning("Only models that are made no longer, or only models that are made.")] | None
    ) = None


@endpoint(
    blueprint,
    "GET",
    "/models",
    answers=(Answer(200, "A page of models.", ListedModelsSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(ModelsQuestion)
def list_models(question: ModelsQuestion) -> Response:
    """Which models are on record, in order of designation."""
    asking = allow(Question.MODELS)
    wait_for_views(model_lists.MODELS.name)
    asked = paging("models.1", question, asking, place=by_text)
    return answered_list(
        lambda views, asked: model_lists.models(
            views,
            asked.window,
            manufacturer_id=question.manufacturer_id,
            discontinued=question.discontinued,
            as_of=asked.as_of,
            known_at=asked.known_at,
        ),
        asked,
        ListedModelsSchema,
        listed_model_of,
    )


@endpoint(
    blueprint,
    "GET",
    "/models/<uuid:model_id>",
    answers=(Answer(200, "The model.", ModelSchema, _STATE), _UNCHANGED),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(OfThePast)
def get_model(question: OfThePast, model_id: UUID) -> Response:
    """One model: now, as it was, or as it was known."""
    return answered_state(Question.MODELS, StreamRef("model", model_id), question, model_of)
