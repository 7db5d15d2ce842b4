"""JSON Schema 2020-12 of stored facts and of commands: the published shape of what is kept and of what is asked."""

from collections.abc import Collection, Mapping
from dataclasses import MISSING
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.kernel.commands import CommandType
from domain.kernel.facts import FACTS, fields_at
from domain.kernel.fields import FieldSpec, Plain, Shape
from domain.kernel.marks import Example, Meaning, Refers
from domain.kernel.values import MOST_DIGITS, MOST_INTEGER, limit_of

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

DECIMAL = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
DECIMAL_ASKED = rf"^-?(0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})(\.[0-9]{{1,{MOST_DIGITS}}})?$"
"""How a decimal is written in a fact, and in a command. It is a string: no reader may round it."""

ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6}0*)?"
    r"(Z|\+([01][0-9]|2[0-3]):[0-5][0-9]|-(0[1-9]|1[0-9]|2[0-3]):[0-5][0-9]|-00:(0[1-9]|[1-5][0-9]))$"
)
"""RFC 3339 with an offset in whole minutes and at most microseconds; `-00:00` says nothing, so it is not taken."""
STREAM = r"^[a-z_]+:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

_WRITTEN: Mapping[Plain, Schema] = {
    Plain.TEXT: {"type": "string"},
    Plain.INTEGER: {"type": "integer"},
    Plain.DECIMAL: {"type": "string", "format": "decimal", "pattern": DECIMAL},
    Plain.BOOLEAN: {"type": "boolean"},
    Plain.DATE: {"type": "string", "format": "date"},
    Plain.MOMENT: {"type": "string", "format": "date-time"},
    Plain.ID: {"type": "string", "format": "uuid"},
    Plain.CHOICE: {"type": "string"},
    Plain.LIST: {"type": "array"},
    Plain.PAIR: {"type": "array"},
}
_ASKED: Mapping[Plain, str] = {
    Plain.DECIMAL: DECIMAL_ASKED,
    Plain.DATE: DATE,
    Plain.MOMENT: MOMENT,
    Plain.ID: ID,
}

SEALED: Schema = {
    "type": "object",
    "description": "The text as it is stored: sealed with a key of the person it is about.",
    "properties": {
        "$sealed": {
            "type": "object",
            "properties": {
                "s": {"type": "string", "format": "uuid", "description": "The person, by random id."},
                "k": {"type": "integer", "description": "Version of the key."},
                "n": {"type": "string", "description": "Nonce."},
                "c": {"type": "string", "description": "Ciphertext."},
            },
            "required": ["s", "k", "n", "c"],
        }
    },
    "required": ["$sealed"],
}


def address(name: str, version: int) -> str:
    """Return where the schema of a fact's data is published, and by which it is known."""
    return f"/v1/schemas/{name}/{version}"


def fact_schema(name: str, version: int) -> Schema:
    """Return the schema of a fact's data as it is stored.

    It is open: a later fact of this version may hold more. It has no bounds: a fact on record is never refused.

    Raises:
        KeyError: no such fact or version is declared.
    """
    specs = fields_at(name, version)
    return {
        "$schema": DIALECT,
        "$id": address(name, version),
        "title": f"{name}, version {version}",
        "description": FACTS[name].meaning,
        "type": "object",
        "properties": {spec.name: _stored(spec) for spec in specs},
        "required": [spec.name for spec in specs if spec.required],
    }


def body_schema(name: str, version: int) -> Schema:
    """Return the schema of a whole stored body: the envelope around the data of a fact.

    Raises:
        KeyError: no such fact or version is declared.
    """
    return {
        "$schema": DIALECT,
        "$id": f"{address(name, version)}/body",
        "title": f"{name}, version {version}, as it is stored",
        "description": "What was said once and for ever: who, when, for whom, why, and the data of the fact.",
        "type": "object",
        "properties": _ENVELOPE
        | {
            "type": {"const": name, "description": "Permanent name of the fact."},
            "version": {"const": version, "description": "Version of its data."},
            "data": fact_schema(name, version),
        },
        "required": sorted({*_ENVELOPE, "type", "version", "data"} - {"causation", "reason", "source"}),
    }


def command_schema(declared: CommandType, without: Collection[str] = ()) -> Schema:
    """Return the schema of the body that asks for a command; it is closed.

    Args:
        declared: the command.
        without: fields that are said elsewhere, such as in the address.
    """
    specs = [spec for spec in declared.fields if spec.name not in without]
    return {
        "$schema": DIALECT,
        "title": declared.name,
        "description": declared.meaning,
        "type": "object",
        "properties": {spec.name: asked(spec) for spec in specs},
        "required": [spec.name for spec in specs if spec.required],
        "additionalProperties": False,
    }


def asked(spec: FieldSpec) -> Schema:
    """Return the schema of one field of a command, bounds and choices included; None is written as null."""
    schema = _with_default(spec, shape_schema(spec.shape, bounded=True))
    if spec.optional:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema


def shape_schema(shape: Shape, *, bounded: bool) -> Schema:
    """Return the schema of a value.

    Args:
        shape: what the value looks like.
        bounded: whether to say what a command refuses.
    """
    schema = dict(_WRITTEN[shape.plain])
    if shape.plain is Plain.LIST:
        schema["items"] = shape_schema(shape.inside[0], bounded=bounded)
    elif shape.plain is Plain.PAIR:
        parts = [shape_schema(inside, bounded=bounded) for inside in shape.inside]
        schema |= {"prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
    if bounded:
        schema |= _limits(shape)
    return schema | _words(shape)


def written(value: Any) -> Any:
    """Return a plain value as it is written in JSON."""
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case Decimal():
            return format(value, "f")
        case tuple():
            return [written(member) for member in value]
        case None | bool() | int() | str():
            return value
        case date() | _:
            return str(value)


def _stored(spec: FieldSpec) -> Schema:
    schema = _with_default(spec, shape_schema(spec.shape, bounded=False))
    if spec.personal is None:
        return schema
    text = {"type": "string", "description": "The text, for those who may read it."}
    kept = {name: said for name, said in schema.items() if name != "type"}
    return kept | {"anyOf": [SEALED, text], "x-personal": spec.personal.subject}


def _with_default(spec: FieldSpec, schema: Schema) -> Schema:
    if spec.default is not MISSING and spec.default is not None:
        schema["default"] = written(spec.default)
    return schema


def _words(shape: Shape) -> Schema:
    """Return what the marks say to people."""
    words: Schema = {}
    if meaning := shape.mark(Meaning):
        words["description"] = meaning.text
    if example := shape.mark(Example):
        words["examples"] = [example.value]
    if shape.unit:
        words["x-unit"] = shape.unit
    if shape.unit_beside:
        words["x-unit-in"] = shape.unit_beside
    if refers := shape.mark(Refers):
        words["x-refers"] = refers.kind
    return words


def _limits(shape: Shape) -> Schema:
    """Return what a command refuses. JSON Schema has no bounds of decimals in strings, so they get words of our own."""
    bounds = shape.bounds
    match shape.plain:
        case Plain.TEXT:
            return {"minLength": limit_of(shape).least, "maxLength": limit_of(shape).most}
        case Plain.LIST:
            return {"minItems": limit_of(shape).least, "maxItems": limit_of(shape).most}
        case Plain.CHOICE:
            return {"enum": list(shape.choices)}
        case Plain.INTEGER:
            least = -MOST_INTEGER if bounds.least is None else bounds.least
            return {"minimum": int(least), "maximum": int(MOST_INTEGER if bounds.most is None else bounds.most)}
        case Plain.DECIMAL:
            named = {"x-minimum": bounds.least, "x-maximum": bounds.most}
            return {"pattern": DECIMAL_ASKED} | {name: str(value) for name, value in named.items() if value is not None}
        case plain if plain in _ASKED:
            return {"pattern": _ASKED[plain]}
    return {}


_UUID: Schema = {"type": "string", "format": "uuid"}
_ENVELOPE: Schema = {
    "format": {"const": 1, "description": "Format of the body."},
    "id": _UUID | {"description": "Permanent id of the fact."},
    "stream": {"type": "string", "pattern": STREAM, "description": "The stream in whose history the fact stands."},
    "subjects": {
        "type": "array",
        "items": {"type": "string", "pattern": STREAM},
        "description": "Other streams that the fact concerns.",
    },
    "occurred_at": {
        "type": "string",
        "format": "date-time",
        "description": "When it happened, at the offset at which it was said.",
    },
    "actor": _UUID | {"description": "Who said so: a random id."},
    "organisation": _UUID | {"description": "The organisation for which it was said."},
    "correlation": _UUID | {"description": "What belongs to one request shares this id."},
    "causation": _UUID | {"description": "The fact or request that led to this one."},
    "reason": {"type": "string", "description": "Why: a code."},
    "source": {
        "type": "object",
        "description": "Where the fact was first recorded, both values kept verbatim.",
        "properties": {
            "source": {"type": "string", "description": "The system, as a URI."},
            "id": {"type": "string", "description": "Its own id of the fact."},
        },
        "required": ["id", "source"],
    },
}
