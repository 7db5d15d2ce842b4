"""`aftercare rebuild`: what it says and with which exit code, and how it tells its pace."""

import signal
import sqlite3
from contextlib import closing

import psycopg
import pytest

from api.cli.telling import Pace
from tests.cli.imports import importing
from tests.cli.program import Aftercare
from tests.importing import azure_files
from tests.servers import PostgresServer, libpq, until


@pytest.fixture
def filled(program: Aftercare) -> Aftercare:
    """A log with a few facts, and read models that have followed them."""
    assert program.run(*importing(azure_files.write(program.home / "data"))).code == 0
    assert program.run("rebuild", "registry").code == 0
    return program


def test_rows_that_differ_are_told_and_answer_only_if_forced(filled: Aftercare) -> None:
    with closing(sqlite3.connect(filled.home / "aftercare.views.db")) as connection:
        connection.execute("UPDATE registry SET serial = 'another' WHERE rowid = 1")
        connection.commit()
    for arguments in (["--check"], []):
        ran = filled.run("rebuild", "registry", "organisations", *arguments)
        assert ran.code == 1
        assert "registry: the rows of 1 keys differ as known at position" in ran.out
        assert "organisations: the same, " in ran.out
        assert "registry stopped, the old one answers on: the rows built anew differ" in ran.err
        assert ("--force" in ran.err) is not bool(arguments)
    forced = filled.run("rebuild", "registry", "--force")
    assert (forced.code, "registry: rebuilt up to position" in forced.out) == (0, True)
    everything = filled.run("rebuild", "--all")
    assert (everything.code, "differ" in everything.out) == (0, False)


_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def rebuilt(bare: Aftercare, postgres: PostgresServer) -> tuple[Aftercare, str]:
    """A program with facts and a registry on PostgreSQL, and where that is."""
    url = postgres.create_database()
    program = Aftercare(bare.home, DATABASE_URL=url, AFTERCARE_VAULT_URL=postgres.create_database()).ready()
    assert program.run(*importing(azure_files.write(bare.home / "data"))).code == 0
    assert program.run("rebuild", "registry").code == 0
    return program, url


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("held", "left"),
    [
        ("SELECT pg_advisory_xact_lock(hashtext('aftercare.views'))", "nothing is half done"),
        ("LOCK TABLE views.origin IN SHARE MODE", "registry (position 0)"),
    ],
    ids=["at first", "under way"],
)
def test_whoever_ends_a_rebuild_is_told_what_is_left_and_goes_on(
    rebuilt: tuple[Aftercare, str], sent: signal.Signals, held: str, left: str
) -> None:
    program, url = rebuilt
    with psycopg.connect(libpq(url)) as database:
        database.execute(held)
        with program.begin("rebuild", "registry") as rebuilding:
            until(lambda: database.execute(_WAITS).fetchone() != (0,), 60)
            rebuilding.send_signal(sent)
            until(lambda: rebuilding.poll() is not None, 60)
            said = rebuilding.communicate()[1]
    assert (rebuilding.returncode, "Traceback" in said) == (1, False)
    assert f"the old rows answer on. The same command goes on from here: {left}" in said
    assert program.run("rebuild", "registry").code == 0


def test_a_database_that_goes_away_under_a_rebuild_is_told_in_one_line(
    rebuilt: tuple[Aftercare, str],
) -> None:
    program, url = rebuilt
    with psycopg.connect(libpq(url)) as database:
        database.execute("LOCK TABLE views.origin IN SHARE MODE")
        with program.begin("rebuild", "registry") as rebuilding:
            until(lambda: database.execute(_WAITS).fetchone() != (0,), 60)
            database.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
            until(lambda: rebuilding.poll() is not None, 60)
            said = rebuilding.communicate()[1]
    assert (rebuilding.returncode, "Traceback" in said) == (3, False)
    assert said.splitlines()[-1] == "aftercare: The read models do not answer; try again."


@pytest.mark.parametrize("arguments", [[], ["registry", "--all"], ["registry", "--force", "--check"]])
def test_a_rebuild_is_told_what_is_meant(program: Aftercare, arguments: list[str]) -> None:
    assert program.run("rebuild", *arguments).code == 2


def test_a_pace_says_how_many_facts_how_fast_and_how_long_still() -> None:
    seconds = [10.0]
    pace = Pace(lambda: seconds[0])
    assert (pace.is_time(), pace.line(1_000, 501_000)) == (False, "1,000 of 501,000 facts")
    seconds[0] = 14.0
    assert (pace.is_time(), pace.line(1_400, 501_000)) == (False, "1,400 of 501,000 facts, 100/s, 1:23:16 left")
    seconds[0] = 15.0
    assert pace.is_time()
    seconds[0] = 19.0
    assert not pace.is_time()
