"""Sheets of XLSX: rows as they stand, numbers as they were typed, dates as dates, formulas as what they came to."""

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from openpyxl.utils.cell import column_index_from_string
from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG

from api.importing.entries import Place
from api.importing.mapping import Shape
from api.importing.readers.cells import Bad, Cells, as_text
from api.importing.readers.faults import fault, names_of, require_columns
from api.importing.readers.limits import Limits
from api.importing.readers.original import shown
from api.importing.readers.streams import Broken, Counted
from api.importing.readers.workbooks import Workbook
from api.importing.rows import Cell, FileFault, Finding, Row, Unread

_MOST_ROWS = 1 << 20
_LETTERS = re.compile("[A-Z]{1,3}")


class Sheet:
    """The rows of a sheet."""

    def __init__(self, file: str, workbook: BinaryIO, source: Counted, shape: Shape, limits: Limits) -> None:
        """Take a workbook and read the first row of a sheet.

        Args:
            file: what places say.
            workbook: can be read back and forth.
            source: the file as it is stored.
            shape: which sheet, and where its rows begin.
            limits: how much it may ask for.

        Raises:
            FileFault: it is no workbook, or has no such sheet or no rows.
        """
        self._file, self._shape = file, shape
        self._name: str | None = None
        self._last = 0
        self._most_in_cell = limits.cell
        self._header_values: dict[str, Cell] = {}
        with self._faults():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what a workbook has besides its cells
                self._book = Workbook(workbook, source, limits)
            self._cells = Cells(self._book)
            self.name, target = self._sheet(shape.sheet)
            """The name of the sheet."""
            self._name = self.name
            self.others = [name for name in self._book.sheets if name != self.name and shape.sheet is None]
            """Those that are not read, where none was named."""
            self._raw = self._raw_rows(target, shape.skip)
            line, first = next(self._raw, (0, {}))
        if not first:
            raise fault(file, 0, "empty-file", f"The sheet {self.name} has no rows.")
        require_columns(max(first), limits.columns, self._place(line))
        self._waiting = None if shape.header else (line, first)
        if shape.header:
            with self._faults():
                self.columns = self._header(line, first)
            """The names of the columns."""
        else:
            self.columns = tuple(map(str, range(1, max(first) + 1)))

    def rows(self) -> Iterator[Row | Unread]:
        """Yield the rows, in order; rows without any value are none.

        Raises:
            FileFault: from some row on nothing can be read.
        """
        waiting, self._waiting = self._waiting, None
        while True:
            with self._faults():
                line, cells = waiting or next(self._raw, (0, {}))
                row = self._examined(line, cells) if cells else None
            if not cells:
                return
            if row is not None:
                yield row
            waiting = None

    def _sheet(self, name: str | None) -> tuple[str, str]:
        sheets = self._book.sheets
        if not sheets or name not in (None, *sheets):
            told = f" It has {', '.join(sheets)}." if sheets else ""
            raise fault(self._file, 0, "sheet-unknown", f"The workbook has no sheet {name or ''}.{told}")
        chosen = next(iter(sheets)) if name is None else name
        return chosen, sheets[chosen]

    def _header(self, line: int, cells: Mapping[int, Any]) -> tuple[str, ...]:
        place = self._place(line)
        values: dict[int, Cell] = {}
        for number, element in cells.items():
            try:
                values[number] = self._cells.value(element)
            except Bad as bad:
                raise FileFault(Finding(place, bad.code, bad.sentence, str(number))) from None
        names = names_of([as_text(values.get(number)) for number in range(1, max(values) + 1)], place)
        self._header_values = {name: values.get(number) for number, name in enumerate(names, 1)}
        return names

    def _raw_rows(self, target: str, skip: int) -> Iterator[tuple[int, dict[int, Any]]]:
        """Yield the number of each row that has any value, and the elements of its cells by their columns from 1."""
        line, sheet = 0, None
        with self._book.archive.open(target) as part:
            for event, element in iterparse(part, events=("start", "end")):
                if event == "start":
                    sheet = element if element.tag == DATA_TAG else sheet
                elif element.tag == DATA_TAG:
                    return
                elif element.tag == ROW_TAG and sheet is not None:
                    line = int(element.get("r", line + 1))
                    if not self._last < line <= _MOST_ROWS:
                        raise Broken("damaged", f"A row of the workbook has a number that cannot be: {line}.")
                    if line > skip and (cells := _cells(element)):
                        yield line, cells
                    self._last = line
                    sheet.clear()
                    part.let_go()

    def _examined(self, line: int, cells: Mapping[int, Any]) -> Row | Unread | None:
        """Return a row, or what is wrong with it; None if formulas came to no value in any cell of it."""
        place, width = self._place(line), len(self.columns)
        values: dict[str, Cell] = dict.fromkeys(self.columns)
        column: str | None = None
        try:
            if (last := max(cells)) > width:
                raise Bad("wrong-number-of-cells", f"The row has {last} cells, not {width}.")  # noqa: TRY301
            for number, element in cells.items():
                column = self.columns[number - 1]
                values[column] = self._cell(column, element)
        except Bad as bad:
            return Unread(Finding(place, bad.code, bad.sentence, column), self._original(cells))
        if all(value is None for value in values.values()):
            return None
        if values == self._header_values:
            return Unread(Finding(place, "header-again", "The row is the header once more."), self._original(cells))
        return Row(place, values)

    def _cell(self, column: str, element: Any) -> Cell:
        """Return what a cell says; where nobody uses its column, it may be anything, and is told as it stands.

        Raises:
            Bad: it says nothing that can be told, or too much.
        """
        try:
            value = self._cells.value(element)
        except Bad:
            if self._shape.uses(column):
                raise
            value = self._cells.shown(element)
        if isinstance(value, str) and len(value) > self._most_in_cell:
            raise Bad("cell-too-large", f"A cell has {len(value)} characters; at most {self._most_in_cell} are read.")
        return value

    def _original(self, cells: Mapping[int, Any]) -> str:
        line = io.StringIO()
        texts = [self._cells.shown(cells[number]) if number in cells else "" for number in range(1, max(cells) + 1)]
        csv.writer(line).writerow(texts)
        return shown(line.getvalue())

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Tell what is wrong with the workbook, in whatever way it is said."""
        try:
            yield
        except FileFault:
            raise
        except Broken as broken:
            raise self._broken(broken.code, broken.sentence) from None
        except DefusedXmlException:
            raise self._broken("hostile-xml", "The workbook declares entities, as only hostile ones do.") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, ParseError) as error:
            raise self._broken("damaged", f"The workbook is cut short or damaged: {error}.") from None
        except Exception as error:  # openpyxl tells what is wrong with a workbook in no single way
            raise self._broken("not-xlsx", f"The workbook cannot be read: {error}.") from error

    def _broken(self, code: str, sentence: str) -> FileFault:
        last = f" Row {self._last} is the last one that was read." if self._last else ""
        return FileFault(Finding(self._place(self._last), code, sentence + last))

    def _place(self, line: int) -> Place:
        return Place(self._file, line, self._name)


def _cells(row: Any) -> dict[int, Any]:
    """Return the cells of a row that hold anything, by their columns."""
    cells, number = {}, 0
    for element in row:
        letters = _LETTERS.match(element.get("r", ""))
        number = column_index_from_string(letters.group()) if letters else number + 1
        if len(element):
            cells[number] = element
    return cells
