"""JSON: one object a line, or a list of objects in a document; each object is a row, and read by itself.

A document is taken apart where its members end, and each member is read as strictly as what a caller of the API sends.
So one member that is wrong costs no other, its text can be shown, and memory stays flat however long the list is.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from api.importing.entries import Place
from api.importing.readers.documents import Document, NotJson
from api.importing.readers.faults import fault
from api.importing.readers.limits import Limits
from api.importing.readers.lines import Lines, LineTooLong, RowEnd
from api.importing.readers.original import MOST_CHARACTERS, shown
from api.importing.readers.texts import decoded
from api.importing.rows import Finding, Row, Unread
from api.json_text import read_json
from api.refusals import MalformedRequest

_MARK = "\ufeff".encode()
_MOST_DEPTH = 64
_FINDINGS = {
    "not-utf-8": ("not-in-this-encoding", "The object has bytes that are no text in the encoding of the file."),
    "duplicate-name": ("name-twice", "The object has two members of one name."),
    "number": ("number-too-large", "A number has too many digits or too large an exponent."),
    "too-deep": ("too-deep", f"The object is nested deeper than {_MOST_DEPTH} levels."),
}


class Text(NamedTuple):
    """One row as it is written, and where."""

    line: int
    text: bytes
    is_whole: bool = True
    """Whether it is all of the row; else it is too large."""


class Objects:
    """The rows of a text in JSON."""

    def __init__(self, file: str, texts: "LineTexts | MemberTexts", sample: Iterator[Text], limits: Limits) -> None:
        """Take a text, and its first rows once more, which tell the columns.

        Args:
            file: what places say.
            texts: the rows, as they are written.
            sample: the first of them.
            limits: how large cells may be.
        """
        self._file = file
        self._texts = texts
        self._limits = limits
        found: dict[str, None] = {}
        try:
            for text in sample:
                if isinstance(row := self._read(text), Row):
                    found |= dict.fromkeys(row.cells)
        except NotJson:
            pass  # the sample ends in the middle, or is told when the rows are read
        self.columns = tuple(found)
        """The names that the first rows have."""

    def lists(self) -> list[tuple[str, int]]:
        """Return where there are lists of objects in a document, as `members` names them, and how many are in each.

        They are looked for instead of rows: nothing can be read afterwards. What is wrong in the middle ends it.
        """
        found: list[tuple[str, int]] = []
        if isinstance(self._texts, MemberTexts):
            with suppress(NotJson):
                found += ((".".join(path), count) for path, count in self._texts.lists())
        return found

    def rows(self) -> Iterator[Row | Unread]:
        """Yield the rows, in order.

        Raises:
            FileFault: from some line or member on nothing can be read.
        """
        last = 0
        try:
            for text in self._texts:
                yield self._read(text)
                last = text.line
        except NotJson as wrong:
            raise fault(self._file, wrong.member, wrong.code, wrong.sentence) from None
        if broken := self._texts.broken:
            told = f"{broken.sentence} {self._texts.called} {last} is the last one that was read."
            raise fault(self._file, last, broken.code, told)

    def _read(self, text: Text) -> Row | Unread:
        place = Place(self._file, text.line)
        if not text.is_whole:
            return self._unread(text, "row-too-large", f"The row has more than {self._limits.row} bytes.")
        try:
            cells: Any = read_json(text.text, _MOST_DEPTH)
        except MalformedRequest as refusal:
            first = next(iter(refusal.errors))
            code, sentence = _FINDINGS.get(first.code, (first.code, first.detail.replace("The body", "The row")))
            column = first.pointer.split("/")[1] if first.pointer else None
            return self._unread(text, code, sentence, column)
        if not isinstance(cells, dict):
            return self._unread(text, "not-an-object", "The row is JSON, and no object with names and values.")
        if len(cells) > self._limits.columns:
            sentence = f"The object has {len(cells):,} members; at most {self._limits.columns:,} are read."
            return self._unread(text, "too-many-columns", sentence)
        if len(text.text) > self._limits.cell:
            for name, cell in cells.items():
                if isinstance(cell, str) and len(cell) > self._limits.cell:
                    sentence = f"A cell has {len(cell)} characters; at most {self._limits.cell} are read."
                    return self._unread(text, "cell-too-large", sentence, name)
        return Row(place, cells)

    def _unread(self, text: Text, code: str, sentence: str, column: str | None = None) -> Unread:
        original = shown(decoded(text.text)[0])
        return Unread(Finding(Place(self._file, text.line), code, sentence, column), original)


class LineTexts:
    """The lines of NDJSON that are not blank."""

    called = "Line"

    def __init__(self, lines: Lines, skip: int) -> None:
        """Take the lines, and how many of them to leave out first."""
        lines.drop(skip)
        self._lines = lines
        self._last = skip
        self.broken = lines.broken
        """Why the text ended before it should; known at its end."""

    def __iter__(self) -> Iterator[Text]:
        """Yield them."""
        while True:
            try:
                block = self._lines.block()
            except LineTooLong:
                beginning = self._lines.beginning(MOST_CHARACTERS)
                self._last += 1
                yield Text(self._last, beginning, is_whole=False)
                self._lines.skip(RowEnd(), b"")
                continue
            if not block:
                break
            for line in block.splitlines():
                self._last += 1
                if text := line.removeprefix(_MARK).strip():
                    yield Text(self._last, text)
        self.broken = self._lines.broken


class MemberTexts:
    """The members of the list of a document."""

    called = "Member"

    def __init__(self, document: Document, path: str | None) -> None:
        """Take the document, and the names that lead to the list."""
        self._document = document
        self._path = path.split(".") if path else []
        self.broken = document.broken
        """Why the text ended before it should; known at its end."""

    def lists(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """Yield the lists of objects that there are, but for those to which a name with a dot leads."""
        return (each for each in self._document.lists() if not any("." in name for name in each[0]))

    def __iter__(self) -> Iterator[Text]:
        """Yield them."""
        for number, (text, is_whole) in enumerate(self._document.members(self._path), 1):
            yield Text(number, text, is_whole)
        self.broken = self._document.broken
