"""An application on real databases, and callers with keys of every kind."""

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from api import observability
from api.application import application
from api.cursors import Cursors
from api.limits import Limits
from api.metrics import Metrics
from api.services import Services
from api.settings import Settings
from domain.application.keys import Keys
from domain.application.ledger import Ledger
from domain.application.receipts import Requests
from domain.kernel.ids import Ids
from domain.log.log import open_log
from domain.log.vault import new_wrapping_key, open_vault, parse_wrapping_keys
from projections.engine import Engine
from projections.read_model import ReadModel
from tests.api import endpoints
from tests.api.callers import Bearer, Clock, Issue
from tests.api.lives import World, settle


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def environ() -> dict[str, str]:
    """The environment of the application; a test that needs another one overrides it."""
    return {}


@pytest.fixture
def read_models() -> Sequence[ReadModel[Any]]:
    """The read models of the application; a test that needs some overrides it."""
    return ()


@pytest.fixture
def register() -> Callable[[Flask], object]:
    """The endpoints of the application beside its own; a test that needs others overrides it."""
    return endpoints.register


@pytest.fixture
def databases(sqlite_templates: tuple[Path, Path], tmp_path: Path) -> tuple[str, str]:
    """The URLs of a fresh log and a fresh vault, on SQLite; a test that needs others overrides it."""
    log_file, vault_file = (shutil.copy(template, tmp_path) for template in sqlite_templates)
    return f"sqlite:///{log_file}", f"sqlite:///{vault_file}"


@pytest.fixture
def given(
    databases: tuple[str, str],
    clock: Clock,
    environ: dict[str, str],
    read_models: Sequence[ReadModel[Any]],
) -> Iterator[Services]:
    """What an application on fresh databases is given."""
    log_url, vault_url = databases
    settings = Settings.from_environment({"DATABASE_URL": log_url, "AFTERCARE_VAULT_URL": vault_url, **environ})
    log = open_log(settings.database_url, now=clock)
    vault = open_vault(settings.vault_url, parse_wrapping_keys(new_wrapping_key("one")))
    keys = Keys(settings.database_url, now=clock, randomness=os.urandom, ttl=timedelta(seconds=settings.key_ttl))
    engine = Engine(log, settings.views_url, read_models, now=clock)
    ids = Ids(clock, os.urandom)
    ledger = Ledger(log, vault, Requests(log.answered, log.rows, vault.period_key), now=clock, ids=ids)
    yield Services(
        settings=settings,
        log=log,
        ledger=ledger,
        vault=vault,
        keys=keys,
        projections=engine,
        now=clock,
        ids=ids,
        cursors=Cursors(settings.cursor_secret),
        limits=Limits(
            rate=settings.rate,
            burst=settings.burst,
            at_once=settings.requests_at_once,
            clock=lambda: clock().timestamp(),
        ),
        metrics=Metrics(),
    )
    engine.close()
    keys.close()
    vault.close()
    log.close()


@pytest.fixture
def app(given: Services, register: Callable[[Flask], object]) -> Flask:
    """The application; pytest shows its log with a test that fails."""
    observability.log_to(sys.stderr, "debug")
    return application(given, register)


@pytest.fixture
def lines(app: Flask) -> io.StringIO:
    """What the application logs."""
    del app
    stream = io.StringIO()
    observability.log_to(stream, "debug")
    return stream


@pytest.fixture
def issue(app: Flask, given: Services) -> Issue:
    """Issues keys."""

    def issued(
        role: str = "administrator", organisation: UUID | None = None, expires_at: datetime | None = None
    ) -> Bearer:
        principal = uuid4()
        _, token = given.keys.issue(role=role, organisation=organisation, principal=principal, expires_at=expires_at)
        return Bearer(app.test_client(), token, organisation, principal)

    return issued


@pytest.fixture
def administrator(issue: Issue) -> Bearer:
    """An administrator of all organisations."""
    return issue()


@pytest.fixture
def world(administrator: Bearer) -> World:
    """A maker, an operator, a model and a released item, on record."""
    return settle(administrator)
