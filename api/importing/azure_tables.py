"""The four files of the Azure predictive maintenance data, read strictly: every row is understood or reported."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from api.importing.entries import Finding
from api.importing.entries import Place as Row

MACHINES = "PdM_machines.csv"
FAILURES = "PdM_failures.csv"
MAINTENANCE = "PdM_maint.csv"
ERRORS = "PdM_errors.csv"
HEADERS = {
    MACHINES: ("machineID", "model", "age"),
    FAILURES: ("datetime", "machineID", "failure"),
    MAINTENANCE: ("datetime", "machineID", "comp"),
    ERRORS: ("datetime", "machineID", "errorID"),
}
"""The files, in the order in which they are read and reported, with their exact first line."""

COMPONENTS = ("comp1", "comp2", "comp3", "comp4")
MODELS = ("model1", "model2", "model3", "model4")
_ERROR = re.compile(r"error[1-9]\d?")
_NUMBER = re.compile(r"[1-9]\d{0,5}")
_AGE = re.compile(r"\d{1,2}")
_TIME = "%Y-%m-%dT%H:%M:%S.%f"


class Machine(NamedTuple):
    """One machine: its number, its model and its age in completed years when the observed year began."""

    row: Row
    number: int
    model: str
    age: int


class Happened(NamedTuple):
    """One row of the other three files: something happened at a machine; `what` is a component or an error."""

    row: Row
    at: datetime
    machine: int
    what: str


class Tables(NamedTuple):
    """Everything that was read. Rows that say what an earlier row of the same file says are repeats."""

    machines: dict[int, Machine]
    failures: list[Happened]
    maintenance: list[Happened]
    errors: list[Happened]
    repeats: list[Row]
    findings: list[Finding]
    rows: dict[str, int]


class _Bad(Exception):  # noqa: N818  a finding on its way to the list
    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def read_tables(folder: Path) -> Tables:
    """Return the rows of the four files; what could not be understood stands in `findings`, and only there.

    If the machines could not be read, the other files are not looked at.
    """
    tables = Tables({}, [], [], [], [], [], {})
    for file, read in (
        (MACHINES, _machine),
        (FAILURES, _component_row(tables.failures)),
        (MAINTENANCE, _component_row(tables.maintenance)),
        (ERRORS, _error),
    ):
        _read(tables, folder / file, read)
        if file == MACHINES and tables.findings:
            break  # every other row names a machine: first things first
    return tables


def _read(tables: Tables, path: Path, take: Callable[[Tables, Row, list[str]], None]) -> None:
    """Give each row of one file to `take`, but repeats to the list of repeats."""
    tables.rows[path.name] = 0
    seen: set[tuple[str, ...]] = set()
    try:
        for row, cells in _rows(path):
            tables.rows[path.name] += 1
            if tuple(cells) in seen:
                tables.repeats.append(row)
                continue
            try:
                take(tables, row, _all_of(cells, path.name))
                seen.add(tuple(cells))
            except _Bad as bad:
                tables.findings.append(Finding(row, bad.code, bad.sentence))
    except _Bad as bad:
        tables.findings.append(Finding(Row(path.name, 0), bad.code, bad.sentence))


def _rows(path: Path) -> Iterator[tuple[Row, list[str]]]:
    """Yield the rows of a file after its header, each with its place."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = next(lines, [])
            if tuple(header) != HEADERS[path.name]:
                raise _Bad("wrong-header", f"The first line is not {','.join(HEADERS[path.name])}.")
            for cells in lines:
                if cells:
                    yield Row(path.name, lines.line_num), cells
    except FileNotFoundError:
        raise _Bad("file-missing", f"There is no such file in {path.parent}.") from None
    except OSError as error:
        raise _Bad("file-unreadable", f"{error.strerror}.") from None
    except UnicodeDecodeError:
        raise _Bad("not-utf-8", "The file is not text in UTF-8.") from None
    except csv.Error as error:
        raise _Bad("not-csv", f"The file is not CSV: {error}.") from None


def _all_of(cells: list[str], file: str) -> list[str]:
    if len(cells) != len(HEADERS[file]):
        raise _Bad("wrong-number-of-fields", f"The line has {len(cells)} fields, not {len(HEADERS[file])}.")
    return cells


def _machine(tables: Tables, row: Row, cells: list[str]) -> None:
    written, model, age = cells
    number = _number(written)
    if model not in MODELS:
        raise _Bad("unknown-model", f"The model is not one of {', '.join(MODELS)}.")
    if not _AGE.fullmatch(age):
        raise _Bad("not-an-age", "The age is not a number of years from 0 to 99.")
    if number in tables.machines:
        raise _Bad("machine-twice", f"Machine {number} stands in line {tables.machines[number].row.line} differently.")
    tables.machines[number] = Machine(row, number, model, int(age))


def _component_row(into: list[Happened]) -> Callable[[Tables, Row, list[str]], None]:
    def take(tables: Tables, row: Row, cells: list[str]) -> None:
        happened = _happened(tables, row, cells)
        if happened.what not in COMPONENTS:
            raise _Bad("unknown-component", f"The component is not one of {', '.join(COMPONENTS)}.")
        into.append(happened)

    return take


def _error(tables: Tables, row: Row, cells: list[str]) -> None:
    happened = _happened(tables, row, cells)
    if not _ERROR.fullmatch(happened.what):
        raise _Bad("unknown-error", "The error is not error1, error2 and so on.")
    tables.errors.append(happened)


def _happened(tables: Tables, row: Row, cells: list[str]) -> Happened:
    written, machine, what = cells
    number = _number(machine)
    if number not in tables.machines:
        raise _Bad("unknown-machine", f"Machine {number} does not stand in {MACHINES}.")
    try:
        # The files name no zone; they are read as UTC (ADR 7): a simulation has no daylight saving.
        at = datetime.strptime(written, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise _Bad("not-a-time", "The time is not written like 2015-01-05T06:00:00.000000.") from None
    return Happened(row, at, number, what)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _Bad("not-a-machine", "The machine is not a whole number from 1.")
    return int(text)
