"""Technical states: of items by what was told of them, of units as what is above them allows, then and now."""

from typing import Any

import pytest

from domain.equipment.configuration import UpgradeStarted
from domain.equipment.ending import Decommissioned
from domain.equipment.life import LaidUp, ReturnedToService
from domain.equipment.operation import FailureReported, OperationalStateChanged, RepairCompleted, RepairStarted
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import technical_states as question
from projections.equipment.technical_state import Fault
from projections.equipment.technical_states import ItemState, StateFilter
from projections.paging import Page, Window
from tests.projections.recording import FIRST, MAKER, MODEL_ID, RUNNER, SECOND, THIRD, Said, fact_id, micros, record
from tests.projections.running import IN_STOCK, REPAIR, REPAIRED, into, told, unit, working

PREVENTIVE = RepairStarted(maintenance_type="preventive")


def failed(impact: str = "critical", mode: str = "leak", **more: Any) -> FailureReported:
    return FailureReported(failure_mode=mode, impact=impact, detection="operator", **more)


def goes_on(state: str) -> OperationalStateChanged:
    return OperationalStateChanged(state=state)


def states(log: Log, engine: Engine, facts: list[Said], hour: int | None = None, **more: Any) -> Page[ItemState]:
    record(log, facts)
    engine.catch_up()
    known_at, window = more.pop("known_at", None), more.pop("window", Window())
    with engine.views.read() as connection:
        as_of = None if hour is None else micros(hour)
        return question.states(connection, StateFilter(**more), window, as_of=as_of, known_at=known_at)


def one(log: Log, engine: Engine, facts: list[Said], hour: int | None = None, **more: Any) -> ItemState:
    record(log, facts)
    engine.catch_up()
    stream, known_at = more.get("stream", FIRST), more.get("known_at")
    with engine.views.read() as connection:
        as_of = None if hour is None else micros(hour)
        found, _ = question.state(connection, stream.id, as_of=as_of, known_at=known_at)
    assert found is not None
    return found


def told_at(log: Log, engine: Engine, facts: list[Said], *hours: int, **more: Any) -> list[tuple[str, int]]:
    """Return the states at some hours, each with the hour since when it lasts."""
    found = [one(log, engine, facts if hour == hours[0] else [], hour, **more) for hour in hours]
    return [(each.state, (each.since - micros(0)) // (micros(1) - micros(0))) for each in found]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], ("operating", "up", 10)),
        ([(20, goes_on("standby"))], ("standby", "up", 20)),
        ([(20, goes_on("idle"))], ("idle", "up", 20)),
        ([(20, goes_on("externally_disabled"))], ("externally_disabled", "disabled", 20)),
        ([(20, goes_on("nonsense"))], ("operating", "up", 10)),
        ([(20, failed("incipient"))], ("operating", "up", 10)),
        ([(20, failed("degraded"))], ("degraded", "up", 20)),
        ([(20, failed("degraded")), (21, goes_on("standby"))], ("standby", "up", 21)),
        ([(20, failed("degraded")), (21, failed("critical", "jam"))], ("fault", "down", 21)),
        ([(20, failed()), (21, goes_on("operating"))], ("fault", "down", 20)),
        ([(20, failed()), (22, REPAIR)], ("fault", "down", 20)),
        ([(20, failed()), (22, PREVENTIVE)], ("fault", "down", 20)),
        ([(20, REPAIR)], ("fault", "down", 20)),
        ([(20, PREVENTIVE)], ("preventive_maintenance", "down", 20)),
        ([(20, failed("degraded")), (22, PREVENTIVE)], ("preventive_maintenance", "down", 22)),
        ([(20, failed()), (22, REPAIR), (25, REPAIRED)], ("operating", "up", 25)),
        ([(20, LaidUp())], ("not_in_service", "not_in_service", 20)),
        ([(20, failed()), (21, LaidUp())], ("not_in_service", "not_in_service", 21)),
        ([(20, failed()), (21, LaidUp()), (30, ReturnedToService())], ("fault", "down", 30)),
        ([(20, UpgradeStarted(purpose="retrofit"))], ("not_in_service", "not_in_service", 20)),
        ([(20, IN_STOCK)], ("not_in_service", "not_in_service", 20)),
    ],
)
def test_the_state_of_an_item_follows_from_what_was_told_of_it(
    log: Log, engine: Engine, facts: list[tuple[int, Fact]], expected: tuple[str, str, int]
) -> None:
    found = one(log, engine, working(*facts))
    state, category, since = expected
    assert (found.state, found.category, found.since) == (state, category, micros(since))


def test_a_repair_ends_the_faults_that_it_names_and_others_stay_open(log: Log, engine: Engine) -> None:
    jam = failed(mode="jam", unit_id=SECOND.id)
    facts = working((20, failed("degraded")), (21, jam), (22, failed()), (23, REPAIR))
    found = one(log, engine, facts)
    leak = Fault(failure_mode="leak", since=micros(20), impact="critical")
    assert found.faults == (
        leak,
        Fault(failure_mode="jam", since=micros(21), impact="critical", units=(SECOND.id,)),
    )
    assert (found.repair, found.repair_since) == ("corrective", micros(23))
    found = one(log, engine, told(300, FIRST, (30, RepairCompleted(restored=("jam",)))))
    assert (found.state, found.faults, found.repair, found.repair_since) == ("fault", (leak,), None, None)


def test_what_is_given_up_has_no_open_faults(log: Log, engine: Engine) -> None:
    found = one(log, engine, working((20, failed()), (30, Decommissioned(reason="worn-out"))))
    assert (found.state, found.stage, found.faults) == ("not_in_service", "decommissioned", ())


def test_a_unit_is_in_the_state_that_what_is_above_it_allows(log: Log, engine: Engine) -> None:
    press = working((20, goes_on("standby")), (22, goes_on("operating")), (24, PREVENTIVE), (26, REPAIRED))
    press += told(150, FIRST, (28, failed()), (30, REPAIR), (32, REPAIRED), (40, LaidUp()))
    facts = [*press, *unit((15, into(FIRST)), (50, IN_STOCK))]
    assert told_at(log, engine, facts, 5, 15, 20, 22, 24, 26, 28, 32, 40, 50, stream=SECOND) == [
        ("not_in_service", 2),
        ("operating", 15),
        ("operating", 15),
        ("operating", 15),
        ("preventive_maintenance", 24),
        ("operating", 26),
        ("externally_disabled", 28),
        ("operating", 32),
        ("not_in_service", 40),
        ("not_in_service", 50),
    ]


def test_a_unit_that_a_fault_names_has_that_fault_while_it_sits_there(log: Log, engine: Engine) -> None:
    press = working((20, failed(unit_id=SECOND.id)), (40, REPAIR), (41, REPAIRED))
    seal = unit((16, into(SECOND)), stream=THIRD, first=300)
    facts = [*press, *unit((15, into(FIRST)), (30, IN_STOCK), (31, into(FIRST))), *seal]
    at = [state for state, _ in told_at(log, engine, facts, 19, 20, 30, 31, 41, stream=SECOND)]
    assert at == ["operating", "fault", "not_in_service", "fault", "operating"]
    at = [state for state, _ in told_at(log, engine, [], 19, 20, 30, 31, 41, stream=THIRD)]
    assert at == ["operating", "externally_disabled", "not_in_service", "externally_disabled", "operating"]


def test_a_unit_with_a_fault_of_its_own_stops_what_sits_in_it_but_not_what_it_sits_in(log: Log, engine: Engine) -> None:
    pump = unit((15, into(FIRST)), (20, failed()), stream=SECOND)
    seal = unit((16, into(SECOND)), stream=THIRD, first=300)
    facts = [*working(), *pump, *seal]
    assert [
        told_at(log, engine, facts if each is FIRST else [], 25, stream=each) for each in (FIRST, SECOND, THIRD)
    ] == [
        [("operating", 10)],
        [("fault", 20)],
        [("externally_disabled", 20)],
    ]


def test_a_fault_names_a_unit_of_a_unit_and_a_fault_of_its_own_lasts_whatever_is_above(
    log: Log, engine: Engine
) -> None:
    pump, seal = unit((15, into(FIRST))), unit((16, into(SECOND)), (24, failed()), stream=THIRD, first=300)
    facts = [*working((20, failed(unit_id=THIRD.id)), (22, REPAIR), (23, REPAIRED), (26, goes_on("standby"))), *pump]
    assert told_at(log, engine, [*facts, *seal], 20, 23, 25, 27, stream=THIRD) == [
        ("fault", 20),
        ("operating", 23),
        ("fault", 24),
        ("fault", 24),
    ]
    assert told_at(log, engine, [], 20, 25, stream=SECOND) == [("externally_disabled", 20), ("operating", 23)]


def test_late_facts_and_errors_change_the_state_and_not_what_was_known(log: Log, engine: Engine) -> None:
    facts = working((20, failed()), (30, REPAIR), (40, REPAIRED))
    assert told_at(log, engine, facts, 15, 25, 35, 45) == [
        ("operating", 10),
        ("fault", 20),
        ("fault", 20),
        ("operating", 40),
    ]
    late = told(1, FIRST, (12, failed("degraded", "noise")))
    assert told_at(log, engine, late, 11, 15, 25, 45) == [
        ("operating", 10),
        ("degraded", 12),
        ("fault", 20),
        ("operating", 40),
    ]
    wrong = told(2, FIRST, (50, ErrorDeclared(wrong_fact=fact_id(105), explanation="other-item")))
    assert told_at(log, engine, wrong, 25, 35) == [("degraded", 12), ("fault", 30)]
    assert told_at(log, engine, [], 15, 25, known_at=8) == [("operating", 10), ("fault", 20)]


def test_items_are_found_by_state_and_by_what_they_are(log: Log, engine: Engine) -> None:
    facts = [*working((20, failed())), *unit((15, into(FIRST))), *working(stream=THIRD, first=300)]
    states(log, engine, facts)

    def found(hour: int | None = None, **wanted: Any) -> list[int]:
        pages = [states(log, engine, [], hour, window=Window(limit=1, counted=True), **wanted)]
        while pages[-1].next:
            pages.append(states(log, engine, [], hour, window=Window(limit=1, after=pages[-1].next), **wanted))
        items = [each.equipment_id.int for one_page in pages for each in one_page.items]
        assert len(items) == pages[0].count
        return items

    assert found() == [1, 2, 3]
    assert found(state="fault") == found(category="down") == [1]
    assert found(state="externally_disabled") == found(category="disabled") == [2]
    assert found(category="up") == found(state="operating") == [3]
    assert found(category="up", state="fault") == found(state="standby") == []
    assert found(19, state="operating") == [1, 2, 3]
    assert found(6, category="not_in_service") == [1, 2, 3]
    assert found(model_id=MODEL_ID) == found(manufacturer_id=MAKER) == found(scope=RUNNER) == [1, 2, 3]
    assert found(operator_id=RUNNER) == found(place="hall-1") == [1, 2, 3]
    assert found(scope=fact_id(1)) == found(place="hall-2") == found(model_id=MAKER) == found(0, place="hall-1") == []


def test_units_are_found_in_the_states_that_what_is_above_them_puts_them_in(log: Log, engine: Engine) -> None:
    press = working((20, PREVENTIVE), (26, REPAIRED), (30, goes_on("externally_disabled")), (35, goes_on("operating")))
    seal = unit((16, into(SECOND)), stream=THIRD, first=300)
    record(log, [*press, *told(150, FIRST, (40, failed(unit_id=SECOND.id))), *unit((15, into(FIRST))), *seal])

    def found(hour: int, state: str) -> list[int]:
        return [each.equipment_id.int for each in states(log, engine, [], hour, state=state).items]

    assert (
        found(21, "preventive_maintenance") == found(31, "externally_disabled") == found(27, "operating") == [1, 2, 3]
    )
    assert (found(41, "fault"), found(41, "externally_disabled"), found(41, "operating")) == ([1, 2], [3], [])
    assert found(9, "not_in_service") == [1, 2, 3]


def test_questions_cost_a_bounded_number_of_statements(
    log: Log, engine: Engine, queries: list[tuple[str, Any]]
) -> None:
    record(
        log, [*working((20, failed())), *unit((15, into(FIRST))), *unit((16, into(SECOND)), stream=THIRD, first=300)]
    )
    engine.catch_up()
    queries.clear()
    states(log, engine, [])
    assert len(queries) == 3
    queries.clear()
    one(log, engine, [])
    assert len(queries) == 2
