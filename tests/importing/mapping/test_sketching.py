"""Sketches: whatever the file, what comes out is a mapping that reads it."""

import csv
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing.guessing import name_of
from api.importing.mapping import Column, Mapping
from api.importing.mapping_files import kindred_of, mapping_schema
from api.importing.readers import read
from api.importing.rows import Row
from api.importing.sketching import sketch
from api.importing.sources import Source
from api.importing.understood import Understood


def sketched(path: Path) -> Mapping:
    """Return the sketch of a file, understood."""
    mapping = msgspec.convert(tomllib.loads(sketch([path])), Mapping)
    Understood(mapping, kindred_of, lambda _maker, _serial: None)
    return mapping


def columns(path: Path) -> dict[str, Column]:
    """Return the columns that are guessed, by their names in the file."""
    (file,) = sketched(path).files.values()
    return {column.from_ or name: column for name, column in file.columns.items()}


def written(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    """Return a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(str),
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)).map(str),  # noqa: DTZ001  as files have them
    st.sampled_from(["", "NULL", "n/a", "yes", "no", "5-Apr", "01.02.2026", "1.234,5", "=1+1", "007"]),
)
HEADERS = st.lists(
    st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8),
    min_size=2,
    max_size=5,
    unique=True,
)


@given(st.data())
def test_a_sketch_is_a_mapping_that_reads_every_row_it_was_made_from(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    header = data.draw(HEADERS)
    lists = st.lists(CELLS, min_size=len(header), max_size=len(header)).filter(any)
    rows = data.draw(st.lists(lists, min_size=1, max_size=6))
    path = written(tmp_path_factory.mktemp("sketch") / "Daten ä.csv", header, rows)
    mapping = sketched(path)
    (file,) = mapping.files.values()
    source = Source(next(iter(mapping.files)), file, mapping)
    with read(path, file) as reading:
        for row in reading:
            if isinstance(row, Row):
                source.told(row)


@pytest.mark.parametrize(
    ("cells", "guessed"),
    [
        (["1", "22", "-3"], {"type": "integer"}),
        (["1.5", "22"], {"type": "number", "decimal": "."}),
        (["1.234,5", "22,0"], {"type": "number", "decimal": ",", "group": "."}),
        (["1 234,5", "22,0"], {"type": "number", "decimal": ",", "group": " "}),
        (["007", "012"], {"type": "text"}),
        (["yes", "No"], {"type": "boolean"}),
        (["2026-01-01T10:00:00+03:00"], {"type": "moment"}),
        (["31.12.2025 23:59", "01.01.2026 00:00"], {"type": "moment", "formats": ["%d.%m.%Y %H:%M"]}),
        (["12/31/2025", "01/01/2026"], {"type": "date", "formats": ["%m/%d/%Y"]}),
        (["a", "NULL", "b"], {"type": "text", "empty": ["NULL"], "required": False}),
    ],
)
def test_what_is_guessed_of_a_column(tmp_path: Path, cells: list[str], guessed: dict[str, Any]) -> None:
    path = written(tmp_path / "x.csv", ["what", "other"], [[cell, "x"] for cell in cells])
    column = columns(path)["what"]
    assert {name: getattr(column, name) for name in guessed} == guessed


def test_a_sketch_is_as_the_published_schema_has_it(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", ["machine", "when", "hours"], [["1", "2026-01-01T10:00:00Z", "5.5"]])
    jsonschema.validate(tomllib.loads(sketch([path])), mapping_schema())


def test_what_is_doubtful_is_said(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", ["day", "hours"], [["01/02/2026", "1,234"], ["03/04/2026", "2,345"]])
    text = sketch([path])
    assert "may as well be written as %m/%d/%Y" in text
    assert "may group them, or begin the fraction" in text


def test_a_slip_among_dates_is_told(tmp_path: Path) -> None:
    days = [["03.04.2021"], ["07.05.2021"], ["31.06.2021"]]
    path = written(tmp_path / "x.csv", ["built", "name"], [[*day, "x"] for day in days])
    assert columns(path)["built"].type == "text"
    assert "guess: kept as text: 2 of 3 are of the type date as %d.%m.%Y, not 31.06.2021" in sketch([path])
    assert "kept as text" not in sketch([written(tmp_path / "y.csv", ["a", "b"], [["x", "1"], ["y", "2"], ["3", "3"]])])


def test_what_names_items_is_their_serial_number_too(tmp_path: Path) -> None:
    path = written(tmp_path / "machines.csv", ["Asset No", "Model"], [["P-1", "PX40"], ["P-2", "PX40"]])
    text = sketch([path])
    assert 'equipment_id = { id = "equipment/{asset_no}" }' in text
    assert 'serial = "{asset_no}"' in text


def test_files_with_the_same_columns_are_one_kind_of_file(tmp_path: Path) -> None:
    paths = [written(tmp_path / name, ["machine", "failure"], [["1", "x"]]) for name in ("a.csv", "b.csv")]
    mapping = msgspec.convert(tomllib.loads(sketch(paths)), Mapping)
    (file,) = mapping.files.values()
    assert file.path == ["a.csv", "b.csv"]


@given(st.lists(st.text(max_size=10), max_size=6))
def test_names_are_names_and_each_is_another(texts: list[str]) -> None:
    taken: set[str] = set()
    names = [name_of(text, taken) for text in texts]
    assert len({*names}) == len(texts)
    assert all(name.isascii() and name[0].isalpha() and name == name.lower() for name in names)


def test_columns_that_are_called_as_types_are_get_names_that_expressions_may_say(tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", ["type", "at"], [["pump", "2026-01-01T00:00:00Z"]])
    (name,) = sketched(path).files
    assert (name, list(sketched(path).files[name].columns)) == ("list_2", ["type_2", "at"])
