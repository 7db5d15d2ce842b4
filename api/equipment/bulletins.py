"""What may be asked about bulletins: which there are, which items lack one, and which ones an item lacks."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from flask import Response

from api.asking import OfPages, OfThePast, asks
from api.auth import Question, allow, allow_stream
from api.conditions import wait_for_views
from api.documenting import PAGING, READING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.design_shapes import (
    BulletinSchema,
    ConcernedItemsSchema,
    ConcerningBulletinsSchema,
    ListedBulletinsSchema,
    bulletin_of,
    concerned_item_of,
    concerning_bulletin_of,
    listed_bulletin_of,
)
from api.reading import answered_list, answered_state, by_text, paging
from domain.equipment.terms import ManufacturerId, ModelId
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import bulletin_statuses as statuses
from projections.equipment import bulletins as lists
from projections.equipment.bulletin_models import BULLETIN_MODELS

_STATE = ("ETag", "Cache-Control")
_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))


@dataclass(frozen=True, kw_only=True)
class BulletinsQuestion(OfThePast, OfPages):
    """Which bulletins are asked for."""

    number: (
        Annotated[
            str,
            Length(1, 100),
            Meaning("The number, whatever its case and width; several bulletins may bear the same one."),
            Example("sb-2026-07"),
        ]
        | None
    ) = None
    manufacturer_id: ManufacturerId | None = None
    model_id: Annotated[ModelId, Meaning("Only bulletins that concern this model.")] | None = None


@endpoint(
    blueprint,
    "GET",
    "/bulletins",
    answers=(Answer(200, "A page of bulletins.", ListedBulletinsSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(BulletinsQuestion)
def list_bulletins(question: BulletinsQuestion) -> Response:
    """Which service bulletins and recalls are on record, in order of number."""
    asking = allow(Question.MODELS)
    wait_for_views(lists.BULLETINS.name, BULLETIN_MODELS.name)
    asked = paging("bulletins.1", question, asking, place=by_text)
    return answered_list(
        lambda views, asked: lists.bulletins(
            views,
            asked.window,
            number=question.number,
            manufacturer_id=question.manufacturer_id,
            model_id=question.model_id,
            as_of=asked.as_of,
            known_at=asked.known_at,
        ),
        asked,
        ListedBulletinsSchema,
        listed_bulletin_of,
    )


@endpoint(
    blueprint,
    "GET",
    "/bulletins/<uuid:bulletin_id>",
    answers=(Answer(200, "The bulletin.", BulletinSchema, _STATE), _UNCHANGED),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(OfThePast)
def get_bulletin(question: OfThePast, bulletin_id: UUID) -> Response:
    """One bulletin: now, as it was, or as it was known."""
    return answered_state(Question.MODELS, StreamRef("bulletin", bulletin_id), question, bulletin_of)


_Status = Literal["pending", "applied", "not_applicable"]


@dataclass(frozen=True, kw_only=True)
class ConcernedQuestion(OfThePast, OfPages):
    """Which of the items that a bulletin concerns are asked for."""

    status: (
        Annotated[
            _Status,
            Meaning("Only items at which this became of the bulletin; pending: nothing yet, and it is still asked."),
        ]
        | None
    ) = None


@endpoint(
    blueprint,
    "GET",
    "/bulletins/<uuid:bulletin_id>/items",
    answers=(Answer(200, "A page of items.", ConcernedItemsSchema, _PAGE), _UNCHANGED),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(ConcernedQuestion)
def list_bulletin_items(question: ConcernedQuestion, bulletin_id: UUID) -> Response:
    """Which items a bulletin concerns, and which of them lack it, in order of serial number.

    A key of one organisation sees the items that it made, holds, runs or owns by now, also as of a past moment.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(model.name for model in statuses.ITEMS_NEED))
    asked = paging("bulletins.items.1", question, asking, place=by_text, about=bulletin_id)
    return answered_list(
        lambda views, asked: statuses.items(
            views,
            bulletin_id,
            asked.window,
            status=question.status,
            scope=asking.scope,
            as_of=asked.as_of,
            known_at=asked.known_at,
        ),
        asked,
        ConcernedItemsSchema,
        concerned_item_of,
    )


@dataclass(frozen=True, kw_only=True)
class ConcerningQuestion(OfThePast, OfPages):
    """Which of the bulletins that concern an item are asked for."""

    status: (
        Annotated[
            _Status,
            Meaning("Only bulletins of which this became at the item; pending: nothing yet, and it is still asked."),
        ]
        | None
    ) = None


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/bulletins",
    answers=(Answer(200, "A page of bulletins.", ConcerningBulletinsSchema, _PAGE), _UNCHANGED),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(ConcerningQuestion)
def list_item_bulletins(question: ConcerningQuestion, equipment_id: UUID) -> Response:
    """Which bulletins concern an item, and which of them it lacks, in order of number.

    What a bulletin concerns is what its models and serial numbers say at that moment.
    """
    stream = StreamRef("equipment", equipment_id)
    asking = allow_stream(Question.EQUIPMENT, stream)
    wait_for_views(*(model.name for model in statuses.BULLETINS_NEED))
    asked = paging("equipment.bulletins.1", question, asking, place=by_text, about=equipment_id)
    return answered_list(
        lambda views, asked: statuses.concerning(
            views,
            equipment_id,
            asked.window,
            status=question.status,
            as_of=asked.as_of,
            known_at=asked.known_at,
        ),
        asked,
        ConcerningBulletinsSchema,
        concerning_bulletin_of,
    )
