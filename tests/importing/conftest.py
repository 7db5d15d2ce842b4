"""Books on real logs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from domain.log.log import open_log
from domain.log.vault import WrappingKeys, open_vault
from tests.importing.books import Book, now


@pytest.fixture(scope="module")
def new_book(
    sqlite_templates: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Book]]:
    """Gives a book on an empty log of its own, as often as it is called."""
    with ExitStack() as opened:

        def give() -> Book:
            folder = tmp_path_factory.mktemp("book")
            log, vault = (f"sqlite:///{shutil.copy(template, folder)}" for template in sqlite_templates)
            keys = WrappingKeys("k1", {"k1": bytes(32)})
            return Book(
                opened.enter_context(open_log(log, now=now)), opened.enter_context(closing(open_vault(vault, keys)))
            )

        yield give


@pytest.fixture
def book(new_book: Callable[[], Book]) -> Book:
    """An empty log with its ledger."""
    return new_book()
