"""Entries for tests of booking: commands with a source of their own."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import pytest

from domain.application.ledger import Ledger
from domain.application.units import Outcome
from domain.equipment.meters_commands import RecordMeterReading
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.log.contract import Outcome as Appended
from domain.log.contract import Proposal
from tests.application.desk import CALLER, DAY, NOON, Desk, life_of
from tests.equipment.lives import ITEM_ID

PLANT = "urn:example:plant"
AT = NOON + DAY

Append = Callable[[Proposal], Appended]
Act = Callable[[Append, Proposal], Appended]


class Told(NamedTuple):
    """An entry, as booking wants it."""

    command: Command
    occurred_at: datetime
    source: Provenance
    reason: str | None = None


def told(command: Command, at: datetime, key: str, source: str = PLANT) -> Told:
    return Told(command, at, Provenance(source=source, id=key))


def book(ledger: Ledger, units: Iterable[Sequence[Told]]) -> list[Outcome]:
    """Book units; return what became of each."""
    return [outcome for _, outcome in ledger.book(units, CALLER)]


def life(item: UUID, serial: str) -> list[Told]:
    """The first six steps of a life, an hour apart."""
    return [
        told(command, AT + number * timedelta(hours=1), f"{serial}/{number}")
        for number, command in enumerate(life_of(item, serial))
    ]


def readings(number: int) -> list[Told]:
    """So many readings of one counter, in order."""
    return [
        told(
            RecordMeterReading(equipment_id=ITEM_ID, meter="starts", value=Decimal(each), unit="1"),
            AT + timedelta(hours=6, seconds=each),
            f"reading/{each}",
        )
        for each in range(number)
    ]


def alone(*entries: Told) -> list[tuple[Told, ...]]:
    return [(each,) for each in entries]


def at_append(desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int, act: Act) -> None:
    """Let something happen in place of the n-th append."""
    append, numbers = desk.log.append, iter(range(1, 1_000))

    def appended(proposal: Proposal) -> Appended:
        return act(append, proposal) if next(numbers) == number else append(proposal)

    monkeypatch.setattr(desk.log, "append", appended)
