"""Tables as a program reads them, and what must stand in them."""

import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pyarrow.parquet as pq
from openpyxl.utils.datetime import from_excel, to_excel

from api.exporting import CSV, PARQUET, XLSX
from api.exporting_columns import Column, Kind

MEDIA_TYPES = (CSV, XLSX, PARQUET)
_FIRST_DAY = date(1900, 3, 1)
_CELL = re.compile('("(?:[^"]|"")*")?([^",\\r\\n]*)(,|\\r\\n)')
"""A cell of RFC 4180, quoted or plain, and what ends it."""

Rows = list[dict[str, Any]]


def read(media_type: str, octets: bytes, columns: Sequence[Column]) -> Rows:
    """Return the rows of a table by the names of its columns, each value as its kind is."""
    head, *rows = {CSV: _csv, XLSX: _xlsx, PARQUET: _parquet}[media_type](octets)
    assert head == [column.name for column in columns]
    return [{column.name: _plain(column, value) for column, value in zip(columns, row, strict=True)} for row in rows]


def expected(media_type: str, members: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> Rows:
    """Return the rows that members are, as far as a table of this kind can tell them."""
    return [{column.name: _told(media_type, column, column.of(member)) for column in columns} for member in members]


def _told(media_type: str, column: Column, value: Any) -> Any:
    if value is None or (value == "" and media_type == XLSX and column.kind is not Kind.JSON):
        return None
    if column.kind is Kind.MOMENT:
        moment = datetime.fromisoformat(value).astimezone(UTC)
        is_dated = media_type == XLSX and moment.date() >= _FIRST_DAY
        return _rounded(moment) if is_dated else moment
    return date.fromisoformat(value) if column.kind is Kind.DAY else value


def _plain(column: Column, value: Any) -> Any:
    """Return a value as its kind is, whether a table has it as text or typed."""
    match column.kind, value:
        case _, None:
            return None
        case Kind.JSON, str():
            return json.loads(value)
        case Kind.INTEGER, str():
            return int(value)
        case Kind.TRUTH, str():
            return {"true": True, "false": False}[value]
        case Kind.DAY, str():
            return date.fromisoformat(value)
        case Kind.DAY, datetime():
            return value.date()
        case Kind.MOMENT, str():
            return datetime.fromisoformat(value).astimezone(UTC)
        case Kind.MOMENT, datetime():
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value


def _rounded(moment: datetime) -> datetime:
    """Return a moment as exact as spreadsheets know it."""
    known = from_excel(to_excel(moment.replace(tzinfo=None)))
    assert isinstance(known, datetime)
    return known.replace(tzinfo=UTC)


def _csv(octets: bytes) -> list[list[Any]]:
    """Return cells: nothing where a cell is empty, and without the apostrophe that keeps formulas away."""
    rows, row, text = [], list[Any](), octets.decode()
    for quoted, plain, end in _CELL.findall(text):
        value = quoted[1:-1].replace('""', '"') if quoted else plain or None
        row.append(value.removeprefix("'") if value else value)
        if end == "\r\n":
            rows.append(row)
            row = []
    assert "".join("".join(found) for found in _CELL.findall(text)) == text
    return rows


def _xlsx(octets: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(octets), read_only=True)
    head, *rows = ([_unescaped(cell) for cell in row] for row in book.active.iter_rows(values_only=True))
    return [head, *(row + [None] * (len(head) - len(row)) for row in rows)]


def _unescaped(value: Any) -> Any:
    """Return a text as Office reads it."""
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), value) if isinstance(value, str) else value


def _parquet(octets: bytes) -> list[list[Any]]:
    table = pq.read_table(io.BytesIO(octets))
    return [table.column_names, *map(list, zip(*(column.to_pylist() for column in table.columns), strict=True))]
