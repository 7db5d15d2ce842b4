"""Entries for tests of booking: commands with a source of their own."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from domain.application.ledger import Ledger
from domain.application.units import Outcome
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from tests.application.desk import CALLER

PLANT = "urn:example:plant"


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
