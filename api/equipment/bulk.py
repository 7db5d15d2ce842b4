"""Readings of a whole fleet in one request: each line has its own outcome, and one that is wrong spoils no other."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import ValidationError

from api.auth import allow, allow_command, caller
from api.conditions import ask
from api.documenting import ASKING, Answer, endpoint
from api.equipment.bulk_shapes import COMMAND, MOST_LINES, READINGS, FleetReadingsSchema, LineSchema, OutcomesSchema
from api.equipment.commands import blueprint
from api.http import json_answer
from api.parsing import json_body
from api.problems import shape_differs, told
from api.refusals import BodyTooLarge, Fault, ShapeDiffers
from api.services import services
from api.shapes import ID
from domain.application.ledger import Ledger
from domain.application.receipts import Ask, Receipt
from domain.equipment.meters_commands import RecordMeterReading
from domain.kernel.envelope import Caller, Provenance
from domain.kernel.refusals import NotOnRecord, OutcomeUnknown, Refusal, Unavailable
from domain.kernel.streams import StreamRef
from domain.log.codec import canonical

MOST_BYTES = 512 * MOST_LINES
"""Largest body: enough for so many lines of any item, whatever a single command may have."""

_AT_ONCE = 8
"""Lines of one request that are recorded at once: they share commits, and leave room for other requests."""
_LINE = LineSchema()


@dataclass(slots=True)
class Line:
    """One line on its way: what it asks for, and what became of it."""

    index: int
    id: str | None = None
    command: RecordMeterReading | None = None
    occurred_at: datetime | None = None
    ask: Ask | None = None
    receipt: Receipt | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """What records lines, from many threads; stops at once when the store cannot take them."""

    ledger: Ledger
    caller: Caller
    stopped: Event = field(default_factory=Event)

    def record(self, lane: Sequence[Line]) -> None:
        """Record the lines of one item, each after the other.

        Raises:
            Unavailable: the store cannot take them now.
        """
        for line in lane:
            if self.stopped.is_set():
                return
            assert line.command is not None
            source = line.id and Provenance(source=f"urn:uuid:{self.caller.organisation}", id=line.id)
            try:
                line.receipt = self.ledger.execute(
                    line.command, self.caller, occurred_at=line.occurred_at, ask=line.ask, source=source or None
                )
            except Refusal as refusal:
                line.refusal = refusal
            except BaseException:
                self.stopped.set()
                raise


@endpoint(
    blueprint,
    "POST",
    "/meter-readings",
    answers=(Answer(200, "What became of each line.", OutcomesSchema, ("Cache-Control",)),),
    refusals=(*ASKING, OutcomeUnknown),
    headers=("Idempotency-Key", "traceparent"),
    requestBody={
        "required": True,
        "content": {
            "application/json": {
                "schema": FleetReadingsSchema,
                "example": {
                    READINGS: [
                        {
                            "equipment_id": ID,
                            "meter": "operating-time",
                            "value": "912.5",
                            "unit": "h",
                            "occurred_at": "2026-03-31T08:00:00+03:00",
                            "id": "R-2026-0331-17",
                        }
                    ]
                },
            }
        },
    },
)
def record_fleet_readings() -> Response:
    """Tell what the counters of a whole fleet showed, in one request; each line has its own outcome.

    Takes at most 10,000 lines in 5,120,000 bytes. A line that is wrong spoils no other. Safe to retry: what is on
    record for its moment or under its id is known. With an Idempotency-Key the same request records what is missing
    of it and nothing twice, also after an answer that never came.
    """
    allow(COMMAND)
    given = _lines_of(_body())
    whole = ask(None)
    lines = [_read(index, each, whole, len(given)) for index, each in enumerate(given)]
    lanes = list(_lanes(lines))
    _record(Recording(services().ledger, caller()), lanes)
    answer = json_answer(_told(lines))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _body() -> Any:
    """Return what the body holds.

    Raises:
        BodyTooLarge: it has more bytes than so many lines can have. Otherwise raises as `json_body`.
    """
    try:
        return json_body(request, MOST_BYTES, services().settings.most_nesting)
    except BodyTooLarge:
        why = f"A request has at most {MOST_LINES:,} lines in {MOST_BYTES:,} bytes."
        raise BodyTooLarge(why, most_bytes=MOST_BYTES, most_lines=MOST_LINES) from None


def _lines_of(body: Any) -> list[Any]:
    """Return the lines of a body.

    Raises:
        ShapeDiffers: it holds no list of them, or too many.
    """
    try:
        lines: list[Any] = FleetReadingsSchema().load(body)[READINGS]
    except ValidationError as wrong:
        raise shape_differs({"json": wrong.messages}) from None
    return lines


def _read(index: int, given: Any, whole: Ask | None, count: int) -> Line:
    """Return a line, read and checked; its key is that of the request and its place in it."""
    if not isinstance(given, dict):
        return Line(index, refusal=ShapeDiffers([Fault("", "is not an object", "invalid")]))
    own = given.get("id")
    line = Line(index, own if isinstance(own, str) else None)
    try:
        values = _LINE.load(given)
        line.occurred_at, line.id = values.pop("occurred_at"), values.pop("id", None)
        line.command = RecordMeterReading(**values)
    except ValidationError as wrong:
        line.refusal = shape_differs({"json": wrong.messages})
    except Refusal as refusal:
        line.refusal = refusal
    if whole is not None and line.command is not None:
        payload = canonical([request.method, request.path, count, given])
        line.ask = replace(whole, key=f"{whole.key}#{index}", payload=payload)
    return line


def _lanes(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the lines of each item that the caller may write for; the others are refused."""
    by_item: dict[UUID, list[Line]] = {}
    for line in lines:
        if line.command is not None:
            by_item.setdefault(line.command.equipment_id, []).append(line)
    for item, lane in by_item.items():
        if refusal := _closed(item, lane[0]):
            for line in lane:
                line.refusal = refusal
        else:
            yield lane


def _closed(item: UUID, line: Line) -> Refusal | None:
    """Return why the caller may not write for an item, or None: to him it is his own, or not on record."""
    assert line.command is not None
    try:
        allow_command(line.command)
        services().ledger.state(StreamRef("equipment", item))
    except NotOnRecord as refusal:
        return refusal
    return None


def _record(recording: Recording, lanes: Sequence[Sequence[Line]]) -> None:
    """Record lanes, several at once.

    Raises:
        OutcomeUnknown: the store failed in the middle; some lines may be on record.
    """
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="readings") as pool:
        doing = [pool.submit(recording.record, lane) for lane in lanes]
    try:
        for each in doing:
            each.result()
    except Unavailable as failure:
        raise OutcomeUnknown(
            "Some of the lines may be on record. Send the same request again: nothing is recorded twice.",
            failure.retry_after,
        ) from None


def _told(lines: Sequence[Line]) -> dict[str, Any]:
    outcomes = [_outcome(line) for line in lines]
    counts = {kind: sum(each["outcome"] == kind for each in outcomes) for kind in ("recorded", "known", "refused")}
    positions = [line.receipt.position for line in lines if line.receipt is not None]
    position = max(positions, default=services().log.head().position)
    return {"position": position, **counts, "lines": outcomes}


def _outcome(line: Line) -> dict[str, Any]:
    outcome: dict[str, Any] = {"index": line.index, "outcome": "refused", "id": line.id, "fact": None, "position": None}
    if line.refusal is not None:
        return {**outcome, "problem": told(line.refusal, f"/{READINGS}/{line.index}")}
    assert line.receipt is not None
    new = bool(line.receipt.facts) and not line.receipt.replayed
    for fact in line.receipt.facts:
        outcome |= {"fact": fact.id, "position": fact.position}
    return {**outcome, "outcome": "recorded" if new else "known", "problem": None}
