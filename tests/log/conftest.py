"""Fixtures that several tests of the log share: a vault, a log with facts on record, an appender that is held."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.log.vault import Vault
from tests.laws.fresh import fresh_others
from tests.log.held import HeldStore, Scene
from tests.log.proposals import Store, opened
from tests.log.recorded import record
from tests.log.sealing import reopened

__all__ = ["fresh_others"]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on an empty database."""
    with opened(database_url) as store:
        yield store


@pytest.fixture
def vault(vault_url: str) -> Iterator[Vault]:
    """An open vault that is empty."""
    vault = reopened(vault_url)
    yield vault
    vault.close()


@pytest.fixture
def recorded(database_url: str, vault: Vault) -> str:
    """The URL of a log with facts on record that nobody has touched."""
    record(database_url, vault)
    return database_url


@pytest.fixture
def places(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Give places that a log or a vault can be restored into."""
    made: list[str] = []

    def place(part: str) -> str:
        if database_kind == "sqlite":
            return f"sqlite:///{tmp_path}/restored/{part}{len(made)}.db"
        templates = request.getfixturevalue("postgres_templates")
        made.append(request.getfixturevalue("postgres").create_database(templates[0 if part == "log" else 1]))
        return made[-1]

    yield place
    for url in made:
        request.getfixturevalue("postgres").drop_database(url)


@pytest.fixture
def held() -> HeldStore:
    """A store that holds each commit until the test lets it go."""
    return HeldStore()


@pytest.fixture
def scene(held: HeldStore) -> Iterator[Callable[..., Scene]]:
    """Make appenders on the held store."""
    with ThreadPoolExecutor(16) as pool:
        yield lambda **settings: Scene(held, pool, **settings)
        held.let_go()
