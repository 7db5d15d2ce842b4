"""Whatever can be written in a dialect is read back as it was, wherever its bytes are cut into pieces."""

import csv
import io
from pathlib import Path

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from api.importing.mapping import Shape
from api.importing.readers import Limits
from tests.importing.readers.written import told_of

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "shift_jis", "gb18030"]
SIGNS = st.sampled_from(",;\t|:^")
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff") | st.sampled_from(
    "\r\n\"',;\t|\\ é漢"
)


@st.composite
def tables(draw: st.DrawFn, encoding: str) -> list[list[str]]:
    """Tables of texts that an encoding has, with a header of its own."""
    width = draw(st.integers(1, 4))
    texts = st.text(LETTERS, max_size=12).map(lambda text: text.encode(encoding, "ignore").decode(encoding, "ignore"))
    rows = draw(st.lists(st.lists(texts, min_size=width, max_size=width), max_size=8))
    return [[f"column {number}" for number in range(width)], *rows]


@given(st.data(), st.sampled_from(ENCODINGS), SIGNS, st.sampled_from("\"'"))
def test_what_is_written_in_a_dialect_is_read_back(
    tmp_path: Path, data: st.DataObject, encoding: str, separator: str, quote: str
) -> None:
    table = data.draw(tables(encoding))
    escape, end = data.draw(st.sampled_from(["", "\\"])), data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    out = io.StringIO()
    # Python writes a CR without quotes where no row ends with one.
    quote_all = bool(escape) or end != "\r\n" or data.draw(st.booleans())
    csv.writer(
        out,
        delimiter=separator,
        quotechar=quote,
        escapechar=escape or None,
        doublequote=not escape,
        lineterminator=end,
        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
    ).writerows(table)
    written = out.getvalue().encode(encoding)
    assume(written.decode(encoding) == out.getvalue())
    shape = Shape(encoding=encoding, separator=separator, quote=quote, escape=escape)
    told = told_of(tmp_path, "file.csv", written, shape)
    assert (told.cells, told.findings) == (table[1:], [])


@given(tables("utf-8"), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n", "\r"]))
def test_what_is_not_named_is_found_out(tmp_path: Path, table: list[list[str]], separator: str, end: str) -> None:
    assume(len(table[0]) > 1)
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    told = told_of(tmp_path, "file.csv", out.getvalue().encode())
    assert (told.cells, told.findings) == (table[1:], [])


@given(st.data(), st.sampled_from(["utf-8", "utf-16", "cp1252"]), st.integers(1, 9))
def test_nothing_depends_on_where_pieces_end(tmp_path: Path, data: st.DataObject, encoding: str, size: int) -> None:
    table = data.draw(tables(encoding))
    out = io.StringIO()
    csv.writer(out, lineterminator=data.draw(st.sampled_from(["\n", "\r\n", "\r"]))).writerows(table)
    bad = data.draw(st.binary(max_size=20))
    written = out.getvalue().encode(encoding) + (bad if encoding == "utf-8" else b"")
    shape = Shape(encoding=encoding, separator=",", quote='"', escape="")
    whole = told_of(tmp_path, "file.csv", written, shape)
    for limits in (Limits(piece=size), Limits(piece=size, sample=16)):
        assert told_of(tmp_path, "file.csv", written, shape, limits) == whole


DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10) | DECIMALS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=4), max_size=5)


@given(OBJECTS, st.integers(1, 9), st.sampled_from(["file.json", "file.ndjson"]), st.sampled_from(["", "data.items"]))
def test_objects_are_read_back_whatever_stands_in_them(
    tmp_path: Path, objects: list[dict[str, object]], size: int, name: str, path: str
) -> None:
    encode = msgspec.json.Encoder(decimal_format="number").encode
    if name == "file.ndjson":
        shape, written = Shape(), b"\n".join(map(encode, objects)) or b"\n"
    elif path:
        shape, written = Shape(members=path), encode({"x": objects, "data": {"y": "]", "items": objects, "z": 1}})
    else:
        shape, written = Shape(), encode(objects)
    told = told_of(tmp_path, name, written, shape, Limits(piece=size, sample=16))
    assert ([row.cells for row in told.rows], told.findings) == (objects, [])  # type: ignore[union-attr]


@st.composite
def written_cells(draw: st.DrawFn) -> str:
    """A cell as it may be written: in quotes, or without any around it and then perhaps with some inside."""
    text = draw(st.text(st.sampled_from('ab"é漢'), max_size=6))
    if draw(st.booleans()):
        return '"' + (text + draw(st.sampled_from(["", ",", "\n", "\r\n"]))).replace('"', '""') + '"'
    return "a" + text


@given(st.lists(written_cells(), min_size=1, max_size=6), st.integers(0, 6), st.integers(1, 70))
def test_a_row_that_is_too_large_costs_no_other_whatever_quotes_stand_in_it(
    tmp_path: Path, cells: list[str], at: int, size: int
) -> None:
    cells.insert(at, "x" * 300)
    data = 'a,b\n0,ok\n{}\n2,7" pipe\n3,"c"\n'.format(",".join(cells)).encode()
    shape, limits = Shape(encoding="utf-8", separator=",", quote='"', escape=""), Limits(row=200, piece=size, sample=64)
    told = told_of(tmp_path, "file.csv", data, shape, limits)
    assert [(line, code) for line, code, _ in told.findings] == [(3, "row-too-large")]
    assert told.cells == [["0", "ok"], ["2", '7" pipe'], ["3", "c"]]
