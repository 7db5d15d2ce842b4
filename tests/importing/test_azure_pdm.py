"""The whole of the Azure data becomes facts, once."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from api.importing.accounts import Account, Line
from domain.equipment.life import Released
from domain.equipment.operation import FailureReported, RepairCompleted, RepairStarted
from domain.equipment.structure import UnitRemoved
from domain.equipment.terms import Stage
from domain.kernel.facts import fact_type
from domain.kernel.json_schema import written
from domain.kernel.streams import StreamRef
from tests.importing.azure_files import DATA, ERRORS, FAILURES, MACHINES, MAINTENANCE, MAPPING, azure_id, machine_id
from tests.importing.books import Book

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the Azure data is not at {DATA}; set AFTERCARE_DATA")


class Imported(NamedTuple):
    book: Book
    first: Account
    head: int
    second: Account


@pytest.fixture(scope="module")
def imported(new_book: Callable[[], Book]) -> Imported:
    book = new_book()
    first = book.take(MAPPING, DATA)
    head = book.log.head().position
    return Imported(book, first, head, book.take(MAPPING, DATA))


def test_every_row_becomes_facts(imported: Imported) -> None:
    assert imported.first.lines() == [
        Line(MACHINES, 100, 100, 0, 0, 0),
        Line(ERRORS, 3_919, 3_919, 0, 0, 0),
        Line(FAILURES, 761, 761, 0, 0, 0),
        Line(MAINTENANCE, 3_286, 3_286, 0, 0, 0),
    ]
    assert imported.first.findings == []
    assert imported.first.facts.total() == imported.head == 39_134


def test_a_second_run_records_nothing(imported: Imported) -> None:
    assert imported.book.log.head().position == imported.head
    assert imported.second.facts.total() == 0
    assert imported.second.total() == Line("all files", 8_066, 0, 8_066, 0, 0)


def test_failures_are_critical_and_errors_incipient(imported: Imported) -> None:
    reported = [fact.fact for fact in imported.book.facts("equipment.failure_reported")]
    impacts = Counter(fact.impact for fact in reported if isinstance(fact, FailureReported))
    assert impacts == {"critical": 761, "incipient": 3_919}
    assert all(fact.unit_id for fact in reported if isinstance(fact, FailureReported) and fact.impact == "critical")


def test_a_replacement_is_corrective_where_the_component_failed(imported: Imported) -> None:
    removed = [fact.fact for fact in imported.book.facts("equipment.unit_removed")]
    kinds = Counter(fact.maintenance_type for fact in removed if isinstance(fact, UnitRemoved))
    assert kinds == {"corrective": 743, "preventive": 2_543}


def test_there_is_one_repair_for_each_machine_and_moment(imported: Imported) -> None:
    started = imported.book.facts("equipment.repair_started")
    kinds = Counter(fact.fact.maintenance_type for fact in started if isinstance(fact.fact, RepairStarted))
    assert kinds == {"corrective": 702, "preventive": 1_826}
    assert len({(fact.stream, fact.occurred_at) for fact in started}) == 2_528
    assert len(imported.book.facts("equipment.repair_completed")) == 2_528


def test_a_hundred_machines_are_in_service_with_four_units_each(imported: Imported) -> None:
    items = [imported.book.ledger.state(StreamRef("equipment", machine_id(number))).state for number in range(1, 101)]
    assert {(item.stage, item.operator_id, item.manufacturer_id) for item in items} == {
        (Stage.IN_SERVICE, azure_id("organisation/operator"), azure_id("organisation/maker"))
    }
    assert {len(item.units) for item in items} == {4}
    assert {item.repair for item in items} == {None}
    assert {item.faults for item in items} == {frozenset()}


def test_every_component_ever_fitted_is_an_item_with_a_serial_of_its_own(imported: Imported) -> None:
    released = [fact.fact for fact in imported.book.facts("equipment.released")]
    serials = [fact.serial for fact in released if isinstance(fact, Released)]
    assert len(serials) == len(set(serials)) == 100 + 400 + 3_286


def test_machine_1_is_as_old_as_the_file_says(imported: Imported) -> None:
    item = imported.book.ledger.state(StreamRef("equipment", machine_id(1))).state
    assert (item.serial, item.commissioned_at.year, item.model_id) == ("PDM-001", 2014 - 18, azure_id("model/model3"))


def test_machine_1_has_the_units_of_its_last_replacements(imported: Imported) -> None:
    rows = [line.split(",") for line in (DATA / MAINTENANCE).read_text().splitlines()[1:]]
    changes = Counter(component for _, machine, component in rows if machine == "1")
    item = imported.book.ledger.state(StreamRef("equipment", machine_id(1))).state
    assert item.units == tuple(
        (slot, azure_id(f"unit/PDM-001-{slot}-{1 + changes[slot]:03}")) for slot in sorted(changes)
    )


def test_eighteen_failures_are_left_until_their_component_is_replaced(imported: Imported) -> None:
    reported = [each.fact for each in imported.book.facts("equipment.failure_reported")]
    left = [
        each.failure_mode
        for each in reported
        if isinstance(each, FailureReported) and each.failure_mode.endswith("-failed-and-left")
    ]
    assert len(left) == 18
    completed = [each.fact for each in imported.book.facts("equipment.repair_completed")]
    ended = [mode for each in completed if isinstance(each, RepairCompleted) for mode in each.restored]
    assert Counter(mode for mode in ended if mode.endswith("-left")) == Counter(left)


def test_the_life_of_machine_1_is_the_one_that_is_written_down(imported: Imported) -> None:
    page = next((Path(__file__).parents[2] / "domain" / "adr").glob("0007-*.md")).read_text()
    printed = re.findall(r"^\d{4}-\d\d-\d\dT\d\d:\d\d equipment\..*$", page, re.MULTILINE)
    its_own = [line for line in printed if " equipment.installed slot=" not in line]  # what the new unit says
    until = datetime(2015, 1, 6, tzinfo=UTC)
    facts = [each for each in imported.book.facts() if each.stream.id == machine_id(1) and each.occurred_at <= until]
    told = []
    for each in sorted(facts, key=lambda each: (each.occurred_at, each.position)):
        kind = fact_type(each.fact)
        data = {spec.name: written(getattr(each.fact, spec.name)) for spec in kind.fields}
        words = [f"{name}={value}" for name, value in data.items() if value and not name.endswith("_id")]
        told.append(" ".join([f"{each.occurred_at:%Y-%m-%dT%H:%M}", kind.name, *words]))
    assert its_own == told != []
