"""Cost of pages: it does not grow with what is on record beyond them."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from domain.equipment.life import Released
from domain.equipment.operation import FailureReported, RepairCompleted, RepairStarted
from domain.kernel.facts import Fact
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import failures, fleet_figures
from projections.equipment.failures import FailureFilter
from projections.equipment.fleet_figures import FigureFilter, Group
from projections.equipment.slices import Slice
from projections.paging import Window
from projections.views import views_url
from tests.projections.recording import FIRST, MAKER, MODEL_ID, micros, record
from tests.projections.running import told
from tests.projections.work import analyze, work

FAILURE = FailureReported(failure_mode="leak", impact="critical", detection="operator")
STARTED, COMPLETED = RepairStarted(maintenance_type="corrective"), RepairCompleted()
PAGE = Window(limit=5)
RELEASED = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A")
Ask = Callable[[Connection, UUID], Any]


@pytest.fixture
def engine(log: Log, database_url: str) -> Iterator[Engine]:
    made = Engine(log, views_url(database_url), (*fleet_figures.NEEDS, failures.FAILURES))
    yield made
    made.close()


def repaired(log: Log, engine: Engine, times: range = range(400)) -> None:
    """Record that an item failed and was repaired, time and again, every three hours."""
    life: tuple[Fact, ...] = (FAILURE, STARTED, COMPLETED)
    turns = [(3 * n + k, life[k]) for n in times for k in range(3)]
    record(log, told(3 * times[0], FIRST, *(turns if times[0] else [(0, RELEASED), *turns[1:]])))
    engine.catch_up()


def figures(slices: int, window: Window, *by: Group) -> Ask:
    months = [Slice(micros(30 * n), micros(30 * (n + 1)), micros(30 * (n + 1)) - 1, n) for n in range(slices)]
    moment = micros(30 * slices)
    return lambda connection, _: fleet_figures.figures(
        connection, FigureFilter(), months, window, moment=moment, by=by, known_at=None
    )


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("by", [("month",), ("month", "site"), ("month", "model")])
def test_months_beyond_a_page_are_not_summed(log: Log, engine: Engine, by: tuple[Group, ...]) -> None:
    repaired(log, engine)
    with engine.views.read() as connection:
        first = figures(40, Window(limit=20), *by)(connection, FIRST.id)
        late = Window(limit=5, after=first.next)
    for window in (PAGE, late):
        few, many = work(engine.views, figures(30, window, *by)), work(engine.views, figures(40, window, *by))
        assert many < 1.2 * few + 20


def first_failures(connection: Connection, _organisation: UUID) -> Any:
    found = failures.failures(connection, FailureFilter(), PAGE)
    assert len(found.items) == PAGE.limit
    assert all(each.repair for each in found.items)


def test_repairs_of_later_years_are_not_looked_at_for_a_page_of_failures(log: Log, engine: Engine) -> None:
    found = []
    for times in (range(40), range(40, 400)):
        repaired(log, engine, times)
        analyze(engine.views)
        found.append(work(engine.views, first_failures))
    few, many = found
    assert many < 1.5 * few + 100, (few, many)
