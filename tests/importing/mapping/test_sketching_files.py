"""Sketches of files whose rows are not where they are looked for first, and of files that have none."""

import bz2
import json
import lzma
import random
import sqlite3
import sys
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.importing.headers import is_data
from api.importing.mapping import File
from api.importing.readers import read
from api.importing.rows import FileFault, Row
from api.importing.sketching import sketch
from api.importing.sources import Source
from tests.importing.mapping.test_sketching import sketched, written


def rows_read(path: Path) -> tuple[File, int, int]:
    """Return what a sketch says of a file, and how many rows are read by it, each to its last cell, and are not."""
    mapping = sketched(path)
    ((name, file),) = mapping.files.items()
    source, told, unread = Source(name, file, mapping), 0, 0
    with read(path, file) as reading:
        for row in reading:
            if isinstance(row, Row):
                source.told(row)
                told += 1
            else:
                unread += 1
    return file, told, unread


MEMBERS = st.lists(st.fixed_dictionaries({"serial": st.text(max_size=5), "hours": st.integers(0, 99)}), min_size=1)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="."), min_size=1, max_size=5)
OTHER = st.one_of(
    st.none(), st.text(max_size=5), st.lists(st.integers(), max_size=3), st.dictionaries(NAMES, st.text())
)


@given(rows=MEMBERS, path=st.lists(NAMES, max_size=4), around=st.lists(st.dictionaries(NAMES, OTHER, max_size=3)))
def test_the_list_in_a_document_is_found_wherever_it_stands(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], path: list[str], around: list[dict[str, Any]]
) -> None:
    document: Any = rows
    for name, beside in zip(reversed(path), [*around, *({} for _ in path)], strict=False):
        before = {each: value for each, value in beside.items() if each != name}
        document = before | {name: document} | {f"{each}.": value for each, value in before.items()}
    file = tmp_path_factory.mktemp("json") / "readings.json"
    file.write_text(json.dumps(document, ensure_ascii=False))
    found, told, unread = rows_read(file)
    assert ((found.members or ""), told, unread) == (".".join(path), len(rows), 0)


def test_of_several_lists_the_longest_is_taken_and_the_others_are_told(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"columns": [{"n": 1}], "data": {"rows": [{"a": 1}, {"a": 2}]}, "scalars": [1, 2, 3]}')
    assert rows_read(file)[0].members == "data.rows"
    assert "# guess: the longest list; others are columns (1)\n" in sketch([file])
    file.write_text('{"a.b": [{"n": 1}, {"n": 2}], "rows": [{"n": 3}]}')  # `members` cannot name the first
    assert rows_read(file)[0].members == "rows"


@pytest.mark.parametrize("document", ["{}", '{"a": 1, "b": []}', '{"a": [1, 2]}', "7", '{"a": {"b": [[]]}}'])
def test_a_document_without_a_list_of_objects_is_told(tmp_path: Path, document: str) -> None:
    (tmp_path / "x.json").write_text(document)
    with pytest.raises(FileFault, match="no-list"):
        sketch([tmp_path / "x.json"])


CELLS = st.tuples(
    st.integers(0, 9_999).map("PX-{:04}".format),
    st.datetimes().map(lambda at: at.isoformat(" ", "seconds")),
    st.decimals(0, 9_999, places=2).map(str),
    st.sampled_from(["ok", "worn", ""]),
)


@given(rows=st.lists(CELLS.map(list), min_size=1, max_size=6), header=st.booleans())
def test_a_first_row_that_is_one_like_all_others_is_read_as_one(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], *, header: bool
) -> None:
    path = tmp_path_factory.mktemp("sketch") / "readings.csv"
    names = [["serial", "read", "hours", "state"]] if header else []
    written(path, names[0] if header else rows[0], rows if header else rows[1:])
    file, told, unread = rows_read(path)
    assert (file.header, told, unread) == (header, len(rows), 0)
    assert ("the first row looks like those below it" in sketch([path])) is not header


def test_a_sheet_without_a_header_is_known_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["PX-1", 4.5], ["PX-2", 5], ["PX-3", 6]):
        book.active.append(row)
    book.save(tmp_path / "readings.xlsx")
    file, told, unread = rows_read(tmp_path / "readings.xlsx")
    assert (file.header, told, unread) == (False, 3, 0)


@pytest.mark.parametrize(
    ("first", "others", "found"),
    [
        (["PX-1", "x"], [["PX-2", "y"]], True),
        (["serial", "x"], [["PX-2", "y"]], False),
        (["name", "x"], [["Ada", "y"]], False),
        (["item", "2020", "2021"], [["pump", "5", "7"], ["press", "1", "2"]], False),
        (["pump", "7", "5"], [["press", "5", "7"]], True),
        (["pump", "", "5"], [["press", "5", "7"]], True),
        (["pump", "5"], [], True),
        (["pump", "state"], [], False),
        (["01.02.2026", "off"], [["03.02.2026", "on"]], True),
        (["5", "hours"], [["7", "9"]], False),
        (["5", "serial"], [["7", "PX-9"]], False),
    ],
)
def test_what_looks_like_data(first: list[str], others: list[list[str]], *, found: bool) -> None:
    assert is_data(first, others) is found


def binaries(folder: Path) -> dict[str, Path]:
    """Return files without rows, by what they are called."""
    made = {
        "PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "JPEG": b"\xff\xd8\xff\xe0\0\x10JFIF",
        "PDF": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\n",
        "xz": lzma.compress(b"a,b\n1,2\n"),
        "bzip2": bz2.compress(random.Random(1).randbytes(5_000)),
        "no text": random.Random(2).randbytes(20_000),
        "MP3": b"ID3\x04\0\0",
        "control characters": b"a\x01,b\x02\n1\x03,2\n",
        "No row of it can be read": b"a,b\n1,2,3\n",
        "film": b"\0\0\0\x18ftypmp42",
    }
    paths = {name: folder / f"{name}.csv" for name in made}
    for name, path in paths.items():
        path.write_bytes(made[name])
    paths |= {
        "SQLite": folder / "lite.db",
        "Parquet": folder / "x.parquet",
        "a program": Path(sys.executable).resolve(),
    }
    with closing(sqlite3.connect(paths["SQLite"])) as file:
        file.execute("CREATE TABLE a (b)")
        file.commit()
    pq.write_table(pa.table({"a": [1]}), paths["Parquet"])
    return paths


def test_a_file_without_rows_is_refused_by_what_it_is(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for name, path in binaries(tmp_path).items():
        with subtests.test(name):
            with pytest.raises(FileFault) as told:
                sketch([path])
            assert (told.value.finding.code, name in told.value.finding.sentence) == ("no-rows", True), told.value


@example(b"a,b\n1,2,3\n4,5,6\n")
@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
def test_whatever_a_file_holds_a_sketch_reads_its_rows_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.csv"
    path.write_bytes(data)
    try:
        text = sketch([path])
    except FileFault:
        return
    _, told, unread = rows_read(path)
    assert not any(ord(letter) < 9 for letter in text)
    assert told or not unread
    assert (f"# {unread} of the rows" in text) == bool(unread)


def test_a_file_without_rows_beside_others_is_left_out_and_told(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", ["serial", "hours"], [["PX-1", "5"]])
    (tmp_path / "manual.csv").write_bytes(b"%PDF-1.7\n")
    text = sketch([tmp_path])
    assert "# left out: manual.csv: no-rows: It is a document (PDF); " in text
    assert 'path = ["a.csv"]' in text


def test_files_of_the_same_columns_that_are_written_otherwise_are_two_kinds(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", ["serial", "hours"], [["PX-1", "5"]])
    (tmp_path / "b.csv").write_text("serial;hours\nPX-2;7\n")
    text = sketch([tmp_path])
    assert 'path = ["a.csv"]' in text
    assert 'path = ["b.csv"]\nseparator = ";"' in text


def test_what_stands_inside_objects_are_columns_and_lists_stay_whole(tmp_path: Path) -> None:
    rows = [
        {
            "order": {"no": n, "item": {"serial": f"S{n}"}},
            "tags": ["a"],
            "mixed": {"a": 1} if n else "b",
            "at": {"x.y": 1},
            "p.q": {"r": 1},
        }
        for n in range(2)
    ]
    (tmp_path / "orders.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (file,) = tomllib.loads(sketch([tmp_path / "orders.ndjson"]))["files"].values()
    found = {name: column.get("from", name) for name, column in file["columns"].items()}
    inner = {"order_no": "order.no", "order_item_serial": "order.item.serial"}
    assert found == {**inner, "tags": "tags", "mixed": "mixed", "at": "at", "p_q": "p.q"}
