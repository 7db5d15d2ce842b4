"""Accounts: what became of every row of every file. They add up, or the import says so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from api.importing.entries import Finding, Place
from api.importing.recording import Fate, Outcome


class Line(NamedTuple):
    """What became of the rows of one file."""

    file: str
    rows: int
    recorded: int
    repeated: int
    refused: int

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for, once."""
        return self.rows == self.recorded + self.repeated + self.refused


_WEIGHT = {Fate.REPEATED: 0, Fate.RECORDED: 1, Fate.REFUSED: 2}


class Account:
    """Hears what became of entries and says what became of rows: a row with one refused entry is refused."""

    def __init__(self, rows: Mapping[str, int], repeats: Sequence[Place]) -> None:
        """Take how many rows each file has, and the rows that repeat an earlier one of their file."""
        self.facts = 0
        """Facts that were recorded now."""
        self.findings: list[Finding] = []
        self._rows = dict(rows)
        self._fates: dict[Place, Fate] = dict.fromkeys(repeats, Fate.REPEATED)

    def hear(self, outcome: Outcome) -> None:
        """Take note of what became of one entry."""
        self.facts += outcome.facts
        if outcome.finding is not None:
            self.findings.append(outcome.finding)
        if outcome.entry.place is not None:
            before = self._fates.setdefault(outcome.entry.place, outcome.fate)
            if _WEIGHT[outcome.fate] > _WEIGHT[before]:
                self._fates[outcome.entry.place] = outcome.fate

    def lines(self) -> list[Line]:
        """Return one line for each file, in the order in which they were read."""
        counts = Counter((place.file, fate) for place, fate in self._fates.items())
        return [
            Line(file, rows, *(counts[file, fate] for fate in (Fate.RECORDED, Fate.REPEATED, Fate.REFUSED)))
            for file, rows in self._rows.items()
        ]

    def total(self) -> Line:
        """Return the sum of all lines."""
        return Line("all", *(sum(column) for column in zip(*(line[1:] for line in self.lines()), strict=True)))
