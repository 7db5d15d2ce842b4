"""What a newcomer sees: a fleet, and lines that work as they stand."""

import shlex
import signal
import stat
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from tests.cli.program import Aftercare, Answer, Running


def try_line(running: Running, line: str) -> Answer:
    """Do what a printed curl line says."""
    words = shlex.split(line)
    headers, body, address = {}, None, ""
    for option, value in pairwise(words):
        if option == "-H":
            name, _, text = value.partition(": ")
            headers[name] = text
        elif option == "-d":
            body = value
        elif value.startswith("http://"):
            address = value
    url = urlsplit(address)
    assert (words[0], url.port) == ("curl", running.port)
    return running.ask("POST" if body else "GET", f"{url.path}?{url.query}", headers, body)


def lines_of(running: Running) -> list[str]:
    return [line for line in running.text.splitlines() if line.startswith("curl ")]


def stop(running: Running) -> None:
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(20) == 0


@pytest.mark.usefixtures("bare")
def test_every_printed_line_works_and_a_second_start_keeps_what_was_recorded(bare: Aftercare) -> None:
    with bare.start("demo") as running:
        now, then, history, lacking, down, contradictory, append, retry, refused = lines_of(running)
        assert try_line(running, now).body["stage"] == "in_service"
        assert try_line(running, then).body["stage"] == "under_repair"
        steps = try_line(running, history).body["items"]
        assert any(step["declared_wrong_by"] for step in steps)
        assert "late-paper-record" in {step["reason"] for step in steps}
        assert {each["status"] for each in try_line(running, lacking).body["items"]} == {"pending"}
        assert try_line(running, down).body["count"] > 3
        assert try_line(running, contradictory).body["items"]
        first, again = try_line(running, append), try_line(running, retry)
        assert (first.status, again.status) == (201, 200)
        assert first.body["facts"] == again.body["facts"]
        assert (refused.count("/dispose"), try_line(running, refused).status) == (1, 409)
        head = max(fact["position"] for fact in first.body["facts"])
        stop(running)
    with bare.start("demo") as running:
        assert f"{head:,} facts on record in {bare.home}, 0 of them new." in running.text
        assert try_line(running, lines_of(running)[6]).body["facts"] == first.body["facts"]
        stop(running)
    secrets = [bare.home / "demo.key", bare.home / "vault.keys"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in secrets} == {0o600}


def test_it_leaves_a_log_with_other_facts_alone(program: Aftercare) -> None:
    key = program.key()
    with program.start() as running:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        assert running.ask("POST", "/v1/organisations", headers, '{"name": "Somebody else"}').status == 201
        stop(running)
    ran = program.run("demo")
    assert (ran.code, "other facts" in ran.err) == (1, True)
    assert '"position": 1,' in program.run("status", "--json").out
