"""A ledger on a real log, for imports."""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from api.importing.azure_import import import_azure

from api.importing.accounts import Account
from api.importing.entries import Entry
from api.importing.recording import Unit
from domain import declared
from domain.application.ledger import Ledger
from domain.application.receipts import Receipt, Requests
from domain.application.units import Outcome
from domain.kernel.envelope import Caller, Recorded
from domain.kernel.ids import Ids
from domain.log.codec import decode
from domain.log.contract import Row
from domain.log.log import Log
from domain.log.vault import Vault

CALLER = Caller(actor=UUID(int=1), organisation=UUID(int=2), correlation=UUID(int=3))


class Book:
    """A log with its ledger."""

    def __init__(self, log: Log, vault: Vault) -> None:
        declared.facts()
        self.log = log
        self.vault = vault
        requests = Requests(log.answered, log.rows, vault.period_key)
        self.ledger = Ledger(log, vault, requests, now=now, ids=Ids(now, os.urandom))

    def take(self, folder: Path) -> Account:
        """Import a folder."""
        return import_azure(folder, self.book, now())

    def book(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, Outcome]]:
        """Give units to the ledger."""
        return self.ledger.book(units, CALLER)

    def execute(self, entry: Entry) -> Receipt:
        """Give one entry to the ledger."""
        command, at, source, _, reason = entry
        return self.ledger.execute(command, CALLER, occurred_at=at, source=source, reason=reason)

    def facts(self, *kinds: str) -> list[Recorded]:
        """Return all facts on record, or those of some kinds, in the order in which they were recorded."""
        found: list[Row] = []
        while page := self.log.rows(found[-1].position if found else 0, 10_000):
            found += page
        return [decode(row) for row in found if not kinds or row.type in kinds]


def now() -> datetime:
    return datetime.now(UTC)
