"""Workbooks of others."""

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from api.importing.mapping import Column, File, Shape
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
    assert told.described == "XLSX, sheet Sheet (not Other), 8 columns"
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


def test_what_is_wrong_in_a_column_that_is_not_used_harms_no_row(tmp_path: Path) -> None:
    def error(sheet: Any) -> None:
        sheet["B3"].data_type = "e"

    book = workbook(["a", "b"], [1, "=A1+1"], [2, "#REF!"], change=error)
    told = told_of(tmp_path, "file.xlsx", book, File(path=["*"], columns={"used": Column(from_="a")}))
    assert (told.cells, told.findings) == ([[1, "=A1+1"], [2, "#REF!"]], [])
    told = told_of(tmp_path, "file.xlsx", book, File(path=["*"], columns={"b": Column()}))
    assert [line for line, *_ in told.findings] == [2, 3]


@pytest.mark.parametrize(
    ("written", "value", "code"),
    [
        (b"<f>1+1</f><v>2</v>", 2, None),
        (b"<v>0.1000</v>", Decimal("0.1000"), None),
        (b"<v>1E-3</v>", Decimal("1E-3"), None),
        (b"<v>1.1000000000000001</v>", Decimal("1.1"), None),
        (b"<v>8760.2999999999993</v>", Decimal("8760.3"), None),
        (b"<v>0.30000000000000004</v>", Decimal("0.30000000000000004"), None),
        (b"<v>1.1000000000000002</v>", Decimal("1.1000000000000002"), None),
        (b"<v>0.99999999999999999</v>", Decimal("0.99999999999999999"), None),
        (b"<v>98765432109876543210</v>", 98765432109876543210, None),
        (b"<v>1e999999</v>", None, "number-too-large"),
        (b"<v>" + b"9" * 1_000_000 + b"</v>", None, "number-too-large"),
        (b"<v>NaN</v>", None, "not-a-number"),
        (b"", None, None),
    ],
)
def test_numbers_are_what_was_typed(written: bytes, value: object, code: str | None, tmp_path: Path) -> None:
    book = rewritten(workbook(["a", "b"], ["x", 77]), SHEET, lambda part: part.replace(b"<v>77</v>", written))
    told = told_of(tmp_path, "file.xlsx", book)
    assert [found for _, found, _ in told.findings] == ([code] if code else [])
    assert [cells[1] for cells in told.cells] == ([] if code else [value])


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        (b't="s"><v>99</v>', None, "text-missing"),
        (b't="s"><v>-1</v>', None, "text-missing"),
        (b't="s"><v>x</v>', None, "text-missing"),
        (b't="b"><v>true</v>', True, None),
        (b't="b"><v>0</v>', False, None),
        (b't="b"><v>2</v>', None, "not-a-value"),
        (b't="x"><v>2</v>', None, "not-a-value"),
        (b's="x"><v>5</v>', None, "style-unknown"),
        (b's="999"><v>5</v>', 5, None),
        (b't="inlineStr"><is><r/></is>', "", None),
        (b't="inlineStr"><is x="1"><t>a</t></is>', None, "not-a-text"),
        (b't="d"><v>2026-01-01</v>', date(2026, 1, 1), None),
        (b't="d"><v>2026-01-01T10:00:00</v>', datetime(2026, 1, 1, 10), None),  # noqa: DTZ001  it says none
        (b't="d"><v>2026-01-01T10:00:00+02:00</v>', datetime(2026, 1, 1, 8, tzinfo=UTC), None),
        (b't="d"><v>2026-01-01T10:00:00Z</v>', datetime(2026, 1, 1, 10, tzinfo=UTC), None),
        (b't="d"><v>2026-13-01T10:00:00Z</v>', None, "not-a-date"),
        (b't="d"><v>soon</v>', None, "not-a-date"),
    ],
)
def test_a_damaged_cell_is_that_rows_own(cell: bytes, value: object, code: str | None, tmp_path: Path) -> None:
    old = re.compile(rb't="n"><v>77</v>')
    for row, numbers in (2, [3]), (1, []):
        lines: list[list[Any]] = [["a", "b"], ["x", 4], ["x", 5]]
        lines[row - 1][1] = 77
        book = rewritten(workbook(*lines), SHEET, lambda part: old.sub(lambda _: cell, part))
        told = told_of(tmp_path, "file.xlsx", book)
        if code:
            assert [(line, found) for line, found, _ in told.findings] == [(row, code)]
            assert told.lines == numbers
        else:
            assert (told.findings, told.lines) == ([], [2, 3])
            assert row == 1 or told.cells[0][1] == value


@pytest.mark.parametrize("number", ["99999999999999999999", "0", "-5", "x", "2"])
def test_a_row_whose_number_cannot_be_ends_the_reading(number: str, tmp_path: Path) -> None:
    def renumbered(part: bytes) -> bytes:
        return part.replace(b'<row r="3"', f'<row r="{number}"'.encode())

    told = told_of(tmp_path, "file.xlsx", rewritten(workbook(["a"], [1], [2]), SHEET, renumbered))
    assert [(line, code in {"damaged", "not-xlsx"}) for line, code, _ in told.findings] == [(2, True)]
    assert told.cells == [[1]]


def test_a_row_of_formulas_that_come_to_nothing_is_none(tmp_path: Path) -> None:
    def emptied(part: bytes) -> bytes:
        return part.replace(b't="n"><v>77</v>', b't="str"><f>IF(X1="","",X1)</f><v></v>')

    book = rewritten(workbook(["a", "b"], [1, 77], [77, 77], [2, 3]), SHEET, emptied)
    told = told_of(tmp_path, "file.xlsx", book)
    assert (told.cells, told.lines, told.findings) == ([[1, None], [2, 3]], [2, 4], [])


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
