"""Accounts: what became of every row of every file. They add up, or the import says so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from api.importing.entries import Finding, Place
from api.importing.recording import Unit
from domain.application.units import Booked, Outcome, Refused


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


class Fate(IntEnum):
    """What became of a row; of several, the last in this order tells."""

    REPEATED = 0
    RECORDED = 1
    REFUSED = 2


class Account:
    """Hears what became of units and says what became of rows: a row with one refused entry is refused."""

    def __init__(self, rows: Mapping[str, int], repeats: Sequence[Place]) -> None:
        """Take how many rows each file has, and the rows that repeat an earlier one of their file."""
        self.facts = 0
        """Facts that were recorded now."""
        self.findings: list[Finding] = []
        self._rows = dict(rows)
        self._fates: dict[Place, Fate] = dict.fromkeys(repeats, Fate.REPEATED)

    def hear(self, unit: Unit, outcome: Outcome) -> None:
        """Take note of what became of one unit."""
        fate = Fate.REPEATED
        if isinstance(outcome, Booked):
            fate, self.facts = Fate.RECORDED, self.facts + len(outcome.facts)
        elif isinstance(outcome, Refused):
            fate = Fate.REFUSED
            self.findings.append(finding_of(unit, outcome))
        for entry in unit:
            if entry.place is not None:
                self._fates[entry.place] = max(fate, self._fates.get(entry.place, fate))

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


def finding_of(unit: Unit, refused: Refused) -> Finding:
    """Return why a unit was refused, at the place of the entry that was."""
    entry, refusal = unit[refused.number], refused.refusal
    return Finding(entry.place or Place(entry.source.id, 0), refusal.code, refusal.detail)
