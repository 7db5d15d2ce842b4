"""A rebuild whose process dies, or is interrupted, is gone on with: what it had applied is not read again."""

import signal
import subprocess
import sys
from contextlib import closing

import pytest

from projections.engine import Engine
from projections.equipment.registry import REGISTRY
from projections.offering import Progress
from projections.views import views_url
from tests.cli.program import Aftercare
from tests.faults.rebuilds import BATCHES
from tests.projections.recording import opened, record, rows_of
from tests.projections.test_engine import LIVES
from tests.servers import PostgresServer

POINTS = [
    ("CREATE INDEX", 1, None),
    (BATCHES, 1, 2),
    (BATCHES, 3, 6),
    ("CREATE INDEX", 2, 9),
    ("ALTER TABLE", 2, 9),
    ("UPDATE read_model", 2, 9),
]
"""Where it dies, and where it is gone on with; None: nothing was begun."""


@pytest.fixture
def program(database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Aftercare:
    """A log with a few facts that all read models have followed."""
    home = tmp_path_factory.mktemp("rebuilds")
    urls = {"DATABASE_URL": f"sqlite:///{home}/aftercare.db", "AFTERCARE_VAULT_URL": f"sqlite:///{home}/vault.db"}
    if database_kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        urls = {name: server.create_database() for name in urls}
    made = Aftercare(home, **urls, AFTERCARE_PROJECTION_BATCH="2").ready()
    with closing(opened(urls["DATABASE_URL"])) as log, closing(Engine(log, views_of(made), (REGISTRY,))) as engine:
        record(log, LIVES)
        engine.catch_up()
    return made


def views_of(program: Aftercare) -> str:
    return views_url(program.environment["DATABASE_URL"])


def rebuild(program: Aftercare, sign: signal.Signals, point: str, number: int) -> subprocess.CompletedProcess[str]:
    """Rebuild the registry in a process that gets a signal from itself."""
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.rebuilds", sign.name, point, str(number), "registry"],
        env=program.environment,
        cwd=program.home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.faults
def test_a_killed_rebuild_is_gone_on_with(program: Aftercare) -> None:
    url = program.environment["DATABASE_URL"]
    for point, number, position in POINTS:
        died = rebuild(program, signal.SIGKILL, point, number)
        assert died.returncode == -signal.SIGKILL, (point, number, died)
        applied: list[int] = []
        joined: list[int] = []

        def hear(each: Progress, heard: list[int] = applied) -> None:
            heard.append(each.position)

        views = views_of(program)
        with closing(opened(url)) as log, closing(Engine(log, views, (REGISTRY,), batch=2, observer=hear)) as engine:
            with engine.views.read() as connection:
                answering = rows_of(connection, REGISTRY)
            result = engine.rebuild("registry", joined=lambda _name, at, heard=joined: heard.append(at))  # type: ignore[misc]
            assert (joined, result["registry"].changed_over) == ([] if position is None else [position], True)
            assert applied == [each for each in (2, 4, 6, 8, 9) if each > (position or 0)]
            with engine.views.read() as connection:
                assert rows_of(connection, REGISTRY) == answering
            assert engine.rebuilds() == {}


@pytest.mark.faults
def test_an_interrupted_rebuild_says_where_it_stands_and_the_same_command_goes_on(program: Aftercare) -> None:
    interrupted = rebuild(program, signal.SIGINT, BATCHES, 3)
    assert (interrupted.returncode, interrupted.stdout) == (1, "")
    assert interrupted.stderr.splitlines()[-1] == (
        "Error: interrupted; the old rows answer on. The same command goes on from here: registry (position 6)"
    )
    told = program.run("status")
    assert "following; rebuilt up to 6 of 9" in told.out
    again = program.run("rebuild", "registry")
    assert again.code == 0
    assert again.err.strip() == (
        "registry: a rebuild was begun before, or is under way in another process; "
        "it stands at position 6 and is gone on with"
    )
    assert again.out.splitlines()[-1] == "registry: rebuilt up to position 9"
