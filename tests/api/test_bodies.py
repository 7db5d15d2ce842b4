"""Bodies: which are read, how much of them, and by which calls."""

import ast
import io
import json
from pathlib import Path
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

import api
from tests.api.callers import Bearer

PATH = f"/v1/organisations/{uuid4()}/register"


class Input:
    """A body as a server hands it over: it can be read, and counts how much was."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.taken = 0

    def read(self, size: int) -> bytes:
        piece = b" " * min(size, self.left)
        self.left -= len(piece)
        self.taken += len(piece)
        return piece


def raw(bearer: Bearer, source: object, **environ: object) -> TestResponse:
    return bearer.client.open(
        PATH,
        method="POST",
        headers={"Authorization": f"Bearer {bearer.token}", "Content-Type": "application/json"},
        environ_overrides={"wsgi.input": source, **environ},
    )


def test_a_body_that_is_announced_as_too_large_is_not_read_at_all(administrator: Bearer) -> None:
    source = Input(100_000_000)
    answer = raw(administrator, source, CONTENT_LENGTH="100000000")
    assert answer.status_code == 413
    assert answer.get_json()["most_bytes"] == 1_048_576
    assert source.taken == 0


def test_a_body_without_a_length_is_read_only_as_far_as_allowed(administrator: Bearer) -> None:
    source = Input(100_000_000)
    answer = raw(administrator, source, **{"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"})
    assert answer.status_code == 413
    assert source.taken == 1_048_577


def test_a_chunked_body_is_read_to_its_end(administrator: Bearer) -> None:
    source = io.BytesIO(b'{"name": "Northern Works"}')
    answer = raw(administrator, source, **{"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"})
    assert answer.status_code == 201


def test_a_body_that_ends_before_its_announced_length_is_refused(administrator: Bearer) -> None:
    answer = raw(administrator, io.BytesIO(b'{"name": "Northern Works"}'), CONTENT_LENGTH="1000")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["code"] == "truncated"


@pytest.mark.parametrize("length", ["-1", "1e3", "٣"])
def test_a_length_that_is_no_number_is_refused(administrator: Bearer, length: str) -> None:
    answer = raw(administrator, io.BytesIO(b"{}"), CONTENT_LENGTH=length)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json; charset=utf-16", ""],
)
def test_only_json_in_utf_8_is_read(administrator: Bearer, media_type: str) -> None:
    answer = administrator.send(PATH, b'{"name": "Northern Works"}', Content_Type=media_type)
    assert answer.status_code == 415
    assert answer.get_json()["accepted"] == "application/json"


def test_a_compressed_body_is_not_read(administrator: Bearer) -> None:
    assert administrator.send(PATH, b"{}", Content_Encoding="gzip").status_code == 415


@pytest.mark.parametrize(
    "octets",
    [b"", b"nonsense", b"[" * 100_000, b'{"name": "x", "name": "y"}', b'{"name": 1e999999}', b'{"name": "\xff"}'],
    ids=["empty", "not-json", "deep", "duplicate", "exponent", "not-utf-8"],
)
def test_a_body_that_cannot_be_read_is_a_malformed_request(administrator: Bearer, octets: bytes) -> None:
    answer = administrator.send(PATH, octets)
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/v1/refusals/malformed-request"


def test_duplicate_names_are_refused_with_their_place(administrator: Bearer) -> None:
    answer = administrator.send(PATH, b'{"source": {"id": "1", "id": "2"}}')
    assert answer.get_json()["errors"] == [
        {"pointer": "/source/id", "detail": "An object has two members of one name.", "code": "duplicate-name"}
    ]


def test_every_fault_of_shape_is_named_with_its_place(administrator: Bearer) -> None:
    body = {"country": "NORWAY", "a/b": 1, "source": {"source": "https://erp.example"}, "occurred_at": "2024-01-01"}
    answer = administrator.post(PATH, body)
    assert answer.status_code == 422
    told = {(error["pointer"], error["code"]) for error in answer.get_json()["errors"]}
    assert told == {
        ("/name", "missing"),
        ("/country", "invalid"),
        ("/a~1b", "unknown"),
        ("/source/id", "missing"),
        ("/occurred_at", "invalid"),
    }


@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_a_body_is_an_object(administrator: Bearer, body: object) -> None:
    answer = administrator.send(PATH, json.dumps(body).encode())
    assert answer.status_code == 422


def test_nothing_reads_lines_of_a_body() -> None:
    """The server's input loses lines with `readline` and by iteration; only `read(n)` is whole, in one place."""
    banned = {"readline", "readlines", "get_data", "get_json"}
    for file in Path(api.__file__).parent.rglob("*.py"):
        code = file.read_text()
        used = {node.attr for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute)}
        assert not used & banned, file.name
        assert "wsgi.input" not in code or file.name == "parsing.py", file.name


class TestWithOtherLimits:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"AFTERCARE_MOST_BODY_BYTES": "1024", "AFTERCARE_MOST_NESTING": "2"}

    def test_size_and_nesting_are_what_the_settings_say(self, administrator: Bearer) -> None:
        name = '{"name": "' + "x" * 100 + '", "country": null'
        assert administrator.send(PATH, (name + "}").encode().ljust(1024)).status_code == 201
        assert administrator.send(PATH, (name + "}").encode().ljust(1025)).status_code == 413
        assert administrator.send(PATH, (name + ', "x": [[]]}').encode()).status_code == 400
