"""Lists of one organisation: what is read for them follows from what it sees, and not from the fleet around it."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event

from domain.equipment.bulletin import BulletinIssued
from domain.equipment.custody import Stocked
from domain.equipment.ending import Decommissioned
from domain.equipment.life import Commissioned, Installed, Released
from domain.equipment.operation import FailureReported, RepairCompleted, RepairStarted
from domain.equipment.papers import Certified
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections import paging
from projections.engine import Engine
from projections.equipment import (
    bulletin_statuses,
    configuration_counts,
    configurations,
    contradictions,
    custody,
    end_of_life,
    failures,
    fleet_differences,
    fleet_figures,
    open_faults,
    overdue_readings,
    registry,
    repairs,
    seen,
    slices,
    technical_states,
)
from projections.equipment.facts_between import Point
from projections.page_statements import Found, Pages
from projections.paging import Window
from projections.read_models import READ_MODELS
from projections.views import views_url
from tests.projections.recording import MODEL_ID, RUNNER, Said, fact_id, micros, record
from tests.projections.running import IN_STOCK, into, read
from tests.projections.work import analyze, work

STRANGER, OTHER_MAKER = UUID(int=300), UUID(int=301)
BULLETIN = StreamRef("bulletin", UUID(int=302))
ISSUED = BulletinIssued(number="SB-1", kind="service", title="Seal", manufacturer_id=OTHER_MAKER, models=(MODEL_ID,))
FEW, MANY = 20, 200
SLICES = slices.whole(micros(0), micros(99), micros(99))
PAGE = Window(limit=5)
DUE = micros(50)

QUESTIONS: dict[str, Callable[[Connection, UUID | None], Any]] = {
    "registry": lambda views, scope: registry.items(views, registry.RegistryFilter(scope=scope), PAGE),
    "registry backwards": lambda views, scope: registry.items(
        views, registry.RegistryFilter(scope=scope), PAGE, sort="-serial"
    ),
    "registry by stage": lambda views, scope: registry.items(
        views, registry.RegistryFilter(scope=scope), PAGE, sort="stage"
    ),
    "counted": lambda views, scope: registry.items(
        views, registry.RegistryFilter(scope=scope), Window(limit=1, counted=True)
    ),
    "registry of a model": lambda views, scope: registry.items(
        views, registry.RegistryFilter(scope=scope, model_id=MODEL_ID), PAGE
    ),
    "registry then": lambda views, scope: registry.items(
        views, registry.RegistryFilter(scope=scope), PAGE, as_of=micros(4)
    ),
    "differences": lambda views, scope: fleet_differences.different_items(
        views, registry.RegistryFilter(scope=scope), PAGE, Point(micros(4), 9), Point(None, _position(views))
    ),
    "states": lambda views, scope: technical_states.states(views, technical_states.StateFilter(scope=scope), PAGE),
    "states of a category": lambda views, scope: technical_states.states(
        views, technical_states.StateFilter(scope=scope, category="down"), PAGE
    ),
    "faults": lambda views, scope: open_faults.faults(views, open_faults.FaultFilter(scope=scope), PAGE),
    "repairs": lambda views, scope: repairs.repairs(views, repairs.RepairFilter(scope=scope), PAGE),
    "failures": lambda views, scope: failures.failures(views, failures.FailureFilter(scope=scope), PAGE),
    "custody": lambda views, scope: custody.items(views, custody.CustodyFilter(scope=scope), PAGE),
    "configurations": lambda views, scope: configurations.configurations(
        views, configurations.ConfigurationFilter(scope=scope), PAGE
    ),
    "contradictions": lambda views, scope: contradictions.contradictions(
        views, contradictions.ContradictionFilter(scope=scope), PAGE
    ),
    "configuration counts": lambda views, scope: configuration_counts.counts(
        views, configurations.ConfigurationFilter(scope=scope), PAGE
    ),
    "ends": lambda views, scope: end_of_life.ends(views, end_of_life.EndFilter(scope=scope), PAGE),
    "bulletin": lambda views, scope: bulletin_statuses.items(views, BULLETIN.id, PAGE, scope=scope),
    "overdue": lambda views, scope: overdue_readings.overdue(views, DUE, PAGE, scope=scope),
    "overdue of a counter": lambda views, scope: overdue_readings.overdue(views, DUE, PAGE, meter="km", scope=scope),
    "figures": lambda views, scope: fleet_figures.figures(
        views, fleet_figures.FigureFilter(scope=scope), SLICES, PAGE, moment=micros(99), by=("model",)
    ),
}


OF_THE_FLEET = {"sqlite": {"overdue of a counter"}, "postgresql": set[str]()}
"""What reads the whole registry once all the same: to ask what a unit sits in, SQLite makes an index of its own."""


def _position(views: Connection) -> int:
    return registry.items(views, registry.RegistryFilter(), Window(limit=1)).position


class Fleet:
    """A fleet to which items of organisations are added: each with a unit in it, a former unit, and one at its end."""

    def __init__(self, log: Log, engine: Engine) -> None:
        self.log, self.engine = log, engine
        self._numbers = count(1)
        self._serials = count(10_000)
        record(log, [Said(BULLETIN, ISSUED, 0, fact_id(next(self._numbers)))])

    def add(self, items: int, operator: UUID) -> None:
        facts = [fact for _ in range(items) for fact in self._family(operator)]
        record(self.log, sorted(facts, key=lambda each: each.hour))
        self.engine.catch_up()

    def _family(self, operator: UUID) -> Iterator[Said]:
        press, pump, former, ended = (self._item() for _ in range(4))
        commissioned = Commissioned(operator_id=operator, act="ACT-1")
        fault = FailureReported(failure_mode="leak", impact="critical", detection="operator")
        repair = RepairStarted(maintenance_type="corrective")
        yield from self._life(press, (5, Installed(place="hall")), (6, commissioned), (7, fault), (8, repair))
        yield from self._life(press, (9, RepairCompleted()), (10, fault), (12, commissioned), begun=True)
        yield from self._life(press, (13, read("9")), (14, read("7", "km", "km")), begun=True)
        yield from self._life(pump, (5, into(press)))
        yield from self._life(former, (5, into(press)), (15, IN_STOCK))
        yield from self._life(ended, (5, Installed(place="hall")), (6, commissioned), (7, Decommissioned(reason="old")))

    def _item(self) -> StreamRef:
        return StreamRef("equipment", UUID(int=next(self._serials)))

    def _life(self, item: StreamRef, *facts: tuple[int, Fact], begun: bool = False) -> Iterator[Said]:
        serial = str(2 * 10_000 - item.id.int)  # by number they come in the order opposite to that of their ids
        first: list[tuple[int, Fact]] = [
            (1, Released(model_id=MODEL_ID, manufacturer_id=OTHER_MAKER, serial=serial)),
            (2, Certified(certificate="EC-1", authority="NB-1")),
            (3, Stocked(place="stock")),
        ]
        for hour, fact in (*(() if begun else first), *facts):
            yield Said(item, fact, hour, fact_id(next(self._numbers)))


@pytest.fixture
def fleet(log: Log, database_url: str) -> Iterator[Fleet]:
    engine = Engine(log, views_url(database_url), READ_MODELS)
    yield Fleet(log, engine)
    engine.close()


def told(page: Any) -> tuple[Any, Any]:
    return page.items, page.count


def test_what_is_read_for_who_sees_little_is_the_same_in_a_fleet_ten_times_as_large(
    database_kind: str, fleet: Fleet
) -> None:
    fleet.add(FEW, STRANGER)
    fleet.add(4, RUNNER)
    found: list[dict[str, tuple[int, Any]]] = []
    for more in (0, MANY - FEW):
        fleet.add(more, STRANGER)
        analyze(fleet.engine.views)
        views = fleet.engine.views
        work_of = {name: work(views, ask) for name, ask in QUESTIONS.items()}
        with views.read() as connection:
            answers = {name: told(ask(connection, RUNNER)) for name, ask in QUESTIONS.items()}
        assert [name for name, (items, _) in answers.items() if not items] == []
        found.append({name: (work_of[name], answers[name]) for name in QUESTIONS})
    small, large = found
    grown = {
        name: (small[name][0], large[name][0]) for name in QUESTIONS if large[name][0] > 1.5 * small[name][0] + 100
    }
    assert grown.keys() <= OF_THE_FLEET[database_kind], grown
    assert {name: each[1] for name, each in small.items()} == {name: each[1] for name, each in large.items()}


def test_what_who_sees_little_has_and_had_is_gone_through_once_for_a_question(fleet: Fleet) -> None:
    fleet.add(2, RUNNER)
    asked: list[str] = []
    event.listen(fleet.engine.views.engines[1], "before_cursor_execute", lambda *heard: asked.append(heard[2]))
    times = {}
    with fleet.engine.views.read() as connection:
        for name, ask in QUESTIONS.items():
            asked.clear()
            ask(connection, RUNNER)
            times[name] = sum("RECURSIVE ever" in statement for statement in asked)
    assert times == dict.fromkeys(QUESTIONS, 1)


@pytest.mark.parametrize("little", [0, 500])
def test_only_the_configurations_of_items_that_are_seen_are_counted(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, little: int
) -> None:
    fleet.add(3, STRANGER)
    fleet.add(2, RUNNER)
    monkeypatch.setattr(seen, "LITTLE", little)
    wanted = configurations.ConfigurationFilter(scope=RUNNER)
    with fleet.engine.views.read() as connection:
        listed = configurations.configurations(connection, wanted, Window(limit=100)).items
        counted = configuration_counts.counts(connection, wanted, PAGE).items
    assert 0 < sum(each.items for each in counted) == len(listed)


@pytest.mark.parametrize(("little", "tried"), [(0, 0), (0, 7), (0, 10_000), (500, 500)])
def test_every_list_tells_the_same_in_whichever_way_it_is_found(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, little: int, tried: int
) -> None:
    fleet.add(3, STRANGER)
    fleet.add(2, RUNNER)
    fleet.add(3, STRANGER)
    fleet.add(1, RUNNER)
    with fleet.engine.views.read() as connection:
        monkeypatch.setattr(seen, "LITTLE", 0)
        monkeypatch.setattr(paging, "TRIED", 10_000)
        climbed = {name: told(ask(connection, RUNNER)) for name, ask in QUESTIONS.items()}
        monkeypatch.setattr(seen, "LITTLE", little)
        monkeypatch.setattr(paging, "TRIED", tried)
        assert {name: told(ask(connection, RUNNER)) for name, ask in QUESTIONS.items()} == climbed
    assert [name for name, (items, _) in climbed.items() if not items] == []


def test_who_takes_part_in_nearly_all_has_each_row_tested_where_that_is_cheap(
    log: Log, engine: Engine, monkeypatch: pytest.MonkeyPatch, database_kind: str
) -> None:
    monkeypatch.setattr(paging, "TRIED", 0)
    numbers = count(1)

    def counted(more: int, maker: UUID) -> tuple[str, int | None]:
        items = [(number, StreamRef("equipment", UUID(int=number))) for number in (next(numbers) for _ in range(more))]
        facts = [
            (number, item, Released(model_id=MODEL_ID, manufacturer_id=maker, serial=str(item)))
            for number, item in items
        ]
        record(log, [Said(item, fact, 1, fact_id(number)) for number, item, fact in facts])
        engine.catch_up()
        return _way_of_counting(engine, monkeypatch)

    cheap = "tested" if database_kind == "postgresql" else "much"
    assert counted(60, RUNNER) == (cheap, 60)
    assert counted(1, STRANGER) == (cheap, 60)
    assert counted(20, STRANGER) == ("much", 60)


def _way_of_counting(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int | None]:
    """Return in which way what one organisation sees of the registry is counted, and how much it is."""
    ways: list[str] = []
    count = Pages.count

    def noted(pages: Pages, found: Found, dialect: str) -> Any:
        ways.append(found)
        return count(pages, found, dialect)

    with monkeypatch.context() as patched, engine.views.read() as connection:
        patched.setattr(Pages, "count", noted)
        patched.setattr(seen, "LITTLE", 40)
        counted = registry.items(connection, registry.RegistryFilter(scope=RUNNER), Window(counted=True)).count
    (way,) = ways
    return way, counted
