"""Looking at a file that nobody has described yet: how it is written, and what its columns may be."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from api.importing.columns import inside
from api.importing.entries import Place
from api.importing.guessing import Guess, guesses
from api.importing.headers import is_data
from api.importing.mapping import Shape
from api.importing.readers import read
from api.importing.rows import Cell, FileFault, Finding, Row, Unread

_LOOKED_AT = 2_000
_NOT_TEXT = {"nul-character", "not-in-this-encoding", "cell-too-large", "row-too-large"}
"""What is wrong with rows of a file that is no text at all."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MANY = 5
_MOST_INSIDE = 50
"""Members of an object that are columns; one with more of them is rather a list by names."""


class Looked(NamedTuple):
    """A file that was looked at."""

    described: str
    shape: Shape
    guesses: list[Guess]
    unread: int
    """Of the rows that were looked at, those that could not be read."""
    doubts: tuple[str, ...]
    """Of how it is written."""


def look(path: Path, taken: Collection[str]) -> Looked:
    """Look at the beginning of a file.

    Args:
        path: of the file.
        taken: names that no column can have.

    Raises:
        FileFault: it cannot be read, or holds no rows.
    """
    try:
        shape, doubts = _shape_of(path)
    except FileFault as fault:
        if fault.finding.code not in _NOT_TEXT:
            raise
        raise FileFault(_no_text(path.name, fault.finding.sentence)) from None
    with read(path, shape) as reading:
        found = list(islice(reading, _LOOKED_AT))
        rows = [each.cells for each in found if isinstance(each, Row)]
        columns = reading.columns or tuple(dict.fromkeys(name for row in rows for name in row))
        if not reading.typed and (2 * sum(map(_is_odd, found)) > len(found) or any(map(_CONTROLS.search, columns))):
            raise FileFault(_no_text(path.name, "it has control characters."))
        _require_one(found)
        unread = len(found) - len(rows)
        known = {name: [row.get(name) for row in rows] for name in columns}
        opened = [each for name in columns for each in ([name] if "." in name else _opened(name, known[name]))]
        cells = [{path: inside(row, path) for path in opened} for row in rows]
        return Looked(reading.described, reading.shape, guesses(opened, cells, taken), unread, doubts)


def _opened(path: str, cells: Sequence[Cell]) -> Iterator[str]:
    """Yield what stands in a column of objects, as mappings name it, to any depth; any other column as it is."""
    objects = [each for each in cells if isinstance(each, dict)]
    names = tuple(dict.fromkeys(name for each in objects for name in each))
    others = any(each is not None and not isinstance(each, dict) for each in cells)
    if others or not 0 < len(names) <= _MOST_INSIDE or any("." in name or not name for name in names):
        yield path
        return
    for name in names:
        yield from _opened(f"{path}.{name}", [each.get(name) for each in objects])


def _shape_of(path: Path) -> tuple[Shape, tuple[str, ...]]:
    """Return what has to be said of a file for its rows to be found, and what is doubtful about it."""
    with read(path, Shape(header=False)) as reading:
        if reading.shape.format not in {"json", "ndjson"}:
            if _begins_with_data(list(islice(reading, _LOOKED_AT)), reading.columns):
                return Shape(header=False), ("the first row looks like those below it: it names no columns",)
            return Shape(), ()
        try:
            next(iter(reading), None)
        except FileFault as fault:
            if fault.finding.code == "no-list":
                return _list_of(path, fault)
        return Shape(), ()


def _list_of(path: Path, fault: FileFault) -> tuple[Shape, tuple[str, ...]]:
    """Return where the longest list of objects is in a JSON document."""
    with read(path, Shape()) as reading:
        found = sorted(reading.lists(), key=lambda each: -each[1])
    if not found:
        raise fault
    others = ", ".join(f"{name} ({count:,})" for name, count in found[1 : _MANY + 1])
    return Shape(members=found[0][0]), (f"the longest list; others are {others}",) if others else ()


def _begins_with_data(found: Sequence[Row | Unread], columns: Sequence[str]) -> bool:
    """Return whether the first of some rows that were read without a header is none."""
    if not found or not isinstance(found[0], Row):
        return False
    first, *others = ([row.cells[name] for name in columns] for row in found if isinstance(row, Row))
    return is_data(first, others)


def _no_text(file: str, why: str) -> Finding:
    sentence = f"It looks like no text; rows are read from CSV, TSV, NDJSON, JSON and XLSX. What speaks for it: {why}"
    return Finding(Place(file, 0), "no-rows", sentence)


def _require_one(found: Sequence[Row | Unread]) -> None:
    """See that a row can be read.

    Raises:
        FileFault: there are some, and none can.
    """
    unread = [each for each in found if isinstance(each, Unread)]
    if unread and len(unread) == len(found):
        first = unread[0].finding
        sentence = f"No row of it can be read; of the first is said: {first.code}: {first.sentence}"
        raise FileFault(Finding(first.place, "no-rows", sentence))


def _is_odd(row: Row | Unread) -> bool:
    """Return whether a row is such as no text has."""
    if isinstance(row, Unread):
        return row.finding.code in _NOT_TEXT
    return any(isinstance(cell, str) and _CONTROLS.search(cell) for cell in row.cells.values())
