"""The published schemas of facts (JSON Schema 2020-12): each stands for ever, as does what was recorded by it."""

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields

import domain.equipment.equipment
import domain.equipment.model
import domain.parties.organisation  # noqa: F401  all facts are declared before their schemas are asked for
from api.documenting import ANYWHERE, Answer, endpoint
from api.http import json_answer
from api.refusals import NoSuchResource
from api.shapes import described
from domain.kernel.facts import FACTS
from domain.kernel.json_schema import address, body_schema, fact_schema

SCHEMA_JSON = "application/schema+json"
IMMUTABLE = "public, max-age=31536000, immutable"

blueprint = Blueprint("schemas", __name__, url_prefix="/v1", description="Published schemas of facts.")

_OBJECT = {"type": "object", "description": "A JSON Schema, 2020-12."}
_FOUND = Answer(200, "The schema. It never changes.", _OBJECT, ("Cache-Control",), SCHEMA_JSON)
_PATH = [
    {
        "in": "path",
        "name": "type",
        "required": True,
        "description": "Permanent name of the fact.",
        "schema": {"type": "string", "examples": ["equipment.released"]},
    },
    {
        "in": "path",
        "name": "version",
        "required": True,
        "description": "Version of its data, from 1 on.",
        "schema": {"type": "integer", "minimum": 1, "examples": [1]},
    },
]


class PublishedSchema(Schema):
    """One published schema."""

    type = fields.String(required=True, metadata=described("Permanent name of the fact.", "equipment.released"))
    version = fields.Integer(required=True, metadata=described("Version of its data.", 1))
    meaning = fields.String(required=True, metadata=described("What the fact says to the business."))
    schema = fields.String(
        required=True, metadata=described("Where its schema stands.", "/v1/schemas/equipment.released/1")
    )


class PublishedSchemasSchema(Schema):
    """Every schema of a fact: all its versions, as all of them are on record."""

    items = fields.List(fields.Nested(PublishedSchema), required=True)


@endpoint(
    blueprint,
    "GET",
    "/schemas",
    answers=(Answer(200, "All schemas.", PublishedSchemasSchema),),
    refusals=ANYWHERE,
    security=[],
)
def list_schemas() -> Response:
    """Which facts there are, in all their versions, and where their schemas stand."""
    every = [
        {"type": name, "version": version, "meaning": declared.meaning, "schema": address(name, version)}
        for name, declared in sorted(FACTS.items())
        for version in range(1, declared.version + 1)
    ]
    answer = json_answer({"items": every})
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@endpoint(
    blueprint,
    "GET",
    "/schemas/<type>/<int:version>",
    answers=(_FOUND,),
    refusals=(*ANYWHERE, NoSuchResource),
    parameters=_PATH,
    security=[],
)
def get_schema(type: str, version: int) -> Response:  # noqa: A002  the word of the address
    """The schema of a fact's data, in one version. It is open: a later fact of this version may hold more."""
    return _published(fact_schema, type, version)


@endpoint(
    blueprint,
    "GET",
    "/schemas/<type>/<int:version>/body",
    answers=(_FOUND,),
    refusals=(*ANYWHERE, NoSuchResource),
    parameters=_PATH,
    security=[],
)
def get_body_schema(type: str, version: int) -> Response:  # noqa: A002  the word of the address
    """The schema of a whole stored body: the envelope around the data of a fact."""
    return _published(body_schema, type, version)


def _published(schema: Callable[[str, int], dict[str, Any]], name: str, version: int) -> Response:
    try:
        found = schema(name, version)
    except KeyError:
        raise NoSuchResource from None
    answer = json_answer(found)
    answer.content_type = SCHEMA_JSON
    answer.headers["Cache-Control"] = IMMUTABLE
    return answer
