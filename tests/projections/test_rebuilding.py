"""Rebuilds: told how far they are, gone on with after an end, shared by two that begin the same one."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

from sqlalchemy import event, select

from domain.equipment.custody import Moved
from domain.log.contract import Row
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import registry
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.offering import Progress
from projections.paging import Page, Place, Window
from projections.rebuilding import Manner
from projections.views import views_url
from tests.projections.recording import FIRST, ITEMS, SECOND, record, rows_of, said
from tests.projections.test_engine import LIVES, MODELS, stages
from tests.servers import until

MOVED = Moved(place="warehouse-2")
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


class Reading:
    """The log, and how many facts were read of it."""

    def __init__(self, log: Log) -> None:
        self._log, self.facts = log, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def page(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        found = self._log.page(after, limit, until)
        self.facts += len(found)
        return found


def test_several_are_rebuilt_by_one_reading(log: Log, database_url: str) -> None:
    record(log, LIVES)
    reading: Any = Reading(log)
    engine = Engine(reading, views_url(database_url), MODELS, batch=2)
    engine.catch_up()
    reading.facts = 0
    results = engine.rebuild("registry", "history")
    assert {name: each.changed_over for name, each in results.items()} == {"registry": True, "history": True}
    assert reading.facts == len(LIVES)
    engine.close()


def test_two_processes_rebuild_different_read_models_and_keep_to_their_own(log: Log, database_url: str) -> None:
    record(log, LIVES)
    heard: list[set[str]] = [set(), set()]

    def engine_heard(names: set[str]) -> Engine:
        def hear(progress: Progress) -> None:
            names.add(progress.name)

        return Engine(log, views_url(database_url), MODELS, batch=1, observer=hear)

    engines = [engine_heard(names) for names in heard]
    engines[0].catch_up()
    heard[0].clear()
    both = Barrier(2)

    def at_once(engine: Engine, name: str) -> bool:
        first = iter([both.wait])

        def together(_done: int, _of: int) -> None:
            for wait in first:
                wait(PATIENCE_SECONDS)

        return engine.rebuild(name, progress=together)[name].changed_over

    with ThreadPoolExecutor(2) as pool:
        rebuilt = [pool.submit(at_once, *each) for each in zip(engines, ("registry", "history"), strict=True)]
        assert [each.result(PATIENCE_SECONDS) for each in rebuilt] == [True, True]
    assert heard == [{"registry__next"}, {"history__next"}]
    for each in engines:
        each.close()


def test_pages_go_on_after_a_rebuild_where_they_were(log: Log, database_url: str) -> None:
    record(log, LIVES)
    engine = Engine(log, views_url(database_url), MODELS, batch=2)
    engine.catch_up()

    def page(after: Place | None, known_at: int | None) -> Page[registry.RegisteredItem]:
        window = Window(limit=1, after=after)
        with engine.views.read() as connection:
            return registry.items(connection, RegistryFilter(), window, sort="serial", known_at=known_at)

    first = page(None, None)
    second = page(first.next, first.position)
    record(log, [said(100, FIRST, MOVED, 100), said(101, SECOND, MOVED, 101)])
    engine.rebuild("registry")
    again = page(first.next, first.position)
    third = page(again.next, first.position)
    assert again == second
    assert [each.items[0].equipment_id for each in (first, again, third)] == [item.id for item in ITEMS]
    assert third.next is None
    engine.close()


def test_who_reads_while_it_is_changed_over_sees_one_snapshot_and_nobody_waits(log: Log, database_url: str) -> None:
    record(log, LIVES)
    engine = Engine(log, views_url(database_url), MODELS)
    engine.catch_up()
    query = select(REGISTRY.table).order_by(*REGISTRY.table.primary_key)
    with engine.views.read() as connection:
        before = connection.execute(query).all()
    with ThreadPoolExecutor(1) as pool, engine.views.read() as connection:
        found = connection.execute(query, execution_options={"yield_per": 1})
        rows = [found.fetchone()]
        rebuilt = pool.submit(engine.rebuild, "registry", manner=Manner.REGARDLESS)
        until(lambda: rebuilt.done() or engine.rebuilds().get("registry") == len(LIVES), PATIENCE_SECONDS)
        for _ in range(3):
            assert len(stages(engine)) == len(ITEMS)  # others are answered while that one still reads
        rows += found.all()
        assert rows == before
        connection.rollback()
        assert rebuilt.result(PATIENCE_SECONDS)["registry"].changed_over
    assert len(stages(engine)) == len(ITEMS)
    engine.close()


def test_a_row_that_begins_and_ends_within_a_batch_is_written_once_also_if_facts_are_late(
    log: Log, database_url: str
) -> None:
    late = [said(200 + number, item, MOVED, 0) for number, item in enumerate(ITEMS)]
    record(log, [*LIVES, *late, *(said(300 + number, item, MOVED, 90) for number, item in enumerate(ITEMS))])
    engine = Engine(log, views_url(database_url), MODELS)
    engine.catch_up()
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        written.extend([statement.strip()[:6]] if "registry__next" in statement else [])

    event.listen(engine.views.engines[0], "before_cursor_execute", note)
    assert engine.rebuild("registry")["registry"].changed_over
    assert (written.count("INSERT"), written.count("UPDATE")) == (1, 0)
    engine.close()


def test_indexes_are_made_while_rows_are_compared_unless_these_are_never_to_answer(log: Log, database_url: str) -> None:
    record(log, LIVES)
    engine = Engine(log, views_url(database_url), MODELS)
    engine.catch_up()
    made, begun, at_once = 0, Event(), list[bool]()

    def made_one(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal made
        if "INDEX" in statement and "registry__next" in statement:
            made += 1
            if made == len(registry.TABLE.indexes):
                begun.set()

    def compared(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "count" in statement and "registry__next" in statement:
            at_once.append(begun.wait(PATIENCE_SECONDS))

    writer, reader = engine.views.engines
    event.listen(writer, "before_cursor_execute", made_one)
    event.listen(reader, "before_cursor_execute", compared)
    assert engine.rebuild("registry")["registry"].changed_over
    assert at_once == [True]
    made = 0
    engine.rebuild("registry", manner=Manner.ONLY_COMPARE)
    assert made == 1  # the one that is in use while facts are applied
    engine.close()
