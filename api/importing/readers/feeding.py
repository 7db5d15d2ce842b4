"""Lines on their way to the reader of CSV, and what of them belongs to the row that is read now."""

import io
import re
from collections.abc import Iterator
from itertools import chain

from api.importing.readers.dialects import CellReader, Dialect
from api.importing.readers.lines import Lines, LineTooLong, RowEnd
from api.importing.readers.original import MOST_CHARACTERS
from api.importing.readers.streams import Broken
from api.importing.readers.texts import decoded

MARK = "\ufeff"


class RowTooLarge(Exception):  # noqa: N818  what is wrong with it
    """A row has more bytes than it may have; `Feed.skip` goes on after it."""


class Feed:
    """Gives the reader its lines, and knows those of the row under way."""

    def __init__(self, lines: Lines, dialect: Dialect, skipped: int, most_in_cell: int, most_in_row: int) -> None:
        """Take the lines, how they are written, how many to leave out first, and how large cells and rows may be."""
        lines.drop(skipped)
        self.last = skipped
        """The last line of the last row that was read: whoever reads rows keeps it."""
        self.offset = skipped
        """How many lines came before those that the reader counts."""
        self.odd = False
        """Whether a row may have more wrong with it than its number of cells."""
        self.ended = False
        """Whether no line follows."""
        self._lines = lines
        self._dialect = dialect
        self._most_in_cell = most_in_cell
        self._most_in_row = most_in_row
        self._text = ""
        self._split: list[str] | None = None
        self._base, self._count = skipped, 0  # lines before the text, and in it
        self._before: list[str] = []  # of the row under way, from the texts before
        self._escapes = _lone_escapes(dialect) if dialect.escape else None
        self.reader = self._new_reader()

    @property
    def broken(self) -> Broken | None:
        """Why the text ended before it should; known at its end."""
        return self._lines.broken

    def original(self, line: int) -> str:
        """Return the text of the row that was read last, which begins at a line."""
        lines = self._lines_of_text()[max(line - 1 - self._base, 0) : self.last - self._base]
        return "".join([*self._before, *lines])

    def done(self) -> None:
        """Forget the row that was read last, where a row is odd."""
        self._before = []

    def again(self, text: str) -> list[str]:
        """Return the cells of the text of one row."""
        return next(self._dialect.reader(iter(self._as_read(text))), [])

    def skip(self) -> tuple[str, bool]:
        """Leave out a row that is too large; return how it begins, and whether it ends: else a quote is open."""
        before = "".join(self._before)
        beginning = before[:MOST_CHARACTERS] + decoded(self._lines.beginning(MOST_CHARACTERS))[0]
        row = RowEnd(self._dialect.separator, self._dialect.quote, self._dialect.escape)
        count, closed = self._lines.skip(row, before.encode("utf-8", "surrogatepass"))
        self.last += count
        self.offset = self._base = self.last
        self._text, self._split, self._count, self._before = "", None, 0, []
        self.reader = self._new_reader()
        return beginning, closed

    def _new_reader(self) -> CellReader:
        return self._dialect.reader(chain.from_iterable(self._texts()))

    def _texts(self) -> Iterator[io.StringIO]:
        """Yield text after text, and know at each what the one before leaves to the row under way."""
        while True:
            if self.last < self._base + self._count:
                self._before.append("".join(self._lines_of_text()[max(self.last - self._base, 0) :]))
                if sum(map(len, self._before)) > self._most_in_row:
                    self._base += self._count
                    raise RowTooLarge
            self._base, self._count = self._base + self._count, 0
            try:
                block = self._lines.block()
            except LineTooLong:
                raise RowTooLarge from None
            if not block:
                break
            text, whole = decoded(block)
            self.odd = bool(self._before) or not whole or len(text) > self._most_in_cell or "\0" in text or MARK in text
            self._text, self._split = text, None
            self._count = text.count("\n") + text.count("\r") - text.count("\r\n") + (text[-1] not in "\r\n")
            yield self._as_read(text)
        self.ended = True

    def _as_read(self, text: str) -> io.StringIO:
        return io.StringIO(self._escapes.sub(_doubled, text) if self._escapes else text, newline="")

    def _lines_of_text(self) -> list[str]:
        if self._split is None:
            self._split = list(io.StringIO(self._text, newline=""))
        return self._split


def _lone_escapes(dialect: Dialect) -> re.Pattern[str]:
    """Return what finds escapes, each with the character after it if it is one that is escaped."""
    escape = re.escape(dialect.escape)
    signs = "".join(map(re.escape, (dialect.separator, dialect.quote, dialect.escape)))
    return re.compile(f"{escape}([{signs}\r\n]?)")


def _doubled(found: re.Match[str]) -> str:
    r"""Return an escape as the reader takes it: one before nothing that is escaped, as in `C:\temp`, is a character."""
    return found.group() if found.group(1) else found.group() * 2
