"""Open faults: since when, of which items and units, then and now."""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from domain.equipment.operation import RepairCompleted
from domain.kernel.errors import ErrorDeclared
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import open_faults as question
from projections.equipment.open_faults import FaultFilter, OpenFault
from projections.paging import Page, Window
from tests.projections.recording import FIRST, MAKER, MODEL_ID, RUNNER, SECOND, THIRD, Said, fact_id, micros, record
from tests.projections.running import IN_STOCK, REPAIR, told, unit, working
from tests.projections.test_technical_state import failed
from tests.projections.work import analyze, work

SEAL = failed(mode='seal "x"', unit_id=THIRD.id)
FACTS = [
    *working((20, failed()), (22, failed("degraded", "noise")), (23, failed("incipient", "heat")), (25, failed())),
    *working((21, SEAL), (24, REPAIR), stream=SECOND, first=200),
    *unit(stream=THIRD, first=300),
]
ALL = Window(counted=True)


def faults(log: Log, engine: Engine, facts: list[Said], hour: int | None = None, **more: Any) -> Page[OpenFault]:
    record(log, facts)
    engine.catch_up()
    known_at, window = more.pop("known_at", None), more.pop("window", ALL)
    with engine.views.read() as connection:
        as_of = None if hour is None else micros(hour)
        wanted = FaultFilter(**more)
        found = question.faults(connection, wanted, window, as_of=as_of, known_at=known_at)
    assert found.count in {None, len(found.items)}
    return found


def modes(*asked: Any, **more: Any) -> list[str]:
    return [each.failure_mode for each in faults(*asked, **more).items]


def test_a_fault_is_open_from_its_failure_up_to_the_repair_that_ends_it(log: Log, engine: Engine) -> None:
    leak, noise, seal = faults(log, engine, FACTS).items
    assert (leak.equipment_id, leak.since, leak.impact, leak.units) == (FIRST.id, micros(20), "critical", ())
    assert (leak.serial, leak.place, leak.operator_id, leak.repair) == ("A-1", "hall-1", RUNNER, None)
    assert (noise.failure_mode, noise.since, noise.impact) == ("noise", micros(22), "degraded")
    assert (seal.equipment_id, seal.units, seal.stage, seal.repair) == (
        SECOND.id,
        (THIRD.id,),
        "under_repair",
        "corrective",
    )
    repaired = told(1, SECOND, (30, RepairCompleted()))
    assert modes(log, engine, repaired) == ["leak", "noise"]
    assert modes(log, engine, [], 29) == ["leak", "noise", SEAL.failure_mode]
    assert modes(log, engine, [], 20) == ["leak"]
    assert modes(log, engine, [], 19) == []
    wrong = told(2, FIRST, (40, ErrorDeclared(wrong_fact=fact_id(105), explanation="other-item")))
    assert [(each.failure_mode, each.since) for each in faults(log, engine, wrong).items] == [
        ("noise", micros(22)),
        ("leak", micros(25)),
    ]
    assert modes(log, engine, [], known_at=len(FACTS) + 1) == ["leak", "noise"]


def first_after(place: tuple[Any, ...], connection: Connection, _organisation: UUID) -> Page[OpenFault]:
    return question.faults(connection, FaultFilter(), Window(limit=1, after=place))


def test_a_page_after_a_place_does_not_read_what_is_before_it(log: Log, engine: Engine) -> None:
    found = []
    for numbers in (range(1, 50), range(50, 500)):
        for number in numbers:
            item = StreamRef("equipment", UUID(int=number))
            record(log, working((20 + number, failed()), stream=item, first=100 * number))
        engine.catch_up()
        analyze(engine.views)
        found.append(work(engine.views, partial(first_after, (micros(18 + numbers[-1]), UUID(int=numbers[-1] - 2), 1))))
    few, many = found
    assert many < 2 * few + 100, (few, many)


def test_a_fault_stays_open_out_of_service(log: Log, engine: Engine) -> None:
    (found,) = faults(log, engine, working((20, failed()), (30, IN_STOCK))).items
    assert (found.failure_mode, found.stage) == ("leak", "in_stock")


def test_faults_are_found_by_what_they_are_and_of_what(log: Log, engine: Engine) -> None:
    everything = ["leak", "noise", SEAL.failure_mode]
    assert modes(log, engine, FACTS, model_id=MODEL_ID, operator_id=RUNNER, scope=MAKER) == everything
    assert modes(log, engine, [], failure_mode="noise") == modes(log, engine, [], impact="degraded") == ["noise"]
    assert modes(log, engine, [], failure_mode=SEAL.failure_mode) == [SEAL.failure_mode]
    assert modes(log, engine, [], unit_id=THIRD.id) == modes(log, engine, [], equipment_id=SECOND.id)
    assert modes(log, engine, [], unit_id=THIRD.id) == [SEAL.failure_mode]
    assert modes(log, engine, [], place="hall-1", manufacturer_id=MAKER) == everything
    for nobody in ({"place": "hall-2"}, {"scope": fact_id(1)}, {"failure_mode": "heat"}, {"unit_id": FIRST.id}):
        assert modes(log, engine, [], **nobody) == []


def test_faults_come_in_pages_forth_and_back(log: Log, engine: Engine) -> None:
    pages = [faults(log, engine, FACTS, window=Window(limit=1))]
    while pages[-1].next:
        pages.append(faults(log, engine, [], window=Window(limit=1, after=pages[-1].next)))
    back = [pages[-1]]
    while back[-1].previous:
        back.append(faults(log, engine, [], window=Window(limit=1, before=back[-1].previous)))
    assert [each.items for each in back[::-1]] == [each.items for each in pages]
    assert [each.items[0].failure_mode for each in pages] == ["leak", "noise", SEAL.failure_mode]


def test_the_question_costs_a_bounded_number_of_statements(
    log: Log, engine: Engine, queries: list[tuple[str, Any]]
) -> None:
    record(log, FACTS)
    engine.catch_up()
    queries.clear()
    with engine.views.read() as connection:
        question.faults(connection, FaultFilter(), Window())
    assert len(queries) == 3
