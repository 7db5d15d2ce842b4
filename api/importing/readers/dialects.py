"""Dialects of CSV: found out from the lines at the beginning of a file by trying, and counting cells."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

SEPARATORS = (",", ";", "\t", "|")
"""In the order in which they are taken where the lines do not tell."""
_QUOTES = ('"', "'")
_MOST_ROWS = 200


class CellReader(Protocol):
    """What Python's `csv` reads with: the cells of row after row."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]:
        """Return itself."""

    def __next__(self) -> list[str]:
        """Return the cells of the next row."""


class Dialect(NamedTuple):
    """How cells are written."""

    separator: str
    quote: str
    """Empty: none."""
    escape: str
    """Empty: a quote in a cell is doubled."""

    def reader(self, lines: Iterator[str]) -> CellReader:
        """Return the cells of rows. `csv.Error` at a quote where none may be."""
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote or None,
            escapechar=self.escape or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=True,
        )


def dialect_of(sample: str, separator: str | None, quote: str | None, escape: str | None) -> Dialect:
    """Return the dialect of a text that begins like this: what is named, and for the rest what fits best.

    What fits best is in which the most rows can be read and have as many cells as the first one, and more than one;
    of what fits alike the one with the most cells, and the plainest. A row that fits no way does not decide.
    """
    tried = [
        (_fit(sample, dialect), -index, dialect)
        for index, dialect in enumerate(
            Dialect(cells, around, before)
            for around in _choices(quote, [each for each in _QUOTES if each == _QUOTES[0] or each in sample])
            for before in _choices(escape, ["", "\\"] if around and f"\\{around}" in sample else [""])
            for cells in _choices(separator, SEPARATORS)
        )
        if len({dialect.separator, dialect.quote, dialect.escape}) == 3  # noqa: PLR2004  no sign means two things
    ]
    if not tried:
        return Dialect(separator or ",", quote or "", escape or "")
    return max(tried)[2]


def _choices(named: str | None, else_: Sequence[str]) -> Sequence[str]:
    return else_ if named is None else [named]


def _fit(sample: str, dialect: Dialect) -> tuple[float, int]:
    """Return which part of the rows can be read and has as many cells as the first one, and how many."""
    rows, first, alike, wrapped = 0, 0, 0, 0
    reader = dialect.reader(iter(io.StringIO(sample, newline="")))
    while rows < _MOST_ROWS:
        before = reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error:
            rows += reader.line_num - before
            continue
        if cells is None:
            break
        if cells:
            rows += 1
            first = first or len(cells)
            alike += len(cells) == first
            wrapped += sum(map(_is_wrapped, cells))
    return (alike / rows - wrapped / (rows * first), first) if first > 1 else (0.0, 0)


def _is_wrapped(cell: str) -> bool:
    """Return whether quotes stand around a cell that another dialect would take away."""
    return len(cell) > 1 and cell[0] == cell[-1] and cell[0] in _QUOTES
