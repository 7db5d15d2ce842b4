"""Sheets of XLSX: rows as they stand, numbers as they were typed, dates as dates, formulas as what they came to."""

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from openpyxl.cell.text import Text
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, INLINE_STRING, ROW_TAG, VALUE_TAG

from api.importing.entries import Place
from api.importing.mapping import Shape
from api.importing.readers.faults import fault, names_of, require_columns
from api.importing.readers.limits import Limits
from api.importing.readers.original import shown
from api.importing.readers.streams import Broken, Counted
from api.importing.readers.workbooks import Workbook
from api.importing.rows import Cell, FileFault, Finding, Row, Unread

_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,9})?")
_MOST_DIGITS, _MOST_EXPONENT = 100, 400
_COUNT = re.compile("[0-9]{1,9}")
_TRUTHS = {"0": False, "1": True, "false": False, "true": True}
_MOST_ROWS = 1 << 20
_LETTERS = re.compile("[A-Z]{1,3}")


class _Bad(Exception):  # noqa: N818  a finding on its way to the row
    """What is wrong with a cell."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


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
        self._file = file
        self._last = 0
        self._most_in_cell = limits.cell
        self._header_values: dict[str, Cell] = {}
        with self._faults():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what a workbook has besides its cells
                self._book = Workbook(workbook, source, limits)
            self.name, target = self._sheet(shape.sheet)
            """The name of the sheet."""
            self.others = [name for name in self._book.sheets if name != self.name and shape.sheet is None]
            """Those that are not read, where none was named."""
            self._raw = self._raw_rows(target, shape.skip)
            line, first = next(self._raw, (0, {}))
        if not first:
            raise fault(file, 0, "empty-file", f"The sheet {self.name} has no rows.")
        require_columns(max(first), limits.columns, Place(file, line))
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
        place = Place(self._file, line)
        values: dict[int, Cell] = {}
        for number, element in cells.items():
            try:
                values[number] = self._value(element)
            except _Bad as bad:
                raise FileFault(Finding(place, bad.code, bad.sentence, str(number))) from None
        names = names_of([_text(values.get(number)) for number in range(1, max(values) + 1)], place)
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
        place, width = Place(self._file, line), len(self.columns)
        values: dict[str, Cell] = dict.fromkeys(self.columns)
        column: str | None = None
        try:
            if (last := max(cells)) > width:
                raise _Bad("wrong-number-of-cells", f"The row has {last} cells, not {width}.")  # noqa: TRY301
            for number, element in cells.items():
                column = self.columns[number - 1]
                value = values[column] = self._value(element)
                if isinstance(value, str) and len(value) > self._most_in_cell:
                    sentence = f"A cell has {len(value)} characters; at most {self._most_in_cell} are read."
                    raise _Bad("cell-too-large", sentence)  # noqa: TRY301
        except _Bad as bad:
            return Unread(Finding(place, bad.code, bad.sentence, column), self._original(cells))
        if all(value is None for value in values.values()):
            return None
        if values == self._header_values:
            return Unread(Finding(place, "header-again", "The row is the header once more."), self._original(cells))
        return Row(place, values)

    def _value(self, element: Any) -> Cell:
        """Return what a cell says.

        Raises:
            _Bad: it says nothing that can be told.
        """
        kind, text = element.get("t", "n"), element.findtext(VALUE_TAG)
        if kind == "inlineStr":
            return _inline(element.find(INLINE_STRING))
        if not text:
            if element.find(FORMULA_TAG) is not None and not (kind == "str" and text == ""):
                sentence = "The cell has a formula, and no value that it came to: open and save it in a spreadsheet."
                raise _Bad("formula-without-value", sentence)
            return None
        match kind:
            case "s":
                return self._shared(text)
            case "str":
                return str(text)
            case "b" if text in _TRUTHS:
                return _TRUTHS[text]
            case "e":
                raise _Bad("error-in-cell", f"The cell is an error: {text}.")
            case "d":
                return _moment(lambda: _from_iso(text))
            case "n":
                return self._number(text, element.get("s", "0"))
            case _:
                raise _Bad("not-a-value", f"The cell is marked as {kind[:80]} and is none: {text[:80]}.")

    def _shared(self, number: str) -> str:
        """Return a text that stands once for all cells with it."""
        texts = self._book.shared_strings
        if not _COUNT.fullmatch(number) or int(number) >= len(texts):
            raise _Bad("text-missing", f"The workbook does not have the text to which the cell points: {number[:80]}.")
        return str(texts[int(number)])

    def _number(self, text: str, style: str) -> Cell:
        book = self._book.wb
        if not _COUNT.fullmatch(style):
            raise _Bad("style-unknown", f"The cell has a style that is none: {style[:80]}.")
        if not _NUMBER.fullmatch(text):
            raise _Bad("not-a-number", f"The cell is marked as a number and is none: {text[:80]}.")
        if len(text) > _MOST_DIGITS or abs(Decimal(text).adjusted()) > _MOST_EXPONENT:
            raise _Bad("number-too-large", "A number has too many digits or too large an exponent.")
        if int(style) in book._date_formats and int(style) not in book._timedelta_formats:  # noqa: SLF001
            return _moment(lambda: from_excel(float(text), book.epoch))
        return int(text) if _INTEGER.fullmatch(text) else _told(Decimal(text))

    def _original(self, cells: Mapping[int, Any]) -> str:
        line = io.StringIO()
        texts = [self._shown(cells[number]) if number in cells else "" for number in range(1, max(cells) + 1)]
        csv.writer(line).writerow(texts)
        return shown(line.getvalue())

    def _shown(self, element: Any) -> str:
        """Return a cell as a person would type it."""
        formula = element.findtext(FORMULA_TAG)
        if formula is not None:
            return f"={formula}"
        try:
            return _text(self._value(element))
        except _Bad:
            return str(element.findtext(VALUE_TAG))

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
        return fault(self._file, self._last, code, sentence + last)


def _told(number: Decimal) -> Decimal:
    """Return the number that a person typed: of 1.1 spreadsheets write all digits of its double, 1.1000000000000001."""
    typed = Decimal(repr(double := float(number)))
    return typed if number != typed and Decimal(f"{double:.17g}") == number else number


def _cells(row: Any) -> dict[int, Any]:
    """Return the cells of a row that hold anything, by their columns."""
    cells, number = {}, 0
    for element in row:
        letters = _LETTERS.match(element.get("r", ""))
        number = column_index_from_string(letters.group()) if letters else number + 1
        if len(element):
            cells[number] = element
    return cells


def _inline(element: Any) -> str | None:
    """Return a text that stands in its cell."""
    if element is None:
        return None
    try:
        return str(Text.from_tree(element).content)
    except (TypeError, ValueError, AttributeError):
        raise _Bad("not-a-text", "The text in the cell is damaged.") from None


def _from_iso(text: str) -> Any:
    """Return a date or a time as ISO 8601 has it; only the library knows one of a time alone without its seconds."""
    try:
        return datetime.fromisoformat(text) if "T" in text else from_ISO8601(text)
    except (TypeError, AttributeError):
        raise ValueError from None


def _moment(convert: Any) -> datetime | date | time:
    try:
        moment = convert()
    except (ValueError, OverflowError):
        raise _Bad("not-a-date", "The cell is marked as a date and is none of the calendar.") from None
    if not isinstance(moment, datetime | date | time):
        raise _Bad("not-a-date", "The cell is marked as a date and is none of the calendar.")
    return moment


def _text(value: Cell) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value).strip()
