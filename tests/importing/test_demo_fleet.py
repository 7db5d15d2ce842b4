"""The demonstration fleet: the same in every run, accepted by every rule, with every kind of fact."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from api.importing.demo_designs import MACHINES, MAKERS, OPERATORS, PARTIES, demo_id
from api.importing.demo_fleet import fleet
from api.importing.demo_slips import CONTRADICTORY
from api.importing.demo_telling import BEGIN, END
from api.importing.entries import Entry
from api.importing.recording import Unit
from api.importing.recording import record as record_lanes
from domain import declared
from domain.application.units import Booked, Outcome, Repeated
from domain.equipment.contradictions import disagreements
from domain.equipment.terms import Stage
from domain.kernel.envelope import Recorded
from domain.kernel.streams import StreamRef
from domain.parties.organisation import MemberAdded
from tests.importing.books import Book


@pytest.fixture(scope="module")
def shown(new_book: Callable[[], Book]) -> Book:
    book = new_book()
    record(book)
    return book


def record(book: Book) -> list[Outcome]:
    outcomes: list[Outcome] = []
    made = fleet()
    units: list[Unit] = [(entry,) for entry in (*made.entries, made.last)]
    record_lanes([units], book.book, lambda _unit, outcome: outcomes.append(outcome))
    return outcomes


def everything() -> list[Entry]:
    made = fleet()
    return [*made.entries, made.last]


def streams(book: Book) -> set[StreamRef]:
    return {fact.stream for fact in book.facts("equipment.released", "equipment.taken_over")}


def test_it_is_the_same_in_every_run() -> None:
    assert fleet() == fleet()


_SEALED = MemberAdded(member_id=demo_id("sealed"), name="", email="", role="")


def told(fact: Recorded) -> Recorded:
    """Return what is recorded but for what the server sets; what is sealed is encrypted anew in every run."""
    personal = fact.type == "organisation.member_added"
    return fact._replace(recorded_at=BEGIN, correlation=fact.id, fact=_SEALED if personal else fact.fact)


def test_every_run_records_the_same_at_the_same_positions(shown: Book, new_book: Callable[[], Book]) -> None:
    again = new_book()
    outcomes = record(again)
    assert Counter(type(outcome) for outcome in outcomes) == {Booked: len(everything())}
    assert len({entry.source for entry in everything()}) == len(everything())
    assert list(map(told, shown.facts())) == list(map(told, again.facts()))


def test_a_second_start_records_nothing(shown: Book) -> None:
    head = shown.log.head().position
    assert set(record(shown)) == {Repeated()}
    assert shown.log.head().position == head


def test_it_spans_three_years_and_ends_in_the_past() -> None:
    times = [entry.occurred_at for entry in everything()]
    assert (min(times) < BEGIN, max(times) <= END) == (True, True)
    assert 3 * 365 - 30 < (max(times) - BEGIN).days <= 3 * 366


def test_it_has_every_kind_of_fact_that_is_declared(shown: Book) -> None:
    assert {fact.type for fact in shown.facts()} == set(declared.facts())


def test_it_has_items_at_every_stage_of_life(shown: Book) -> None:
    stages = {shown.ledger.state(stream).state.stage for stream in streams(shown)}
    assert stages == set(Stage)


def test_makers_and_operators_and_those_who_serve_them_take_part(shown: Book) -> None:
    registered = {fact.stream.id for fact in shown.facts("organisation.registered")}
    assert registered == {party.id for party in PARTIES}
    assert (len(MAKERS), len(OPERATORS), len(MACHINES)) == (2, 4, 4)


def test_many_facts_came_late(shown: Book) -> None:
    facts = shown.facts()
    assert sum(fact.reason == "late-paper-record" for fact in facts) > 5
    newest: dict[StreamRef, Any] = {}
    late = 0
    for fact in facts:
        late += fact.occurred_at < newest.get(fact.stream, fact.occurred_at)
        newest[fact.stream] = max(fact.occurred_at, newest.get(fact.stream, fact.occurred_at))
    assert late > 40


def test_errors_are_declared_with_and_without_what_is_right_and_one_of_them_was_none(shown: Book) -> None:
    errors = shown.facts("error.declared")
    declarations: list[Any] = [each.fact for each in errors]
    assert {bool(each.corrected_by) for each in declarations} == {True, False}
    assert {each.wrong_fact for each in declarations} & {each.id for each in errors}


def test_the_item_of_the_tour_was_under_repair_then_and_is_in_service_now(shown: Book) -> None:
    tour = fleet().shown
    stream = StreamRef("equipment", tour.id)
    assert shown.ledger.state(stream, as_of=tour.under_repair_at).state.stage is Stage.UNDER_REPAIR
    now = shown.ledger.state(stream)
    assert (now.state.stage, now.state.faults, now.contradictions) == (Stage.IN_SERVICE, {"overheating"}, ())


def test_only_what_is_meant_to_contradict_something_else_does(shown: Book) -> None:
    items = {stream.id: shown.ledger.state(stream) for stream in streams(shown)}
    seats = {each: (answer.state.parent_id, answer.state.slot) for each, answer in items.items()}
    found = {each for each, answer in items.items() if answer.contradictions}
    for each, answer in items.items():
        claims = {unit: slot for unit, (parent, slot) in seats.items() if parent == each}
        found |= {told.parent_id for told in disagreements(each, answer.state, claims)} - {answer.state.parent_id}
    assert found == {demo_id(f"equipment/{serial}") for serial in CONTRADICTORY}
