"""A ledger on a real log and vault with a clock that tests turn, and a fleet to begin with."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.application.ledger import Ledger
from domain.application.receipts import Receipt, Requests
from domain.application.standings import Snapshots
from domain.equipment.beginning_commands import ReleaseEquipment
from domain.equipment.custody_commands import DeliverEquipment, ShipEquipment, StockEquipment
from domain.equipment.life_commands import CommissionEquipment, InstallEquipment
from domain.equipment.model_commands import RegisterModel
from domain.equipment.papers_commands import CertifyEquipment
from domain.kernel.commands import Command
from domain.kernel.envelope import Caller
from domain.kernel.ids import Ids
from domain.log.log import Log, open_log
from domain.log.vault import Vault, new_wrapping_key, open_vault, parse_wrapping_keys
from domain.parties.organisation import RegisterOrganisation
from tests.equipment.lives import MAKER, MODEL_ID, OPERATOR

CALLER = Caller(actor=UUID(int=90), organisation=MAKER, correlation=UUID(int=91))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> datetime:
        self.now += by
        return self.now


@dataclass
class Desk:
    """Everything a test of the ledger needs at hand."""

    log: Log
    vault: Vault
    clock: Clock
    ledger: Ledger

    def another(self, snapshots: Snapshots | None = None) -> Ledger:
        """A second ledger on the same log, as another process has it."""
        return ledger_on(self.log, self.vault, self.clock, snapshots)

    def parties(self) -> None:
        """Register manufacturer, operator and model."""
        for organisation in (MAKER, OPERATOR):
            self.ledger.execute(RegisterOrganisation(organisation_id=organisation, name="Works"), CALLER)
        self.ledger.execute(RegisterModel(model_id=MODEL_ID, designation="Press PX-40", manufacturer_id=MAKER), CALLER)

    def do(self, command: Command, at: datetime | None = None) -> Receipt:
        """Execute a command as the usual caller."""
        return self.ledger.execute(command, CALLER, occurred_at=at)

    def item(self, item: UUID, serial: str, *, steps: int = 6) -> None:
        """Bring an item through the first steps of its life, a day apart, ending at the clock's present."""
        for command in life_of(item, serial)[:steps]:
            self.do(command)
            self.clock.turn(DAY)

    def unit(self, item: UUID, serial: str) -> None:
        """Bring a unit into a stock."""
        for command in (
            release(item, serial),
            CertifyEquipment(equipment_id=item, certificate="EC-U", authority="NB-1"),
            StockEquipment(equipment_id=item, place="warehouse-1"),
        ):
            self.do(command)


def release(item: UUID, serial: str) -> ReleaseEquipment:
    return ReleaseEquipment(equipment_id=item, model_id=MODEL_ID, manufacturer_id=MAKER, serial=serial)


def life_of(item: UUID, serial: str) -> list[Command]:
    return [
        release(item, serial),
        CertifyEquipment(equipment_id=item, certificate="EC-1", authority="NB-1"),
        ShipEquipment(equipment_id=item, place="site-1"),
        DeliverEquipment(equipment_id=item, recipient_id=OPERATOR),
        InstallEquipment(equipment_id=item, place="hall-1"),
        CommissionEquipment(equipment_id=item, operator_id=OPERATOR, act="ACT-1"),
    ]


def ledger_on(log: Log, vault: Vault, clock: Clock, snapshots: Snapshots | None = None) -> Ledger:
    return Ledger(
        log,
        vault,
        Requests(log.answered, log.rows, vault.period_key),
        now=clock,
        ids=Ids(clock, os.urandom),
        snapshots=snapshots,
    )


@contextmanager
def open_desk(database_url: str, vault_url: str) -> Iterator[Desk]:
    """Open a log and a vault, and a ledger on them."""
    clock = Clock()
    vault = open_vault(vault_url, parse_wrapping_keys(new_wrapping_key("test")))
    log = open_log(database_url, now=clock)
    try:
        yield Desk(log, vault, clock, ledger_on(log, vault, clock))
    finally:
        log.close()
        vault.close()
