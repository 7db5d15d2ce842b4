"""Endpoints of commands, made from their declarations: a hand-written one would only say them again."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from api.documenting import COMMANDING, WRITING_HEADERS, Answer, endpoint
from api.http import accepts, execute, recorded
from domain.kernel.commands import Command, CommandType
from domain.kernel.fields import Shape
from domain.kernel.json_schema import Schema as JsonSchema
from domain.kernel.json_schema import shape_schema
from domain.kernel.marks import Example
from domain.kernel.refusals import Refusal

_RECEIPT_HEADERS = ("ETag", "Location", "Idempotency-Replayed")


class ReceiptFactSchema(Schema):
    """One fact that was recorded."""

    id = fields.UUID(required=True, metadata={"description": "Permanent id of the fact."})
    type = fields.String(
        required=True, metadata={"description": "Permanent name of the fact.", "examples": ["equipment.released"]}
    )
    stream = fields.String(required=True, metadata={"description": "The stream in whose history it stands."})
    sequence = fields.Integer(required=True, metadata={"description": "Which fact of its stream it is, from 1 on."})
    position = fields.Integer(required=True, metadata={"description": "Where it stands in the log."})


class ReceiptSchema(Schema):
    """What was recorded for a command; without facts it was so already, or was told of that very moment before."""

    stream = fields.String(required=True, metadata={"description": "The command's own stream."})
    version = fields.Integer(required=True, metadata={"description": "Version of that stream after the command."})
    position = fields.Integer(
        required=True, metadata={"description": "Give it as Min-Position to read what was recorded."}
    )
    recorded_at = fields.AwareDateTime(required=True, metadata={"description": "When it was recorded."})
    replayed = fields.Boolean(
        required=True, metadata={"description": "Whether this is the receipt of an earlier request."}
    )
    facts = fields.List(
        fields.Nested(ReceiptFactSchema), required=True, metadata={"description": "What was recorded, in order."}
    )


ANSWERS = (
    Answer(201, "Recorded.", ReceiptSchema, _RECEIPT_HEADERS),
    Answer(
        200,
        "Nothing new was to be recorded, or this is the receipt of the first such request.",
        ReceiptSchema,
        _RECEIPT_HEADERS,
    ),
)


def add_command(
    blueprint: Blueprint, collection: str, declared: CommandType, refusals: Sequence[type[Refusal]], *, creates: bool
) -> None:
    """Let a blueprint take a command: `POST /<collection>/{id}/<imperative>`.

    Args:
        blueprint: where the endpoint goes.
        collection: the plural noun, such as `/equipment`.
        declared: the command; its first stream is the item in the address.
        refusals: what its rules may say.
        creates: the command puts the item on record: it is posted to the collection, and its id may be left to us.
    """
    own = declared.decides[0]
    command: type[Command] = declared.cls

    @accepts(command, path=() if creates else (own,), fresh=own if creates else None)
    def view(command: Command) -> Response:
        return recorded(execute(command))

    view.__name__, view.__doc__ = _words(declared.cls.__name__), declared.meaning
    endpoint(
        blueprint,
        "POST",
        collection if creates else f"{collection}/<uuid:{own}>/{imperative(declared)}",
        answers=ANSWERS,
        refusals=(*COMMANDING, *refusals),
        headers=WRITING_HEADERS,
        parameters=[] if creates else [path_parameter(declared, own)],
        requestBody=body_example(declared, () if creates else (own,)),
    )(view)


def imperative(declared: CommandType) -> str:
    """Return the last word of a command's address: `equipment.report_failure` is posted to `…/report-failure`."""
    return declared.name.partition(".")[2].replace("_", "-")


def path_parameter(declared: CommandType, name: str) -> JsonSchema:
    """Return how a field that the address says is documented."""
    spec = next(spec for spec in declared.fields if spec.name == name)
    schema = shape_schema(spec.shape, bounded=True)
    return {"in": "path", "name": name, "required": True, "description": spec.meaning, "schema": schema}


def body_example(declared: CommandType, without: Sequence[str]) -> dict[str, Any]:
    """Return the example that stands with the body of a command."""
    return {"content": {"application/json": {"example": example_of(declared, without)}}}


def example_of(declared: CommandType, without: Sequence[str]) -> dict[str, Any]:
    """Return a body of the command made of the examples in its declaration: what must be said, and what may be.

    Ids that may be left out are: nothing is on record under those of an example.
    """
    shown = [
        (spec.name, _example(spec.shape) if spec.required else spec.example)
        for spec in declared.fields
        if spec.name not in without and (spec.required or spec.refers is None)
    ]
    return {name: value for name, value in shown if value is not None}


def _example(shape: Shape) -> Any:
    """Return an example of a shape: its own, or one made of those inside; None if there is none."""
    if mark := shape.mark(Example):
        return mark.value
    inside = [_example(each) for each in shape.inside]
    return inside if inside and None not in inside else None


def _words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
