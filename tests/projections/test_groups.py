"""Figures of models, operators and sites: what is read for a page follows from its groups, not from the fleet."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from domain.equipment.life import TakenOver
from domain.equipment.meters import PeriodReported
from domain.equipment.operation import FailureReported, RepairCompleted, RepairStarted
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import fleet_figures, slices
from projections.equipment.fleet_figures import FigureFilter, Group
from projections.paging import Window
from projections.views import views_url
from tests.projections.recording import MAKER, Said, fact_id, micros, moment, record
from tests.projections.work import analyze, work

FEW, MANY = 40, 400
EACH = 3
"""So many items are of one model, with one operator, at one site."""
END = micros(99)
BY: list[tuple[Group, ...]] = [("model",), ("operator",), ("site",), ("site", "operator"), ("model", "month")]


class Fleet:
    """Items in groups: each failed, was repaired, and a period of it was reported; of some before it was on record."""

    def __init__(self, log: Log, engine: Engine) -> None:
        self.log, self.engine = log, engine
        self._numbers, self._items = count(1), count(10_000)

    def add(self, groups: range, *, early: bool = False) -> None:
        facts = [fact for group in groups for _ in range(EACH) for fact in self._life(group, early=early)]
        record(self.log, sorted(facts, key=lambda each: each.hour))
        self.engine.catch_up()
        analyze(self.engine.views)

    def _life(self, group: int, *, early: bool) -> Iterator[Said]:
        item = StreamRef("equipment", UUID(int=next(self._items)))
        named: dict[str, Any] = dict(zip(("model_id", "operator_id", "place"), values(group), strict=True))
        found = TakenOver(serial="A", manufacturer_id=MAKER, stage="in_service", **named)
        begin, up = 1 if early else 20, Decimal(5)
        period = PeriodReported(
            meter="operating-time", unit="h", begin=moment(begin), end=moment(30), up=up, total=Decimal(8)
        )
        life: list[tuple[int, Fact]] = [(5, found), (10, FAILED), (11, STARTED), (12, RepairCompleted()), (31, period)]
        for hour, fact in [(2, FAILED), *life] if early else life:
            yield Said(item, fact, hour, fact_id(next(self._numbers)))


FAILED = FailureReported(failure_mode="leak", impact="critical", detection="operator")
STARTED = RepairStarted(maintenance_type="corrective")


def values(group: int) -> tuple[UUID, UUID, str]:
    return UUID(int=1_000 + group), UUID(int=5_000 + group), f"site-{group:04}"


@pytest.fixture
def fleet(log: Log, database_url: str) -> Iterator[Fleet]:
    engine = Engine(log, views_url(database_url), fleet_figures.NEEDS)
    yield Fleet(log, engine)
    engine.close()


def asking(by: tuple[Group, ...], **window: Any) -> Callable[[Connection, UUID | None], Any]:
    parts = slices.months(micros(0), END, END) if "month" in by else slices.whole(micros(0), END, END)
    return lambda views, _: fleet_figures.figures(
        views, FigureFilter(), parts, Window(limit=5, **window), moment=END, by=by
    )


def place(group: int, by: tuple[Group, ...]) -> tuple[Any, ...]:
    named = dict(zip(("model", "operator", "site"), values(group), strict=True)) | {"month": micros(0)}
    return (*(named[each] for each in by), END)


def test_what_is_read_for_a_page_of_groups_is_the_same_in_a_fleet_ten_times_as_large(fleet: Fleet) -> None:
    found = []
    fleet.add(range(4), early=True)
    for groups in (range(4, FEW), range(FEW, MANY)):
        fleet.add(groups)
        here = groups[-1] - 10
        questions = {
            (by, name): asking(by, **window)
            for by in BY
            for name, window in (
                ("from the start", {}),
                ("after a place", {"after": place(here, by)}),
                ("before a place", {"before": place(here, by)}),
            )
        }
        with fleet.engine.views.read() as views:
            assert {name: len(ask(views, None).items) for name, ask in questions.items()} == dict.fromkeys(questions, 5)
        found.append({name: work(fleet.engine.views, ask) for name, ask in questions.items()})
    small, large = found
    assert {name: (small[name], large[name]) for name in small if large[name] > 1.5 * small[name] + 100} == {}
