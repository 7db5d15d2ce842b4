"""Rejects, as rows again: what was refused comes back with the place it had, so that it is known as the same.

A rejects file (`api.importing.rejects` writes it) is CSV. Its first five columns say where a row came from and what was
wrong with it; the columns of the file it came from follow, and last the text of a row that could not be read at all.
In a file with the column `_json` cells hold more than text: whatever reads as JSON, or as a date or time of ISO 8601,
is that; a text that does stands in quotes, as JSON has it; and an empty cell says that the row has no such value.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec

from api.exporting import as_it_was, harmless
from api.importing.entries import Place
from api.importing.mapping import Shape
from api.importing.readers.delimited import Delimited
from api.importing.rows import Cell, FileFault, Finding, Row, Unread

FIRST = ("_file", "_line", "_column", "_code", "_sentence")
"""With which the header of every rejects file begins."""
SHEET = "_sheet"
"""The column after them, where the rows come from a workbook; then their cells are more than text."""
TYPED = "_json"
WHOLE = "_cells_as_json"
"""The one column of a file for rows of too many sets of columns: in its cell stand those of a row, as an object."""
LAST = "_original"
HEAD = 64
"""Bytes by which a rejects file is known."""

_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?" + rb"(?P<sign>[,;\t|])".join([b"_file", b"_line"]) + rb"(?P=sign)_column\b")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]+)?)")
_MOST_NUMBER = 500
_MOMENTS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?", re.ASCII), datetime),
    (re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), date),
    (re.compile(r"\d\d:\d\d:\d\d(?:\.\d{6})?", re.ASCII), time),
)
_CONSTANTS: dict[str, Cell] = {"null": None, "true": True, "false": False}
_LONGEST_INTEGER = 1 << 63

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def shape_of_rejects(head: bytes) -> Shape | None:
    """Return how a rejects file that begins like this is written; nothing if it is none.

    A spreadsheet may have changed what stands between the cells.
    """
    found = _HEADER.match(head)
    if found is None:
        return None
    sign = found.group("sign").decode()
    return Shape(format="csv", compression="none", separator=sign, quote='"', escape="")


def positions(header: Sequence[str], place: Place) -> tuple[str, ...]:
    """Return names of columns that are never the same, whatever the header says.

    Raises:
        FileFault: the header is not that of a rejects file.
    """
    if tuple(header[: len(FIRST)]) != FIRST or header[-1] != LAST:
        wanted = ", ".join(FIRST)
        sentence = f"A rejects file begins with {wanted} and ends with {LAST}."
        raise FileFault(Finding(place, "wrong-header", sentence))
    return tuple(map(str, range(len(header))))


class Rejected:
    """The rows of a rejects file, as they were before, or as they are put right by now."""

    def __init__(self, content: Delimited) -> None:
        """Take the file as the CSV that it is."""
        self._content = content
        header = content.header[len(FIRST) : -1]
        self._of_sheet = header[:1] == [SHEET] and header[1:2] in ([TYPED], [WHOLE])
        header = header[self._of_sheet :]
        self.typed = header[:1] == [TYPED] or header == [WHOLE]
        """Whether cells hold more than text."""
        self._is_whole = header == [WHOLE]
        self.columns = () if self._is_whole else tuple(map(as_it_was, header[self.typed :]))
        """The columns of the file from which the rows came; none if each row names its own."""

    def rows(self) -> Iterator[Row | Unread]:
        """Yield the rows; those that could not be read and have no cells by now are still not read."""
        for row in self._content.rows():
            yield self._before(row) if isinstance(row, Row) else row

    def _before(self, row: Row) -> Row | Unread:
        texts = [as_it_was(str(cell)) for cell in row.cells.values()]
        file, line, column, code, sentence = texts[: len(FIRST)]
        if not (line.isascii() and line.isdigit() and len(line) < 10):  # noqa: PLR2004  a billion lines
            finding = Finding(row.place, "place-unknown", "The number of the line has been changed.", "_line")
            return Unread(finding, ",".join(texts))
        place = Place(file, int(line), (self._of_sheet and texts[len(FIRST)]) or None)
        cells = texts[len(FIRST) + self._of_sheet + (self.typed and not self._is_whole) : -1]
        if texts[-1] and not any(cells):
            return Unread(Finding(place, code, sentence, column or None), texts[-1])
        if self._is_whole:
            whole = value_of(cells[0])
            if isinstance(whole, dict):
                return Row(place, whole)
            return Unread(Finding(place, "not-json", "The cells are no object in JSON any more.", WHOLE), cells[0])
        if not self.typed:
            return Row(place, dict(zip(self.columns, cells, strict=True)))
        return Row(place, {name: value_of(cell) for name, cell in zip(self.columns, cells, strict=True) if cell})


def rejected_cells(columns: Sequence[str], cells: Mapping[str, Cell], *, typed: bool) -> list[str]:
    """Return the cells of a row as a rejects file has them."""
    if typed:
        return [harmless(text_of(cells[name])) if name in cells else "" for name in columns]
    return [harmless(str(cells.get(name, ""))) for name in columns]


def text_of(value: Cell) -> str:
    """Return a value as text from which `value_of` makes it again."""
    match value:
        case str():
            return value if value and value_of(value) == value else _encode(value).decode()
        case Decimal():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bool() | None | list() | dict():
            return _encode(_with_long_integers(value)).decode()
        case _:
            return str(value)


def value_of(text: str) -> Cell:
    """Return what a cell of more than text says: what it reads as, or the text itself."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if (number := _NUMBER.fullmatch(text)) and len(text) <= _MOST_NUMBER:
        return Decimal(text) if number.group("fraction") else int(text)
    read: Callable[[str], Any] | None = _decode if text[:1] in ('"', "[", "{") else None
    for pattern, kind in _MOMENTS:
        if pattern.fullmatch(text):
            read = kind.fromisoformat
    return _or_text(read, text) if read else text


def _or_text(read: Callable[[str], Any], text: str) -> Cell:
    try:
        value: Cell = read(text)
    except (ValueError, msgspec.DecodeError):
        return text
    return value


def _with_long_integers(value: Any) -> Any:
    """Return a value with integers of more than 64 bits as what is written as they are."""
    match value:
        case dict():
            return {name: _with_long_integers(each) for name, each in value.items()}
        case list():
            return [_with_long_integers(each) for each in value]
        case int() if abs(value) >= _LONGEST_INTEGER:
            return Decimal(value)
        case _:
            return value
