"""What may be asked about the readings of one item, and how they look to those who ask."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Response
from marshmallow import Schema, fields

from api.asking import OfPages, OfThePast, asks
from api.auth import Question, allow_stream
from api.conditions import wait_for_log, wait_for_views
from api.documenting import PAGING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.reading import answered_list, by_time, paging
from api.services import services
from api.shapes import ID, MOMENT, described, page_schema
from domain.equipment.terms import MeterName
from domain.kernel.marks import Meaning
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import readings as reading_lists
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.readings import CounterReading


class CounterReadingSchema(Schema):
    """One reading of one counter, as it was told."""

    meter = fields.String(required=True, metadata=described("Name of the counter.", "operating-time"))
    unit = fields.String(required=True, metadata=described("Symbol of the unit that was told.", "h"))
    shown = fields.String(required=True, metadata=described("What the counter showed, as told.", "900.5"))
    total = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "What the item had done by then, replaced counters and passes through 0 included; null: the reading does "
            "not count, as it was declared wrong or does not fit.",
            "900.5",
        ),
    )
    read_at = fields.AwareDateTime(
        required=True, metadata=described("When it was read, at the offset at which it was said.", MOMENT)
    )
    recorded_at = fields.AwareDateTime(required=True, metadata=described("When it was recorded.", MOMENT))
    position = fields.Integer(required=True, metadata=described("Where the fact stands in the log.", 4711))
    fact = fields.UUID(required=True, metadata=described("Permanent id of the fact.", ID))
    type = fields.String(
        required=True, metadata=described("Permanent name of the fact.", "equipment.meter_reading_recorded")
    )
    actor = fields.UUID(required=True, metadata=described("Who said so: a random id.", ID))
    organisation = fields.UUID(required=True, metadata=described("For which organisation it was said.", ID))
    declared_wrong_by = fields.UUID(
        required=True, allow_none=True, metadata=described("The error declaration that holds it wrong.", ID)
    )
    corrected_by = fields.UUID(
        required=True,
        allow_none=True,
        metadata=described("The fact that corrected it as the last reading of the counter.", ID),
    )


CounterReadingsSchema = page_schema("CounterReadings", CounterReadingSchema, "A page of the readings of one item.")


@dataclass(frozen=True, kw_only=True)
class CounterReadingsQuestion(OfThePast, OfPages):
    """Which readings of an item are asked for; what is left out does not matter."""

    meter: MeterName | None = None
    order: Annotated[Literal["oldest", "newest"], Meaning("Which readings come first.")] = "oldest"


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/meter-readings",
    answers=(
        Answer(200, "A page of readings.", CounterReadingsSchema, ("ETag", "Link", "Cache-Control")),
        Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",)),
    ),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(CounterReadingsQuestion)
def list_readings_of_item(question: CounterReadingsQuestion, equipment_id: UUID) -> Response:
    """What the counters of one item were read to show, reading by reading: who said so, when, and whether it counts.

    Beside plain readings these are what a counter showed when it was fitted or replaced, and the operating time that
    was told at the commissioning or with a failure. What was declared wrong stays in the list, with the declaration.
    """
    stream = StreamRef("equipment", equipment_id)
    asking = allow_stream(Question.EQUIPMENT, stream)
    wait_for_log()
    wait_for_views(METER_READINGS.name)
    services().ledger.state(stream)  # refuses an id under which nothing is on record
    newest_first = question.order == "newest"
    asked = paging(
        "equipment.meter-readings.1", question, asking, place=by_time, newest_first=newest_first, about=equipment_id
    )
    return answered_list(
        lambda views, asked: reading_lists.readings(
            views,
            services().log,
            equipment_id,
            asked.window,
            meter=question.meter,
            as_of=asked.as_of,
            known_at=asked.known_at,
        ),
        asked,
        CounterReadingsSchema,
        _reading_of,
    )


def _reading_of(reading: CounterReading) -> dict[str, Any]:
    told = reading.recorded
    return {
        "meter": reading.meter,
        "unit": reading.unit,
        "shown": reading.shown,
        "total": reading.total,
        "read_at": told.occurred_at,
        "recorded_at": told.recorded_at,
        "position": told.position,
        "fact": str(told.id),
        "type": told.type,
        "actor": str(told.actor),
        "organisation": str(told.organisation),
        "declared_wrong_by": reading.wrong_by,
        "corrected_by": reading.corrected_by,
    }
