"""The law of technical states: at any moment, as known at any position, they equal a plain fold of the facts."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from domain.equipment.technical_state import CATEGORIES, TechnicalState
from projections.engine import Engine
from projections.equipment import open_faults, technical_states
from projections.equipment.open_faults import FaultFilter
from projections.equipment.registry import REGISTRY
from projections.equipment.technical_state import TECHNICAL_STATE
from projections.equipment.technical_states import StateFilter
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import lives
from tests.laws.states import HOURS, Told, failing_lives, told
from tests.projections.recording import ITEMS, Said, micros, opened, record

MODELS = (REGISTRY, TECHNICAL_STATE)
ALL = Window(limit=1000)
moments = st.tuples(st.integers(0, HOURS), st.integers(0, 30))


def check(engine: Engine, facts: Sequence[Said], hour: int, known_at: int) -> None:
    """Compare the list of all items with what is told of each."""
    expected = told(facts, hour, known_at)
    with engine.views.read() as connection:
        page = technical_states.states(connection, StateFilter(), ALL, as_of=micros(hour), known_at=known_at)
    assert {each.equipment_id: _told(each) for each in page.items} == expected


def check_finding(engine: Engine, facts: Sequence[Said], hour: int, known_at: int) -> None:
    """Compare what is found by state, the answer about every item, and the open faults with what is told."""
    expected = told(facts, hour, known_at)
    past: Any = {"as_of": micros(hour), "known_at": known_at}
    with engine.views.read() as connection:
        for item in ITEMS:
            found, _ = technical_states.state(connection, item.id, **past)
            assert (found and _told(found)) == expected.get(item.id)
        for state in TechnicalState:
            wanted = StateFilter(state=state.value, category=CATEGORIES[state].value)
            listed = technical_states.states(connection, wanted, Window(limit=1000, counted=True), **past)
            assert {each.equipment_id for each in listed.items} == {
                item for item, each in expected.items() if each.state == state
            }
            assert listed.count == len(listed.items)
        faults = open_faults.faults(connection, FaultFilter(), ALL, **past).items
    assert sorted((each.equipment_id, each.failure_mode, each.since, each.impact, each.units) for each in faults) == (
        sorted((item, *fault) for item, each in expected.items() for fault in each.faults)
    )


def _told(found: technical_states.ItemState) -> Told:
    own, named = (
        tuple(
            (each.failure_mode, each.since, each.impact, each.units)
            for each in found.faults
            if (each.equipment_id is None) is of_itself
        )
        for of_itself in (True, False)
    )
    return Told(found.state, found.since, own, found.stage, found.operator_id, found.place, named)


def test_technical_states_equal_a_plain_fold_of_what_was_known(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: tuple[int, int]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS, batch=5)
        try:
            record(log, facts)
            engine.catch_up()
            assert {each.error for each in engine.positions().values()} == {None}
            for hour in range(HOURS + 1):
                check(engine, facts, hour, len(facts))
            hour, known_at = asked[0], min(asked[1], len(facts))
            check(engine, facts, hour, known_at)
            check_finding(engine, facts, hour, known_at)
        finally:
            engine.close()
            log.close()

    law(database_kind, example, facts=failing_lives() | failing_lives() | lives(), asked=moments)
