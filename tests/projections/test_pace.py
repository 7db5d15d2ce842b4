"""Who is far behind takes more facts at once; who follows closely takes them as they come."""

import gc
from datetime import UTC, datetime, timedelta
from weakref import ref

import pytest

from domain.log.log import Log
from projections import pace
from projections.engine import Engine
from projections.equipment.registry import REGISTRY
from projections.offering import Progress
from projections.pace import undisturbed
from projections.views import views_url
from tests.projections.recording import fact_id, record
from tests.projections.test_engine import LIVES

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_who_is_far_behind_takes_more_facts_at_once(log: Log, database_url: str) -> None:
    taken: list[int] = []

    def observe(progress: Progress) -> None:
        taken.append(progress.facts)

    lives = [said._replace(id=fact_id(number)) for number, said in enumerate(LIVES * 3)]
    record(log, lives)
    engine = Engine(log, views_url(database_url), [REGISTRY], batch=1, observer=observe, now=lambda: NOON)
    engine.catch_up()
    assert taken == [1] * 10 + [5] * 3 + [2]
    record(log, [lives[0]._replace(id=fact_id(1_000))])
    engine.catch_up()
    record(log, [lives[0]._replace(id=fact_id(1_001))])
    engine.catch_up()
    assert taken[-2:] == [1, 1]
    engine.close()


def test_a_commit_that_took_long_is_followed_by_a_shorter_one(log: Log, database_url: str) -> None:
    taken: list[int] = []
    took = iter([20, 2, 0, 0, 0])
    clock = [NOON]

    def observe(progress: Progress) -> None:
        taken.append(progress.facts)
        clock[0] += timedelta(seconds=next(took))

    record(log, [said._replace(id=fact_id(number)) for number, said in enumerate(LIVES * 3)])
    engine = Engine(log, views_url(database_url), [REGISTRY], batch=8, observer=observe, now=lambda: clock[0])
    engine.catch_up()
    engine.close()
    assert taken[:3] == [8, 2, 5]


def test_a_rebuild_takes_most(log: Log, database_url: str) -> None:
    taken: list[int] = []

    def observe(progress: Progress) -> None:
        taken.append(progress.facts)

    record(log, [said._replace(id=fact_id(number)) for number, said in enumerate(LIVES * 5)])
    engine = Engine(log, views_url(database_url), [REGISTRY], batch=1)
    engine.catch_up()
    engine.close()
    engine = Engine(log, views_url(database_url), [REGISTRY], batch=1, observer=observe, now=lambda: NOON)
    engine.rebuild("registry")
    assert taken == [1] * 10 + [20, 15]
    engine.close()


def test_nobody_looks_for_garbage_while_many_facts_are_applied(log: Log, database_url: str) -> None:
    looked: list[bool] = []

    def observe(_progress: Progress) -> None:
        looked.append(gc.isenabled())

    record(log, LIVES)
    engine = Engine(log, views_url(database_url), [REGISTRY], batch=2, observer=observe)
    engine.catch_up()
    assert looked == [True, False, False, False, False]
    assert gc.isenabled()
    engine.close()


def test_nobody_looks_for_garbage_from_the_begin_of_a_rebuild_to_its_end(log: Log, database_url: str) -> None:
    record(log, LIVES)
    engine = Engine(log, views_url(database_url), [REGISTRY], batch=2)
    engine.catch_up()
    looked: list[bool] = []
    engine.rebuild("registry", progress=lambda _done, _of: looked.append(gc.isenabled()))
    assert looked
    assert not any(looked)
    assert gc.isenabled()
    engine.close()


def test_what_others_leave_while_it_lasts_long_is_looked_for_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    class Left:
        def __init__(self) -> None:
            self.itself = self

    with undisturbed() as look:
        left = ref(Left())
        look()
        assert left() is not None
        monkeypatch.setattr(pace, "_LOOK_SECONDS", -1.0)
        look()
        assert left() is None
        assert not gc.isenabled()


def test_garbage_is_looked_for_again_once_the_last_one_is_done() -> None:
    with undisturbed():
        with pytest.raises(ZeroDivisionError), undisturbed():
            raise ZeroDivisionError
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with undisturbed():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
