"""What one row comes to, on small files made up here."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.importing.accounts import Line
from api.importing.azure_import import NotImported
from api.importing.azure_pdm import azure_id, machine_id
from api.importing.azure_tables import ERRORS, FAILURES, MACHINES, MAINTENANCE
from domain.equipment.operation import FailureReported, RepairStarted
from domain.kernel.streams import StreamRef
from tests.importing import azure_files
from tests.importing.books import Book

MACHINE_2 = StreamRef("equipment", machine_id(2))


def test_a_failure_that_nobody_repaired_stays_open_until_its_component_is_replaced(book: Book, tmp_path: Path) -> None:
    book.take(azure_files.write(tmp_path))
    after_another = book.ledger.state(MACHINE_2, as_of=datetime(2015, 2, 2, tzinfo=UTC)).state
    assert after_another.faults == {"comp1-failed-and-left"}
    assert book.ledger.state(MACHINE_2).state.faults == frozenset()


def test_a_unit_that_failed_is_the_one_that_sat_there(book: Book, tmp_path: Path) -> None:
    book.take(azure_files.write(tmp_path))
    failures = [fact.fact for fact in book.facts("equipment.failure_reported") if fact.stream.id == machine_id(1)]
    assert [(fact.failure_mode, fact.unit_id) for fact in failures if isinstance(fact, FailureReported)] == [
        ("error1", None),
        ("error3", None),
        ("comp4-failed", azure_id("unit/PDM-001-comp4-001")),
    ]


def test_one_failed_component_makes_the_repair_corrective(book: Book, tmp_path: Path) -> None:
    book.take(azure_files.write(tmp_path))
    repairs = [fact.fact for fact in book.facts("equipment.repair_started") if fact.stream.id == machine_id(1)]
    assert repairs == [RepairStarted(maintenance_type="preventive"), RepairStarted(maintenance_type="corrective")]


def test_a_row_that_stands_twice_is_a_repeat(book: Book, tmp_path: Path) -> None:
    twice = [*azure_files.SMALL[MAINTENANCE], azure_files.SMALL[MAINTENANCE][0]]
    account = book.take(azure_files.write(tmp_path, maintenance=twice))
    assert account.lines()[2] == Line(MAINTENANCE, 6, 5, 1, 0)
    assert all(line.adds_up for line in account.lines())


def test_a_longer_file_adds_only_what_is_new(book: Book, tmp_path: Path) -> None:
    book.take(azure_files.write(tmp_path))
    longer = [*azure_files.SMALL[ERRORS], "2015-05-05T05:00:00.000000,2,error2"]
    account = book.take(azure_files.write(tmp_path, errors=longer))
    assert (account.facts, account.lines()[3]) == (1, Line(ERRORS, 3, 1, 2, 0))


def test_what_contradicts_the_record_is_refused_row_by_row(book: Book, tmp_path: Path) -> None:
    book.take(azure_files.write(tmp_path))
    head = book.log.head().position
    other = ["1,model3,18", "2,model1,7"]
    account = book.take(azure_files.write(tmp_path, machines=other))
    assert account.lines()[0] == Line(MACHINES, 2, 0, 1, 1)
    assert [(str(each.place.line), each.code) for each in account.findings] == [("3", "already-recorded-differently")]
    assert book.log.head().position == head


BAD: dict[str, tuple[dict[str, list[str] | None], str, int, str]] = {
    "no machines": ({"machines": None}, MACHINES, 0, "file-missing"),
    "no failures": ({"failures": None}, FAILURES, 0, "file-missing"),
    "too few fields": ({"machines": ["1,model3"]}, MACHINES, 2, "wrong-number-of-fields"),
    "too many fields": ({"errors": ["2015-01-03T07:00:00.000000,1,error1,x"]}, ERRORS, 2, "wrong-number-of-fields"),
    "another model": ({"machines": ["1,model3,18", "2,model9,7"]}, MACHINES, 3, "unknown-model"),
    "a negative age": ({"machines": ["1,model3,-1"]}, MACHINES, 2, "not-an-age"),
    "no number": ({"machines": ["one,model3,1"]}, MACHINES, 2, "not-a-machine"),
    "one machine twice": ({"machines": ["1,model3,1", "1,model3,2"]}, MACHINES, 3, "machine-twice"),
    "an unknown machine": ({"errors": ["2015-01-03T07:00:00.000000,3,error1"]}, ERRORS, 2, "unknown-machine"),
    "an unknown component": ({"failures": ["2015-01-03T07:00:00.000000,1,comp5"]}, FAILURES, 2, "unknown-component"),
    "an unknown error": ({"errors": ["2015-01-03T07:00:00.000000,1,oops"]}, ERRORS, 2, "unknown-error"),
    "no such day": ({"errors": ["2015-02-30T07:00:00.000000,1,error1"]}, ERRORS, 2, "not-a-time"),
    "a time before the life": ({"errors": ["1990-02-03T07:00:00.000000,1,error1"]}, ERRORS, 2, "not-released"),
    "a time to come": ({"errors": ["2990-02-03T07:00:00.000000,1,error1"]}, ERRORS, 2, "occurs-in-the-future"),
    "an open quote": ({"errors": ['2015-01-03T07:00:00.000000,1,"error1']}, ERRORS, 0, "not-csv"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_by_file_line_and_code_and_nothing_is_recorded(
    case: str, book: Book, tmp_path: Path
) -> None:
    rows, file, line, code = BAD[case]
    with pytest.raises(NotImported) as refused:
        book.take(azure_files.write(tmp_path, **rows))
    assert [(each.place.file, each.place.line, each.code) for each in refused.value.findings] == [(file, line, code)]
    assert book.log.head().position == 0


def test_a_wrong_header_is_named(book: Book, tmp_path: Path) -> None:
    folder = azure_files.write(tmp_path)
    (folder / ERRORS).write_text("when,machineID,errorID\n")
    with pytest.raises(NotImported) as refused:
        book.take(folder)
    assert str(refused.value.findings[0]).startswith("PdM_errors.csv: wrong-header: The first line is not datetime,")


def test_what_is_no_text_is_named(book: Book, tmp_path: Path) -> None:
    folder = azure_files.write(tmp_path)
    (folder / ERRORS).write_bytes(b"datetime,machineID,errorID\n\xff\xfe\n")
    with pytest.raises(NotImported) as refused:
        book.take(folder)
    assert refused.value.findings[0].code == "not-utf-8"
