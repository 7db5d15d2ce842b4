"""The law of tables: whatever members hold, it is read back from CSV, XLSX and Parquet as it was."""

import io
from datetime import date
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, fields

from api.exporting import PARQUET, XLSX, NoPlaceForIt, lines_of
from api.exporting_columns import columns_of
from domain.log.codec import written_moment
from tests.strategies import LETTERS, MOMENT, decimals
from tests.tables import MEDIA_TYPES, expected, read


class InsideSchema(Schema):
    """What stands inside a member."""

    text = fields.String()
    day = fields.Date()


class MemberSchema(Schema):
    """A member with every kind of value."""

    id = fields.UUID()
    text = fields.String()
    amount = fields.String()
    count = fields.Integer()
    is_so = fields.Boolean()
    day = fields.Date()
    at = fields.AwareDateTime()
    inside = fields.Nested(InsideSchema)
    names = fields.List(fields.String())
    anything = fields.Raw()


ODD = st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "'x",
        "\t=1",
        "\r\n",
        " x ",
        "",
        "#N/A",
        "_x0041_",
        "_x005F_",
        "\x00\x0b\x1f",
        "1E5",
        "true",
    ]
)
TEXT = st.text(LETTERS, max_size=8) | ODD
DAY = st.dates()
MEMBERS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.uuids().map(str),
            "text": st.none() | TEXT,
            "amount": st.none() | decimals().map(lambda each: format(each, "f")),
            "count": st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
            "is_so": st.none() | st.booleans(),
            "day": st.none() | DAY.map(date.isoformat),
            "at": st.none() | MOMENT.map(written_moment),
            "inside": st.none() | st.fixed_dictionaries({"text": TEXT, "day": st.none() | DAY.map(date.isoformat)}),
            "names": st.lists(TEXT, max_size=3),
            "anything": st.none() | TEXT | st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2),
        }
    ),
    max_size=5,
)


def written(media_type: str, schema: type[Schema], members: list[dict[str, Any]]) -> bytes:
    lines = lines_of(media_type, schema)
    pieces = [lines.head(), *map(lines.line, members), *lines.end(len(members), 7)]
    return b"".join(pieces)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_members_are_read_back_from_a_table_as_they_were(media_type: str) -> None:
    @settings(max_examples=30)
    @given(members=MEMBERS)
    def check(members: list[dict[str, Any]]) -> None:
        columns = columns_of(MemberSchema)
        octets = written(media_type, MemberSchema, members)
        assert read(media_type, octets, columns) == expected(media_type, members, columns)

    check()


def test_no_text_is_a_formula_in_a_spreadsheet() -> None:
    texts = ["=1+1", "+1", "-x", "@x", "＝1", "#REF!", "=cmd|'/c calc'!A1"]  # noqa: RUF001  spreadsheets take it
    octets = written(XLSX, InsideSchema, [{"text": each} for each in texts])
    cells = [row[0] for row in openpyxl.load_workbook(io.BytesIO(octets)).active.iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(each, "s") for each in texts]
    assert [cell.quotePrefix for cell in cells] == [each != "#REF!" for each in texts]


def test_a_text_that_no_cell_holds_is_refused_by_its_place() -> None:
    lines = lines_of(XLSX, InsideSchema)
    lines.head()
    lines.line({"text": "x" * 32_767})
    with pytest.raises(NoPlaceForIt, match=r"Member 2 .* in the column text"):
        lines.line({"text": "x" * 32_768})
    lines.cut()


def test_a_parquet_file_has_the_types_of_its_schema_even_without_rows() -> None:
    table = pq.read_table(io.BytesIO(written(PARQUET, MemberSchema, [])))
    types = {field.name: str(field.type) for field in table.schema}
    assert types == {
        "id": "string",
        "text": "string",
        "amount": "string",
        "count": "int64",
        "is_so": "bool",
        "day": "date32[day]",
        "at": "timestamp[us, tz=UTC]",
        "inside.text": "string",
        "inside.day": "date32[day]",
        "names": "string",
        "anything": "string",
    }
