"""JSON of others: each object is read by itself, and strictly."""

from pathlib import Path

import pytest

from api.importing.mapping import Shape
from api.importing.readers import Limits
from api.importing.rows import Row, Unread
from tests.importing.readers.written import told_of

DEEP = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
WRONG = {
    b'{"a":1,"b":2,"a":3}': ("name-twice", "a"),
    b'{"a":{"b":1,"b":2}}': ("name-twice", "a"),
    b'{"a":NaN}': ("not-json", None),
    b'{"a":-Infinity}': ("not-json", None),
    b'{"a":1e999999}': ("number-too-large", None),
    b'{"a":' + b"9" * 1_000_000 + b"}": ("number-too-large", None),
    b'{"a":"\xe9"}': ("not-in-this-encoding", None),
    b'{"a":"\\ud800"}': ("half-a-character", None),
    b'{"a":"\\ud83d\\ude00 \\\\\\uDe00"}': ("half-a-character", None),
    b'{"a":"\\ud83d\\ude00 \\\\ud800"]': ("not-json", None),
    b'{"a":1]': ("not-json", None),
    b'{"a" 1}': ("not-json", None),
    DEEP: ("too-deep", None),
    b"[1]": ("not-an-object", None),
    b'"text"': ("not-an-object", None),
    b"5": ("not-an-object", None),
    b'{"a":"' + b"x" * 2_000_000 + b'"}': ("cell-too-large", "a"),
}
IDS = [name.decode("latin-1")[:20] for name in WRONG]


@pytest.mark.parametrize(("text", "finding"), WRONG.items(), ids=IDS)
@pytest.mark.parametrize("name", ["file.ndjson", "file.json"])
def test_an_object_that_is_wrong_costs_no_other(
    name: str, text: bytes, finding: tuple[str, str | None], tmp_path: Path
) -> None:
    members = [b'{"a":1}', text, b'{"a":2}']
    data = b"\n".join(members) if name == "file.ndjson" else b"[" + b", \n".join(members) + b"]\n"
    told = told_of(tmp_path, name, data)
    assert (told.findings, told.cells, told.lines) == ([(2, *finding)], [[1], [2]], [1, 3])
    assert isinstance(told.rows[1], Unread)
    assert told.rows[1].original[:5] == text.decode("latin-1")[:5]


@pytest.mark.parametrize("name", ["file.ndjson", "file.json"])
def test_an_object_that_is_too_large_is_left_out(name: str, tmp_path: Path) -> None:
    members = [b'{"a":1}', b'{"a":"' + b'{[\\"' * 100_000 + b'"}', b'{"a":2}']
    data = b"\n".join(members) if name == "file.ndjson" else b"[" + b",".join(members) + b"]"
    told = told_of(tmp_path, name, data, limits=Limits(row=10_000, piece=1000, sample=1000))
    assert (told.findings, told.cells) == ([(2, "row-too-large", None)], [[1], [2]])


@pytest.mark.parametrize(
    ("data", "finding", "rows"),
    [
        (b"[", (0, "truncated", None), 0),
        (b"[]", None, 0),
        (b'[{"a":1}', (1, "truncated", None), 1),
        (b'[{"a":1},', (1, "truncated", None), 1),
        (b'[{"a":1},{"a":"x', (1, "truncated", None), 1),
        (b'[{"a":1},]', (1, "not-json", None), 1),
        (b'[{"a":1} {"a":2}]', (1, "not-json", None), 1),
        (b'[{"a":1}] x', (1, "not-json", None), 1),
        (b'{"a":1}', (0, "no-list", None), 0),
        (b"7", (0, "no-list", None), 0),
        (b'{"a":1}\n{"a":2}\n', None, 2),
    ],
)
def test_a_document_that_is_wrong_is_read_up_to_there(
    data: bytes, finding: tuple[int, str, str | None] | None, rows: int, tmp_path: Path
) -> None:
    told = told_of(tmp_path, "file.json", data)
    assert (told.findings, len(told.rows)) == ([finding] if finding else [], rows)


def test_the_list_may_stand_under_names(tmp_path: Path) -> None:
    data = b'{"n":[1,{"data":2}],"data":{"x":"]","items":[{"a":1},{"b":2}],"y":1},"z":[[]]}'
    told = told_of(tmp_path, "file.json", data, Shape(members="data.items"))
    assert (told.described, told.cells) == ("JSON, a list of objects under data.items, in UTF-8, 2 columns", [[1], [2]])
    for lacking, names in ((data, "data.rows"), (b"{}", "data"), (b'{"data":{}}', "data.items")):
        assert told_of(tmp_path, "file.json", lacking, Shape(members=names)).findings == [(0, "no-list", None)]


def test_numbers_are_what_is_written_and_deep_cells_stay_as_they_are(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.json", b'[{"a":0.10,"b":{"c":[1,{"d":1e2}]},"e":null}]')
    assert [str(value) for value in told.cells[0]] == ["0.10", "{'c': [1, {'d': Decimal('1E+2')}]}", "None"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le"])
def test_json_may_be_in_any_unicode(encoding: str, tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.json", '[{"a":"é"},\n{"a":"x"}]'.encode(encoding))
    assert told.cells == [["é"], ["x"]]


def test_blank_lines_count_and_are_no_rows(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.ndjson", b'\r\n{"a":1}\n\n\xef\xbb\xbf{"a":2}')
    assert [row.place.line for row in told.rows if isinstance(row, Row)] == [2, 4]
