"""Entries: what an outside source or a generator wants recorded, each a command with its time and its provenance."""

from datetime import datetime
from typing import NamedTuple

from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance


class Place(NamedTuple):
    """Where an entry comes from: the name of a file and the number of a line in it, the header being line 1."""

    file: str
    line: int


class Entry(NamedTuple):
    """One command on its way to the ledger. Repeats are known by (source, id) for ever."""

    command: Command
    occurred_at: datetime
    source: Provenance
    place: Place | None = None
    """The row that it belongs to; none for what a generator makes up."""
    reason: str | None = None
