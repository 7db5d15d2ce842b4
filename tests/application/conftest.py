"""The desk: a ledger on each database."""

from collections.abc import Iterator

import pytest

from tests.application.desk import Desk, open_desk


@pytest.fixture
def desk(database_url: str, vault_url: str) -> Iterator[Desk]:
    """A ledger with manufacturer, operator and model on record."""
    with open_desk(database_url, vault_url) as opened:
        opened.parties()
        yield opened
