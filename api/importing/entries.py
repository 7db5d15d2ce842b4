"""Entries: what an outside source or a generator wants recorded, each a command with its time and its provenance."""

from datetime import datetime
from typing import NamedTuple

from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance


class Place(NamedTuple):
    """Where an entry comes from: a file, the number of a line, the header being line 1, and of a workbook the sheet."""

    file: str
    line: int
    sheet: str | None = None

    @property
    def table(self) -> str:
        """What the line is counted in: the file, or `FILE:SHEET`."""
        return self.file if self.sheet is None else f"{self.file}:{self.sheet}"

    def __str__(self) -> str:
        """Return it as a person reads it; without a line (0) it is the whole of the file, or of the sheet."""
        table = self.file if self.sheet is None else f"{self.file}, sheet {self.sheet}"
        return f"{table}, line {self.line}" if self.line else table


class Entry(NamedTuple):
    """One command on its way to the ledger. Repeats are known by (source, id) for ever."""

    command: Command
    occurred_at: datetime
    source: Provenance
    place: Place | None = None
    """The row that it belongs to; none for what a generator makes up."""
    reason: str | None = None
