"""Sheets of one workbook: each row is known by its sheet, wherever it is told of."""

import csv
from pathlib import Path

import openpyxl
import pytest

from api.importing.rejects import Rejects
from tests.importing.mapping.files_on_disk import Become, become
from tests.importing.mapping.plans import FileFault
from tests.importing.workbooks import BOTH, HEAD, SINCE, reads, workbook


def ids(found: Become) -> dict[str, str]:
    """Return the ids of entries, by the names that the rows tell."""
    return {entry.command.name: entry.source.id for unit in found.units for entry in unit}  # type: ignore[attr-defined]


def test_rows_of_two_sheets_have_ids_of_their_own_and_those_of_the_first_are_as_ever(tmp_path: Path) -> None:
    both = workbook(tmp_path, {"Notes": [], "Makers": ["One", "Two"], "Buyers": ["Three"]})
    other = workbook(tmp_path, {"Buyers": ["Four"]}, "v.xlsx")
    known = {"One": "w.xlsx|2", "Two": "w.xlsx|3", "Three": "w.xlsx:Buyers|2"}
    assert ids(become(BOTH, both)) == known
    # In the other workbook only one sheet is read: its ids were unlike all others before.
    assert ids(become(BOTH, both, other)) == known | {"Four": "v.xlsx|2"}


@pytest.mark.parametrize(
    "mapping",
    [
        HEAD + reads("buyers", "Buyers"),
        HEAD
        + reads("makers", "Makers").replace('id = "{file}|{line}"\n', 'id = "m|{file}|{line}"\n')
        + reads("b", "Buyers"),
        HEAD + reads("makers", "Makers").replace("\nat =", '\nsource = "urn:other"\nat =') + reads("buyers", "Buyers"),
        HEAD + reads("makers", "Makers", "m.xlsx") + reads("buyers", "Buyers"),
    ],
    ids=["one sheet", "ids told apart", "sources told apart", "files told apart"],
)
def test_ids_that_were_told_apart_before_are_as_they_were(mapping: str, tmp_path: Path) -> None:
    workbook(tmp_path, {"Makers": ["One"]}, "m.xlsx")
    workbook(tmp_path, {"Makers": ["One"], "Buyers": ["Three"]})
    assert ids(become(mapping, tmp_path))["Three"] == "w.xlsx|2"


def test_what_is_wrong_with_a_row_is_told_with_its_sheet_and_comes_back_with_it(tmp_path: Path) -> None:
    book = workbook(tmp_path, {"Makers": ["One", ""], "Buyers": ["Three", ""]})
    folder = tmp_path / "rejects"
    with Rejects(folder) as rejects:
        account = become(BOTH, book, rejects=rejects).account
    assert list(map(str, account.findings)) == [
        f"w.xlsx, sheet {sheet}, line 3, column name: empty-cell: name is empty." for sheet in ("Makers", "Buyers")
    ]
    assert [(line.file, line.rows, line.refused) for line in account.lines()] == [
        ("w.xlsx:Makers", 2, 1),
        ("w.xlsx:Buyers", 2, 1),
    ]
    for path in folder.iterdir():
        (row,) = csv.DictReader(path.read_text("utf-8-sig").splitlines())
        assert (row["_file"], row["_line"], row["_sheet"].lower()) == ("w.xlsx", "3", path.name.split(".")[0])
        path.write_text(path.read_text().replace(f",null,{SINCE}", f",Mended {row['_sheet']},{SINCE}"))
    found = become(BOTH, folder)
    assert ids(found) == {"Mended Makers": "w.xlsx|3", "Mended Buyers": "w.xlsx:Buyers|3"}
    assert [line.file for line in found.account.lines()] == ["w.xlsx:Makers", "w.xlsx:Buyers"]


def test_rejects_of_a_workbook_that_say_no_sheet_are_read_as_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "rejects"
    folder.mkdir()
    cells = f"w.xlsx,3,name,empty-cell,name is empty.,yes,Mended,{SINCE},"
    (folder / "buyers.rejects.csv").write_text(
        f"_file,_line,_column,_code,_sentence,_json,name,since,_original\n{cells}\n"
    )
    assert ids(become(HEAD + reads("buyers", "Buyers"), folder)) == {"Mended": "w.xlsx|3"}


def test_a_fault_of_a_sheet_is_told_with_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Makers"
    book.active.append(["name", "name"])
    book.save(tmp_path / "w.xlsx")
    with pytest.raises(FileFault, match=r"w\.xlsx, sheet Makers, line 1, column name: column-twice"):
        become(HEAD + reads("makers", "Makers"), tmp_path)
    other = HEAD + reads("makers", "Makers").replace("{since}", "{til}").replace("columns.since", "columns.til")
    workbook(tmp_path, {"Makers": []})
    with pytest.raises(FileFault, match=r"w\.xlsx, sheet Makers, line 1: column-missing: There is no column til "):
        become(other, tmp_path)
