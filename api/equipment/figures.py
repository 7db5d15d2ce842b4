"""What may be asked about up and down time: the availability of one item, and the figures of a fleet by group."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from flask import Response

from api.asking import OfPages, OfThePast, asks, past_of, wrong
from api.auth import Question, allow, allow_stream
from api.conditions import wait_for_log, wait_for_views
from api.documenting import PAGING, READING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.figure_shapes import AvailabilitySchema, FleetFiguresSchema, figure_of, month_of, times_of
from api.http import view_answer
from api.reading import Paging, answered_list, paging
from api.services import services
from domain.equipment.terms import ModelId, OperatorId, Place
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.moments import from_micros, to_micros
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import fleet_figures
from projections.equipment.fleet_figures import FigureFilter, Figures, Group
from projections.equipment.slices import MOST_MONTHS, Slice, months, whole
from projections.paging import Page, Window

_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))
_GROUPS: tuple[Group, ...] = get_args(Group)
_MOST_GROUPS = 2


@dataclass(frozen=True, kw_only=True)
class OfAWindow:
    """Of which time figures are asked."""

    from_: Annotated[datetime, Meaning("Where the window begins."), Example("2024-05-01T00:00:00Z")]
    to: (
        Annotated[
            datetime,
            Meaning("Where it ends: this moment is not in it. It is cut at `as_of`, and without it at now."),
            Example("2024-06-01T00:00:00Z"),
        ]
        | None
    ) = None


@dataclass(frozen=True, kw_only=True)
class AvailabilityQuestion(OfThePast, OfAWindow):
    """Of which window it is asked."""

    by: Annotated[Literal["none", "month"], Meaning("Whether the months of the window are told, too.")] = "none"


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/availability",
    answers=(Answer(200, "The times and the availability.", AvailabilitySchema, ("ETag", "Cache-Control")), _UNCHANGED),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(AvailabilityQuestion)
def get_availability(question: AvailabilityQuestion, equipment_id: UUID) -> Response:
    """How long an item was up and down in a window, and its availability by EN 13306: up ÷ (up + down).

    **From its technical states.** Up: operating, standby, idle, degraded. Down: with a fault, or under preventive
    maintenance. Externally disabled, and not in service, is neither.

    **From reported periods** of the operating time in hours, with a total: they take the place of what the states say
    of their time. Their up time is up, the rest of their total is down, and what the total leaves of the period counts
    as not in service; what it has beyond it is told as excess. A period without a total changes nothing. Of two that
    share a time the one counts that was reported first. A period that the window cuts counts by its part.

    All four times together are the time on record and the excess. Months are those of UTC.
    """
    stream = StreamRef("equipment", equipment_id)
    allow_stream(Question.EQUIPMENT, stream)
    past = past_of(question)
    moment = _now() if past.micros is None else past.micros
    wait_for_log()
    wait_for_views(*(each.name for each in fleet_figures.NEEDS))
    services().ledger.state(stream, as_of=past.as_of, known_at=past.known_at)  # refuses what is not on record
    (window,) = _slices(question, moment, by_month=False)
    wanted, all_of_it = FigureFilter(equipment_id=equipment_id), Window(limit=MOST_MONTHS)
    with services().projections.views.ask() as views:
        ask = partial(fleet_figures.figures, views, wanted, window=all_of_it, moment=moment)
        page = ask([window], known_at=past.known_at)
        by_month: dict[str, Any] = {}
        if question.by == "month":
            slices = _slices(question, moment, by_month=True)
            found = {each.month: each for each in ask(slices, by=("month",), known_at=page.position).items}
            by_month["months"] = [{"month": month_of(s.month), **times_of(found.get(s.month))} for s in slices]
    body = {
        "id": str(equipment_id),
        "from": from_micros(window.begin),
        "to": from_micros(window.end),
        **times_of(page.items[0] if page.items else None),
        **by_month,
        "as_of": past.as_of,
        "position": page.position,
    }
    return view_answer(body, page.position, window.end)


@dataclass(frozen=True, kw_only=True)
class FleetFiguresQuestion(OfThePast, OfAWindow, OfPages):
    """Of which window and which items figures are asked, and by what they are grouped."""

    by: Annotated[
        str,
        Length(1, 20),
        Meaning("Groups: `none`, or one or two of `model`, `operator`, `site`, `month`, with a comma in between."),
        Example("model,month"),
    ] = "none"
    model_id: ModelId | None = None
    operator_id: OperatorId | None = None
    place: Place | None = None


@endpoint(
    blueprint,
    "GET",
    "/fleet-figures",
    answers=(Answer(200, "A page of groups.", FleetFiguresSchema, ("ETag", "Link", "Cache-Control")), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(FleetFiguresQuestion)
def list_fleet_figures(question: FleetFiguresQuestion) -> Response:
    """What a fleet did in a window: up and down time, availability, failures and repairs, and items by stage.

    Times are those of `GET /v1/equipment/{id}/availability`, summed over the items, units in them too. They count for
    the operator and the place that the item had then; of a unit in a parent, those of the topmost item above it. What
    was reported of a time before an item was on record has no model, operator or place. The stages are those at the
    end of the window, or of the month. Months are those of UTC.

    First signs (incipient failures) are no failures. The time to restoration begins with the oldest critical fault that
    a completed repair ended, or with the repair if nothing was reported; only time in which the item was down counts.
    Preventive maintenance that ended no such fault restored nothing. A key of one organisation sees figures of the
    items in which it takes part by now.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in fleet_figures.NEEDS))
    by = _groups(question.by)
    asked = paging("fleet-figures.1", question, asking, place=partial(fleet_figures.place_of, by))
    now = _now()
    _slices(question, now if asked.as_of is None else asked.as_of, by_month="month" in by)  # refused before any answer
    wanted = FigureFilter(
        model_id=question.model_id, operator_id=question.operator_id, place=question.place, scope=asking.scope
    )

    def read(views: Any, asked: Paging) -> Page[Figures]:
        place = asked.window.after or asked.window.before
        moment = place[-1] if place else now if asked.as_of is None else asked.as_of
        slices = _slices(question, moment, by_month="month" in by)
        return fleet_figures.figures(views, wanted, slices, asked.window, moment=moment, by=by, known_at=asked.known_at)

    grows = question.to is None or to_micros(question.to) > now
    return answered_list(read, asked, FleetFiguresSchema, figure_of, grows=grows)


def _now() -> int:
    return to_micros(services().now())


def _groups(by: str) -> tuple[Group, ...]:
    if by == "none":
        return ()
    named = by.split(",")
    found = tuple(group for name in named for group in _GROUPS if group == name)
    if len(found) < len(named) or len(set(found)) < len(found) or len(found) > _MOST_GROUPS:
        raise wrong("by", f"is neither `none` nor one or two of {', '.join(_GROUPS)}")
    return found


def _slices(question: OfAWindow, moment: int, *, by_month: bool) -> list[Slice]:
    """Return the window that is asked for, or its months.

    Raises:
        ShapeDiffers: it ends before it begins, begins after the moment, or has too many months.
    """
    begin = to_micros(question.from_)
    end = moment + 1 if question.to is None else to_micros(question.to)
    if begin > moment:
        raise wrong("from", "is later than now, or than `as_of`: nothing had happened by then")
    if begin >= end:
        raise wrong("to", "is not later than `from`")
    end = min(end, moment + 1)
    slices = months(begin, end, moment) if by_month else whole(begin, end, moment)
    if len(slices) > MOST_MONTHS:
        raise wrong("from", f"is too early: there are more than {MOST_MONTHS} months")
    return slices
