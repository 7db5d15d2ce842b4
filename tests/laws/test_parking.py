"""Laws of parked facts: nothing else is disturbed, and once they are applied, it is as if nothing had ever failed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import Connection, select

from domain.kernel.envelope import Recorded
from domain.kernel.moments import FOREVER
from projections.engine import Engine
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY
from projections.read_model import ReadModel, Steps
from projections.timeline import Values
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import MOST, lives
from tests.laws.test_above import trees
from tests.laws.test_time_travel import recorded_in_groups
from tests.projections.recording import Said, fact_id, rows_of

MODELS = (REGISTRY, HISTORY)
Failing = Mapping[UUID, str]
"""Facts, and where read models fail on them."""


def failing(model: ReadModel[Any], facts: Failing) -> ReadModel[Any]:
    """Return a read model that fails on some facts: asked for their keys, folding them, or writing what follows."""

    def keys(recorded: Recorded) -> list[UUID]:
        if facts.get(recorded.id) == "keys":
            raise LookupError
        return list(model.keys(recorded))

    def evolve(state: Any, recorded: Recorded, key: UUID) -> Any:
        if facts.get(recorded.id) == "evolve":
            raise ZeroDivisionError
        return model.evolve(state, recorded, key)

    if not isinstance(model, Steps):
        return replace(model, keys=keys, evolve=evolve)

    def step(before: Any, after: Any, recorded: Recorded, wrong_by: UUID | None) -> Values | None:
        values = model.step(before, after, recorded, wrong_by)
        if facts.get(recorded.id) == "write" and values is not None:
            return {"position": values["position"]}
        return values

    return replace(model, keys=keys, evolve=evolve, step=step)


failures = st.dictionaries(
    st.integers(0, MOST - 1).map(fact_id), st.sampled_from(["keys", "evolve", "write"]), min_size=1, max_size=4
)


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with engine.views.read() as connection:
        return {model.name: rows_of(connection, model) for model in MODELS}


def rows_known(connection: Connection, model: ReadModel[Any], until: Mapping[UUID, int]) -> list[dict[str, Any]]:
    """Return the rows of each key as they were known before a position."""
    known = []
    for found in connection.execute(select(model.table).order_by(*model.table.primary_key)).mappings():
        row, position = dict(found), until.get(found["key"], FOREVER)
        if row["known_from"] < position:
            row |= {"known_to": FOREVER} if row["known_to"] >= position else {}
            row |= {"valid_to": FOREVER, "ended_by": FOREVER} if row["ended_by"] >= position else {}
            known.append(row)
    return known


def test_a_key_with_a_parked_fact_answers_as_before_it_and_no_other_is_disturbed(
    database_kind: str, fresh: Fresh
) -> None:
    def example(facts: Sequence[Said], failures: Failing, batch: int) -> None:
        url = fresh()
        log = recorded_in_groups(url, facts, [4])
        sound = Engine(log, views_url(fresh()), MODELS)
        engine = Engine(log, views_url(url), [failing(model, failures) for model in MODELS], batch=batch)
        sound.catch_up()
        engine.catch_up()
        assert {each.position for each in engine.positions().values()} == {len(facts)}
        told = engine.parked()
        for model in MODELS:
            first = {each.key: each.position for each in told if each.read_model == model.name}
            with sound.views.read() as one, engine.views.read() as other:
                assert rows_known(other, model, {}) == rows_known(one, model, first)
        for each in (sound, engine, log):
            each.close()

    law(database_kind, example, facts=lives(), failures=failures, batch=st.integers(1, 20))


def test_after_a_retry_it_is_as_if_nothing_had_ever_failed(database_kind: str, fresh: Fresh) -> None:
    def example(facts: Sequence[Said], failures: Failing, batch: int, halfway: int) -> None:
        url = fresh()
        log = recorded_in_groups(url, facts, [4])
        sound = Engine(log, views_url(fresh()), MODELS)
        sound.catch_up()
        broken = [failing(model, failures) for model in MODELS]
        engine = Engine(log, views_url(url), broken, batch=batch)
        engine.catch_up()
        before, told = rows(engine), engine.parked()
        for model in MODELS:
            engine.retry(model.name)
        assert (rows(engine), [each[:6] for each in engine.parked()]) == (before, [each[:6] for each in told])
        engine.close()
        fewer = dict(list(failures.items())[halfway:])
        half = Engine(log, views_url(url), [failing(model, fewer) for model in MODELS], batch=batch, program="half")
        half.catch_up()
        half.close()
        mended = Engine(log, views_url(url), MODELS, batch=batch)
        for model in MODELS:
            assert mended.retry(model.name).keys_left == 0
        assert mended.parked() == []
        assert {each.parked for each in mended.positions().values()} == {0}
        assert rows(mended) == rows(sound)
        for each in (sound, mended, log):
            each.close()

    law(
        database_kind,
        example,
        facts=lives() | trees(),
        failures=failures,
        batch=st.integers(1, 20),
        halfway=st.integers(0, 4),
    )
