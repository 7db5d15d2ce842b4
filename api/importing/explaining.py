"""Explaining: how one row of a file became facts, or why not."""

from collections.abc import Iterable, Iterator
from typing import Any

from api.importing.accounts import Account
from api.importing.entries import Place
from api.importing.lives import Unit
from api.importing.rows import Finding, Row, Unread
from domain.application.units import Booked, Outcome, Refused
from domain.kernel.facts import fact_type
from domain.kernel.json_schema import written
from domain.log.codec import fact_id_of

_LONGEST = 200


class Explanation(Account):
    """Hears of everything, and keeps what was heard of one row."""

    def __init__(self, wanted: Place, most: int) -> None:
        """Take the place of the row, and how many entries before it are held to the rules at most.

        The file may stand there with a sheet, as `FILE:SHEET`; without one, the row of each sheet is shown.
        """
        super().__init__()
        self._wanted, self._most = wanted, most
        self._shown: set[Place] = set()
        self._left_to_rules = most
        self._lines: list[str] = []

    @property
    def is_found(self) -> bool:
        """Whether there is such a row."""
        return bool(self._shown)

    def until_found(self, units: Iterable[Unit]) -> Iterator[Unit]:
        """Yield the units of the row, and the first of those before it: they may be what it rests on."""
        for unit in units:
            self._left_to_rules -= len(unit)
            if self._left_to_rules >= 0 or any(self._is(row.place) for _, row in unit.rows):
                yield unit
            if any(place.table == self._wanted.file for place in self._shown):
                return

    def left_out(self, file: str, row: Row) -> None:
        """See whether it is the row."""
        super().left_out(file, row)
        if self._is(row.place):
            self._show(file, row, ["It is left out: `when` of its file or of every record does not hold."])

    def repeats(self, file: str, row: Row) -> None:
        """See whether it is the row."""
        super().repeats(file, row)
        if self._is(row.place):
            self._show(file, row, ["It says the same as another row, by `unique`; that one counts."])

    def wrong(self, file: str, found: Finding, row: Row | Unread) -> None:
        """See whether it is the row."""
        super().wrong(file, found, row)
        if self._is(found.place):
            self._show(file, row, [f"It is refused. {found}"])

    def hear(self, unit: Unit, outcome: Outcome) -> None:
        """See whether the row is one of the unit."""
        rows = [(file, row) for file, row in unit.rows if self._is(row.place)]
        if isinstance(outcome, Refused) or not rows:
            super().hear(unit, outcome)
        for file, row in rows:
            if not isinstance(outcome, Refused):
                self._show(file, row, list(_of_unit(unit, row, outcome)))

    def told(self) -> list[str]:
        """Return what there is to say."""
        file, line = self._wanted.file, self._wanted.line
        if not self._lines:
            return [f"There is no row {file}:{line}; lines are counted from 1, the header included."]
        if self._left_to_rules >= 0:
            return self._lines
        known = f"Of the entries before it, only the first {self._most:,} were seen: what it rests on may be missing."
        return [*self._lines, known]

    def _is(self, place: Place) -> bool:
        return place.line == self._wanted.line and self._wanted.file in (place.table, place.file)

    def _show(self, file: str, row: Row | Unread, lines: list[str]) -> None:
        place = row.place if isinstance(row, Row) else row.finding.place
        if place in self._shown:
            return
        self._shown.add(place)
        self._lines.append(f"{place}, a row of files.{file}:")
        if isinstance(row, Row):
            self._lines += [f"  {name} = {_short(value)}" for name, value in row.cells.items()]
        else:
            self._lines.append(f"  {_short(row.original)}")
        self._lines += lines


def _of_unit(unit: Unit, row: Row, outcome: Outcome) -> Iterator[str]:
    """Yield what a row became: each entry with its record, its fields, and the facts that it comes to."""
    facts = outcome.facts if isinstance(outcome, Booked) else ()
    together = f"with {len(unit.rows):,} rows of its key, all or none: {len(unit):,} entries; its own are"
    yield f"It is recorded {together}:" if len(unit.rows) > 1 else "It becomes:"
    for entry, record in zip(unit, unit.records, strict=True):
        if entry.place != row.place:
            continue
        yield f"- {record}: {type(entry.command).__name__} at {written(entry.occurred_at)}"
        yield f"    id {entry.source.id!r} of {entry.source.source}"
        for name, value in _fields(entry.command):
            yield f"    {name} = {_short(value)}"
        yield f"    fact id {fact_id_of(entry.source, 0)}"
    own = [said for said in facts if unit[said.entry].place == row.place]
    if not own:
        yield (
            "All of it is on record already."
            if any(entry.place == row.place for entry in unit)
            else "Others look at it."
        )
        return
    yield "It comes to these facts:"
    for said in own:
        yield f"  {fact_type(said.fact).name} of {said.stream}"


def _fields(command: Any) -> Iterator[tuple[str, Any]]:
    for spec in type(command).command_type.fields:
        value = getattr(command, spec.name)
        if value is not None and value != ():
            yield spec.name, written(value)


def facts_told(unit: Unit, outcome: Outcome) -> list[tuple[str, str, str, str]]:
    """Return the facts of a unit as lines for people: when, type, of what, data."""
    if not isinstance(outcome, Booked):
        return []
    return [
        (written(unit[said.entry].occurred_at), fact_type(said.fact).name, str(said.stream), _short(_data(said.fact)))
        for said in outcome.facts
    ]


def _data(fact: Any) -> str:
    fields = ((spec.name, getattr(fact, spec.name)) for spec in fact_type(fact).fields)
    return ", ".join(f"{name}={written(value)}" for name, value in fields if value is not None and value != ())


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
