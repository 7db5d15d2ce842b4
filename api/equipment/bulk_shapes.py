"""How readings of a whole fleet are sent, and how it is told what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from marshmallow import RAISE, Schema, ValidationError, fields

from api.documenting import COMMANDING, ProblemSchema
from api.equipment.commands import REFUSALS
from api.fields import Value, schema_of
from api.shapes import ID, described
from domain.equipment.meters_commands import RecordMeterReading
from domain.kernel.fields import fields_of
from domain.kernel.marks import Example, Length, Meaning

COMMAND = "equipment.record_meter_reading"
READINGS = "readings"
MOST_LINES = 10_000


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is said of each reading beside what was read."""

    occurred_at: Annotated[datetime, Meaning("When the counter was read."), Example("2026-03-31T08:00:00+03:00")]
    id: (
        Annotated[
            str,
            Length(1, 200),
            Meaning("The sender's own id of the reading: what was recorded under it is not recorded again, ever."),
            Example("R-2026-0331-17"),
        ]
        | None
    ) = None


_SAID = {spec.name: Value(spec) for spec in fields_of(Said)}
LineSchema: type[Schema] = type(
    "FleetReadingSchema",
    (schema_of(RecordMeterReading),),
    {**_SAID, "__doc__": "One reading of one counter of one item."},
)
_OWN_REFUSALS = sorted({each.code for each in (*COMMANDING, *REFUSALS[COMMAND])})


class _Lines(fields.List[Any]):
    """Lines as they were sent: each is read by itself, so that one that is wrong spoils no other."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_kwargs: Any) -> list[Any]:
        del attr, data
        if not isinstance(value, list):
            raise ValidationError("is not a list")
        if not 1 <= len(value) <= MOST_LINES:
            raise ValidationError(f"has {len(value)} members, not 1 to {MOST_LINES}")
        return value


class FleetReadingsSchema(Schema):
    """Readings of many items: lines of one item are recorded in their order."""

    readings = _Lines(
        fields.Nested(LineSchema),
        required=True,
        error_messages={"required": "is missing", "null": "may not be null"},
        metadata={"description": f"At most {MOST_LINES} readings.", "minItems": 1, "maxItems": MOST_LINES},
    )

    class Meta:
        """Nothing else is said of all of them."""

        unknown = RAISE


class OutcomeSchema(Schema):
    """What became of one line."""

    index = fields.Integer(required=True, metadata=described("Which line of the request it is, from 0 on.", 0))
    outcome = fields.String(
        required=True,
        metadata=described(
            "recorded; known: it was on record already; refused: nothing of it was recorded.",
            "recorded",
            enum=["recorded", "known", "refused"],
        ),
    )
    id = fields.String(required=True, allow_none=True, metadata=described("The id that the line gave.", "R-17"))
    fact = fields.UUID(
        required=True, allow_none=True, metadata=described("Id of the fact, where it is recorded by this request.", ID)
    )
    position = fields.Integer(
        required=True, allow_none=True, metadata=described("Where the fact stands in the log.", 4711)
    )
    problem = fields.Nested(
        ProblemSchema,
        required=True,
        allow_none=True,
        metadata={"description": f"Why it was refused; its type is one of {', '.join(_OWN_REFUSALS)}."},
    )


class OutcomesSchema(Schema):
    """What became of every line, in the order of the request."""

    position = fields.Integer(
        required=True, metadata=described("Give it as Min-Position to read what was recorded.", 4711)
    )
    recorded = fields.Integer(required=True, metadata=described("Lines that were recorded.", 1))
    known = fields.Integer(required=True, metadata=described("Lines that were on record already.", 0))
    refused = fields.Integer(required=True, metadata=described("Lines that were refused.", 0))
    lines = fields.List(fields.Nested(OutcomeSchema), required=True, metadata={"description": "One for each line."})
