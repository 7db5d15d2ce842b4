"""What may be asked about technical states: of one item, of all, and which faults are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Response

from api.asking import OfPages, OfThePast, asks, past_of
from api.auth import Question, allow, allow_stream
from api.conditions import wait_for_log, wait_for_views
from api.documenting import PAGING, READING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.state_shapes import (
    ItemStateSchema,
    OpenFaultsSchema,
    TechnicalStatesSchema,
    open_fault_of,
    technical_state_of,
)
from api.http import view_answer
from api.reading import answered_list, by_id, by_text, by_time_and_id, paging
from api.services import services
from domain.equipment.terms import FailureMode, ManufacturerId, ModelId, OperatorId, Place, UnitId
from domain.kernel.marks import Meaning
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import open_faults, technical_states
from projections.equipment.technical_state import TECHNICAL_STATE
from projections.paging import Place as PageBegin

_WEAK = ("ETag", "Cache-Control")
_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))
_PLACES = {"serial": by_text, "id": by_id, "since": by_time_and_id}
_State = Literal[
    "operating",
    "standby",
    "idle",
    "degraded",
    "fault",
    "preventive_maintenance",
    "externally_disabled",
    "not_in_service",
]
_Category = Literal["up", "down", "disabled", "not_in_service"]


@dataclass(frozen=True, kw_only=True)
class OfSomeItems:
    """Of which items it is asked; what is left out does not matter."""

    model_id: ModelId | None = None
    manufacturer_id: ManufacturerId | None = None
    operator_id: OperatorId | None = None
    place: Place | None = None


@dataclass(frozen=True, kw_only=True)
class TechnicalStatesQuestion(OfThePast, OfPages, OfSomeItems):
    """Which items are asked for; what is left out does not matter."""

    state: Annotated[_State, Meaning("Only items in this technical state.")] | None = None
    category: Annotated[_Category, Meaning("Only items whose time counts as this.")] | None = None
    sort: Annotated[
        technical_states.Sort,
        Meaning("Order: by serial number, id, or since when; with - from the end to the beginning."),
    ] = "serial"


@endpoint(
    blueprint,
    "GET",
    "/technical-states",
    answers=(Answer(200, "A page of items.", TechnicalStatesSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(TechnicalStatesQuestion)
def list_technical_states(question: TechnicalStatesQuestion) -> Response:
    """In which technical state by EN 13306 items are, and since when: now, or as of any past moment.

    Up: operating, standby, idle, degraded. Down: a fault, from the failure up to the completed repair, and preventive
    maintenance. Externally disabled is neither. Not in service, and so neither, is what was not commissioned yet, is
    stored, on its way, set aside, laid up or lost, came to its end, or is being modernised.

    What was told of the operation (standby, idle, degraded, externally disabled) holds until something else is told or
    the stage of life changes, as by a repair: what comes into service, or back, is operating.

    A unit in a parent is not in service where the topmost item above it is not. It has a fault if one was reported of
    it, by its own facts or in the life of what it sits in; it is under preventive maintenance with the topmost item;
    where anything above it is down or externally disabled, it is externally disabled itself, as it could work.

    `sort=since&category=down` lists what has been down longest first.

    Operator and place of a unit in a parent are those of the topmost item above it.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in technical_states.NEEDS))
    asked = paging("technical-states.1", question, asking, place=_PLACES[question.sort.removeprefix("-")])
    wanted = technical_states.StateFilter(
        state=question.state,
        category=question.category,
        model_id=question.model_id,
        manufacturer_id=question.manufacturer_id,
        operator_id=question.operator_id,
        place=question.place,
        scope=asking.scope,
    )
    return answered_list(
        lambda views, asked: technical_states.states(
            views, wanted, asked.window, sort=question.sort, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        TechnicalStatesSchema,
        technical_state_of,
    )


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/technical-state",
    answers=(Answer(200, "The technical state.", ItemStateSchema, _WEAK), _UNCHANGED),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(OfThePast)
def get_technical_state(question: OfThePast, equipment_id: UUID) -> Response:
    """In which technical state by EN 13306 one item is, and since when, with its open faults and its open repair."""
    stream = StreamRef("equipment", equipment_id)
    allow_stream(Question.EQUIPMENT, stream)
    past = past_of(question)
    wait_for_log()
    wait_for_views(TECHNICAL_STATE.name)
    services().ledger.state(stream, as_of=past.as_of, known_at=past.known_at)  # refuses what is not on record
    with services().projections.views.ask() as views:
        found, position = technical_states.state(views, equipment_id, as_of=past.micros, known_at=past.known_at)
    if found is None:
        raise NotOnRecord
    body = {**technical_state_of(found), "as_of": past.as_of, "position": position}
    return view_answer(body, position)


@dataclass(frozen=True, kw_only=True)
class OpenFaultsQuestion(OfThePast, OfPages, OfSomeItems):
    """Which faults are asked for; what is left out does not matter."""

    failure_mode: FailureMode | None = None
    impact: Annotated[Literal["critical", "degraded"], Meaning("Only faults as severe as this.")] | None = None
    equipment_id: Annotated[UnitId, Meaning("Only faults of this item.")] | None = None
    unit_id: Annotated[UnitId, Meaning("Only faults that were reported of this unit of an item.")] | None = None


@endpoint(
    blueprint,
    "GET",
    "/open-faults",
    answers=(Answer(200, "A page of faults.", OpenFaultsSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(OpenFaultsQuestion)
def list_open_faults(question: OpenFaultsQuestion) -> Response:
    """Which faults are open: since when, how the item failed, and of which of its units that was reported.

    The item whose oldest fault is the oldest comes first, with all its faults. A fault is open from the failure up to
    the repair that ends it, also out of service, but no longer than the item: of what was decommissioned or disposed of
    none is told. First signs (incipient failures) are no faults.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in open_faults.NEEDS))
    asked = paging("open-faults.1", question, asking, place=_by_fault)
    wanted = open_faults.FaultFilter(
        failure_mode=question.failure_mode,
        impact=question.impact,
        equipment_id=question.equipment_id,
        unit_id=question.unit_id,
        model_id=question.model_id,
        manufacturer_id=question.manufacturer_id,
        operator_id=question.operator_id,
        place=question.place,
        scope=asking.scope,
    )
    return answered_list(
        lambda views, asked: open_faults.faults(
            views, wanted, asked.window, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        OpenFaultsSchema,
        open_fault_of,
    )


def _by_fault(place: Sequence[Any]) -> PageBegin:
    """Return a place in an order by moment, id and number."""
    moment, key, number = place
    return moment, UUID(key), number
