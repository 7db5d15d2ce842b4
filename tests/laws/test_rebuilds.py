"""The law of rebuilds: every read model there is, made anew, is row for row what following fact by fact made of it."""

from contextlib import closing
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from projections.engine import Engine
from projections.read_models import READ_MODELS
from projections.views import views_url
from tests.application.desk import Desk
from tests.laws.lives import STEPS, Step, live
from tests.projections.recording import rows_of

NAMES = [model.name for model in READ_MODELS]
EXAMPLES = {"sqlite": 6, "postgresql": 2}
"""Each is a life of some sixty facts that all read models follow one by one; the later ones add to the log."""


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row and every state of every read model."""
    with engine.views.read() as connection:
        return {model.name: rows_of(connection, model) for model in READ_MODELS}


def test_every_read_model_made_anew_is_as_it_was(database_kind: str, database_url: str, desk: Desk) -> None:
    def example(steps: list[Step], batch: int, most_kept: int) -> None:
        live(desk, steps)
        with closing(Engine(desk.log, views_url(database_url), READ_MODELS, batch=1)) as engine:
            engine.catch_up()
            assert engine.parked() == []
            followed = rows(engine)
        with closing(Engine(desk.log, views_url(database_url), READ_MODELS, batch=batch, most_kept=most_kept)) as anew:
            results = anew.rebuild(*NAMES)
            assert {each.changed_over for each in results.values()} == {True}
            made = rows(anew)
            for name in NAMES:
                assert made[name] == followed[name], name

    check = given(steps=STEPS, batch=st.integers(1, 40), most_kept=st.sampled_from([0, 5 * len(NAMES), 20_000]))(
        example
    )
    settings(max_examples=EXAMPLES[database_kind])(check)()
