"""What may be asked about custody: in whose hands items are, whose they are, and where."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from flask import Response

from api.asking import OfPages, OfThePast, asks
from api.auth import Question, allow, allow_stream
from api.conditions import wait_for_views
from api.documenting import PAGING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.custody_shapes import CustodySchema, HoldingsSchema, held_of, holding_of
from api.reading import answered_list, by_id, by_text, by_time_and_id, paging
from api.services import services
from domain.equipment.terms import ModelId, OperatorId, OwnerId, Place
from domain.kernel.marks import Example, Meaning, Refers
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import custody

_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))
_PLACES = {"serial": by_text, "id": by_id}


@dataclass(frozen=True, kw_only=True)
class CustodyQuestion(OfThePast, OfPages):
    """Which items are asked for; what is left out does not matter."""

    holder_id: (
        Annotated[
            UUID,
            Refers("organisation"),
            Meaning("The organisation to which the item was delivered or lent."),
            Example("01890a5d-ac96-774b-bcce-b302099a80bb"),
        ]
        | None
    ) = None
    operator_id: OperatorId | None = None
    owner_id: OwnerId | None = None
    place: Place | None = None
    model_id: ModelId | None = None
    lent: Annotated[bool, Meaning("Only items that are lent, or only others.")] | None = None
    units: Annotated[bool, Meaning("Whether units inside other items are listed too.")] = True
    sort: Annotated[Literal["serial", "id"], Meaning("Order: by serial number, or by id.")] = "serial"


@endpoint(
    blueprint,
    "GET",
    "/custody",
    answers=(Answer(200, "A page of items.", CustodySchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(CustodyQuestion)
def list_custody(question: CustodyQuestion) -> Response:
    """In whose hands items are, whose they are, and where: now, or as of any past moment.

    A unit is where the item is in which it sits, and in the same hands: with its holder, its operator and on its loan.
    It belongs to whom it was transferred to itself, and otherwise to the owner of what it sits in. What was taken out
    of an item stays with who held and owned that then, and where it was, until something else is said of it: where the
    item goes later is nothing to it.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in custody.NEEDS))
    asked = paging("custody.1", question, asking, place=_PLACES[question.sort])
    wanted = custody.CustodyFilter(
        holder_id=question.holder_id,
        operator_id=question.operator_id,
        owner_id=question.owner_id,
        place=question.place,
        model_id=question.model_id,
        lent=question.lent,
        units=question.units,
        scope=asking.scope,
    )
    return answered_list(
        lambda views, asked: custody.items(
            views, wanted, asked.window, sort=question.sort, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        CustodySchema,
        held_of,
    )


@dataclass(frozen=True, kw_only=True)
class HoldingsQuestion(OfThePast, OfPages):
    """As of when, and as known when, it is asked in whose hands an item was."""


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/custody",
    answers=(Answer(200, "A page of times.", HoldingsSchema, _PAGE), _UNCHANGED),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(HoldingsQuestion)
def list_holdings(question: HoldingsQuestion, equipment_id: UUID) -> Response:
    """Who held, ran and owned one item, and where it was: since when until when, the earliest first.

    As of a moment: what had begun by then, and what had ended by then. In the times in which it sat in another item, a
    unit was where that was, and in the same hands; afterwards it stays in the hands of that moment until something else
    is said of it, whoever gets the item.
    """
    stream = StreamRef("equipment", equipment_id)
    asking = allow_stream(Question.EQUIPMENT, stream)
    wait_for_views(custody.CUSTODY.name)
    services().ledger.state(stream)  # refuses an id under which nothing is on record
    asked = paging("equipment.custody.1", question, asking, place=by_time_and_id, about=equipment_id)
    return answered_list(
        lambda views, asked: custody.holdings(
            views, equipment_id, asked.window, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        HoldingsSchema,
        holding_of,
    )
