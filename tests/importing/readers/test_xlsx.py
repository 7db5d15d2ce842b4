"""Workbooks of others."""

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from api.importing.mapping import Shape
from api.importing.readers import Limits
from api.importing.rows import Unread
from tests.importing.readers.written import told_of, zipped

MOMENT = datetime(2024, 1, 5, 6, 7, 8)  # noqa: DTZ001  a spreadsheet knows no zones


def workbook(*rows: list[Any], change: Callable[[Any], None] = lambda _: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("Other").append(["x"])
    change(book.active)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rewritten(book: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook with one part changed."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return zipped(
            {each: change(archive.read(each)) if each == name else archive.read(each) for each in archive.namelist()}
        )


SHEET = "xl/worksheets/sheet1.xml"


def test_cells_are_what_they_are_in_the_sheet(tmp_path: Path) -> None:
    row = [7, Decimal("2.50"), "text", None, MOMENT, date(2024, 2, 3), time(5, 6), True]
    book = workbook([" a ", "b", "c", "d", "e", "f", "g", "h"], row)
    told = told_of(
        tmp_path, "file.xlsx", rewritten(book, SHEET, lambda part: part.replace(b"<v>2.5</v>", b"<v>2.50</v>"))
    )
    assert told.described == "XLSX, sheet Sheet, 8 columns"
    assert told.cells == [[*row[:5], datetime(2024, 2, 3), *row[6:]]]  # noqa: DTZ001  a date is a moment there
    assert [type(cell) for cell in told.cells[0][:2]] == [int, Decimal]
    assert str(told.cells[0][1]) == "2.50"


def test_what_a_row_has_wrong_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    def error(sheet: Any) -> None:
        sheet["B3"].data_type = "e"

    told = told_of(
        tmp_path,
        "file.xlsx",
        workbook(["a", "b"], [1, "=A1+1"], [2, "#REF!"], [], [3, 4, 5], ["a", "b"], [6, None], change=error),
    )
    assert told.findings == [
        (2, "formula-without-value", "b"),
        (3, "error-in-cell", "b"),
        (5, "wrong-number-of-cells", None),
        (6, "header-again", None),
    ]
    assert (told.cells, told.lines) == ([[6, None]], [7])
    assert [row.original for row in told.rows if isinstance(row, Unread)] == ["1,=A1+1", "2,#REF!", "3,4,5", "a,b"]


@pytest.mark.parametrize(
    ("written", "value", "code"),
    [
        (b"<f>1+1</f><v>2</v>", 2, None),
        (b"<v>0.1000</v>", Decimal("0.1000"), None),
        (b"<v>1E-3</v>", Decimal("1E-3"), None),
        (b"<v>1e999999</v>", None, "number-too-large"),
        (b"<v>" + b"9" * 1_000_000 + b"</v>", None, "number-too-large"),
        (b"<v>NaN</v>", None, "not-a-number"),
        (b"", None, None),
    ],
)
def test_numbers_are_exactly_as_written(written: bytes, value: object, code: str | None, tmp_path: Path) -> None:
    book = rewritten(workbook(["a", "b"], ["x", 77]), SHEET, lambda part: part.replace(b"<v>77</v>", written))
    told = told_of(tmp_path, "file.xlsx", book)
    assert [found for _, found, _ in told.findings] == ([code] if code else [])
    assert [cells[1] for cells in told.cells] == ([] if code else [value])


def test_the_sheet_and_the_rows_before_the_header_may_be_named(tmp_path: Path) -> None:
    book = workbook(["Report"], [], ["a", "b"], [1, 2])
    assert told_of(tmp_path, "file.xlsx", book, Shape(skip=1)).cells == [[1, 2]]
    assert told_of(tmp_path, "file.xlsx", book, Shape(skip=2, header=False)).columns == ("1", "2")
    assert told_of(tmp_path, "file.xlsx", book, Shape(sheet="Other")).columns == ("x",)
    assert told_of(tmp_path, "file.xlsx", book, Shape(sheet="None")).findings == [(0, "sheet-unknown", None)]


@pytest.mark.parametrize("pack", [gzip.compress, lambda book: zipped({"in.xlsx": book})])
def test_a_workbook_may_be_packed_and_called_anything(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    book = workbook(["a"], [1])
    assert told_of(tmp_path, "file.csv", book).cells == [[1]]
    assert told_of(tmp_path, "file.csv", pack(book)).cells == [[1]]


def test_xml_that_unfolds_is_refused(tmp_path: Path) -> None:
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha") for n in range(10))
    doctype = b'<?xml version="1.0"?><!DOCTYPE w [' + laughs + b"]>"
    for name in (SHEET, "xl/workbook.xml"):
        book = rewritten(workbook(["a"], [1]), name, lambda part: doctype + part.replace(b"<?xml version='1.0'?>", b""))
        assert [code for _, code, _ in told_of(tmp_path, "file.xlsx", book).findings] == ["hostile-xml"]


def test_a_part_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    blanks = rewritten(
        workbook(["a"], [1]), SHEET, lambda part: part.replace(b"</row>", b"</row>" + b" " * 20_000_000, 1)
    )
    assert [code for _, code, _ in told_of(tmp_path, "file.xlsx", blanks).findings] == ["unpacks-to-too-much"]
    told = told_of(tmp_path, "file.xlsx", workbook(["a"], ["x" * 30_000]), limits=Limits(held=10_000))
    assert [code for _, code, _ in told.findings] == ["unpacks-to-too-much"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"hello", "not-xlsx"),
        (workbook(["a"], [1])[:3000], "damaged"),
        (zipped({"a.csv": b"a\n"}), "not-xlsx"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "not-xlsx"),
        (workbook(), "empty-file"),
        (workbook(["a", "a"]), "column-twice"),
        (rewritten(workbook(["a"], [1]), SHEET, lambda part: part.partition(b"</sheetData>")[0]), "damaged"),
    ],
)
def test_what_is_no_workbook_is_told(data: bytes, code: str, tmp_path: Path) -> None:
    assert [found for _, found, _ in told_of(tmp_path, "file.xlsx", data).findings] == [code]
