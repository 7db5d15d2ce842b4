"""The law of readings: what is overdue, and what is listed of an item, equal a plain fold of the facts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import REMOVABLE
from domain.equipment.meters import PeriodReported
from domain.equipment.state import OPERATING_TIME, Equipment
from domain.equipment.structure import ancestors
from domain.kernel.folding import in_order_of_life
from domain.kernel.moments import to_micros
from domain.kernel.streams import StreamRef
from projections.engine import Engine
from projections.equipment import overdue_readings, readings
from projections.equipment.last_readings import LAST_READINGS
from projections.equipment.meter_readings import METER_READINGS, reads
from projections.equipment.registry import REGISTRY
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import lives
from tests.laws.reference import held_wrong
from tests.laws.running import HOURS, running_lives
from tests.projections.recording import ITEMS, Said, fact_id, micros, moment, opened, record
from tests.projections.recording import happenings as happened

MODELS = (REGISTRY, METER_READINGS, LAST_READINGS)
ALL = Window(limit=1000)
moments = st.lists(st.tuples(st.integers(-1, HOURS), st.integers(0, 20)), max_size=6)
Last = tuple[Equipment, int | None]


def last(facts: Sequence[Said], item: StreamRef, hour: int, known_at: int) -> Last:
    """Return an item by an hour, and when its operating time was read last."""
    now, read = Equipment(), None
    for each in in_order_of_life(happened(facts, item, known_at)):
        if each.occurred_at > moment(hour):
            break
        now = EQUIPMENT.evolve(now, each.fact, each.occurred_at)
        meter = now.meter(OPERATING_TIME)
        told = reads(each.fact) and not isinstance(each.fact, PeriodReported)
        if told and getattr(each.fact, "meter", OPERATING_TIME) == OPERATING_TIME and meter is not None:
            read = to_micros(each.occurred_at) if meter.read_at == each.occurred_at else read
    return now, read


def due(facts: Sequence[Said], hour: int, known_at: int, before: int) -> list[tuple[int | None, UUID]]:
    """Return what should be read, by an hour: when it was last read, and which item it is."""
    items = {item.id: last(facts, item, hour, known_at) for item in ITEMS}
    found = []
    for key, (item, read) in items.items():
        chain = [item, *ancestors(item, lambda each: items[each][0] if each in items else Equipment())]
        runs = chain[-1].parent_id is None and chain[-1].stage == "in_service"
        counts = item.parent_id is None or (read is not None and item.stage in REMOVABLE)
        if item.stage and runs and counts and (read is None or read < before):
            found.append((read, key))
    return sorted(found, key=lambda each: (-(2**63) if each[0] is None else each[0], each[1]))


def check(engine: Engine, facts: Sequence[Said], hour: int, known_at: int) -> None:
    """Compare what is overdue, and the readings of each item, with what the facts say."""
    past: Any = {"as_of": micros(hour), "known_at": known_at}
    before = micros(hour - 2)
    with engine.views.read() as connection:
        found = overdue_readings.overdue(connection, before, ALL, **past).items
        named = overdue_readings.overdue(connection, before, ALL, meter=OPERATING_TIME, **past).items
        starts = overdue_readings.overdue(connection, before, ALL, meter="starts", **past).items
        assert len(starts) <= len(ITEMS)
    expected = due(facts, hour, known_at, before)
    assert [(each.last_read, each.equipment_id) for each in found] == expected
    assert [each.equipment_id for each in named] == [key for read, key in expected if read is not None]


def check_list(engine: Engine, log: Any, facts: Sequence[Said], hour: int, known_at: int) -> None:
    """Compare the list of readings of each item with the facts of its stream that read a counter."""
    past: Any = {"as_of": micros(hour), "known_at": known_at}
    for item in ITEMS:
        wrong = held_wrong(facts, item, known_at)
        told = [
            (each.hour, number, wrong.get(fact_id(number - 1)))
            for number, each in enumerate(facts[:known_at], start=1)
            if each.stream == item and each.hour <= hour and reads(each.fact)
            if not isinstance(each.fact, PeriodReported)
        ]
        with engine.views.read() as connection:
            found = readings.readings(connection, log, item.id, ALL, **past).items
        assert [(each.recorded.position, each.wrong_by) for each in found] == [each[1:] for each in sorted(told)]
        assert all(each.total is None for each in found if each.wrong_by)


def test_readings_equal_what_the_facts_say(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[int, int]]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS, batch=5)
        try:
            record(log, facts)
            engine.catch_up()
            assert {each.error for each in engine.positions().values()} == {None}
            for hour, known_at in [(HOURS, len(facts)), *asked]:
                check(engine, facts, hour, min(known_at, len(facts)))
                check_list(engine, log, facts, hour, min(known_at, len(facts)))
            with engine.views.read() as connection:
                now = overdue_readings.overdue(connection, micros(HOURS - 2), ALL).items
                then = overdue_readings.overdue(connection, micros(HOURS - 2), ALL, as_of=micros(10**5)).items
            assert now == then
        finally:
            engine.close()
            log.close()

    law(database_kind, example, facts=running_lives() | lives(), asked=moments)
