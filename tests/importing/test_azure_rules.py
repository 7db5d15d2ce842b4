"""What one row of the Azure data comes to by its mapping, on small files made up here."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.importing.accounts import Account, Line
from api.importing.entries import Place
from api.importing.rows import FileFault
from domain.equipment.operation import FailureReported, RepairStarted
from domain.kernel.streams import StreamRef
from tests.importing import azure_files
from tests.importing.azure_files import ERRORS, FAILURES, MACHINES, MAINTENANCE, MAPPING, azure_id, machine_id
from tests.importing.books import Book

MACHINE_2 = StreamRef("equipment", machine_id(2))


def line_of(account: Account, file: str) -> Line:
    """Return what became of the rows of a file."""
    (line,) = (each for each in account.lines() if each.file == file)
    return line


def test_a_failure_that_nobody_repaired_stays_open_until_its_component_is_replaced(book: Book, tmp_path: Path) -> None:
    book.take(MAPPING, azure_files.write(tmp_path))
    after_another = book.ledger.state(MACHINE_2, as_of=datetime(2015, 2, 2, tzinfo=UTC)).state
    assert after_another.faults == {"comp1-failed-and-left"}
    assert book.ledger.state(MACHINE_2).state.faults == frozenset()


def test_a_unit_that_failed_is_the_one_that_sat_there(book: Book, tmp_path: Path) -> None:
    book.take(MAPPING, azure_files.write(tmp_path))
    failures = [fact.fact for fact in book.facts("equipment.failure_reported") if fact.stream.id == machine_id(1)]
    assert [(fact.failure_mode, fact.unit_id) for fact in failures if isinstance(fact, FailureReported)] == [
        ("error1", None),
        ("error3", None),
        ("comp4-failed", azure_id("unit/PDM-001-comp4-001")),
    ]


def test_one_failed_component_makes_the_repair_corrective(book: Book, tmp_path: Path) -> None:
    book.take(MAPPING, azure_files.write(tmp_path))
    repairs = [fact.fact for fact in book.facts("equipment.repair_started") if fact.stream.id == machine_id(1)]
    assert repairs == [RepairStarted(maintenance_type="preventive"), RepairStarted(maintenance_type="corrective")]


def test_a_fact_names_the_row_it_comes_from_and_what_is_made_up_says_so(book: Book, tmp_path: Path) -> None:
    book.take(MAPPING, azure_files.write(tmp_path))
    told = {(each.source.source, each.source.id) for each in book.facts() if each.source}
    assert told >= {
        ("urn:azure-pdm:machines", "1"),
        ("urn:azure-pdm:errors", "1|2015-01-03T07:00:00|error1"),
        ("urn:azure-pdm:failures", "1|2015-01-05T06:00:00|comp4"),
        ("urn:azure-pdm:maint", "1|2015-01-05T06:00:00|comp4"),
        ("urn:azure-pdm:made-up", "1|2015-01-05T06:00:00/start"),
        ("urn:azure-pdm:made-up", "1/commission"),
    }


def test_a_row_that_stands_twice_is_a_repeat(book: Book, tmp_path: Path) -> None:
    twice = [*azure_files.SMALL[MAINTENANCE], azure_files.SMALL[MAINTENANCE][0]]
    account = book.take(MAPPING, azure_files.write(tmp_path, maintenance=twice))
    assert line_of(account, MAINTENANCE) == Line(MAINTENANCE, 6, 5, 1, 0, 0)


def test_a_longer_file_adds_only_what_is_new(book: Book, tmp_path: Path) -> None:
    book.take(MAPPING, azure_files.write(tmp_path))
    longer = [*azure_files.SMALL[ERRORS], "2015-05-05T05:00:00.000000,2,error2"]
    account = book.take(MAPPING, azure_files.write(tmp_path, errors=longer))
    assert account.facts == {"equipment.failure_reported": 1}
    assert account.refused == 0


def test_what_contradicts_the_record_is_refused_with_all_of_its_machine(book: Book, tmp_path: Path) -> None:
    book.take(MAPPING, azure_files.write(tmp_path))
    head = book.log.head().position
    other = ["1,model3,18", "2,model1,7"]
    account = book.take(MAPPING, azure_files.write(tmp_path, machines=other))
    assert line_of(account, MACHINES) == Line(MACHINES, 2, 0, 1, 0, 1)
    assert account.codes == {"already-recorded-differently": 1, "beside-a-wrong-row": 4}
    (found,) = (each for each in account.findings if each.code == "already-recorded-differently")
    assert found.place == Place(MACHINES, 3)
    assert book.log.head().position == head


REFUSED: dict[str, tuple[dict[str, list[str] | None], str, int, str | None, str]] = {
    "another model": ({"machines": ["1,model3,18", "2,model9,7"]}, MACHINES, 3, "model", "no-match"),
    "a negative age": ({"machines": ["1,model3,-1", "2,model4,7"]}, MACHINES, 2, "age", "no-match"),
    "one machine twice": (
        {"machines": ["1,model3,18", "1,model3,17", "2,model4,7"]},
        MACHINES,
        3,
        None,
        "already-recorded-differently",
    ),
    "an unknown machine": ({"errors": ["2015-01-03T07:00:00.000000,3,error1"]}, ERRORS, 2, None, "not-released"),
    "an unknown component": (
        {"failures": ["2015-01-03T07:00:00.000000,1,comp5"]},
        FAILURES,
        2,
        "failure",
        "no-match",
    ),
    "an unknown error": ({"errors": ["2015-01-03T07:00:00.000000,1,oops"]}, ERRORS, 2, "errorID", "no-match"),
    "no such day": ({"errors": ["2015-02-30T07:00:00.000000,1,error1"]}, ERRORS, 2, "datetime", "not-a-moment"),
    "a time before the life": ({"errors": ["1990-02-03T07:00:00.000000,1,error1"]}, ERRORS, 2, None, "not-released"),
    "a time to come": ({"errors": ["2990-02-03T07:00:00.000000,1,error1"]}, ERRORS, 2, None, "occurs-in-the-future"),
}
"""Rows that are wrong by themselves or by the rules; where, and with which code."""


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_row_is_named_by_file_line_column_and_code_and_nothing_of_its_machine_is_recorded(
    case: str, book: Book, tmp_path: Path
) -> None:
    rows, file, line, column, code = REFUSED[case]
    account = book.take(MAPPING, azure_files.write(tmp_path, **rows))
    (found,) = (each for each in account.findings if each.code != "beside-a-wrong-row")
    assert (found.place, found.column, found.code) == (Place(file, line), column, code)
    wrong = machine_id({"another model": 2, "an unknown machine": 3}.get(case, 1))
    assert all(each.stream.id != wrong for each in book.facts())


UNREADABLE: dict[str, tuple[dict[str, list[str] | None], str, int, str]] = {
    "no machines": ({"machines": None}, "machines", 0, "file-missing"),
    "no failures": ({"failures": None}, "failures", 0, "file-missing"),
    "too few fields": ({"machines": ["1,model3"]}, MACHINES, 2, "wrong-number-of-cells"),
    "too many fields": ({"errors": ["2015-01-03T07:00:00.000000,1,error1,x"]}, ERRORS, 2, "wrong-number-of-cells"),
    "no number": ({"machines": ["one,model3,1"]}, MACHINES, 2, "no-match"),
    "an open quote": ({"errors": ['2015-01-03T07:00:00.000000,1,"error1']}, ERRORS, 2, "unclosed-quote"),
}
"""What leaves open which machine a row is about: then something may be missing from any life."""


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_row_of_which_it_is_not_known_what_it_is_about_lets_no_machine_be_recorded(
    case: str, book: Book, tmp_path: Path
) -> None:
    rows, file, line, code = UNREADABLE[case]
    with pytest.raises(FileFault) as refused:
        book.take(MAPPING, azure_files.write(tmp_path, **rows))
    assert (refused.value.finding.place, refused.value.finding.code) == (Place(file, line), code)
    assert book.facts("equipment.released") == []


def test_a_wrong_header_is_named(book: Book, tmp_path: Path) -> None:
    folder = azure_files.write(tmp_path)
    (folder / ERRORS).write_text("when,machineID,errorID\n")
    with pytest.raises(FileFault) as refused:
        book.take(MAPPING, folder)
    assert str(refused.value).startswith(
        "PdM_errors.csv, line 1: column-missing: There is no column datetime (files.errors.columns.at)."
    )
    assert book.log.head().position == 0


def test_what_is_no_text_is_named(book: Book, tmp_path: Path) -> None:
    folder = azure_files.write(tmp_path)
    (folder / ERRORS).write_bytes(b"datetime,machineID,errorID\n2015-01-03T07:00:00,1,\x00\xff\xfe\n")
    with pytest.raises(FileFault) as refused:
        book.take(MAPPING, folder)
    assert refused.value.finding.place.file == ERRORS
    assert book.facts("equipment.released") == []
