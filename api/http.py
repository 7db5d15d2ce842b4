"""The way of a request: read, checked, decided, answered. What endpoints are made of.

A command is `POST`ed to its item. Its body is one JSON object: the fields of the command, less those that the address
says, and with every command these reserved members, all optional:

    occurred_at   when it happened, with offset; now if it is not given
    reason        why, as a code; where a command has a field `reason` of its own, the member is that field
    source        {"source": URI, "id": text}: where it was recorded first; each pair is recorded once for ever
    correlation   what it belongs to; the trace id of the request if it is not given
    causation     the fact that led to it

Headers: `If-Match: "v17"` or `If-None-Match: *`, `Idempotency-Key`, `traceparent`.

An endpoint of a command:

    @blueprint.post("/equipment/<uuid:equipment_id>/certify")
    @accepts(CertifyEquipment)
    def certify(command: CertifyEquipment) -> ResponseReturnValue: return recorded(execute(command))

An endpoint of a question says first who may ask (`allow`, `allow_stream`), waits for the write of its caller
(`wait_for_log`, `wait_for_views`), reads, and returns `state_answer` or `view_answer`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Annotated, Any
from uuid import UUID

import msgspec
from flask import Response, g, request
from flask.typing import ResponseReturnValue
from marshmallow import RAISE, Schema, ValidationError, fields

from api.answers import JsonAnswer
from api.auth import allow_command, caller
from api.conditions import answer_tag, ask, expected_version, tagged, version_tag
from api.fields import Value, schema_of
from api.parsing import json_body
from api.problems import shape_differs
from api.refusals import Fault, ShapeDiffers
from api.services import asked_now, services
from domain.application.receipts import Receipt
from domain.kernel.commands import Command, CommandType, command_type, streams_of
from domain.kernel.envelope import Provenance
from domain.kernel.fields import fields_of
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import NotOnRecord, Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import fact_id_of

encode = msgspec.json.Encoder(decimal_format="string").encode
"""How answers are written: decimals as strings, times with their offset."""

ADDRESSES = {"equipment": "/v1/equipment"} | {kind: f"/v1/{kind}s" for kind in ("model", "bulletin", "organisation")}
"""Where the state of a stream is read, by kind; other kinds are read as streams."""

View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where something was recorded first."""

    source: Annotated[
        str, Length(1, 500), Meaning("URI of the system that recorded it first."), Example("https://erp.example/works")
    ]
    id: Annotated[str, Length(1, 200), Meaning("Its own id there, kept as it is."), Example("WO-2024-4711")]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What may be said with every command, beside its own fields."""

    occurred_at: (
        Annotated[
            datetime,
            Meaning("When it happened, if not now; may be long past. The same of the same moment is recorded once."),
            Example("2026-03-31T08:00:00+03:00"),
        ]
        | None
    ) = None
    reason: (
        Annotated[str, Length(1, 100), Meaning("Why: a code, never prose."), Example("late-paper-record")] | None
    ) = None
    correlation: (
        Annotated[
            UUID,
            Meaning("What it belongs to; the trace id of the request if it is not given."),
            Example("01890a5d-ac96-774b-bcce-b302099a80dd"),
        ]
        | None
    ) = None
    causation: (
        Annotated[UUID, Meaning("Id of the fact that led to it."), Example("01890a5d-ac96-774b-bcce-b302099a80ee")]
        | None
    ) = None


class SourceSchema(Schema):
    """Where something was recorded first: each pair of source and id is recorded once for ever."""

    source, id = (Value(spec) for spec in fields_of(Source))

    class Meta:
        """Nothing else is known of a source."""

        unknown = RAISE


_TOLD = {spec.name: spec for spec in fields_of(Told)}
RESERVED = (*_TOLD, "source")
"""Members that every command takes beside its own fields."""


def request_schema(
    command: type[Command], in_address: frozenset[str] = frozenset(), fresh: str | None = None
) -> type[Schema]:
    """Return the schema of the body that carries a command: its own fields and the reserved members.

    Args:
        command: a class declared with `@command`.
        in_address: fields that the address says.
        fresh: an id that the caller may leave to us.
    """
    own = schema_of(command, without=in_address)
    declared: CommandType = command.command_type  # type: ignore[attr-defined]  # set by @command
    taken = {spec.name for spec in declared.fields}
    members: dict[str, Any] = {name: Value(spec) for name, spec in _TOLD.items() if name not in taken}
    members["source"] = fields.Nested(SourceSchema, metadata={"description": SourceSchema.__doc__})
    if fresh is not None:
        members[fresh] = Value(next(spec for spec in declared.fields if spec.name == fresh))
        members[fresh].required = False
    return type(f"{command.__name__}Request", (own,), {**members, "__doc__": own.__doc__})


def accepts(
    command: type[Command], *, path: tuple[str, ...] | None = None, fresh: str | None = None
) -> Callable[[View], View]:
    """Let an endpoint take a command: its view gets the command, read, checked and made.

    Args:
        command: a class declared with `@command`.
        path: its fields that the address says; by default the id of the first stream on which it is decided.
        fresh: an id that the caller may leave out of the body; we then give a fresh one.
    """
    declared: CommandType = command.command_type  # type: ignore[attr-defined]  # set by @command
    in_address = frozenset(declared.decides[:1] if path is None else path)
    schema = request_schema(command, in_address, fresh)
    loaded, own = schema(), {spec.name for spec in declared.fields}

    def decorate(view: View) -> View:
        @wraps(view)
        def call(**address: Any) -> ResponseReturnValue:
            limits = services().settings
            values = load(loaded, json_body(request, limits.most_body_bytes, limits.most_nesting))
            g.told = {name: values.pop(name, None) for name in RESERVED if name not in own}
            _require_code(g.told.get("reason"))
            if fresh is not None and fresh not in values:
                values[fresh] = _id_for(declared.kinds[0], g.told.get("source"))
            return view(command(**values, **address))

        document = {"in": "json", "required": True, "schema": schema}
        call._apidoc = {**getattr(view, "_apidoc", {}), "arguments": {"parameters": [document]}}  # type: ignore[attr-defined]  # noqa: SLF001  read by flask-smorest
        call.accepts = command  # type: ignore[attr-defined]  # read by whatever documents endpoints
        return call

    return decorate


def _id_for(kind: str, source: dict[str, str] | None) -> UUID:
    """Return the id that the caller left to us: the one that he got before if his source told us so already, or new."""
    if source is not None:
        first = fact_id_of(Provenance(**source), 0)
        row = services().log.by_keys([first]).get(first)
        if row is not None and row.kind == kind:
            return row.stream
    return services().ids.fresh()


def load(schema: Schema, body: Any) -> dict[str, Any]:
    """Return what a body says.

    Raises:
        ShapeDiffers: names every value that is not as documented.
    """
    g.body = body
    try:
        values: dict[str, Any] = schema.load(body)
    except ValidationError as wrong:
        raise shape_differs({"json": wrong.messages}) from None
    return values


def _require_code(reason: str | None) -> None:
    """Refuse prose as a reason: free text may be about a person, and the envelope of a fact is never sealed."""
    if reason is not None and any(letter.isspace() for letter in reason):
        raise ShapeDiffers([Fault("/reason", "is not a code: it contains spaces", "invalid")])


def execute(command: Command) -> Receipt:
    """Record what follows from a command, as the request wants it, and return the receipt.

    Raises:
        NotAllowed, NotOnRecord: the caller may not give it.
        Refusal, Unavailable: as `Ledger.execute`.
    """
    allow_command(command)
    told = g.told
    source = told.get("source")
    own = streams_of(command)[0]
    version, repeatable = expected_version(own), ask(g.body)
    try:
        return services().ledger.execute(
            command,
            caller(told.get("causation"), told.get("correlation")),
            occurred_at=told.get("occurred_at"),
            expected_version=version,
            ask=repeatable,
            source=Provenance(source=source["source"], id=source["id"]) if source else None,
            reason=told.get("reason"),
        )
    except Refusal as refusal:
        if _is_missing(command, own, refusal):
            raise NotOnRecord from None
        raise


def _is_missing(command: Command, own: StreamRef, refusal: Refusal) -> bool:
    """Return whether a rule said no only because there is nothing: the same for those who may see nothing there."""
    kind = own.kind
    if type(refusal).__module__.startswith("domain.kernel") or command_type(command).name in CREATING:
        return False
    try:
        services().ledger.state(StreamRef(kind, own.id))
    except NotOnRecord:
        return True
    return False


CREATING = frozenset(
    {"equipment.release", "equipment.take_over", "model.register", "bulletin.issue", "organisation.register"}
)
"""Commands whose item need not be on record."""


def recorded(receipt: Receipt) -> Response:
    """Return the answer that a receipt is: 201 if facts were recorded now, 200 if nothing new was or it is a repeat."""
    new = bool(receipt.facts) and not receipt.replayed
    answer = JsonAnswer(encode(receipt_body(receipt)), 201 if new else 200)
    answer.headers["ETag"] = version_tag(receipt.version)
    answer.headers["Cache-Control"] = "no-store"
    if receipt.facts:
        answer.headers["Location"] = address_of(receipt.stream)
    if receipt.replayed:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


def receipt_body(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as it travels."""
    return {
        "stream": str(receipt.stream),
        "version": receipt.version,
        "position": receipt.position,
        "recorded_at": receipt.recorded_at,
        "replayed": receipt.replayed,
        "facts": [
            {
                "id": fact.id,
                "type": fact.type,
                "stream": str(fact.stream),
                "sequence": fact.sequence,
                "position": fact.position,
            }
            for fact in receipt.facts
        ],
    }


def address_of(stream: StreamRef) -> str:
    """Return where the state of a stream, or else the stream itself, is read."""
    base = ADDRESSES.get(stream.kind)
    return f"{base}/{stream.id}" if base else f"/v1/streams/{stream}/events"


def json_answer(value: Any, status: int = 200) -> Response:
    """Return an answer in JSON without a tag."""
    return JsonAnswer(encode(value), status)


def state_answer(value: Any, version: int, *more: int) -> Response:
    """Return the present state of a stream: strong ETag of all versions of which it tells, 304 if the caller has it."""
    return tagged(json_answer(value), version_tag(version, *more))


def view_answer(value: Any, position: int, *parts: object) -> Response:
    """Return an answer of a read model, or of the past: weak ETag of position, scope and everything that chose it."""
    return tagged(json_answer(value), answer_tag(position, asked_now().full_path, *parts))
