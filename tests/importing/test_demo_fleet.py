"""The demonstration fleet: the same in every run, accepted by every rule, interesting to look at."""

from collections import Counter
from collections.abc import Callable

import pytest

from api.importing.demo_designs import MAKERS, OPERATORS
from api.importing.demo_fleet import BEGIN, END, ITEMS, fleet
from api.importing.entries import Entry
from api.importing.recording import record as record_lanes
from domain.application.units import Booked, Outcome, Repeated
from domain.equipment.terms import Stage
from domain.kernel.streams import StreamRef
from tests.importing.books import Book


@pytest.fixture(scope="module")
def shown(new_book: Callable[[], Book]) -> Book:
    book = new_book()
    record(book)
    return book


def record(book: Book) -> list[Outcome]:
    outcomes: list[Outcome] = []
    made = fleet()
    for lanes in ([made.shared], made.lanes, [[made.last]]):
        units = [[(entry,) for entry in lane] for lane in lanes]
        record_lanes(units, book.book, lambda _unit, outcome: outcomes.append(outcome))
    return outcomes


def everything() -> list[Entry]:
    made = fleet()
    return [*made.shared, *(entry for lane in made.lanes for entry in lane), made.last]


def test_it_is_the_same_in_every_run() -> None:
    assert fleet() == fleet()


def test_no_entry_is_refused_and_every_one_has_an_id_of_its_own(new_book: Callable[[], Book]) -> None:
    outcomes = record(new_book())
    assert Counter(type(outcome) for outcome in outcomes) == {Booked: len(everything())}
    assert len({entry.source for entry in everything()}) == len(everything())


def test_a_second_start_records_nothing(shown: Book) -> None:
    head = shown.log.head().position
    assert set(record(shown)) == {Repeated()}
    assert shown.log.head().position == head


def test_it_spans_three_years_and_ends_in_the_past() -> None:
    times = [entry.occurred_at for entry in everything()]
    assert (min(times) < BEGIN, max(times) <= END) == (True, True)
    assert 3 * 365 - 30 < (max(times) - BEGIN).days <= 3 * 366


def test_it_has_200_items_at_every_stage_that_a_visitor_may_ask_for(shown: Book) -> None:
    ids = {fact.stream.id for fact in shown.facts("equipment.released")}
    stages = Counter(shown.ledger.state(StreamRef("equipment", each)).state.stage for each in ids)
    assert len(ids) == ITEMS
    assert set(stages) >= {
        Stage.IN_SERVICE,
        Stage.UNDER_REPAIR,
        Stage.IN_STOCK,
        Stage.IN_TRANSIT,
        Stage.DELIVERED,
        Stage.INSTALLED,
        Stage.QUARANTINED,
        Stage.DECOMMISSIONED,
        Stage.DISPOSED,
    }


def test_two_makers_and_four_operators_take_part(shown: Book) -> None:
    registered = {fact.stream.id for fact in shown.facts("organisation.registered")}
    assert registered == {party.id for party in (*MAKERS, *OPERATORS)}
    assert (len(MAKERS), len(OPERATORS)) == (2, 4)


def test_some_facts_came_late_and_one_was_declared_wrong(shown: Book) -> None:
    facts = shown.facts()
    assert sum(fact.reason == "late-paper-record" for fact in facts) > 5
    assert [fact.stream.id for fact in shown.facts("error.declared")] == [fleet().shown.id]


def test_the_item_of_the_tour_was_under_repair_then_and_is_in_service_now(shown: Book) -> None:
    tour = fleet().shown
    stream = StreamRef("equipment", tour.id)
    assert shown.ledger.state(stream, as_of=tour.under_repair_at).state.stage is Stage.UNDER_REPAIR
    now = shown.ledger.state(stream)
    assert (now.state.stage, now.state.faults, now.contradictions) == (Stage.IN_SERVICE, {"overheating"}, ())


def test_nothing_in_it_contradicts_anything_else(shown: Book) -> None:
    ids = {fact.stream.id for fact in shown.facts("equipment.released")}
    assert {shown.ledger.state(StreamRef("equipment", each)).contradictions for each in ids} == {()}
