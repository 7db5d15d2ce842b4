"""CSV and TSV: rows of cells, each read by itself; what one row has wrong is told, and the rest is read on.

The cells are taken apart by the `csv` of Python, in its strict way, from blocks of whole lines.
"""

import csv
from collections.abc import Callable, Iterator, Sequence

from api.importing.entries import Place
from api.importing.readers.dialects import Dialect
from api.importing.readers.faults import fault, names_of, require_columns
from api.importing.readers.feeding import MARK, Feed, RowTooLarge
from api.importing.readers.limits import Limits
from api.importing.readers.lines import Lines
from api.importing.readers.original import escaped, has_bad_bytes, shown
from api.importing.readers.texts import Encoding
from api.importing.rows import FileFault, Finding, Row, Unread

csv.field_size_limit((1 << 31) - 1)  # rows are bounded by `Feed`, and cells that are too large told by their column
_MOST_SHOWN = 80
_STRAY = "After the quote that ends a cell stands more; a quote inside a cell is doubled or has an escape."


class Delimited:
    """The rows of a text in one dialect."""

    def __init__(
        self,
        file: str,
        lines: Lines,
        dialect: Dialect,
        encoding: Encoding,
        limits: Limits,
        *,
        skip: int = 0,
        header: bool = True,
        named: Callable[[Sequence[str], Place], tuple[str, ...]] = names_of,
    ) -> None:
        """Take a text in UTF-8 and read its first row.

        Args:
            file: what places say.
            lines: the text, after its byte-order mark.
            dialect: how cells are written.
            encoding: in which the file is written, for findings.
            limits: how large cells and rows may be.
            skip: how many lines come before the first row.
            header: whether the first row names the columns; else they are called "1", "2" and so on.
            named: what the columns of a header are called.

        Raises:
            FileFault: there is no row, or two columns have one name.
        """
        self._file = file
        self._dialect = dialect
        self._encoding = encoding
        self._most_in_cell = limits.cell
        self._most_in_row = limits.row
        self._is_named = header
        self._feed = Feed(lines, dialect, skip, limits.cell, limits.row)
        line, first = self._first_row()
        require_columns(len(first), limits.columns, Place(file, line))
        self.header = first if header else []
        """The first row as it stands, if it names the columns."""
        self._waiting = None if header else (line, first)
        numbers = tuple(map(str, range(1, len(first) + 1)))
        self.columns = named(first, Place(file, line)) if header else numbers
        """The names of the columns."""

    def _first_row(self) -> tuple[int, list[str]]:
        feed = self._feed
        try:
            for cells in feed.reader:
                line, feed.last = feed.last + 1, feed.offset + feed.reader.line_num
                if cells:
                    break
            else:
                self._require_whole()
                raise fault(self._file, 0, "empty-file", "The file has no rows.")
        except csv.Error:
            self._require_whole()
            raise fault(
                self._file, feed.last + 1, "unclosed-quote", "A quote in the first row is not closed."
            ) from None
        except RowTooLarge:
            sentence = f"The first row has more than {self._most_in_row} bytes."
            raise fault(self._file, feed.last + 1, "row-too-large", sentence) from None
        if feed.odd and any(has_bad_bytes(cell) for cell in cells):
            raise FileFault(self._not_in_this_encoding(line, cells, None))
        if self._is_named:
            feed.done()
        return line, cells

    def rows(self) -> Iterator[Row | Unread]:
        """Yield the rows, in order.

        Raises:
            FileFault: from some line on nothing can be read.
        """
        if self._waiting is not None:
            yield self._examined(*self._waiting)
        while not self._feed.ended:
            try:
                yield from self._good_rows()
            except csv.Error:
                yield self._stray_quote()
            except RowTooLarge:
                yield self._too_large()
        self._require_whole()

    def _good_rows(self) -> Iterator[Row | Unread]:
        """Yield rows up to one that is no row."""
        feed, reader, offset = self._feed, self._feed.reader, self._feed.offset
        file, names, width, header = self._file, self.columns, len(self.columns), self.header
        new = tuple.__new__  # an eighth of the time for a row is saved by not calling the classes
        line = feed.last + 1
        for cells in reader:
            feed.last = last = offset + reader.line_num
            if len(cells) == width and not feed.odd and cells != header:
                yield new(Row, (new(Place, (file, line, None)), dict(zip(names, cells, strict=True))))
            elif cells:
                yield self._examined(line, cells)
            line = last + 1

    def _examined(self, line: int, cells: list[str]) -> Row | Unread:
        """Return a row, or what is wrong with it."""
        try:
            if cells[0].startswith(MARK):  # files that were put together
                cells = self._feed.again(self._feed.original(line).removeprefix(MARK))
            finding = self._wrong(line, cells)
        except csv.Error:
            finding = Finding(Place(self._file, line), "stray-quote", _STRAY)
        original = "" if finding is None else shown(self._feed.original(line))
        self._feed.done()
        if finding is not None:
            return Unread(finding, original)
        return Row(Place(self._file, line), dict(zip(self.columns, cells, strict=True)))

    def _wrong(self, line: int, cells: list[str]) -> Finding | None:
        place, width = Place(self._file, line), len(self.columns)
        if cells == self.header:
            return Finding(place, "header-again", "The line is the header once more.")
        names = self.columns if len(cells) == width else [None] * len(cells)
        for name, cell in zip(names, cells, strict=True):
            if len(cell) > self._most_in_cell:
                sentence = f"A cell has {len(cell)} characters; at most {self._most_in_cell} are read."
                return Finding(place, "cell-too-large", sentence, name)
            if "\0" in cell:
                return Finding(place, "nul-character", "A cell has the character NUL, which no text has.", name)
            if self._feed.odd and has_bad_bytes(cell):
                return self._not_in_this_encoding(line, [cell], name)
        if len(cells) != width:
            return Finding(place, "wrong-number-of-cells", f"The row has {len(cells)} cells, not {width}.")
        return None

    def _not_in_this_encoding(self, line: int, cells: Sequence[str], name: str | None) -> Finding:
        bad = escaped(next(cell for cell in cells if has_bad_bytes(cell)))[:_MOST_SHOWN]
        sentence = f"A cell has bytes that are not {self._encoding.name}: {bad}"
        return Finding(Place(self._file, line), "not-in-this-encoding", sentence, name)

    def _stray_quote(self) -> Unread:
        """Return a line in which a quote stands where none may be.

        Raises:
            FileFault: it closes one that was opened lines before, or none does: who knows what belongs together.
        """
        feed = self._feed
        line, feed.last = feed.last + 1, feed.offset + feed.reader.line_num
        if feed.ended or feed.last > line:
            self._require_whole(line - 1)
            raise self._unclosed(line)
        return Unread(Finding(Place(self._file, line), "stray-quote", _STRAY), shown(feed.original(line)))

    def _too_large(self) -> Unread:
        line = self._feed.last + 1
        beginning, closed = self._feed.skip()
        if not closed:
            self._require_whole(line - 1)
            raise self._unclosed(line)
        sentence = f"The row has more than {self._most_in_row} bytes."
        return Unread(Finding(Place(self._file, line), "row-too-large", sentence), shown(beginning))

    def _unclosed(self, line: int) -> FileFault:
        sentence = "A quote that opens in this row is not closed, or in one of the next lines is one too many."
        return fault(self._file, line, "unclosed-quote", sentence + " Nothing after it was read.")

    def _require_whole(self, last: int | None = None) -> None:
        if broken := self._feed.broken:
            last = self._feed.last if last is None else last
            raise fault(self._file, last, broken.code, f"{broken.sentence} Line {last} is the last one that was read.")
