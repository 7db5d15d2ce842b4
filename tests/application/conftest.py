"""The desk: a ledger on each database."""

from collections.abc import Iterator

import pytest

from domain.log.contract import Outcome, Proposal
from tests.application.desk import Desk, open_desk


@pytest.fixture
def desk(database_url: str, vault_url: str) -> Iterator[Desk]:
    """A ledger with manufacturer, operator and model on record."""
    with open_desk(database_url, vault_url) as opened:
        opened.parties()
        yield opened


@pytest.fixture
def proposed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Proposal]:
    """All that is proposed to the log."""
    made: list[Proposal] = []
    append = desk.log.append

    def noted(proposal: Proposal) -> Outcome:
        made.append(proposal)
        return append(proposal)

    monkeypatch.setattr(desk.log, "append", noted)
    return made
