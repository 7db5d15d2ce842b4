"""A metro on record, once for all tests of it, and a part of it on PostgreSQL."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from domain.log.log import open_log
from domain.log.vault import WrappingKeys, open_vault
from projections.engine import Engine
from projections.read_models import READ_MODELS
from projections.views import views_url
from tests.api.callers import Bearer
from tests.importing.books import Book, now
from tests.real.callers import administrator_of, keys_of
from tests.real.metros import ASKED, Metro, only, taken
from tests.servers import PostgresServer

SOME_UNITS = frozenset(
    {
        *("EL211", "EL324", "EL339", "EL402"),  # never came back: faults, and planned work
        *("EL141", "EL190", "EL494X"),  # not listed
        *("EL104", "EL290X", "EL395"),  # came back, or were known, only by the later file
        *("ES370", "ES436"),  # only told of by month
    }
)


@pytest.fixture(scope="session")
def metro(sqlite_templates: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metro]:
    """All units, on SQLite."""
    folder = tmp_path_factory.mktemp("metro")
    log, vault = (f"sqlite:///{shutil.copy(template, folder)}" for template in sqlite_templates)
    with _followed(log, vault) as (book, engine):
        yield taken(book, engine, log)


@pytest.fixture(scope="session")
def administrator(metro: Metro) -> Iterator[Bearer]:
    """Asks about all units, over the interface."""
    with closing(keys_of(metro.url)) as keys:
        yield administrator_of(metro, keys)


@pytest.fixture(scope="session")
def some_of_metro(
    postgres: PostgresServer, postgres_templates: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Metro]:
    """Some units, on PostgreSQL."""
    log, vault = (postgres.create_database(template) for template in postgres_templates)
    try:
        with _followed(log, vault) as (book, engine):
            yield taken(book, engine, log, only(SOME_UNITS, tmp_path_factory.mktemp("some")))
    finally:
        for url in (log, vault):
            postgres.drop_database(url)


@contextmanager
def _followed(log_url: str, vault_url: str) -> Iterator[tuple[Book, Engine]]:
    models = [each for each in READ_MODELS if each.name in ASKED]
    keys = WrappingKeys("k1", {"k1": bytes(32)})
    with (
        open_log(log_url, now=now) as log,
        closing(open_vault(vault_url, keys)) as vault,
        closing(Engine(log, views_url(log_url), models)) as engine,
    ):
        yield Book(log, vault), engine
