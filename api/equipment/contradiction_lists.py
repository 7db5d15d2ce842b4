"""What may be asked about records that do not fit together, of all items."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Response

from api.asking import OfPages, OfThePast, asks
from api.auth import Question, allow
from api.conditions import wait_for_views
from api.documenting import PAGING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.contradiction_shapes import (
    ContradictionListSchema,
    UnitDisagreementsSchema,
    refused_fact_of,
    unit_disagreement_of,
)
from api.reading import answered_list, paging
from domain.equipment.terms import ManufacturerId, ModelId, UnitId
from domain.kernel.marks import Example, Length, Meaning
from projections.equipment import contradictions, disagreements
from projections.paging import Place

_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))


@dataclass(frozen=True, kw_only=True)
class ContradictionsQuestion(OfThePast, OfPages):
    """Which facts are asked for; what is left out does not matter."""

    code: (
        Annotated[str, Length(1, 100), Meaning("Only facts that are refused with this code."), Example("not-certified")]
        | None
    ) = None
    equipment_id: Annotated[UnitId, Meaning("Only facts of this item.")] | None = None
    model_id: ModelId | None = None
    manufacturer_id: ManufacturerId | None = None


@endpoint(
    blueprint,
    "GET",
    "/contradictions",
    answers=(Answer(200, "A page of facts.", ContradictionListSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(ContradictionsQuestion)
def list_contradictions(question: ContradictionsQuestion) -> Response:
    """Which facts on record the rules would refuse at their place, in order of occurrence.

    They come on record by import, or do not fit any longer after an error declaration; they vanish once further facts,
    or error declarations, settle them. As of a moment: of what had happened by then.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in contradictions.NEEDS))
    asked = paging("contradictions.1", question, asking, place=_by_time_and_position)
    wanted = contradictions.ContradictionFilter(
        code=question.code,
        equipment_id=question.equipment_id,
        model_id=question.model_id,
        manufacturer_id=question.manufacturer_id,
        scope=asking.scope,
    )
    return answered_list(
        lambda views, asked: contradictions.contradictions(
            views, wanted, asked.window, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        ContradictionListSchema,
        refused_fact_of,
    )


@dataclass(frozen=True, kw_only=True)
class UnitDisagreementsQuestion(OfThePast, OfPages):
    """Which units are asked for; what is left out does not matter."""

    equipment_id: (
        Annotated[UnitId, Meaning("Only this unit, or units of which it is said that they sit in this item.")] | None
    ) = None
    model_id: Annotated[ModelId, Meaning("Only units of this model.")] | None = None
    manufacturer_id: ManufacturerId | None = None
    said_by: Annotated[Literal["parent", "unit"], Meaning("Only what this one of the two says.")] | None = None


@endpoint(
    blueprint,
    "GET",
    "/contradictions/units",
    answers=(Answer(200, "A page of units.", UnitDisagreementsSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(UnitDisagreementsQuestion)
def list_unit_contradictions(question: UnitDisagreementsQuestion) -> Response:
    """Of which units their own facts and those of an item say different things: who sits where, and who says so.

    A key of one organisation sees what concerns it as a party of the unit or of the item in which it is said to sit. Of
    a unit in which it takes no part it is told the id alone, which the records of its own item name.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in disagreements.NEEDS))
    asked = paging("contradictions.units.1", question, asking, place=_by_id_and_number)
    wanted = disagreements.DisagreementFilter(
        equipment_id=question.equipment_id,
        model_id=question.model_id,
        manufacturer_id=question.manufacturer_id,
        said_by_parent=None if question.said_by is None else question.said_by == "parent",
        scope=asking.scope,
    )
    return answered_list(
        lambda views, asked: disagreements.disagreements(
            views, wanted, asked.window, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        UnitDisagreementsSchema,
        unit_disagreement_of,
    )


def _by_time_and_position(place: Sequence[Any]) -> Place:
    """Return a place in an order by moment, position and id."""
    moment, position, key = place
    return moment, position, UUID(key)


def _by_id_and_number(place: Sequence[Any]) -> Place:
    """Return a place in an order by id and number."""
    key, number = place
    return UUID(key), number
