"""Units of which two streams say different things: what is read follows from the page, not from the fleet."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from domain.equipment.life import Released
from domain.equipment.structure import UnitInstalled
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections import paging
from projections.engine import Engine
from projections.equipment import seen
from projections.equipment.disagreements import DisagreementFilter, disagreements
from projections.equipment.registry import REGISTRY
from projections.equipment.seats import DISAGREEMENTS
from projections.paging import Window
from projections.views import views_url
from tests.projections.recording import MODEL_ID, RUNNER, Said, fact_id, record
from tests.projections.test_seen import STRANGER
from tests.projections.work import analyze, work

FEW, MANY = 100, 1_000
ITEM, UNIT = UUID(int=50_000), UUID(int=50_001)
"""An item of the runner, and what it lists."""


class Fleet:
    """Items that list units, each with another one; no unit says so, and some are listed by two of them."""

    def __init__(self, log: Log, engine: Engine) -> None:
        self.log, self.engine = log, engine
        self._numbers, self._ids = count(1), count(1_000)

    def add(self, units: int) -> None:
        for number in range(units):
            unit, *items = (UUID(int=next(self._ids)) for _ in range(3 if number % 2 else 2))
            self.list(unit, dict.fromkeys(items, STRANGER))

    def list(self, unit: UUID, makers: Mapping[UUID, UUID]) -> None:
        """Let some items list a unit, each of a maker of its own."""
        told: list[tuple[UUID, Fact]] = [(unit, self._released(unit, STRANGER))]
        told += [(item, self._released(item, maker)) for item, maker in makers.items()]
        told += [(item, UnitInstalled(unit_id=unit, slot="pump")) for item in makers]
        record(self.log, [Said(StreamRef("equipment", item), fact, 1, self._fact()) for item, fact in told])

    def _released(self, item: UUID, maker: UUID) -> Released:
        return Released(model_id=MODEL_ID, manufacturer_id=maker, serial=str(item.int))

    def _fact(self) -> UUID:
        return fact_id(next(self._numbers))


@pytest.fixture
def fleet(log: Log, database_url: str) -> Iterator[Fleet]:
    engine = Engine(log, views_url(database_url), (REGISTRY, DISAGREEMENTS))
    yield Fleet(log, engine)
    engine.close()


def asking(window: Window, **wanted: Any) -> Callable[[Connection, UUID], Any]:
    return lambda views, _: disagreements(views, DisagreementFilter(**wanted), window)


HERE = (UNIT, 1)
QUESTIONS = {
    "from the start": asking(Window(limit=5)),
    "after a place": asking(Window(limit=1, before=HERE)),
    "before a place": asking(Window(limit=1, after=(UUID(int=49_999), 1))),
    "of a unit": asking(Window(limit=5, counted=True), equipment_id=UNIT),
    "of an item": asking(Window(limit=5, counted=True), equipment_id=ITEM),
    "by who sees little": asking(Window(limit=5, counted=True), scope=RUNNER),
    "by who sees little, of an item": asking(Window(limit=5, counted=True), scope=RUNNER, equipment_id=ITEM),
}


def test_what_is_read_for_a_page_is_the_same_in_a_fleet_ten_times_as_large(fleet: Fleet) -> None:
    found = []
    fleet.list(UNIT, {ITEM: RUNNER})
    for more in (FEW, MANY - FEW):
        fleet.add(more)
        fleet.engine.catch_up()
        analyze(fleet.engine.views)
        found.append({name: work(fleet.engine.views, ask) for name, ask in QUESTIONS.items()})
    small, large = found
    assert {name: (small[name], large[name]) for name in QUESTIONS if large[name] > 1.5 * small[name] + 100} == {}


@pytest.mark.parametrize(("little", "tried"), [(500, 500), (0, 0), (0, 500)])
def test_a_unit_is_found_by_each_of_many_items_that_list_it(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, little: int, tried: int
) -> None:
    makers = {UUID(int=60_000 + number): UUID(int=70_000 + number) for number in range(4)}
    fleet.add(3)
    fleet.list(UNIT, makers)
    fleet.add(3)
    fleet.engine.catch_up()
    monkeypatch.setattr(seen, "LITTLE", little)
    monkeypatch.setattr(paging, "TRIED", tried)

    def found(**wanted: Any) -> list[UUID]:
        with fleet.engine.views.read() as views:
            page = disagreements(views, DisagreementFilter(**wanted), Window(limit=10, counted=True))
        assert {each.unit_id for each in page.items} <= {UNIT}
        assert page.count == len(page.items)
        return [each.parent_id for each in page.items]

    assert found(equipment_id=UNIT) == sorted(makers)
    for item, maker in makers.items():
        assert found(equipment_id=item) == found(scope=maker) == found(scope=maker, equipment_id=UNIT) == [item]
