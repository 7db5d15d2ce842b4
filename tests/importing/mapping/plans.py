"""Mappings in a few lines, and what they make of rows in memory."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from api.importing.entries import Entry, Place
from api.importing.faults import MappingFault
from api.importing.lives import Unit
from api.importing.mapping import Mapping as MappingFile
from api.importing.mapping_files import kindred_of
from api.importing.planning import Plan
from api.importing.rows import FileFault, Finding, Row, Unread
from api.importing.sources import Source
from api.importing.understood import Understood

SOME_ITEM = UUID("0192f3a4-5b6c-7d8e-9f01-23456789abcd")
Rows = Mapping[str, Sequence[Mapping[str, Any] | str]]
"""By kind of file: cells, or the code of what makes a row unreadable."""

READINGS_FILE = """
format = 1
source = "urn:test"
[files.readings]
path = ["*.csv"]
columns.item = { required = true }
columns.at = { type = "moment", required = true }
columns.hours = { type = "number" }
"""
"""Readings of items, as they are read."""
READINGS = (
    READINGS_FILE
    + """[[records]]
name = "reading"
from = "readings"
command = "equipment.record_meter_reading"
at = "{at}"
id = "{item}|{at}"
fields = { equipment_id = { id = "{item}" }, meter = "operating-time", value = "{hours}", unit = "h" }
"""
)
"""The smallest mapping that does something."""


class Heard:
    """What was heard of rows that became nothing."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, int]] = []
        self.findings: list[Finding] = []
        self.looks = 0

    def looked_at(self, times: int = 1) -> None:
        self.looks += times

    def left_out(self, file: str, row: Row) -> None:
        self.lines.append(("left out", file, row.place.line))

    def repeats(self, file: str, row: Row) -> None:
        self.lines.append(("repeats", file, row.place.line))

    def wrong(self, file: str, found: Finding, row: Row | Unread) -> None:
        del row
        self.lines.append((found.code, file, found.place.line))
        self.findings.append(found)


def mapping(text: str) -> MappingFile:
    """Return a mapping."""
    return msgspec.convert(tomllib.loads(text), MappingFile)


def understood(text: str) -> Understood:
    """Return a mapping, understood."""
    return Understood(mapping(text), kindred_of, lambda _maker, serial: None if serial == "unknown" else SOME_ITEM)


def plan(text: str, rows: Rows) -> Plan:
    """Return the plan of rows in memory; the header would be line 1."""

    def read(source: Source) -> Iterator[tuple[int, Row | Unread]]:
        for line, cells in enumerate(rows.get(source.name, ()), start=2):
            place = Place(f"{source.name}.csv", line)
            if isinstance(cells, str):
                yield 0, Unread(Finding(place, cells, "It cannot be read."), "")
            else:
                yield 0, Row(place, cells)

    return Plan(understood(text), read)


def units(text: str, rows: Rows) -> tuple[list[Unit], Heard]:
    """Return the units that rows become, and what was heard of others."""
    heard = Heard()
    with plan(text, rows) as made:
        phases = sorted({file.phase for file in mapping(text).files.values()})
        found = [unit for phase in phases for lane in made.lanes(phase, heard) for unit in lane]
        return [*made.shared(), *found], heard


def told(found: Sequence[Unit]) -> list[list[tuple[str, str]]]:
    """Return of each unit its entries: record and id."""
    return [list(zip(unit.records, (entry.source.id for entry in unit), strict=True)) for unit in found]


def only(found: Sequence[Unit]) -> Entry:
    """Return the one entry that there is."""
    (unit,) = found
    (entry,) = unit
    return entry


__all__ = ["READINGS", "FileFault", "Heard", "MappingFault", "mapping", "only", "plan", "told", "understood", "units"]
