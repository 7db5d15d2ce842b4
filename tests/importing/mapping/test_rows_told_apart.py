"""Rows are told apart by all that they say, and by where they stand."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importing.mapping.files_on_disk import become, written
from tests.importing.mapping.plans import FileFault, told, units

COMPANIES = """
format = 1
source = "urn:test"
[files.companies]
path = ["*.csv"]
key = "all"
columns.number = { required = true, type = "text" }
columns.name = {}
[[records]]
name = "company"
from = "companies"
command = "organisation.register"
at = "2000-01-01T00:00:00Z"
id = "{number}"
fields = { organisation_id = { id = "{number}" }, name = "{name}" }
"""
UNIQUE = COMPANIES.replace('key = "all"', 'key = "all"\nunique = ["number"]')
PER = COMPANIES.replace('from = "companies"', 'from = "companies"\nper = ["number"]')
ONE_DOUBLE = ["89490200001234567890", "89490200001234567891", "89490200001234567892"]
"""Serial numbers of SIM cards that are one and the same as doubles."""


def test_two_files_of_one_name_are_refused_before_the_first_row(tmp_path: Path) -> None:
    folders = written(tmp_path, {"north/list.csv": "number,name\n1,One\n", "south/list.csv": "number,name\n2,Two\n"})
    with pytest.raises(
        FileFault, match=r"list\.csv: file-name-twice: Two files have this name, in .*north and .*south"
    ):
        become(COMPANIES, *folders)
    assert told(become(COMPANIES, folders[0], folders[0] / "list.csv").units) == [[("company", "1")]]


def test_rows_of_two_members_of_one_name_do_not_mix(tmp_path: Path) -> None:
    """As rejects may hold them, or an archive that somebody put together."""
    rejects = "_file,_line,_column,_code,_sentence,number,name,_original\n"
    lines = [f"list.csv,2,,x,x,{number},{name},\n" for number, name in (("1", "One"), ("2", "Two"), ("1", "Eins"))]
    (tmp_path / "companies.rejects.csv").write_text(rejects + "".join(lines))
    text = PER.replace('name = "{name}"', "name = { cel = \"these.map(t, t.number + ':' + t.name).join(' ')\" }")
    (unit,) = become(text, tmp_path).units
    assert [getattr(entry.command, "name", None) for entry in unit] == ["1:One 1:Eins", "2:Two"]


@pytest.mark.parametrize("kind", ["integer", "number"])
def test_numbers_that_are_one_double_are_not_the_same(kind: str) -> None:
    rows = {"companies": [{"number": number, "name": number} for number in ONE_DOUBLE]}
    for text in (UNIQUE, PER):
        found, heard = units(text.replace('type = "text"', f'type = "{kind}"'), rows)
        assert (told(found), heard.lines) == ([[("company", number) for number in ONE_DOUBLE]], [])


@given(
    number=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6),
    zeros=st.integers(0, 5),
)
def test_a_number_is_the_same_however_it_is_written(number: Decimal, zeros: int) -> None:
    rows: Any = [{"number": f"{number:f}", "name": "a"}, {"number": f"{number:f}{'0' * zeros}", "name": "b"}]
    found, heard = units(UNIQUE.replace('type = "text"', 'type = "number"'), {"companies": rows})
    assert (len(found), heard.lines) == (1, [("repeats", "companies", 3)])


def test_a_moment_is_the_same_at_any_offset() -> None:
    there = datetime(2026, 3, 29, 1, 30, tzinfo=UTC).isoformat()
    rows = [{"number": there, "name": "a"}, {"number": "2026-03-29T03:30:00+02:00", "name": "b"}]
    found, heard = units(UNIQUE.replace('type = "text"', 'type = "moment"'), {"companies": rows})
    assert (len(found), heard.lines) == (1, [("repeats", "companies", 3)])


def test_a_list_is_the_same_if_all_members_are() -> None:
    text = UNIQUE.replace('type = "text"', 'split = ","').replace('id = "{number}"', 'id = "{line}"', 1)
    rows = [{"number": number, "name": "a"} for number in ("1,2", "1, 2", "12")]
    _, heard = units(text, {"companies": rows})
    assert heard.lines == [("repeats", "companies", 3)]


def test_a_name_of_a_file_that_is_no_text_is_written_out(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"M\xfcller.csv")).write_text("number,name\n1,One\n")
    text = COMPANIES.replace('id = "{number}"', 'id = "{file}|{line}"', 1).replace(
        'key = "all"', "when = \"file != ''\""
    )
    found = become(text, tmp_path)
    assert told(found.units) == [[("company", r"M\xfcller.csv|2")]]
    assert [uuid5(UUID(int=0), entry.source.id).version for unit in found.units for entry in unit] == [5]
    assert [line.file for line in found.account.lines()] == [r"M\xfcller.csv"]
