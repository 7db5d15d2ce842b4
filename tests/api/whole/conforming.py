"""A client that holds every answer to the OpenAPI document: its status, its body and the refusal that it names."""

import gzip
import json
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_smorest.spec.plugins import FlaskPlugin
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from api.exporting import CSV, NDJSON, PARQUET

_NAME = "urn:openapi"
_WHOLE = {CSV, NDJSON, PARQUET}


class Conforming(FlaskClient):
    """Fails a test whose answer is not in the document."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        _require_documented(self.application, answer)
        return answer


@cache
def read(text: bytes) -> tuple[dict[str, Any], "Registry[Any]"]:
    """Return the document and what finds its parts: once for each text, as every test has the same one."""
    document: dict[str, Any] = json.loads(text)
    parts = {"components": document["components"]}
    return document, Registry().with_resource(_NAME, DRAFT202012.create_resource(parts)).crawl()


def document_of(app: Flask) -> tuple[dict[str, Any], "Registry[Any]"]:
    return read(app.test_client().get("/openapi.json").data)


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"][2:].split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def _require_documented(app: Flask, answer: TestResponse) -> None:
    method, path = answer.request.method, answer.request.path
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method=method, return_rule=True)
    except HTTPException:
        return
    if path == "/openapi.json":
        return
    document, registry = document_of(app)
    operation = document["paths"].get(FlaskPlugin.flaskpath2openapi(rule.rule), {}).get(method.lower())
    if operation is None:
        return
    status = str(answer.status_code)
    assert status in operation["responses"], f"{method} {rule.rule} answered {status}: {answer.get_data(as_text=True)}"
    response = resolved(document, operation["responses"][status])
    documented = response.get("content", {})
    if not answer.data:
        assert not documented
        return
    assert answer.mimetype in documented
    for value in _told(answer):
        _validate(registry, documented[answer.mimetype]["schema"], value)
    optional = {"Location", "Idempotency-Replayed", "Retry-After", "X-Count", "Content-Disposition"}
    if answer.mimetype in _WHOLE:
        optional |= {"Link", "ETag"}
    for header in operation["responses"][status].get("headers", {}):
        assert header in {*answer.headers.keys(), *optional}


def _told(answer: TestResponse) -> list[Any]:
    """Return what an answer tells: one value, or as many as it has lines."""
    octets = gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data
    if answer.mimetype not in _WHOLE:
        return [json.loads(octets)]
    if answer.mimetype == PARQUET:
        return [""]  # octets, which the document says no more of
    return [octets.decode()] if answer.mimetype == CSV else [json.loads(line) for line in octets.splitlines()]


def _validate(registry: "Registry[Any]", schema: dict[str, Any], value: Any) -> None:
    placed = json.loads(json.dumps(schema).replace('"#/', f'"{_NAME}#/'))
    Draft202012Validator(placed, registry=registry, format_checker=FormatChecker()).validate(value)
