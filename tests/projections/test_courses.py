"""Cost of operating times: it grows with the turns of counters, not with how often they were read."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from domain.equipment.meters import MeterReadingCorrected
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import operating_time, operating_times
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.paging import Window
from projections.views import views_url
from tests.projections.recording import FIRST, SECOND, micros, record
from tests.projections.running import IN_STOCK, into, read, told, unit, working
from tests.projections.work import analyze, work

LATER = MeterReadingCorrected(meter="operating-time", value=read("40").value, unit="h")
PRESS = working(*((20 + hour, read(str(hour))) for hour in range(50)), (70, LATER))
QUESTIONS: dict[str, Callable[[Connection, UUID], Any]] = {
    "at last": lambda connection, _: operating_time.operating_time(connection, FIRST.id),
    "by then": lambda connection, _: operating_time.operating_time(connection, FIRST.id, as_of=micros(45) + 1),
    "before a correction": lambda connection, _: operating_time.operating_time(
        connection, FIRST.id, as_of=micros(60) + 1
    ),
    "of a unit": lambda connection, _: operating_time.operating_time(connection, SECOND.id, as_of=micros(300) + 1),
    "of a fleet": lambda connection, _: operating_times.operating_times(
        connection, RegistryFilter(), Window(), as_of=micros(300) + 1
    ),
}


@pytest.fixture
def engine(log: Log, database_url: str) -> Iterator[Engine]:
    made = Engine(log, views_url(database_url), (REGISTRY, METER_READINGS))
    yield made
    made.close()


def test_what_items_did_costs_the_same_however_often_their_counters_were_read(log: Log, engine: Engine) -> None:
    record(log, [*PRESS, *unit((30, into(FIRST)), (65, IN_STOCK), (75, into(FIRST)))])

    def costs(first: int, upto: int) -> dict[str, int]:
        record(log, told(1_000 + first, FIRST, *((hour, read(str(hour))) for hour in range(first, upto))))
        engine.catch_up()
        analyze(engine.views)
        return {name: work(engine.views, ask) for name, ask in QUESTIONS.items()}

    few, many = costs(80, 400), costs(400, 2_000)
    assert {name: many[name] for name in many if many[name] > 1.3 * few[name] + 20} == {}
