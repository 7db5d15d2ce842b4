"""Rebuilds: told how far they are, gone on with after an end, shared by two that begin the same one."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.registry import REGISTRY
from projections.views import views_url
from tests.projections.recording import record, rows_of
from tests.projections.test_engine import LIVES, MODELS

PATIENCE_SECONDS = 60.0


class KilledError(BaseException):
    """The process ends here."""


def test_a_rebuild_tells_how_far_it_is_and_goes_on_where_it_ended(log: Log, database_url: str) -> None:
    record(log, LIVES)
    engine = Engine(log, views_url(database_url), MODELS, batch=2)
    engine.catch_up()
    told: list[tuple[int, int]] = []

    def until_four(done: int, of: int) -> None:
        told.append((done, of))
        if done == 4:
            raise KilledError

    try:
        engine.rebuild("registry", progress=until_four)
    except KilledError:
        engine.close()
    again = Engine(log, views_url(database_url), MODELS, batch=2)
    again.rebuild("registry", progress=lambda done, of: told.append((done, of)))
    assert told[:4] == [(0, 9), (2, 9), (4, 9), (4, 9)]
    assert not again.positions()["registry"].rebuilding
    again.close()


def test_two_rebuilds_of_one_read_model_share_the_work(log: Log, database_url: str) -> None:
    record(log, LIVES)
    applied: Counter[str] = Counter()
    engines = [
        Engine(log, views_url(database_url), MODELS, batch=1, observer=lambda each: applied.update({each.name: 1}))
        for _ in range(2)
    ]
    engines[0].catch_up()
    with engines[0].views.read() as connection:
        before = rows_of(connection, REGISTRY)
    both = Barrier(2)

    def at_once(engine: Engine) -> None:
        first = iter([both.wait])

        def together(_done: int, _of: int) -> None:
            for wait in first:
                wait(PATIENCE_SECONDS)

        engine.rebuild("registry", progress=together)

    with ThreadPoolExecutor(2) as pool:
        for rebuilt in [pool.submit(at_once, engine) for engine in engines]:
            rebuilt.result(PATIENCE_SECONDS)
    with engines[1].views.read() as connection:
        assert rows_of(connection, REGISTRY) == before
    assert applied["registry__next"] <= len(LIVES)
    assert engines[1].positions()["registry"] == (9, 0, 0.0, None, False, 0)
    for each in engines:
        each.close()
