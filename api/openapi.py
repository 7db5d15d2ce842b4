"""The OpenAPI 3.1 document of the interface, made from the same schemas that read and answer."""

from typing import Any

import msgspec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask, Response
from flask_smorest import Api
from marshmallow import EXCLUDE, INCLUDE, Schema

from api.documenting import PROBLEM
from api.fields import document_value
from api.refusal_pages import REFUSED_BY

_MOST_SHARED = 5
"""Groups of so many refusals are said once; larger ones are an operation's own."""

VERSION = "1.0.0"
"""Of the interface. Within /v1 changes only add."""

_DESCRIPTION = """\
What happened to equipment after it left the factory, as facts that are never edited; and what follows from them.

A command is a `POST` to the item it is about; its receipt says which facts were recorded, and at which position of the
log. Repeat a request with the same `Idempotency-Key` and you get the first receipt again. Questions are `GET`s; with
`as_of` they are answered as it was at a moment, with `recorded_as_of` as it was known. Give the `position` of a receipt
as `Min-Position` and the answer contains what you recorded.

Lists are read in pages; with `Accept: application/x-ndjson`, `text/csv` or `application/vnd.apache.parquet` all members
are sent, as known at one position, from the beginning or from a cursor on. NDJSON ends with `{"end": members,
"position": position}`: a stream without that line was cut. CSV that was cut ends in a quoted cell without an end, and
Parquet has no footer. XLSX is written by `aftercare export` alone: it is there only when it is whole.

Numbers with a unit are decimals written as text; the unit stands beside them or in `x-unit`. Moments are RFC 3339 with
their offset. Every refusal has a stable code and a page (`type`) that says what would be accepted instead."""

_VERSION_TAG = {"type": "string", "examples": ['"v17"']}

PARAMETERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "description": "Makes the request repeatable for 30 days: the same key and request get the first receipt.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"},
        "example": "order-4711-release",
    },
    "If-Match": {
        "description": "The version on which the command rests, as the ETag of the item's state gave it.",
        "schema": _VERSION_TAG,
    },
    "If-None-Match-Any": {
        "name": "If-None-Match",
        "description": "`*`: only if nothing is on record under this id.",
        "schema": {"type": "string", "enum": ["*"]},
    },
    "If-None-Match": {
        "description": "ETags of answers you have: 304 if the answer is one of them.",
        "schema": {"type": "string", "examples": ['"v17"']},
    },
    "Min-Position": {
        "description": "A position of the log that the answer must contain; it is waited for up to one second.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 4711,
    },
    "traceparent": {
        "description": "W3C Trace Context: passed on, and the correlation id of what is recorded.",
        "schema": {"type": "string"},
    },
}

HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": "Version of the state (strong), or of this answer (weak).", "schema": _VERSION_TAG},
    "Location": {"description": "Where the state is read.", "schema": {"type": "string", "format": "uri-reference"}},
    "Link": {
        "description": "Other pages of the answer (RFC 8288): rel=first, next and prev.",
        "schema": {"type": "string"},
    },
    "Idempotency-Replayed": {
        "description": "`true` if this is the receipt of an earlier request.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "X-Count": {
        "description": "How many members all pages have, where the whole list and `count` were asked for.",
        "schema": {"type": "integer"},
    },
    "Content-Disposition": {
        "description": "The name of a file for the list that is taken whole.",
        "schema": {"type": "string", "examples": ['attachment; filename="equipment.csv"']},
    },
    "Retry-After": {"description": "Seconds after which a retry makes sense.", "schema": {"type": "integer"}},
    "Cache-Control": {"description": "How long the answer may be kept.", "schema": {"type": "string"}},
}


class _Converter(OpenAPIConverter):
    """Says what the stock one leaves out: what a schema means, and whether it is closed."""

    def schema2jsonschema(self, schema: Schema | type[Schema]) -> dict[str, Any]:
        """Return the schema with its meaning; requests and answers name all their members."""
        made: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]  # apispec's own
        cls = schema if isinstance(schema, type) else type(schema)
        meta = getattr(cls, "opts", None)
        unknown = getattr(meta, "unknown", EXCLUDE)
        made.setdefault("description", " ".join((cls.__doc__ or "").split()))
        made["additionalProperties"] = unknown == INCLUDE
        return made


class _Plugin(MarshmallowPlugin):
    Converter = _Converter


class Document(Api):  # type: ignore[misc]  # flask-smorest has no types
    """Collects the documents of the endpoints. Errors are answered elsewhere: it registers no handlers."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to the problems of RFC 9457."""

    def _register_responses(self) -> None:
        """Leave out the stock responses: each endpoint names its own."""

    def _register_etag_headers(self) -> None:
        """Leave out the stock headers: ours say what a version is."""

    def _register_pagination_header(self) -> None:
        """Leave out the stock pages: ours have no numbers."""


def document_of(app: Flask) -> Document:
    """Begin the document of an application; blueprints registered with it are in it."""
    app.config.setdefault("API_TITLE", "Aftercare")
    app.config.setdefault("API_VERSION", VERSION)
    app.config.setdefault("OPENAPI_VERSION", "3.1.1")
    document = Document(
        app,
        spec_kwargs={
            "marshmallow_plugin": _Plugin(schema_name_resolver=_name_of),
            "info": {"description": _DESCRIPTION, "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"}},
            "servers": [{"url": "/"}],
            "security": [{"key": []}],
        },
    )
    document.ma_plugin.converter.add_attribute_function(document_value)
    components = document.spec.components
    scheme = {"type": "http", "scheme": "bearer", "description": "An API key, such as `ak_…`: of one role and scope."}
    components.security_scheme("key", scheme)
    for name, parameter in PARAMETERS.items():
        components.parameter(name, "header", {"name": name, **parameter})
    for name, header in HEADERS.items():
        components.header(name, header)
    return document


def _name_of(schema: Schema | type[Schema]) -> str:
    cls = schema if isinstance(schema, type) else type(schema)
    return cls.__name__.removesuffix("Schema")


def text_of(document: Document) -> bytes:
    """Return the document as it is served and kept: indented, in an order that does not change by itself."""
    found = document.spec.to_dict()
    _share(found)
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def _share(found: dict[str, Any]) -> None:
    """Say every group of refusals that several operations share once, among the components."""
    operations = [each for path in found["paths"].values() for each in path.values() if "responses" in each]
    shared = found["components"].setdefault("responses", {})
    for operation in operations:
        for status, response in operation["responses"].items():
            codes = _codes(response)
            if codes and len(codes) <= _MOST_SHARED:
                name = ".".join((status, *codes))
                shared[name] = response
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def _codes(response: dict[str, Any]) -> list[str]:
    schema = response.get("content", {}).get(PROBLEM, {}).get("schema", {})
    named = schema["allOf"][1]["properties"]["type"]["enum"] if schema else []
    return [address.rpartition("/")[2] for address in named]


def refused_by(document: Document) -> dict[str, list[dict[str, str]]]:
    """Return for each refusal, by code, the operations that may be answered so. Asked before `text_of`."""
    found: dict[str, list[dict[str, str]]] = {}
    for address, operations in document.spec.to_dict()["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            told = {"method": method.upper(), "address": address, "summary": operation["summary"]}
            for code in {code for response in operation["responses"].values() for code in _codes(response)}:
                found.setdefault(code, []).append(told)
    return found


def serve(app: Flask, document: Document) -> None:
    """Serve the document at /openapi.json, and let the pages of refusals tell what it says of them."""
    app.extensions[REFUSED_BY] = refused_by(document)
    text = text_of(document)

    def openapi() -> Response:
        answer = Response(text, content_type="application/json")
        answer.add_etag()
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    app.add_url_rule("/openapi.json", "openapi", openapi)
