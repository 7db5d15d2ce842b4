"""Whole lines, block by block: memory stays flat, and no line takes more of it than a row may have."""

import re
from collections.abc import Iterator
from itertools import chain

from api.importing.readers.streams import Broken, Stream

_LONGEST_SIGN = 8
"""Bytes of a quote with a separator, an escape or another quote before it."""
_ENDS = (b"\n", b"\r\n", b"\r")


class LineTooLong(Exception):  # noqa: N818  what is wrong with it
    """A line goes on for longer than a row may be."""


class Lines:
    """A text in UTF-8 as blocks of whole lines, which end with LF, CRLF or CR, mixed as they come."""

    def __init__(self, pieces: Iterator[bytes], most: int, stream: Stream) -> None:
        """Take a text, the most bytes that a line may have, and the stream from which the text comes."""
        self._pieces = pieces
        self._most = most
        self._stream = stream
        self._rest = b""

    @property
    def broken(self) -> Broken | None:
        """Why the text ended before it should; known once all is read."""
        return self._stream.broken

    def block(self) -> bytes:
        """Return the lines that come next, at least one; empty at the end.

        The last line may have no end; of a text that is broken off such a line is left out.

        Raises:
            LineTooLong: `skip` goes on after it.
        """
        while piece := next(self._pieces, b""):
            data = self._rest + piece
            # A CR at the very end may be the first half of a line end.
            end = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1
            if end:
                self._rest = data[end:]
                return data[:end]
            self._rest = data
            if len(data) > self._most:
                raise LineTooLong
        block, self._rest = self._rest, b""
        return b"" if self.broken else block

    def drop(self, count: int) -> None:
        """Leave out so many lines, if there are as many."""
        while count:
            try:
                lines = self.block().splitlines(keepends=True)
            except LineTooLong:
                self.skip(RowEnd(), b"")
                count -= 1
                continue
            if not lines:
                break
            self._rest = b"".join(lines[count:]) + self._rest
            if len(lines) > count:
                self._pieces = chain([self._rest], self._pieces)
                self._rest = b""
            count -= min(count, len(lines))

    def beginning(self, most: int) -> bytes:
        """Return the first bytes of a line that is too long."""
        return self._rest[:most]

    def skip(self, row: "RowEnd", before: bytes) -> tuple[int, bool]:
        """Leave out the rest of a row that is too large; return how many lines it has, and whether it is closed.

        Args:
            row: finds where it ends.
            before: what has been read of it already: whole lines.
        """
        count, data = 0, before + self._rest
        while True:
            piece = next(self._pieces, b"")
            data += piece
            used, ended = row.find(data, final=not piece)
            count += count_ends(data[:used])
            data = data[used:]
            if ended or not piece:
                self._rest = data
                return count + (not ended), ended or not row.is_open


class RowEnd:
    """Finds the line end that ends a row of CSV: the first one outside quotes, which open where a cell begins."""

    def __init__(self, separator: str = "", quote: str = "", escape: str = "") -> None:
        """Take what stands between and around cells, and before quotes in them; each may be empty."""
        self.is_open = False
        """Whether a quote is open."""
        self._quote = quote.encode()
        self._begins = bool(quote)
        around = re.escape(self._quote)
        skipped = [re.escape(escape.encode()) + b"."] if escape else []
        closing = [around * 2, around] if quote else []
        opening = [re.escape(separator.encode()) + around] if quote else []
        self._inside = re.compile(b"|".join(skipped + closing) or b"(?!)", re.DOTALL)
        self._outside = re.compile(b"|".join([*skipped, *opening, b"\r\n|\n|\r"]), re.DOTALL)
        self._opening = (separator + quote).encode() if quote else None

    def find(self, data: bytes, *, final: bool) -> tuple[int, bool]:
        """Return how many of the bytes that come next belong to the row for certain, and whether it ends there."""
        sure = len(data) if final else max(len(data) - _LONGEST_SIGN, 0)
        at = 0
        if self._begins and (sure or final):
            self._begins, self.is_open = False, data.startswith(self._quote)
            at = len(self._quote) if self.is_open else 0
        while (found := (self._inside if self.is_open else self._outside).search(data, at)) and found.start() < sure:
            at = found.end()
            if found.group() in (self._quote, self._opening):
                self.is_open = not self.is_open
            elif not self.is_open and found.group() in _ENDS:
                return at, True
        if at < sure and data[sure - 1 : sure + 1] == b"\r\n":
            sure -= 1  # one line end, which is counted
        return max(at, sure), False


def count_ends(data: bytes) -> int:
    """Return how many line ends there are: LF, CRLF and CR."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
