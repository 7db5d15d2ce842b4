"""Rejects: written, harmless to spreadsheets, and read back as the rows that they were."""

import csv
import gzip
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing.entries import Place
from api.importing.mapping import Shape
from api.importing.readers import files_of, read
from api.importing.readers.rejected import WHOLE, text_of, value_of
from api.importing.rejects import MOST_SETS, Rejects, patterns_of
from api.importing.rows import FileFault, Finding, Row, Unread
from tests.importing.readers.written import told, told_of

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from("\r\n\"',;=+-@\t{[1.e ")
TEXT = st.text(LETTERS, max_size=12) | st.sampled_from(
    [
        "1",
        "-5.2",
        "=1+1",
        "'",
        "null",
        "true",
        '"a"',
        "[1]",
        "{}",
        "2024-01-05",
        "05:06:07",
        "2024-01-05T06:07:08",
        "1e5",
    ]
)
NUMBERS = st.integers(-(10**30), 10**30) | st.decimals(allow_nan=False, allow_infinity=False, places=3)
INSIDE = st.recursive(
    TEXT | NUMBERS | st.booleans() | st.none(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXT, inside, max_size=3),
    max_leaves=5,
)
VALUE = INSIDE | st.dates() | st.datetimes() | st.times()
FINDINGS = st.builds(
    Finding,
    st.builds(Place, TEXT, st.integers(0, 10**8)),
    st.sampled_from(["wrong", "worse"]),
    TEXT,
    st.none() | TEXT.filter(bool),
)


@st.composite
def rejects(draw: st.DrawFn, *, typed: bool) -> tuple[tuple[str, ...], list[tuple[Row | Unread, Finding]]]:
    """Columns, and rows of them."""
    columns = tuple(draw(st.lists(TEXT, min_size=1, max_size=4, unique=True)))
    found: list[tuple[Row | Unread, Finding]] = []
    of_sheets = typed and draw(st.booleans())
    for each in draw(st.lists(FINDINGS, max_size=5)):
        sheet = draw(TEXT.filter(bool)) if of_sheets else None
        finding = each._replace(place=each.place._replace(sheet=sheet))
        if draw(st.booleans()):
            found.append((Unread(finding, draw(TEXT.filter(bool))), finding))
        elif typed:
            names = draw(st.sets(st.sampled_from(columns)))
            cells = {name: draw(VALUE) for name in columns if name in names}
            found.append((Row(finding.place, cells), finding))
        else:
            found.append((Row(finding.place, {name: draw(TEXT) for name in columns}), finding))
    return columns, found


@pytest.mark.parametrize("typed", [True, False])
@given(data=st.data())
def test_rejects_are_read_back_as_the_rows_that_they_were(tmp_path: Path, data: st.DataObject, *, typed: bool) -> None:
    columns, rows = data.draw(rejects(typed=typed))
    with Rejects(tmp_path) as written:
        for row, finding in rows:
            if isinstance(row, Row):
                written.row("outages", columns, row, finding, typed=typed)
            else:
                written.unread("outages", columns, row, typed=typed)
    if not rows:
        return
    path = tmp_path / "outages.rejects.csv"
    with read(path, Shape(format="json", compression="gzip", encoding="cp1252", skip=3)) as reading:
        assert (reading.columns, reading.typed) == (columns, typed)
        assert list(reading) == [row for row, _ in rows]
    path.unlink()


@given(VALUE)
def test_a_value_is_read_back_from_its_text(value: Any) -> None:
    if isinstance(value, str) and not value:
        assert text_of(value) == '""'
    assert value_of(text_of(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("07:00:00", time(7)),
        ("2024-02-30", "2024-02-30"),
        ("2024-01-05", date(2024, 1, 5)),
        ("2024-01-05T06:07:08", datetime(2024, 1, 5, 6, 7, 8)),  # noqa: DTZ001  as a spreadsheet has it
        ("[broken", "[broken"),
        ("007", "007"),
        ('"7"', "7"),
    ],
)
def test_what_reads_as_more_than_text_is_that(text: str, value: object) -> None:
    assert value_of(text) == value


ROW = Row(Place("a.csv", 7), {"id": "=1", "_file": "x"})
WRONG = Finding(Place("a.csv", 7), "unknown-machine", "There is no machine =1.", "id")


def test_a_rejects_file_says_where_what_and_why_and_no_spreadsheet_takes_a_cell_for_a_formula(tmp_path: Path) -> None:
    with Rejects(tmp_path) as rejects:
        rejects.row("outages", ("id", "_file"), ROW, WRONG, typed=False)
    with (tmp_path / "outages.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["_file", "_line", "_column", "_code", "_sentence", "id", "_file", "_original"],
            ["a.csv", "7", "id", "unknown-machine", "There is no machine =1.", "'=1", "x", ""],
        ]


def test_each_set_of_columns_has_a_file_and_all_are_found_by_the_patterns_of_their_kind(tmp_path: Path) -> None:
    with Rejects(tmp_path) as rejects:
        for number in range(100):
            row = Row(Place("a.json", number), {f"extra{number % 40}": number})
            rejects.row("outages", ("id",), row, WRONG, typed=True)
        rejects.row("machines", ("id", "_file"), ROW, WRONG, typed=False)
        assert not list(tmp_path.glob("*.csv"))
    files = files_of([tmp_path], patterns_of("outages"))
    assert (len(files), files[0].name) == (40, "outages.rejects.csv")
    rows = [row for path in files for row in told(path).rows]
    assert sorted(row.place.line for row in rows if isinstance(row, Row)) == list(range(100))


def test_rows_of_any_number_of_sets_of_columns_stand_in_a_bounded_number_of_files(tmp_path: Path) -> None:
    rows = [Row(Place("a.json", at), {f"extra{at}": [at, None, "=1"], "id": Decimal("1.50")}) for at in range(200)]
    unread = Unread(Finding(Place("a.json", 200), "not-json", "It is none."), "{")
    with Rejects(tmp_path) as rejects:
        for row in rows:
            rejects.row("outages", ("id",), row, WRONG, typed=True)
        rejects.unread("outages", ("other",), unread, typed=True)
        rejects.row("machines", ("id", "_file"), ROW, WRONG, typed=False)
    files = files_of([tmp_path], patterns_of("outages"))
    assert len(files) == MOST_SETS + 1
    found = [row for path in files for row in told(path).rows]
    found.sort(key=lambda row: row.place.line if isinstance(row, Row) else row.finding.place.line)
    assert found == [*rows, unread]
    (whole,) = (path for path in files if WHOLE in path.read_text())
    whole.write_text(whole.read_text().replace("{", "", 1))
    assert [row.finding.code for row in told(whole).rows if isinstance(row, Unread)] == ["not-json", "not-json"]


def test_a_row_that_was_filled_in_is_a_row_and_one_that_was_not_is_still_not_read(tmp_path: Path) -> None:
    unread = Unread(Finding(Place("a.csv", 3), "wrong-number-of-cells", "The row has 3 cells, not 2."), "1;2,3")
    with Rejects(tmp_path) as rejects:
        rejects.unread("outages", ("a", "b"), unread, typed=False)
        rejects.unread("outages", ("a", "b"), unread, typed=False)
    path = tmp_path / "outages.rejects.csv"
    text = path.read_text("utf-8-sig").replace(",", ";")  # as a spreadsheet saves it where the comma is taken
    path.write_text(text.replace(';;;"1', ';4;5;"1', 1).replace("has 3 cells; not", "has 3 cells, not"), "utf-8")
    assert told(path).rows == [
        Row(Place("a.csv", 3), {"a": "4", "b": "5"}),
        Unread(unread.finding, "1;2;3"),
    ]


def test_rejects_are_written_while_those_before_are_read(tmp_path: Path) -> None:
    with Rejects(tmp_path) as rejects:
        rejects.row("outages", ("id", "_file"), ROW, WRONG, typed=False)
    with read(tmp_path / "outages.rejects.csv", Shape()) as reading, Rejects(tmp_path) as rejects:
        for row in reading:
            assert isinstance(row, Row)
            rejects.row("outages", reading.columns, row, WRONG, typed=False)
    assert told(tmp_path / "outages.rejects.csv").rows == [ROW]


@pytest.mark.parametrize("shape", [Shape(separator=";", quote="'", encoding="cp1252"), Shape(format="ndjson")])
def test_rejects_may_be_packed_whatever_the_rows_came_from(shape: Shape, tmp_path: Path) -> None:
    row = Row(Place("a.csv", 7), {"id": "é;'\"", "_file": "x"})
    with Rejects(tmp_path) as rejects:
        rejects.row("outages", ("id", "_file"), row, WRONG, typed=False)
    packed = gzip.compress((tmp_path / "outages.rejects.csv").read_bytes())
    assert told_of(tmp_path, "outages.rejects.csv.gz", packed, shape).rows == [row]


def test_no_file_is_written_where_nothing_is_rejected(tmp_path: Path) -> None:
    with Rejects(tmp_path / "rejects"):
        pass
    assert not (tmp_path / "rejects").exists()


def test_a_rejects_file_that_lost_its_columns_or_its_lines_is_told(tmp_path: Path) -> None:
    head = b"_file,_line,_column,_code,_sentence,a,_original\n"
    assert told_of(tmp_path, "a.csv", head + b"a.csv,seven,,c,s,1,\n").findings == [(2, "place-unknown", "_line")]
    with pytest.raises(FileFault, match="wrong-header"):
        read_head(tmp_path, b"_file,_line,_column,_sentence,a\n")


def read_head(folder: Path, head: bytes) -> None:
    path = folder / "b.csv"
    path.write_bytes(head)
    read(path, Shape()).close()
