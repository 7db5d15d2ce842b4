"""A whole Aftercare to kill, and what the kills of a run came to."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict

import pytest

from tests.faults.stand import Stand
from tests.faults.tally import Tally
from tests.servers import PostgresServer

_PROPERTY = "tally"
_HEADINGS = ("fault", "kills", "acknowledged", "refused", "unknown", "recovered in (max)")

MakeStand = Callable[..., AbstractContextManager[Stand]]


@pytest.fixture
def make_stand(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> MakeStand:
    """Makes a stand on fresh databases, which go with it; takes settings by name."""

    @contextmanager
    def make(**settings: str) -> Iterator[Stand]:
        home = tmp_path_factory.mktemp("aftercare")
        if database_kind == "sqlite":
            log, vault = (shutil.copy(each, home) for each in request.getfixturevalue("sqlite_templates"))
            with Stand(home, f"sqlite:///{log}", f"sqlite:///{vault}", settings) as stand:
                yield stand
            return
        server: PostgresServer = request.getfixturevalue("postgres")
        log, vault = map(server.create_database, request.getfixturevalue("postgres_templates"))
        with Stand(home, log, vault, settings) as stand:
            yield stand
        server.drop_database(log)
        server.drop_database(vault)

    return make


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """What is told of this test at the end of the run, however it went."""
    made = Tally(request.node.name.removeprefix("test_"))
    yield made
    request.node.user_properties.append((_PROPERTY, asdict(made)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what the kills came to."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    tallies = [
        tally
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, tally in report.user_properties
        if name == _PROPERTY
    ]
    if not tallies:
        return
    terminalreporter.section("kills")
    rows = [_HEADINGS] + [(*map(str, list(tally.values())[:-1]), f"{tally['recovered']:.1f} s") for tally in tallies]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *others = (
            text.ljust(width) if not n else text.rjust(width)
            for n, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        terminalreporter.line("  ".join((first, *others)))
