"""What was refused, mended and fed back by itself, completes the import: also where all rows of a key are refused."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from api.importing.accounts import Account
from tests.importing import azure_files
from tests.importing.azure_files import MAPPING, machine_id
from tests.importing.books import Book

WRONG: dict[str, tuple[dict[str, list[str]], tuple[str, str]]] = {
    "a cell": (
        {"failures": [*azure_files.SMALL[azure_files.FAILURES][:2], "2015-03-01T06:00:00.000000,2,comp11"]},
        (",comp11,", ",comp1,"),
    ),
    "a rule": (
        {"errors": [azure_files.SMALL[azure_files.ERRORS][0], "2990-01-05T06:00:00.000000,1,error3"]},
        (",2990-", ",2015-"),
    ),
    "a model": ({"machines": ["1,model3,18", "2,model44,7"]}, (",model44,", ",model4,")),
    "twice": (
        {
            "errors": [*azure_files.SMALL[azure_files.ERRORS], azure_files.SMALL[azure_files.ERRORS][0]],
            "machines": ["1,model33,18", "2,model4,7"],
        },
        (",model33,", ",model3,"),
    ),
}
"""Rows of which one is wrong, and how it is mended."""


def known(book: Book) -> list[object]:
    """Return all that is on record but for the order in which it came there."""
    facts = [(str(each.stream), each.occurred_at, each.source, each.fact) for each in book.facts()]
    return sorted(facts, key=repr)


def mend(folder: Path, wrong: str, right: str) -> None:
    """Do what a user does in an editor."""
    texts = {path: path.read_text() for path in folder.iterdir()}
    assert sum(text.count(wrong) for text in texts.values()) == 1
    for path, text in texts.items():
        path.write_text(text.replace(wrong, right))


@pytest.mark.parametrize("case", WRONG)
def test_feeding_only_the_mended_rejects_back_completes_the_import(
    case: str, new_book: Callable[[], Book], tmp_path: Path
) -> None:
    whole, book = new_book(), new_book()
    whole.take(MAPPING, azure_files.write(tmp_path / "right"))
    rows, mended = WRONG[case]
    rejects = tmp_path / "rejects"
    first = book.take(MAPPING, azure_files.write(tmp_path / "wrong", **rows), rejects=rejects)
    wrong = machine_id(1 if case in {"a rule", "twice"} else 2)
    assert (first.refused > 1, [each for each in book.facts() if each.stream.id == wrong]) == (True, [])
    mend(rejects, *mended)
    again = book.take(MAPPING, rejects, rejects=tmp_path / "others")
    assert (again.findings, (tmp_path / "others").exists()) == ([], False)
    assert known(book) == known(whole)


def test_rejects_that_are_still_wrong_take_the_place_of_the_former_ones(book: Book, tmp_path: Path) -> None:
    rows = {"machines": ["1,model33,18", "2,model44,7"]}
    rejects = tmp_path / "rejects"
    first = book.take(MAPPING, azure_files.write(tmp_path / "wrong", **rows), rejects=rejects)
    mend(rejects, ",model33,", ",model3,")
    second = book.take(MAPPING, rejects, rejects=rejects)
    assert lines(second)[azure_files.MACHINES] == (2, 1, 1)
    mend(rejects, ",model44,", ",model4,")
    third = book.take(MAPPING, rejects, rejects=rejects)
    assert (first.refused > second.refused > 0, third.refused) == (True, 0)
    head = book.log.head().position
    shutil.rmtree(rejects)
    book.take(MAPPING, azure_files.write(tmp_path / "right"))
    assert book.log.head().position == head


def lines(account: Account) -> dict[str, tuple[int, int, int]]:
    """Return of each file its rows, those that are recorded, and those that are refused."""
    return {line.file: (line.rows, line.recorded, line.refused) for line in account.lines()}
