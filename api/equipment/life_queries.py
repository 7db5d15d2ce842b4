"""What may be asked about the lives of items: operating time, readings that are due, passports, ends."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from flask import Response

from api.asking import OfATime, OfPages, OfThePast, asks, past_of
from api.auth import Question, allow, allow_stream
from api.conditions import wait_for_log, wait_for_views
from api.documenting import PAGING, READING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.life_shapes import (
    EndOfLifeSchema,
    OperatingTimeSchema,
    OverdueReadingsSchema,
    end_of,
    operating_time_of,
    unread_of,
)
from api.equipment.passport_shapes import Names, PassportSchema, passport_of
from api.http import view_answer
from api.reading import answered_list, by_time, by_time_and_id, paging
from api.services import services
from domain.equipment.passport import stated
from domain.equipment.state import OPERATING_TIME
from domain.equipment.terms import DisposalMethod, MeterName, ModelId, UnitId
from domain.kernel.marks import Bounds, Example, Meaning
from domain.kernel.moments import from_micros, to_micros
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from domain.log.codec import happenings
from projections.equipment import end_of_life as registers
from projections.equipment import models as model_lists
from projections.equipment import operating_time as operating_times
from projections.equipment import overdue_readings as readings
from projections.equipment import registry as registries
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.named import named
from projections.views import followed

_WEAK = ("ETag", "Cache-Control")
_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))


@dataclass(frozen=True, kw_only=True)
class OperatingTimeQuestion(OfThePast):
    """Of which counter, and of when."""

    meter: MeterName = OPERATING_TIME


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/operating-time",
    answers=(Answer(200, "What the item had done.", OperatingTimeSchema, _WEAK), _UNCHANGED),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(OperatingTimeQuestion)
def get_operating_time(question: OperatingTimeQuestion, equipment_id: UUID) -> Response:
    """What an item had done by a moment: hours of operation, or what another of its counters counts.

    **Measured.** What a counter has done grows linearly between two readings, but only while the item was in service:
    time under repair, laid up or before commissioning does not count. It begins with 0 when the item is commissioned;
    after the last reading it stays at the last total. Totals run through corrections, replaced counters and passes
    through 0. After its own last reading, or without a counter of its own, a unit did what its parents did while it sat
    in them, however deep. `measured` is null where nobody measured some of the life: in service without any reading, in
    a parent of which this is so, or before an item was taken over and first read.

    **Taken over.** What an item did before it came on record is told by its first reading, as a whole, as of that
    moment and later; what was reported of the time before that reading is included in it and not added. As of a moment
    before, that reading tells nothing: `measured` is null, and what was reported up to then stays `reported`.

    **Reported.** Totals of periods count only in times of which nothing was measured. A period that was measured in
    part counts with the share of its time in service that was not measured (of its time, if the item was not in service
    in it). Where two periods overlap, the one that began first counts. Of times for which a unit has no total of its
    own, it did what its parent is said to have done.

    **Total.** What was measured of any part of the life and what was reported of the rest, no time twice, also where
    `measured` is null: then the item did at least that much.
    """
    stream = StreamRef("equipment", equipment_id)
    allow_stream(Question.EQUIPMENT, stream)
    past = past_of(question)
    wait_for_log()
    wait_for_views(registries.REGISTRY.name, METER_READINGS.name)
    services().ledger.state(stream, as_of=past.as_of, known_at=past.known_at)  # refuses what is not on record
    with services().projections.views.ask() as views:
        found = operating_times.operating_time(
            views, equipment_id, meter=question.meter, as_of=past.micros, known_at=past.known_at
        )
    return view_answer(operating_time_of(equipment_id, found, past.as_of), found.position)


@dataclass(frozen=True, kw_only=True)
class OverdueReadingsQuestion(OfThePast, OfPages):
    """Which readings are asked for."""

    days: Annotated[int, Bounds(0, 36500), Meaning("For longer than this the counter was not read."), Example(30)] = 30
    meter: MeterName | None = None


@endpoint(
    blueprint,
    "GET",
    "/meter-readings/overdue",
    answers=(Answer(200, "A page of items.", OverdueReadingsSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(OverdueReadingsQuestion)
def list_overdue_readings(question: OverdueReadingsQuestion) -> Response:
    """Which counters nobody has read for days, of items in service and of units in them: those unread longest first.

    Without `meter`: the operating time of every item in service, also of those never read, which come first. With any
    `meter`: only items that have such a counter, fitted or read by then. A unit is in service while the item is in
    which it sits, however deep; it is listed if it has a counter of that name of its own. A key of one organisation
    sees the items that it made, holds, runs or owns by now.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in readings.NEEDS))
    asked = paging("meter-readings.overdue.1", question, asking, place=by_time_and_id)
    now = services().now() if asked.as_of is None else from_micros(asked.as_of)
    return answered_list(
        lambda views, asked: readings.overdue(
            views,
            to_micros(now) - question.days * (timedelta(days=1) // timedelta(microseconds=1)),
            asked.window,
            meter=question.meter,
            scope=asking.scope,
            as_of=asked.as_of,
            known_at=asked.known_at,
        ),
        asked,
        OverdueReadingsSchema,
        unread_of,
        grows=True,
    )


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/passport",
    answers=(Answer(200, "The passport.", PassportSchema, _WEAK), _UNCHANGED),
    refusals=(*READING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(OfThePast)
def get_passport(question: OfThePast, equipment_id: UUID) -> Response:
    """The passport of an item: the revision in force now or at a past moment, what it states, and what differs by then.

    It states what was on record of the item when that revision was issued. `on_record` is what was on record at the
    moment that is asked about, if that differs. Both as known by now, or as of `recorded_as_of`: what is learnt later
    of the time before the issue is stated, and what is declared wrong is not.

    A unit that has gone to others since is told with its position alone: a past that is asked for is no key. 404 where
    no passport had been issued by then.
    """
    stream = StreamRef("equipment", equipment_id)
    asking = allow_stream(Question.EQUIPMENT, stream)
    past = past_of(question)
    wait_for_log()
    wait_for_views(registries.REGISTRY.name, model_lists.MODELS.name)
    with services().projections.views.ask() as views:
        position = followed(views, registries.REGISTRY.name, past.known_at)  # before the item: it is known as far as so
        answer = services().ledger.state(stream, as_of=past.as_of, known_at=past.known_at)
        item = answer.state
        if item.passport is None:
            raise NotOnRecord("No passport had been issued by then.")
        rows = services().ledger.history(stream)[: answer.version]
        issued = stated(happenings(rows), past.as_of)
        inside = {unit for _, unit in (*issued.units, *item.units)}
        known_then = {"as_of": past.micros, "known_at": past.known_at}
        units = named(views, inside, scope=asking.scope, **known_then)
        model = item.model_id and model_lists.model(views, item.model_id, **known_then)
    names = Names(units, model.designation if model else None)
    position = max(position, rows[-1].position)
    body = passport_of(equipment_id, item, issued, names, as_of=past.as_of, position=position)
    return view_answer(body, position, body)


@dataclass(frozen=True, kw_only=True)
class EndOfLifeQuestion(OfThePast, OfPages, OfATime):
    """Which ends are asked for; what is left out does not matter."""

    stage: (
        Annotated[Literal["decommissioned", "refurbished", "disposed", "lost"], Meaning("Only ends of this kind.")]
        | None
    ) = None
    year: Annotated[int, Bounds(1900, 2200), Meaning("Only ends in this year, in UTC."), Example(2025)] | None = None
    undone: (
        Annotated[
            bool,
            Meaning(
                "Only decommissionings after which the item was refurbished and losses after which it was found, or "
                "with `false` only the other ends."
            ),
        ]
        | None
    ) = None
    method: DisposalMethod | None = None
    equipment_id: Annotated[UnitId, Meaning("Only ends of this item.")] | None = None
    model_id: ModelId | None = None
    sort: Annotated[Literal["ended", "-ended"], Meaning("Order: by when it was; with - the latest first.")] = "ended"

    @property
    def micros(self) -> tuple[int | None, int | None]:
        """The time in which the ends are that are asked for, in microseconds: also in that year, if it is given."""
        begin, end = super().micros
        if self.year is None:
            return begin, end
        first, last = (to_micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (self.year, self.year + 1))
        return max(first, first if begin is None else begin), min(last, last if end is None else end)


@endpoint(
    blueprint,
    "GET",
    "/end-of-life",
    answers=(Answer(200, "A page of the register.", EndOfLifeSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(EndOfLifeQuestion)
def list_ends(question: EndOfLifeQuestion) -> Response:
    """Every end that an item came to: decommissioned, refurbished, disposed of or lost; how, and by which documents.

    Each end stands for itself and stays: an item that was decommissioned in one year and disposed of in the next is
    listed twice. `undone_at` tells when a decommissioned item was refurbished, or a lost one found; what was declared
    wrong is left out. At which stage items are now is asked by `GET /v1/equipment?stage=decommissioned`, and what
    remains of their units by `GET /v1/equipment?came_from={id}&stage=in_stock`.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in registers.NEEDS))
    asked = paging("end-of-life.2", question, asking, place=by_time)
    ended_from, ended_to = question.micros
    wanted = registers.EndFilter(
        end=question.stage,
        ended_from=ended_from,
        ended_to=ended_to,
        undone=question.undone,
        method=question.method,
        equipment_id=question.equipment_id,
        model_id=question.model_id,
        scope=asking.scope,
    )
    return answered_list(
        lambda views, asked: registers.ends(
            views, wanted, asked.window, sort=question.sort, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        EndOfLifeSchema,
        end_of,
    )
