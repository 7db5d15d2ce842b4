"""An import that is ended in the middle, and two at once: each row is recorded once, on both databases."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.imports import MAPPING, companies, many, mapping, on_record, row_of, run, streams
from tests.cli.program import Aftercare, Ran
from tests.servers import PostgresServer, until


@pytest.fixture(params=["sqlite", "postgresql"])
def program(request: pytest.FixtureRequest, prepared: Path, tmp_path: Path) -> Iterator[Aftercare]:
    """Keys and empty databases."""
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    if request.param == "sqlite":
        yield Aftercare(home)
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    log, vault = (postgres.create_database(each) for each in request.getfixturevalue("postgres_templates"))
    yield Aftercare(home, DATABASE_URL=log, AFTERCARE_VAULT_URL=vault, AFTERCARE_ENVIRONMENT="test")
    for url in (log, vault):
        postgres.drop_database(url)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_import_that_was_ended_is_gone_on_with(program: Aftercare, sent: signal.Signals) -> None:
    rows = 20_000
    arguments = ("--mapping", mapping(program.home), companies(program.home, many(rows)))
    with program.begin("import", "--lenient", *arguments) as importing:
        until(lambda: on_record(program) > 0, 60)
        importing.send_signal(sent)
        said = importing.communicate()[1]
    ended = on_record(program)
    assert 0 < ended < rows
    if sent is not signal.SIGKILL:
        last = "It was stopped. What is told above is on record; run it again to go on."
        assert (importing.returncode, said.splitlines()[-1]) == (1, last), said
    again = run(program, arguments[-1])
    assert (again.code, on_record(program), streams(program)) == (0, rows, rows)
    assert row_of(again, "companies.csv") == [f"{each:,}" for each in (rows, rows - ended, ended, 0, 0)]


def test_two_imports_of_the_same_data_at_once_record_each_row_once(program: Aftercare) -> None:
    rows = 2_000
    arguments = ("import", "--mapping", mapping(program.home), companies(program.home, many(rows)))
    with program.begin(*arguments) as one, program.begin(*arguments) as another:
        said = [each.communicate()[1] for each in (one, another)]
    assert [one.returncode, another.returncode] == [0, 0], said
    assert (on_record(program), streams(program)) == (rows, rows)


def test_an_import_that_is_ended_while_it_gathers_reads_no_further(program: Aftercare) -> None:
    rows = 200_000
    keyed = MAPPING.replace('path = ["companies*.csv"]', 'path = ["companies*.csv"]\nkey = "{number}"')
    arguments = ("--mapping", mapping(program.home, keyed), companies(program.home, many(rows)))
    room = program.home / "room"
    room.mkdir()
    program.environment["TMPDIR"] = str(room)
    with program.begin("import", "--lenient", *arguments) as importing:
        until(lambda: any(path.stat().st_size for path in room.glob("*/rows.db")), 60)
        importing.send_signal(signal.SIGINT)
        out, said = importing.communicate()
    assert importing.returncode == 1
    assert said.splitlines()[-1] == "It was stopped. What is told above is on record; run it again to go on."
    assert "Traceback" not in said
    assert 0 < int(row_of(Ran(1, out, said), "companies.csv")[0].replace(",", "")) < rows
    assert (on_record(program), list(room.iterdir())) == (0, [])
