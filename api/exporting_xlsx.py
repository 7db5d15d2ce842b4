"""Members as a sheet of XLSX: row after row into a temporary file, so that memory stays flat; there only as a whole.

The temporary files have no name: whatever ends the process, nothing of them is left.

Moments and days are dates of the spreadsheet, moments in UTC and exact to the millisecond; what lies before March 1900,
of which spreadsheets know no dates, is text. Integers and truth values are what they are, and everything else is text,
decimal numbers too: a spreadsheet would round them. A text is never a formula, whatever it begins with. An empty text
and no value are the same empty cell. Characters that XML does not have are written as Office writes them: `_x000B_`.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from marshmallow import Schema
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from api.exporting import XLSX, NoPlaceForIt, encode_text
from api.exporting_columns import Column, Kind, columns_of

MOST_ROWS = 1_048_576
"""Rows of a sheet, the first of which names the columns."""
MOST_CHARACTERS = 32_767
_PIECE = 256 * 1024
_EXACT = 2**53
_FIRST_DAY = date(1900, 3, 1)
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_FORMULA = re.compile("[=+\\-@＝＋－＠\\t\\r\\n]")  # noqa: RUF001  spreadsheets take the wide forms too


class _Nameless(WorksheetWriter):  # type: ignore[misc]
    """Writes a sheet to a file without a name; that of the library has one until the process ends in good order."""

    def __init__(self, sheet: Any) -> None:
        super().__init__(sheet, out=TemporaryFile())  # noqa: SIM115  closed by `cleanup`

    def cleanup(self) -> None:
        """Let go of the file."""
        self.out.close()


class _Archive(ZipFile):
    """A workbook to which sheets without a name are added."""

    def write(self, sheet: Any, name: str) -> None:  # type: ignore[override]
        """Add a sheet, from its beginning."""
        sheet.seek(0)
        with self.open(name, "w", force_zip64=True) as into:
            copyfileobj(sheet, into, _PIECE)


class Xlsx:
    """One row a member, with a column for each field."""

    content_type = XLSX
    suffix = "xlsx"
    most = MOST_ROWS - 1
    packed = True

    def __init__(self, member: type[Schema]) -> None:
        """Take the schema of the members."""
        self._columns = columns_of(member)
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("List")
        self._sheet.freeze_panes = "A2"
        self._rows = 0

    def head(self) -> bytes:
        """Open the file, and write the names of the columns; nothing is ready yet."""
        self._sheet._writer = _Nameless(self._sheet)  # noqa: SLF001  as the library makes its own
        self._sheet._writer.write_top()  # noqa: SLF001
        self._sheet.append([column.name for column in self._columns])
        return b""

    def line(self, member: dict[str, Any]) -> bytes:
        """Write a member; nothing is ready yet.

        Raises:
            NoPlaceForIt: a text is longer than a cell can hold.
        """
        self._rows += 1
        self._sheet.append([self._cell(column, column.of(member)) for column in self._columns])
        return b""

    def end(self, _members: int, _position: int) -> Iterator[bytes]:
        """Yield the whole file."""
        with TemporaryFile() as whole:
            ExcelWriter(self._book, _Archive(whole, "w", ZIP_DEFLATED, allowZip64=True)).save()
            whole.seek(0)
            while piece := whole.read(_PIECE):
                yield piece

    def cut(self) -> bytes:
        """Let go of what was written so far; there is no file, so nothing is returned."""
        with suppress(Exception):  # it may have been ended anywhere, or its disk be full
            self._sheet.close()
        if self._sheet._writer is not None:  # noqa: SLF001
            self._sheet._writer.cleanup()  # noqa: SLF001
        return b""

    def _cell(self, column: Column, value: Any) -> Any:
        match column.kind, value:
            case (_, None) | (Kind.TEXT, ""):
                return None
            case Kind.INTEGER, int() if abs(value) < _EXACT:
                return value
            case Kind.TRUTH, bool():
                return value
            case Kind.DAY, str() if (day := date.fromisoformat(value)) >= _FIRST_DAY:
                return day
            case Kind.MOMENT, str() if (moment := _in_utc(value)).date() >= _FIRST_DAY:
                return moment
        return self._text(
            column, value if isinstance(value, str) and column.kind is not Kind.JSON else encode_text(value)
        )

    def _text(self, column: Column, text: str) -> WriteOnlyCell:
        text = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
        if len(text) > MOST_CHARACTERS:
            raise NoPlaceForIt(
                f"Member {self._rows} has a text of more than {MOST_CHARACTERS:,} characters in the column "
                f"{column.name}: no cell of XLSX holds it. Choose another format."
            )
        cell = WriteOnlyCell(self._sheet, value=text)
        cell.data_type = "s"
        if _FORMULA.match(text):
            cell.quotePrefix = True  # or it would become a formula as soon as somebody edits the cell
        return cell


def _in_utc(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC).replace(tzinfo=None)
