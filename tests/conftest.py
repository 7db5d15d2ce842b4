"""Fixtures that more than one folder of tests uses: databases that are real, fresh and migrated."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import QUICK, PostgresServer

if TYPE_CHECKING:
    from domain.log.log import Log

# Databases and threads take their time, and a law that a slow machine breaks is no law.
_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
settings.register_profile("default", _COMMON, max_examples=50)
settings.register_profile("ci", _COMMON, max_examples=50, derandomize=True)
settings.register_profile("thorough", _COMMON, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))

ENVIRONMENT = "test"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run; each worker of a parallel run has its own."""
    with PostgresServer(QUICK) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_templates(postgres: PostgresServer) -> tuple[str, str]:
    """A migrated log and a migrated vault that fresh databases are copied from."""
    from migrations import upgrade_log, upgrade_vault  # noqa: PLC0415 - only tests with a database load it

    log, vault = postgres.create_database(), postgres.create_database()
    upgrade_log(log, ENVIRONMENT)
    upgrade_vault(vault)
    return log, vault


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same for SQLite."""
    from migrations import upgrade_log, upgrade_vault  # noqa: PLC0415 - only tests with a database load it

    folder = tmp_path_factory.mktemp("templates")
    log, vault = folder / "aftercare.db", folder / "aftercare.vault.db"
    upgrade_log(f"sqlite:///{log}", ENVIRONMENT)
    upgrade_vault(f"sqlite:///{vault}")
    return log, vault


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """On which database the test runs: once on each."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database for a log."""
    yield from _fresh(database_kind, 0, request, tmp_path)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same for tests of what only PostgreSQL does."""
    yield from _fresh("postgresql", 0, request, tmp_path)


@pytest.fixture
def vault_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database for a vault, of the same kind as the log's."""
    yield from _fresh(database_kind, 1, request, tmp_path)


@pytest.fixture
def log(database_url: str) -> "Iterator[Log]":
    """An open log on an empty database; its clock is the machine's."""
    from domain.log.log import open_log  # noqa: PLC0415 - only tests with a database load it

    opened = open_log(database_url, now=lambda: datetime.now(UTC))
    try:
        yield opened
    finally:
        opened.close()


def _fresh(kind: str, which: int, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Yield a copy of a template; the server is started only for tests that need it."""
    if kind == "sqlite":
        template: Path = request.getfixturevalue("sqlite_templates")[which]
        yield f"sqlite:///{shutil.copy(template, folder)}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create_database(request.getfixturevalue("postgres_templates")[which])
    try:
        yield url
    finally:
        server.drop_database(url)
