"""Laws of time travel: every read model equals a plain fold of the facts, at any moment, as known at any position."""

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import history, registry
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import HOURS, MOST, lives, moments, moments_and_positions
from tests.laws.reference import Told, expected_row, expected_steps
from tests.projections.recording import ITEMS, Said, micros, opened, record, rows_of

MODELS = (REGISTRY, HISTORY)
ALL = Window(limit=1000)


def check_registry(engine: Engine, facts: Sequence[Said]) -> None:
    """Compare the registry with the reference as of every moment, as known at every position."""
    with engine.views.read() as connection:
        for known_at in range(len(facts) + 1):
            for hour in (None, *range(-1, HOURS + 1)):
                as_of = None if hour is None else micros(hour)
                page = registry.items(connection, RegistryFilter(), ALL, sort="id", as_of=as_of, known_at=known_at)
                rows = {item.id: expected_row(facts, item, hour, known_at) for item in ITEMS}
                assert [shown_as_expected(each, rows[each.equipment_id]) for each in page.items] == [
                    True for row in rows.values() if row is not None
                ]


def check_histories(engine: Engine, log: Log, facts: Sequence[Said], asked: Iterable[tuple[int | None, int]]) -> None:
    """Compare the history of every item with the reference as of moments, as known at positions."""
    with engine.views.read() as connection:
        for hour, known in asked:
            known_at = min(known, len(facts))
            as_of = None if hour is None else micros(hour)
            for item in ITEMS:
                steps = history.history(connection, log, item.id, ALL, as_of=as_of, known_at=known_at).items
                told = [Told(s.recorded.position, s.changes, s.wrong_by, s.corrects) for s in steps]
                assert told == expected_steps(facts, item, hour, known_at)


def shown_as_expected(found: registry.RegisteredItem, row: dict[str, Any] | None) -> bool:
    assert row is not None
    assert {name: getattr(found, name, row[name]) for name in row} == row
    return True


def recorded_in_groups(url: str, facts: Sequence[Said], sizes: Sequence[int]) -> Log:
    log = opened(url)
    rest = list(facts)
    for size in sizes:
        if rest[:size]:
            record(log, rest[:size])
        rest = rest[size:]
    if rest:
        record(log, rest)
    return log


def test_every_answer_equals_a_plain_fold_of_what_was_known(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], batch: int, asked: list[tuple[int | None, int]]) -> None:
        url = fresh()
        log = recorded_in_groups(url, facts, [3, 1, 4])
        engine = Engine(log, views_url(url), MODELS, batch=batch)
        engine.catch_up()
        assert {name: each.error for name, each in engine.positions().items()} == {"history": None, "registry": None}
        check_registry(engine, facts)
        check_histories(engine, log, facts, [(None, MOST), *asked])
        engine.close()
        log.close()

    law(database_kind, example, facts=lives(), batch=st.integers(1, 6), asked=moments)


def test_a_rebuild_makes_the_same_rows_as_following_fact_by_fact(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], batch: int) -> None:
        url = fresh()
        log = recorded_in_groups(url, facts, [5])
        engine = Engine(log, views_url(url), MODELS, batch=1)
        engine.catch_up()
        with engine.views.read() as connection:
            followed = {model.name: rows_of(connection, model) for model in MODELS}
        engine.close()
        anew = Engine(log, views_url(url), MODELS, batch=batch)
        for model in MODELS:
            anew.rebuild(model.name)
        with anew.views.read() as connection:
            assert {model.name: rows_of(connection, model) for model in MODELS} == followed
        assert all(each.position == len(facts) and not each.rebuilding for each in anew.positions().values())
        anew.close()
        log.close()

    law(database_kind, example, facts=lives(), batch=st.integers(1, 20))


def test_what_was_known_before_a_fact_stays_as_it_was(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[int | None, int]]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS)
        answers: list[tuple[int | None, int, object]] = []
        for position, fact in enumerate(facts, start=1):
            record(log, [fact])
            engine.catch_up()
            now = [(hour, position) for hour, _ in asked]
            answers += [(hour, known_at, answer(engine, log, hour, known_at)) for hour, known_at in now]
        for hour, known_at, before in answers:
            assert answer(engine, log, hour, known_at) == before
        engine.close()
        log.close()

    law(database_kind, example, facts=lives(), asked=st.lists(moments_and_positions, max_size=3))


def answer(engine: Engine, log: Log, hour: int | None, known_at: int) -> object:
    as_of = None if hour is None else micros(hour)
    with engine.views.read() as connection:
        page = registry.items(connection, RegistryFilter(), ALL, as_of=as_of, known_at=known_at)
        told = [history.history(connection, log, item.id, ALL, as_of=as_of, known_at=known_at) for item in ITEMS]
    return page, told


def test_two_engines_on_one_views_database_apply_nothing_twice(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], turns: list[tuple[bool, int]]) -> None:
        url = fresh()
        log = recorded_in_groups(url, facts, [2, 2, 2])
        one, other = (Engine(log, views_url(url), MODELS, batch=batch) for batch in (2, 3))
        for first, steps in turns:
            for _ in range(steps):
                (one if first else other).step()
        other.catch_up()
        one.catch_up()
        with one.views.read() as connection:
            together = {model.name: rows_of(connection, model) for model in MODELS}
        one.rebuild(REGISTRY.name)
        one.rebuild(HISTORY.name)
        with other.views.read() as connection:
            assert {model.name: rows_of(connection, model) for model in MODELS} == together
        one.close()
        other.close()
        log.close()

    turns = st.lists(st.tuples(st.booleans(), st.integers(1, 3)), max_size=8)
    law(database_kind, example, facts=lives(), turns=turns)
