"""Bodies on the real server, over a real connection."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.cli.program import Aftercare, Answer, Running
from tests.servers import until

HUNDRED_MB = 100_000_000
PIECE = b"10000\r\n" + b" " * 65_536 + b"\r\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Aftercare:
    """Keys and empty databases."""
    home: Path = tmp_path_factory.mktemp("served")
    return Aftercare(home).ready()


@pytest.fixture(scope="module")
def key(program: Aftercare) -> str:
    return program.key()


@pytest.fixture(scope="module")
def running(program: Aftercare) -> Iterator[Running]:
    with program.start() as started:
        yield started


def begin(running: Running, key: str, *headers: str) -> socket.socket:
    """Send the head of a request that registers an organisation."""
    connection = socket.create_connection(("127.0.0.1", running.port), timeout=30)
    lines = (
        "POST /v1/organisations HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
        *headers,
    )
    connection.sendall("\r\n".join((*lines, "", "")).encode())
    return connection


def memory(running: Running) -> int:
    return sum(worker.memory_info().rss for worker in running.workers)


def test_a_body_that_is_announced_as_too_large_is_refused_before_it_is_sent(running: Running, key: str) -> None:
    with begin(running, key, f"Content-Length: {HUNDRED_MB}") as connection:
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_an_endless_body_is_never_held_in_memory(running: Running, key: str) -> None:
    before = memory(running)
    with begin(running, key, "Transfer-Encoding: chunked") as connection, suppress(OSError):
        for _ in range(HUNDRED_MB // len(PIECE)):
            connection.sendall(PIECE)
    assert memory(running) - before < HUNDRED_MB // 4
    assert running.ask("GET", "/readyz", {}).status == 200


def test_an_upload_that_is_cut_short_records_nothing(running: Running, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    before = running.ask("GET", "/v1/organisations", headers).body
    with begin(running, key, "Content-Length: 500") as connection:
        connection.sendall(b'{"name": "Northern Works"}')
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(12) == b"HTTP/1.1 400"
    assert running.ask("GET", "/v1/organisations", headers).body == before


def _refused(running: Running, headers: Mapping[str, str], into: list[Answer]) -> bool:
    answer = running.ask("POST", "/v1/organisations", headers, '{"name": "Northern Works"}')
    if answer.status == 503:
        into.append(answer)
    return bool(into)


def test_uploads_that_never_end_leave_the_server_to_others(running: Running, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with ExitStack() as stuck:
        for _ in range(16):  # as many as the server has threads
            stuck.enter_context(begin(running, key, "Content-Length: 500")).sendall(b"{")
        # The server takes up what was begun in its own time: the first requests may still find room.
        refused: list[Answer] = []
        until(lambda: _refused(running, headers, refused))
        assert refused[0].body["type"] == "/v1/refusals/overloaded"
        assert running.ask("GET", "/v1/organisations", headers).status == 200
    until(lambda: running.ask("POST", "/v1/organisations", headers, '{"name": "Northern Works"}').status == 201)


def test_deep_nesting_is_refused_and_the_server_lives_on(running: Running, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for body in ("[" * 100_000, '{"a":' * 100_000):
        answer = running.ask("POST", "/v1/organisations", headers, body)
        assert (answer.status, answer.body["errors"][0]["code"]) == (400, "too-deep")
