"""Books on real logs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from domain.log.log import open_log
from tests.importing.books import Book, now


@pytest.fixture(scope="session")
def new_book(
    sqlite_templates: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Book]]:
    """Gives a book on an empty log of its own, as often as it is called."""
    with ExitStack() as opened:

        def give() -> Book:
            folder = tmp_path_factory.mktemp("book")
            url = f"sqlite:///{shutil.copy(sqlite_templates[0], folder)}"
            return Book(opened.enter_context(open_log(url, now=now)))

        yield give


@pytest.fixture
def book(new_book: Callable[[], Book]) -> Book:
    """An empty log with its ledger."""
    return new_book()
