"""What the items of a fleet had done: their operating times, or what another counter counts, as a list."""

from dataclasses import dataclass
from typing import Annotated

from flask import Response

from api.asking import OfPages, OfThePast, asks
from api.auth import Question, allow
from api.conditions import wait_for_views
from api.documenting import PAGING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.operating_time_shapes import OperatingTimesSchema, item_operating_time_of
from api.equipment.queries import RegistryFilters, filter_of
from api.reading import answered_list, by_id, by_text, paging
from domain.equipment.state import OPERATING_TIME
from domain.equipment.terms import MeterName
from domain.kernel.marks import Meaning
from projections.equipment import operating_times

_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))
_PLACES = {"serial": by_text, "id": by_id}


@dataclass(frozen=True, kw_only=True)
class OperatingTimesQuestion(RegistryFilters, OfThePast, OfPages):
    """Of which items and which counter, and in which order."""

    meter: MeterName = OPERATING_TIME
    sort: Annotated[
        operating_times.Sort, Meaning("Order: by serial number or id; with - from the end to the beginning.")
    ] = "serial"


@endpoint(
    blueprint,
    "GET",
    "/operating-times",
    answers=(Answer(200, "A page of items.", OperatingTimesSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(OperatingTimesQuestion)
def list_operating_times(question: OperatingTimesQuestion) -> Response:
    """What the items on record had done by a moment: hours of operation, or what another of their counters counts.

    Each figure is the one that `GET /v1/equipment/{id}/operating-time` tells of the item, which also says by which
    rules, and on what it rests. Items of which nothing is known are listed too, with `total` null.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in operating_times.NEEDS))
    asked = paging("operating-times.1", question, asking, place=_PLACES[question.sort.removeprefix("-")])
    wanted = filter_of(question, asking.scope)
    return answered_list(
        lambda views, asked: operating_times.operating_times(
            views,
            wanted,
            asked.window,
            meter=question.meter,
            sort=question.sort,
            as_of=asked.as_of,
            known_at=asked.known_at,
        ),
        asked,
        OperatingTimesSchema,
        item_operating_time_of,
    )
