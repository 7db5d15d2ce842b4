"""A server that starts on what fits, and stops after what it promised."""

import os
import signal
import socket
import sqlite3
from contextlib import closing
from threading import Thread

import psutil
import pytest

from tests.cli.program import Aftercare, Running
from tests.servers import until


def organisation(running: Running, key: str, name: str) -> int | None:
    """Register an organisation; return the position of the fact if it was acknowledged."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Idempotency-Key": name.replace(" ", "-"),
    }
    try:
        answer = running.ask("POST", "/v1/organisations", headers, f'{{"name": "{name}"}}')
    except (OSError, ValueError):
        return None
    return answer.body["position"] if answer.status == 201 else None


def on_record(program: Aftercare) -> int:
    with closing(sqlite3.connect(program.home / "aftercare.db")) as connection:
        count: int = connection.execute("SELECT count(*) FROM fact").fetchone()[0]
        return count


def test_sigterm_ends_it_well_with_everything_that_was_acknowledged(program: Aftercare) -> None:
    key, acknowledged = program.key(), []
    with program.start() as running:

        def write() -> None:
            number = 0
            while (position := organisation(running, key, f"Organisation {number}")) is not None:
                acknowledged.append(position)
                number += 1

        writer = Thread(target=write)
        writer.start()
        until(lambda: len(acknowledged) > 20)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
        writer.join()
    assert on_record(program) >= max(acknowledged)
    # SQLite removes the write-ahead file when its last connection is closed: everything was closed.
    assert [each.name for each in program.home.glob("*-wal")] == []
    assert "Traceback" not in running.text


def test_ctrl_c_reaches_everyone_and_ends_it_well(program: Aftercare) -> None:
    with program.start() as running:
        os.killpg(running.process.pid, signal.SIGINT)
        assert running.process.wait(20) == 0


def test_after_a_sigkill_nobody_stays_on_the_port_and_a_new_start_has_every_fact(program: Aftercare) -> None:
    key = program.key()
    with program.start() as running:
        positions = [organisation(running, key, f"Organisation {number}") for number in range(5)]
        workers = running.workers
        running.process.kill()
        running.process.wait()
        assert psutil.wait_procs(workers, 20)[1] == []
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", running.port))
    with program.start() as again:
        listed = again.ask("GET", "/v1/organisations?limit=10", {"Authorization": f"Bearer {key}", "Min-Position": "5"})
        assert (positions, len(listed.body["items"])) == ([1, 2, 3, 4, 5], 5)


def test_a_worker_that_was_killed_ends_the_server_with_an_error(program: Aftercare) -> None:
    with program.start() as running:
        for worker in running.workers:
            worker.kill()
        assert running.process.wait(20) == 1


def test_it_does_not_start_without_keys(bare: Aftercare) -> None:
    ran = bare.run("migrate")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "aftercare vault generate-key" in ran.err
    assert list(bare.home.iterdir()) == []


def test_it_does_not_start_on_a_database_that_is_not_there(bare: Aftercare) -> None:
    ran = bare.run("serve")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "aftercare migrate" in ran.err
    assert list(bare.home.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "table"), [("aftercare.db", "log_revision"), ("aftercare.vault.db", "vault_revision")]
)
def test_it_does_not_start_on_a_newer_database(program: Aftercare, file: str, table: str) -> None:
    with closing(sqlite3.connect(program.home / file)) as connection:
        connection.execute(f"UPDATE {table} SET version_num = '9999'")
        connection.commit()
    ran = program.run("serve")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "9999" in ran.err


def test_it_does_not_start_in_another_environment(program: Aftercare) -> None:
    ran = program.run("serve", AFTERCARE_ENVIRONMENT="production")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "'development'" in ran.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AFTERCARE_PORT", "many"),
        ("AFTERCARE_PROT", "8080"),
        ("AFTERCARE_WORKERS", "2"),
        ("AFTERCARE_PROJECT", "maybe"),
    ],
)
def test_it_does_not_start_on_a_bad_setting(program: Aftercare, name: str, value: str) -> None:
    ran = program.run("serve", **{name: value})
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert name in ran.err


def test_it_does_not_share_a_port(program: Aftercare) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = program.run("serve", AFTERCARE_PORT=str(taken.getsockname()[1]))
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "Cannot listen" in ran.err


def test_read_models_can_be_kept_by_a_process_of_their_own(program: Aftercare) -> None:
    key = program.key()
    with program.start(AFTERCARE_PROJECT="no") as running:
        assert organisation(running, key, "Organisation 1") == 1
        follower = program.start("project")
        try:
            headers = {"Authorization": f"Bearer {key}", "Min-Position": "1"}
            until(lambda: running.ask("GET", "/v1/organisations", headers).status == 200, 60)
            follower.process.send_signal(signal.SIGTERM)
            assert follower.process.wait(20) == 0
        finally:
            follower.end()
