"""What may be asked about histories: of items, of models and of bulletins."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Response

from api.asking import OfPages, OfThePast, asks
from api.auth import Question, allow_stream
from api.conditions import wait_for_views
from api.documenting import PAGING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.lists import HistorySchema, step_of
from api.reading import answered_list, by_time, paging
from api.services import services
from domain.kernel.marks import Meaning
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import history as histories
from projections.read_model import Steps

_ANSWERS = (
    Answer(200, "A page of the history.", HistorySchema, ("ETag", "Link", "Cache-Control")),
    Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",)),
)


@dataclass(frozen=True, kw_only=True)
class HistoryQuestion(OfThePast, OfPages):
    """Which part of a history is asked for."""

    order: Annotated[Literal["oldest", "newest"], Meaning("Which facts come first.")] = "oldest"


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/history",
    answers=_ANSWERS,
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(HistoryQuestion)
def get_equipment_history(question: HistoryQuestion, equipment_id: UUID) -> Response:
    """What happened to one item, fact by fact, in order of occurrence: who, when, why, from where, what it changed.

    It holds the facts of the item itself and those of other items that name it. A fact that was declared wrong stays in
    it, with the declaration, and changes nothing; the declaration tells how what was known differed with it. One that
    says rightly what another said wrongly names that one. Cause and effect name each
    other where they were told with `causation`.
    """
    return _told(question, Question.EQUIPMENT, StreamRef("equipment", equipment_id), histories.HISTORY)


@endpoint(
    blueprint,
    "GET",
    "/models/<uuid:model_id>/history",
    answers=_ANSWERS,
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(HistoryQuestion)
def get_model_history(question: HistoryQuestion, model_id: UUID) -> Response:
    """What its maker said of one model, fact by fact, in order of occurrence: who, when, why, what it changed.

    Items that were built to it are not in it: `GET /v1/equipment?model_id=…` tells of them.
    """
    return _told(question, Question.MODELS, StreamRef("model", model_id), histories.MODEL_HISTORY)


@endpoint(
    blueprint,
    "GET",
    "/bulletins/<uuid:bulletin_id>/history",
    answers=_ANSWERS,
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(HistoryQuestion)
def get_bulletin_history(question: HistoryQuestion, bulletin_id: UUID) -> Response:
    """What its maker said of one bulletin, fact by fact, in order of occurrence: who, when, why, what it changed.

    What became of it at items is not in it: `GET /v1/bulletins/{id}/items` tells of that.
    """
    return _told(question, Question.MODELS, StreamRef("bulletin", bulletin_id), histories.BULLETIN_HISTORY)


def _told(question: HistoryQuestion, action: str, stream: StreamRef, of: Steps[Any]) -> Response:
    asking = allow_stream(action, stream)
    wait_for_views(of.name)
    services().ledger.state(stream)  # refuses an id under which nothing is on record
    newest_first = question.order == "newest"
    name = f"{stream.kind}.history.1"
    asked = paging(name, question, asking, place=by_time, newest_first=newest_first, about=stream.id)
    return answered_list(
        lambda views, asked: histories.history(
            views, services().log, stream.id, asked.window, of=of, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        HistorySchema,
        step_of,
    )
