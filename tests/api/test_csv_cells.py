"""How members of lists stand in CSV: cells that are harmless to spreadsheets, and read back as they were."""

import csv
from typing import Any

import pytest
from marshmallow import Schema, fields

from api.exporting import Csv


class NumberedSchema(Schema):
    """A number."""

    id = fields.Integer()
    text = fields.String()


class MemberSchema(Schema):
    """A member with everything that a cell may hold."""

    text = fields.String()
    inside = fields.Nested(NumberedSchema, allow_none=True)
    several = fields.List(fields.String())
    any = fields.Raw()
    truth = fields.Boolean()


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        (None, ""),
        ("", '""'),
        ("a,b", '"a,b"'),
        ('say "x"', '"say ""x"""'),
        ("two\r\nlines", '"two\r\nlines"'),
        (" blank", '" blank"'),
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("@sum", "'@sum"),
        ("-x", "'-x"),
        ("\t=1", "'\t=1"),
        ("\r=1", '"\'\r=1"'),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("-5.2", "-5.2"),
        ("+5E-3", "+5E-3"),
        ("-5-3", "'-5-3"),
        ("\u0416-5", "\u0416-5"),
    ],
)
def test_a_cell_is_harmless_and_quoted_where_it_must_be(text: str | None, cell: str) -> None:
    member: dict[str, Any] = {"text": text, "inside": None, "several": [], "any": None, "truth": True}
    assert Csv(MemberSchema).line(member).decode() == f"{cell},,,[],,true\r\n"


def test_members_inside_members_have_columns_and_lists_stand_as_json() -> None:
    way = Csv(MemberSchema)
    member: dict[str, Any] = {
        "text": "a",
        "inside": {"id": -5, "text": "=b"},
        "several": ["=c", "d"],
        "any": {"e": 1},
        "truth": False,
    }
    assert way.head() == b"text,inside.id,inside.text,several,any,truth\r\n"
    assert next(csv.reader([way.line(member).decode()])) == ["a", "-5", "'=b", '["=c","d"]', '{"e":1}', "false"]
