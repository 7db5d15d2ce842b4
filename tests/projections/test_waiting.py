"""The engine once it has applied all that is known: it waits for more, and misses nothing that comes meanwhile."""

from itertools import pairwise

import pytest

from domain.equipment.custody import Stocked
from domain.equipment.life import Released
from domain.log.contract import Row
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY
from projections.offering import Progress
from projections.views import views_url
from tests.projections.recording import FIRST, MAKER, MODEL_ID, opened, record, said

RELEASED = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A-1")
LIFE = [said(number, FIRST, Stocked(place="warehouse-1") if number else RELEASED, number) for number in range(7)]
MODELS = (REGISTRY, HISTORY)
PATIENCE = 60.0


def test_who_has_applied_all_that_is_known_waits_and_reads_no_empty_page(
    log: Log, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    page, wait = log.page, log.wait_beyond

    def read(after: int, limit: int, until: int | None = None) -> list[Row]:
        rows = page(after, limit, until)
        asked.append("rows" if rows else "nothing")
        return rows

    def awaited(position: int, timeout: float) -> bool:
        asked.append("wait")
        return wait(position, timeout)

    monkeypatch.setattr(log, "page", read)
    monkeypatch.setattr(log, "wait_beyond", awaited)
    engine.catch_up()
    engine.run()
    for number, each in enumerate(LIFE[:6], 1):
        record(log, [each])
        assert engine.wait_for(number, PATIENCE)
    engine.stop()
    assert {after for each, after in pairwise(asked) if each == "rows"} <= {"wait", "rows"}


def test_what_another_process_appends_as_the_last_fact_is_applied_is_followed(log: Log, database_url: str) -> None:
    other = opened(database_url)  # it has a bell of its own
    coming = iter(LIFE[1:7])

    def on_progress(progress: Progress) -> None:
        if progress.name == REGISTRY.name and (following := next(coming, None)):
            record(other, [following])

    engine = Engine(log, views_url(database_url), MODELS, observer=on_progress)
    engine.run()
    record(log, LIFE[:1])
    assert engine.wait_for(7, PATIENCE)
    engine.close()
    other.close()
