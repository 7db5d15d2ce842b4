"""Laws of what a rebuild keeps in memory: however much it is, and whoever works beside it, rows are the same."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.end_of_life import END_OF_LIFE
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY
from projections.equipment.technical_state import TECHNICAL_STATE
from projections.read_model import BESIDE, ReadModel, Tables
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import MOST, lives
from tests.laws.test_above import trees
from tests.laws.test_parking import failing
from tests.projections.recording import Said, fact_id, opened, record, rows_of

MODELS = (REGISTRY, TECHNICAL_STATE, HISTORY, END_OF_LIFE)
ALONE = (HISTORY, END_OF_LIFE)
"""Rows of these follow no others."""
histories = lives() | trees()
most_kept = st.sampled_from([0, 4, 8, 12, 20_000])
"""Of four read models together."""


def rows(engine: Engine, models: Sequence[ReadModel[Any]] = MODELS) -> dict[str, Any]:
    with engine.views.read() as connection:
        return {model.name: rows_of(connection, model) for model in models}


def followed(log: Log, url: str) -> dict[str, Any]:
    """Return the rows that follow fact by fact."""
    engine = Engine(log, views_url(url), MODELS, batch=1)
    engine.catch_up()
    found = rows(engine)
    engine.close()
    return found


def test_rows_are_the_same_however_much_is_kept(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], batch: int, most: int) -> None:
        url = fresh()
        log = opened(url)
        record(log, facts)
        before = followed(log, url)
        engine = Engine(log, views_url(url), MODELS, batch=batch, most_kept=most)
        results = engine.rebuild(*before)
        assert {each.changed_over for each in results.values()} == {True}
        assert rows(engine) == before
        for each in (engine, log):
            each.close()

    law(database_kind, example, facts=histories, batch=st.integers(1, 5), most=most_kept)


def test_two_that_share_a_rebuild_keep_nothing_that_the_other_changed(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], turns: list[tuple[bool, bool]]) -> None:
        url = fresh()
        log = opened(url)
        record(log, facts)
        before = followed(log, url)
        engines = [Engine(log, views_url(url), MODELS, batch=batch) for batch in (1, 2)]
        for engine in engines:
            for model in MODELS:
                engine.begin_beside(model)
        for second, looks in turns:
            if looks:  # it sees where the other one left it, and is not told so by failing
                engines[second].retry(HISTORY.name)
            engines[second].step()
        engines[0].rebuild(*before)
        assert rows(engines[0]) == before
        for each in engines:
            each.close()
        log.close()

    law(database_kind, example, facts=histories, turns=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))


def test_what_a_retry_changed_is_read_anew(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], fails: int, steps: int) -> None:
        url = fresh()
        log = opened(url)
        record(log, facts)
        before = followed(log, url)
        failures = {fact_id(fails): "evolve"}
        broken = [failing(model, failures) for model in ALONE]
        building = Engine(log, views_url(url), broken, batch=2, program="broken")
        for model in broken:
            building.begin_beside(model)
        for _ in range(steps):
            building.step()
        mending = Engine(log, views_url(url), ALONE, program="mended")
        for model in ALONE:
            mending.retry(model.name)
        failures.clear()  # whatever is parked from now on waits behind what is parked no more
        while building.step():
            pass
        with mending.views.read() as connection:
            beside = [Tables.of(model, beside=True) for model in ALONE]
            found = {each.bookmark.removesuffix(BESIDE): rows_of(connection, each) for each in beside}
        assert found == {model.name: before[model.name] for model in ALONE}
        for each in (building, mending, log):
            each.close()

    law(database_kind, example, facts=lives(), fails=st.integers(0, MOST - 1), steps=st.integers(1, MOST // 2))
