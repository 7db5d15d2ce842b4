"""What may be asked about repairs and failures: of one item, and of all."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal
from uuid import UUID

from flask import Response

from api.asking import OfATime, OfPages, OfThePast, asks
from api.auth import Principal, Question, allow, allow_stream
from api.conditions import wait_for_log, wait_for_views
from api.documenting import PAGING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.repair_shapes import HOUR_MICROS, FailuresSchema, RepairsSchema, failure_of, repair_of
from api.reading import answered_list, by_time, paging
from api.services import services
from domain.equipment.terms import Cause, FailureMode, MaintenanceType, Mechanism, ModelId, OperatorId, UnitId
from domain.kernel.marks import Bounds, Example, Meaning
from domain.kernel.moments import to_micros
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import failures as failure_lists
from projections.equipment import repairs as repair_lists

_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))
_State = Literal["open", "completed", "given_up"]


@dataclass(frozen=True, kw_only=True)
class ItemRepairsQuestion(OfThePast, OfPages, OfATime):
    """Which repairs of an item are asked for; what is left out does not matter."""

    state: Annotated[_State, Meaning("Only repairs that are open, were completed, or were given up.")] | None = None
    maintenance_type: MaintenanceType | None = None
    longer_than: (
        Annotated[int, Bounds(0, 1_000_000), Meaning("Only repairs that took, or have taken, more hours."), Example(24)]
        | None
    ) = None
    sort: Annotated[
        Literal["begun", "longest"], Meaning("Order: what began first, or what is open and what took longest.")
    ] = "begun"


@dataclass(frozen=True, kw_only=True)
class RepairsQuestion(ItemRepairsQuestion):
    """Which repairs are asked for; what is left out does not matter."""

    equipment_id: Annotated[UnitId, Meaning("Only repairs of this item.")] | None = None
    model_id: ModelId | None = None
    operator_id: Annotated[OperatorId, Meaning("Only of items that it ran when the repair began.")] | None = None


@endpoint(
    blueprint,
    "GET",
    "/repairs",
    answers=(Answer(200, "A page of repairs.", RepairsSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(RepairsQuestion)
def list_repairs(question: RepairsQuestion) -> Response:
    """Every repair: of which item and type, how long it took, which failures it ended, which units were exchanged.

    A repair is open from the moment at which it began up to its completion; it is given up where the item is
    decommissioned or lost before that, or a repair of another type begun. A unit was exchanged in it that was taken out
    of the item or built into it while it was open, whatever was told of the maintenance; what was exchanged without a
    repair is in no repair. By `longest`, those that are open come first, the one that began first at their head.
    """
    asking = allow(Question.EQUIPMENT)
    wanted = repair_lists.RepairFilter(
        equipment_id=question.equipment_id,
        model_id=question.model_id,
        operator_id=question.operator_id,
        scope=asking.scope,
    )
    return _repairs("repairs.1", question, asking, wanted)


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/repairs",
    answers=(Answer(200, "A page of repairs.", RepairsSchema, _PAGE), _UNCHANGED),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(ItemRepairsQuestion)
def list_repairs_of_item(question: ItemRepairsQuestion, equipment_id: UUID) -> Response:
    """Every repair of one item, as `GET /v1/repairs` tells them."""
    stream = StreamRef("equipment", equipment_id)
    asking = allow_stream(Question.EQUIPMENT, stream)
    wait_for_log()
    services().ledger.state(stream)  # refuses an id under which nothing is on record
    return _repairs("equipment.repairs.1", question, asking, repair_lists.RepairFilter(equipment_id=equipment_id))


def _repairs(
    name: str, question: ItemRepairsQuestion, asking: Principal, wanted: repair_lists.RepairFilter
) -> Response:
    wait_for_views(*(each.name for each in repair_lists.NEEDS))
    asked = paging(name, question, asking, place=by_time, about=wanted.equipment_id)
    begun_from, begun_to = question.micros
    longer = None if question.longer_than is None else question.longer_than * HOUR_MICROS
    now = to_micros(services().now()) if asked.as_of is None else asked.as_of
    wanted = replace(
        wanted,
        state=question.state,
        maintenance_type=question.maintenance_type,
        begun_from=begun_from,
        begun_to=begun_to,
        longer_than=longer,
        open_before=None if longer is None else now - longer,
    )
    return answered_list(
        lambda views, asked: repair_lists.repairs(
            views, wanted, asked.window, sort=question.sort, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        RepairsSchema,
        repair_of,
        grows=longer is not None,
    )


@dataclass(frozen=True, kw_only=True)
class FailuresQuestion(OfThePast, OfPages, OfATime):
    """Which failures are asked for; what is left out does not matter."""

    failure_mode: FailureMode | None = None
    mechanism: Mechanism | None = None
    cause: Cause | None = None
    impact: (
        Annotated[Literal["critical", "degraded", "incipient"], Meaning("Only failures as severe as this.")] | None
    ) = None
    equipment_id: Annotated[UnitId, Meaning("Only failures of this item.")] | None = None
    unit_id: Annotated[UnitId, Meaning("Only failures that were reported of this unit of an item.")] | None = None
    model_id: ModelId | None = None


@endpoint(
    blueprint,
    "GET",
    "/failures",
    answers=(Answer(200, "A page of failures.", FailuresSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(FailuresQuestion)
def list_failures(question: FailuresQuestion) -> Response:
    """Every failure reported, in order of time: how an item failed, what was found, which repair ended the fault.

    What is reported again while the fault is open is a failure more, which the same repair ends. A diagnosis is of the
    last failure of its mode by then. First signs (incipient failures) open no fault that a repair could end.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in failure_lists.NEEDS))
    asked = paging("failures.1", question, asking, place=by_time)
    failed_from, failed_to = question.micros
    wanted = failure_lists.FailureFilter(
        failure_mode=question.failure_mode,
        mechanism=question.mechanism,
        cause=question.cause,
        impact=question.impact,
        equipment_id=question.equipment_id,
        unit_id=question.unit_id,
        model_id=question.model_id,
        failed_from=failed_from,
        failed_to=failed_to,
        scope=asking.scope,
    )
    return answered_list(
        lambda views, asked: failure_lists.failures(
            views, wanted, asked.window, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        FailuresSchema,
        failure_of,
    )
