"""The OpenAPI document: kept, valid, complete, and nothing in it that the interface does not do."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from api import auth
from api.auth import OPEN
from api.documenting import sentence
from api.problems import PAGES
from domain.kernel.commands import COMMANDS
from domain.kernel.refusals import REFUSALS
from tests.api.callers import Bearer
from tests.api.document import KEPT, made
from tests.api.whole.conforming import resolved

METHODS = {"get", "post", "put", "patch", "delete"}
DOCUMENT: dict[str, Any] = json.loads(KEPT.read_bytes())
OPERATIONS = [
    (f"{method} {path}", operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
]


def test_the_document_that_is_kept_is_the_one_that_is_made() -> None:
    assert made().decode() == KEPT.read_text(), "read the difference, then: python -m tests.api.document"


def test_the_document_is_served_to_everyone(app: Flask) -> None:
    answer = app.test_client().get("/openapi.json")
    assert (answer.status_code, answer.data) == (200, KEPT.read_bytes())


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    for address in set(re.findall(r'"\$ref": ?"([^"]+)"', KEPT.read_text())):
        assert resolved(DOCUMENT, {"$ref": address})
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(names) == len(set(names))
    assert all(operation["summary"] and operation["tags"] for _, operation in OPERATIONS)


def test_every_address_of_the_interface_is_in_the_document(app: Flask) -> None:
    not_documented = {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/docs/{name}"}
    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    pages = {address for address in served if address.startswith(PAGES)}
    assert served - not_documented - pages == set(DOCUMENT["paths"])


def test_every_command_has_its_address() -> None:
    bodies = {resolved(DOCUMENT, _schema(operation)).get("title") for _, operation in OPERATIONS}
    assert bodies >= set(COMMANDS)


def _schema(operation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return found.get("schema", {})  # type: ignore[no-any-return]  # a part of the document


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_operation_names_the_refusals_that_it_gives(name: str, operation: dict[str, Any]) -> None:
    path = name.partition(" ")[2]
    expected = {"429", "500"}
    if not any(path == each or path.startswith(f"{each}/") for each in OPEN):
        expected |= {"401", "403", "503"}
    assert expected <= set(operation["responses"])
    for status, response in operation["responses"].items():
        if status >= "400":
            _require_pages(resolved(DOCUMENT, response))


def _require_pages(response: dict[str, Any]) -> None:
    schema = response["content"]["application/problem+json"]["schema"]
    for address in schema["allOf"][1]["properties"]["type"]["enum"]:
        code = address.removeprefix(f"{PAGES}/")
        assert code in response["description"]
        if code in REFUSALS:
            assert sentence(REFUSALS[code]) in response["description"]


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_example_of_a_body_is_of_its_shape(name: str, operation: dict[str, Any]) -> None:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    assert (content is not None) is name.startswith("post")
    if content is not None:
        schema = {**DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]}
        Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(content["example"])


def test_numbers_with_a_unit_say_it() -> None:
    hours = DOCUMENT["components"]["schemas"]["ReportFailureRequest"]["properties"]["operating_time"]
    assert (hours["x-unit"], hours["type"]) == ("h", ["string", "null"])


def test_what_needs_no_key_is_marked_and_nothing_else() -> None:
    for name, operation in OPERATIONS:
        path = name.partition(" ")[2].replace("{", "").replace("}", "")
        assert (operation.get("security") == []) is auth.is_open(path)


def test_the_schemas_of_facts_stand_for_ever(administrator: Bearer, app: Flask) -> None:
    everyone = app.test_client()
    listed = everyone.get("/v1/schemas").get_json()["items"]
    assert "equipment.released" in {each["type"] for each in listed}
    for each in listed:
        answer = everyone.get(each["schema"])
        assert answer.get_json()["$id"] == each["schema"]
        assert "immutable" in answer.headers["Cache-Control"]
        Draft202012Validator.check_schema(answer.get_json())
        Draft202012Validator.check_schema(everyone.get(f"{each['schema']}/body").get_json())
    for wrong in ("/v1/schemas/equipment.released/9", "/v1/schemas/no.such/1", "/v1/schemas/no.such/1/body"):
        assert administrator.get(wrong).status_code == 404


def test_the_page_to_try_it_loads_nothing_from_elsewhere(app: Flask) -> None:
    everyone = app.test_client()
    page = everyone.get("/docs")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {"/docs/docs.js", "/docs/docs.css", "/openapi.json"} <= set(loaded)
    for address in loaded:
        assert address.startswith(("/", "data:")), address
        if address.startswith("/"):
            assert everyone.get(address).status_code == 200
    assert "://" not in everyone.get("/docs/docs.js").text
    assert "innerHTML" not in everyone.get("/docs/docs.js").text
    assert everyone.get("/docs/page.py").status_code == 404
