"""What differs between two points: of one item, and of the whole fleet."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from flask import Response

from api.asking import OfPages, Past, asks, known_at, wrong
from api.auth import Question, allow, allow_stream
from api.conditions import wait_for_views
from api.cursors import Query
from api.documenting import PAGING, READING, READING_HEADERS, Answer, endpoint
from api.equipment.above import items_above
from api.equipment.commands import blueprint
from api.equipment.difference_shapes import (
    FleetDifferencesSchema,
    ItemDifferencesSchema,
    different_of,
    fact_between_of,
    point_of,
    state_differences,
)
from api.equipment.queries import RegistryFilters, filter_of
from api.equipment.shapes import item_of
from api.http import view_answer
from api.moments import not_in_the_future
from api.reading import NOT_FILTERS, Paging, answered_list
from api.services import services
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import NotOnRecord, Unavailable
from domain.kernel.streams import StreamRef
from domain.log.codec import decode
from projections.equipment import fleet_differences as fleet
from projections.equipment.facts_between import Point, facts_between
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.paging import Page, Window
from projections.read_model import ReadModel
from projections.views import followed

_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))
_Moment = Annotated[datetime, Example("2024-05-01T00:00:00Z")]
_Record = Annotated[str, Length(1, 64), Example("2024-06-01T00:00:00Z")]


@dataclass(frozen=True, kw_only=True)
class OfTwoPoints:
    """Which two points are compared, by occurrence, by record, or by both; the first is as the second unless told."""

    from_: (
        Annotated[_Moment, Meaning("The first point, by occurrence; by default the moment of the second.")] | None
    ) = None
    to: (
        Annotated[_Moment, Meaning("The second point, by occurrence; by default after everything on record.")] | None
    ) = None
    recorded_from: (
        Annotated[
            _Record,
            Meaning(
                "As it was known at the first point, by record: a moment, or a position of the log; by default as "
                "at the second."
            ),
        ]
        | None
    ) = None
    recorded_to: (
        Annotated[
            _Record,
            Meaning(
                "As it was known at the second point, by record: a moment, or a position of the log; by default now."
            ),
        ]
        | None
    ) = None


@dataclass(frozen=True, kw_only=True)
class FleetQuestion(RegistryFilters, OfTwoPoints, OfPages):
    """Which two points are compared, and of which items: those that fit at either of the points."""


class Points(NamedTuple):
    """The two points that a question names, their positions found."""

    before: Past
    after: Past

    @property
    def of_views(self) -> tuple[Point, Point]:
        """The points as read models are asked."""
        before, after = (Point(each.micros, each.known_at or 0) for each in self)
        return before, after


def points_of(question: OfTwoPoints, model: ReadModel[Any], begun: tuple[int, int] | None = None) -> Points:
    """Return the two points that a question names: what it leaves unsaid, as far as a read model has followed the log.

    Args:
        question: what was asked.
        model: what answers.
        begun: the positions of the first page, if this one is another.

    Raises:
        ShapeDiffers: only one point is named, the first is after the second, one is in the future or beyond the log.
    """
    if question.from_ is None and question.recorded_from is None:
        raise wrong("from", "is missing, as is `recorded_from`: two points are compared")
    first, second = (
        moment and not_in_the_future(name, moment) for name, moment in (("from", question.from_), ("to", question.to))
    )
    if first is not None and second is not None and first > second:
        raise wrong("from", "is later than `to`")
    known_from, known_to = begun or _positions(question, model)
    if known_from > known_to:
        raise wrong("recorded_from", "is later than `recorded_to`")
    return Points(Past(first or second, known_from), Past(second, known_to))


def _positions(question: OfTwoPoints, model: ReadModel[Any]) -> tuple[int, int]:
    """Return the positions that a question names."""
    first, second = question.recorded_from, question.recorded_to
    known_from = None if first is None else known_at("recorded_from", first)
    if second is not None:
        known_to = known_at("recorded_to", second)
    else:
        with services().projections.views.ask() as views:
            known_to = followed(views, model.name, None)
        if known_from is not None and known_from > known_to:
            raise Unavailable("The read model has not followed the log so far yet; try again.")
    return (known_to if known_from is None else known_from), known_to


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/diff",
    answers=(Answer(200, "What differs.", ItemDifferencesSchema, ("ETag", "Cache-Control")), _UNCHANGED),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(OfTwoPoints)
def get_equipment_differences(question: OfTwoPoints, equipment_id: UUID) -> Response:
    """What changed of one item between two points, field by field, and the facts that changed it.

    `from` and `to` ask what happened to it in between; `recorded_from` and `recorded_to` what was learnt of it; with
    one moment and two positions the question is what was believed of that moment. Facts between the points that changed
    nothing are left out, and so are those of the items above a unit, from which its stage and its place follow. Where
    it is on record at one of the points alone, everything came or went.
    """
    stream = StreamRef("equipment", equipment_id)
    allow_stream(Question.EQUIPMENT, stream)
    wait_for_views(HISTORY.name)
    points = points_of(question, HISTORY)
    before, after = (_state(stream, each) for each in points)
    if before is None and after is None:
        raise NotOnRecord("Nothing had happened, or nothing was known of it, by either point.")
    with services().projections.views.ask() as views:
        facts, whole = facts_between(views, equipment_id, *points.of_views)
    rows = services().log.by_keys([each.id for each in facts]) if facts else {}
    body = {
        "id": str(equipment_id),
        "before": {**point_of(points.before), "version": before and before["version"]},
        "after": {**point_of(points.after), "version": after and after["version"]},
        "differences": state_differences(before, after),
        "facts": [fact_between_of(each, decode(rows[each.id])) for each in facts],
        "more_facts": not whole,
    }
    return view_answer(body, points.after.known_at or 0, points)


def _state(stream: StreamRef, point: Past) -> dict[str, Any] | None:
    """Return the state of an item as it is shown at a point; None if it was not on record."""
    try:
        answer = services().ledger.state(stream, as_of=point.as_of, known_at=point.known_at)
    except NotOnRecord:
        return None
    return item_of(answer, point, *items_above(answer, point))


@endpoint(
    blueprint,
    "GET",
    "/equipment/diff",
    answers=(
        Answer(200, "A page of the items that differ.", FleetDifferencesSchema, ("ETag", "Link", "Cache-Control")),
        _UNCHANGED,
    ),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(FleetQuestion)
def list_equipment_differences(question: FleetQuestion) -> Response:
    """Which items differ between two points in what the registry says of them, and in what; in order of id.

    What changed in May, as we know it now: `from` its beginning `to` its end. What we have learnt since the 1st of June
    of how things stood then: `to` that moment, `recorded_from` that moment. An item is shown if it fits the filter at
    either of the points: what came into it and what left it are there. A key of one organisation sees the items that it
    made, holds, runs or owns by now, and every unit inside them.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(REGISTRY.name)
    chosen = {each.name: getattr(question, each.name) for each in fields(question)}
    query = Query(
        question="equipment.diff.1",
        filters={name: value for name, value in chosen.items() if name not in NOT_FILTERS},
        scope=asking.scope,
    )
    window, begun = _window(question, query)
    points = points_of(question, REGISTRY, begun)
    asked = Paging(
        query=query,
        window=window,
        as_of=points.after.micros,
        known_at=points.after.known_at,
        newest_first=False,
        begun=begun is not None,
    )
    return answered_list(
        partial(_page, filter_of(question, asking.scope), points),
        asked,
        FleetDifferencesSchema,
        different_of,
        before=point_of(points.before),
        after=point_of(points.after),
    )


def _window(question: FleetQuestion, query: Query) -> tuple[Window, tuple[int, int] | None]:
    """Return which page is asked for, and the positions of the points as its cursor has them."""
    if question.cursor is None:
        return Window(limit=question.limit, counted=question.count), None
    mark = services().cursors.open(question.cursor, query)
    known_from, key = mark.place
    there = {"before" if mark.backwards else "after": (known_from, UUID(key))}
    return Window(limit=question.limit, counted=question.count, **there), (known_from, mark.known_at)


def _page(wanted: RegistryFilter, points: Points, views: Any, asked: Paging) -> Page[fleet.DifferentItem]:
    """Return a page; its places begin with the position of the first point, which all pages share."""
    here = asked.window
    window = replace(here, after=here.after and here.after[1:], before=here.before and here.before[1:])
    page = fleet.different_items(views, wanted, window, *points.of_views)
    known_from = points.before.known_at
    return replace(
        page,
        next=page.next and (known_from, *page.next),
        previous=page.previous and (known_from, *page.previous),
    )
