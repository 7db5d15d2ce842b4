"""A ledger on a real log, for imports."""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import api.importing
from api.importing.accounts import Account
from api.importing.items import Items
from api.importing.mapping_files import kindred_of, read_mapping
from api.importing.planning import Plan
from api.importing.rejects import Rejects
from api.importing.running import Files, item_with, record_all
from api.importing.understood import Understood
from domain import declared
from domain.application.ledger import Ledger
from domain.application.receipts import Requests
from domain.application.units import AnyUnit, Outcome
from domain.kernel.envelope import Caller, Recorded
from domain.kernel.ids import Ids
from domain.log.codec import decode
from domain.log.contract import Row
from domain.log.log import Log
from domain.log.vault import Vault

MAPPINGS = Path(api.importing.__file__).with_name("mappings")
CALLER = Caller(actor=UUID(int=1), organisation=UUID(int=2), correlation=UUID(int=3))


class Book:
    """A log with its ledger."""

    def __init__(self, log: Log, vault: Vault) -> None:
        declared.facts()
        self.log = log
        self.vault = vault
        requests = Requests(log.answered, log.rows, vault.period_key)
        self.ledger = Ledger(log, vault, requests, now=now, ids=Ids(now, os.urandom))

    def take(self, mapping: str, *data: Path, rejects: Path | None = None) -> Account:
        """Import files by a mapping of the program, as `--lenient` does; return what became of every row."""
        read = read_mapping(MAPPINGS / mapping)
        with (
            closing(Items(partial(item_with, self.ledger), read.records)) as items,
            Rejects(rejects) if rejects else nullcontext() as kept,
        ):
            understood, account = Understood(read, kindred_of, items.find), Account(kept)
            files = Files(data, account, lambda _: None, lambda _: None)
            files.require(understood.sources.values())
            with Plan(understood, files.rows) as plan:
                record_all(plan, understood.phases, account, self.book, items=items)
        assert all(line.adds_up for line in account.lines())
        return account

    def book(self, units: Iterable[AnyUnit]) -> Iterator[tuple[AnyUnit, Outcome]]:
        """Give units to the ledger."""
        return self.ledger.book(units, CALLER)

    def facts(self, *kinds: str) -> list[Recorded]:
        """Return all facts on record, or those of some kinds, in the order in which they were recorded."""
        found: list[Row] = []
        while page := self.log.rows(found[-1].position if found else 0, 10_000):
            found += page
        return [decode(row) for row in found if not kinds or row.type in kinds]


def now() -> datetime:
    return datetime.now(UTC)
