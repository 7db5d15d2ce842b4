"""Accounts: what became of every row of every file. They add up, or the import says so."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import NamedTuple

from api.importing.entries import Place
from api.importing.lives import Unit
from api.importing.recording import finding_of
from api.importing.rejects import Rejects
from api.importing.rows import Finding, Row, Unread
from domain.application.units import Booked, Outcome, Refused
from domain.kernel.facts import fact_type

MOST_FINDINGS = 20
"""So many are told one by one; of the others, their numbers."""


class Fate(StrEnum):
    """What became of a row."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    LEFT_OUT = "left out"
    REFUSED = "refused"


class Line(NamedTuple):
    """What became of the rows of one file."""

    file: str
    rows: int
    recorded: int
    repeated: int
    left_out: int
    refused: int

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for, once."""
        return self.rows == self.recorded + self.repeated + self.left_out + self.refused


class Account:
    """Hears what becomes of rows and units, from any thread, and says what became of all of them."""

    def __init__(self, rejects: Rejects | None = None) -> None:
        """Begin one; refused rows are kept if there is somewhere to keep them."""
        self.facts: Counter[str] = Counter()
        """Facts that were recorded, by type."""
        self.units = 0
        """Units of which it is known what became of them."""
        self.codes: Counter[str] = Counter()
        """Refused rows, by the code of what is wrong."""
        self.moved: Callable[[], None] = lambda: None
        """Is told that a row is being looked at: one of many rows of a key may take a while."""
        self._looks = 0
        self.findings: list[Finding] = []
        """The first of them."""
        self._rejects = rejects
        self._columns: dict[str, tuple[Sequence[str], bool]] = {}
        """Of each file, and whether its cells are more than text."""
        self._guard = threading.RLock()
        self._rows: Counter[str] = Counter()
        self._read = self._settled = 0
        self._fates: defaultdict[str, Counter[Fate]] = defaultdict(Counter)

    @property
    def settled(self) -> int:
        """How many of the rows that were read it is known of what became of them."""
        return self._settled

    @property
    def looked(self) -> int:
        """How many rows are settled, or were looked at, twice each."""
        return max(self.settled, self._looks // 2)

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self._read

    @property
    def refused(self) -> int:
        """How many rows were refused, and units that come from no row."""
        return sum(self.codes.values())

    def read(self, file: str, columns: Sequence[str], *, typed: bool) -> None:
        """A row of a file was read.

        Args:
            file: its name, or `FILE:SHEET`.
            columns: of the file; none if each row names its own.
            typed: whether cells may be more than text.
        """
        with self._guard:
            self._rows[file] += 1
            self._read += 1
            self._columns[file] = columns, typed

    def looked_at(self, times: int = 1) -> None:
        """What a row becomes is being found out."""
        with self._guard:
            self._looks += times
        self.moved()

    def left_out(self, file: str, row: Row) -> None:
        """A row does not count, as the mapping says."""
        with self._guard:
            del file
            self._settle(row.place.table, Fate.LEFT_OUT)

    def repeats(self, file: str, row: Row) -> None:
        """A row says what another one says."""
        with self._guard:
            del file
            self._settle(row.place.table, Fate.REPEATED)

    def wrong(self, file: str, found: Finding, row: Row | Unread) -> None:
        """A row cannot be understood, or stands beside one that cannot."""
        with self._guard:
            self._settle(found.place.table, Fate.REFUSED)
            self._note(found)
            if self._rejects is not None:
                columns, typed = self._columns[found.place.table]
                if isinstance(row, Row):
                    self._rejects.row(file, columns, row, found, typed=typed)
                else:
                    self._rejects.unread(file, columns, row, typed=typed)

    def hear(self, unit: Unit, outcome: Outcome) -> None:
        """Take note of what became of a unit."""
        with self._guard:
            self.units += 1
            match outcome:
                case Refused(number=number):
                    found = finding_of(unit, outcome)
                    self._refuse(unit, found._replace(sentence=f"{unit.records[number]}: {found.sentence}"))
                case Booked(facts=facts):
                    self.facts.update(fact_type(said.fact).name for said in facts)
                    self._count(unit, {unit[said.entry].place for said in facts})
                case _:
                    self._count(unit, set())

    def _count(self, unit: Unit, new: Collection[Place | None]) -> None:
        """Count the rows of a unit: those with something new to say, those of which all is on record, and others.

        A row that says nothing by itself, but is looked at for others, is as they are.
        """
        told = {entry.place for entry in unit}
        for _, row in unit.rows:
            is_new = row.place in new if row.place in told else bool(new)
            self._settle(row.place.table, Fate.RECORDED if is_new else Fate.REPEATED)

    def _refuse(self, unit: Unit, found: Finding) -> None:
        beside = f"{found.place}, of the same key is refused: it is all or none of them."
        for file, row in unit.rows:
            own = row.place == found.place
            self.wrong(file, found if own else Finding(row.place, "beside-a-wrong-row", beside), row)
        if not unit.rows:
            self._note(found)

    def _settle(self, file: str, fate: Fate) -> None:
        self._fates[file][fate] += 1
        self._settled += 1

    def _note(self, found: Finding) -> None:
        self.codes[found.code] += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(found)

    def lines(self) -> list[Line]:
        """Return one line for each file, in the order in which they were read."""
        return [Line(file, rows, *(self._fates[file][fate] for fate in Fate)) for file, rows in self._rows.items()]

    def total(self) -> Line:
        """Return the sum of all lines."""
        numbers = [line[1:] for line in [Line("", 0, 0, 0, 0, 0), *self.lines()]]
        return Line("all files", *map(sum, zip(*numbers, strict=True)))
