"""Much at once: what a rebuild writes in large pieces, and of whom it asks nothing, is what fact by fact leads to."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from domain.equipment.custody import Stocked
from domain.equipment.life import Commissioned, Installed, Released
from domain.equipment.meters import MeterReadingRecorded
from domain.equipment.operation import FailureReported
from domain.equipment.papers import Certified
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.custody import CUSTODY
from projections.equipment.end_of_life import END_OF_LIFE
from projections.equipment.failures import FAILURES
from projections.equipment.history import HISTORY
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.registry import REGISTRY
from projections.equipment.technical_state import TECHNICAL_STATE
from projections.met import Familiar
from projections.read_model import BESIDE, Tables
from projections.views import views_url
from tests.laws.test_parking import failing
from tests.projections.recording import MAKER, MODEL_ID, RUNNER, Said, fact_id, record, rows_of, said

MODELS = (REGISTRY, CUSTODY, TECHNICAL_STATE, HISTORY, END_OF_LIFE, FAILURES, METER_READINGS)
FLEET = [StreamRef("equipment", UUID(int=number)) for number in range(1, 61)]
"""More than fifty: so many new rows of one read model are written otherwise than few."""


def lives() -> Iterator[Said]:
    """Yield the lives of a fleet, step by step; every other item goes into the one before it."""
    number = 0
    for step in range(6):
        for place, item in enumerate(FLEET):
            fact: Any = [
                Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial=f"Å-{place}"),
                Certified(certificate=f"EC-{place}", authority="NB-1"),
                Stocked(place=f"warehouse-{place % 3}"),
                Installed(parent_id=FLEET[place - 1].id, slot="pump") if place % 2 else Installed(place="hall"),
                FailureReported(failure_mode="leak", impact="critical", detection="operator"),
                MeterReadingRecorded(meter="operating-time", value=str(place), unit="h"),  # type: ignore[arg-type]
            ][step]
            late = step == 4 and place % 7 == 0
            yield said(number, item, fact, 2 if late else step * 10)
            number += 1


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with engine.views.read() as connection:
        return {model.name: rows_of(connection, model) for model in MODELS}


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect what the engine says to the database by SQLAlchemy while it follows and builds."""
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        told.append(" ".join(statement.split()))

    event.listen(engine.views.engines[0], "before_cursor_execute", note)
    yield told
    event.remove(engine.views.engines[0], "before_cursor_execute", note)


@pytest.mark.parametrize(("batch", "most_kept"), [(1_000, 20_000), (150, 0), (60, 0)])
def test_however_much_is_written_at_once_rows_are_the_same(
    log: Log, database_url: str, batch: int, most_kept: int
) -> None:
    record(log, lives())
    following = Engine(log, views_url(database_url), MODELS, batch=1)
    following.catch_up()
    before = rows(following)
    following.close()
    engine = Engine(log, views_url(database_url), MODELS, batch=batch, most_kept=most_kept)
    results = engine.rebuild(*before)
    assert {each.changed_over for each in results.values()} == {True}
    assert rows(engine) == before
    engine.close()


@given(met=st.lists(st.uuids()), others=st.lists(st.uuids()))
def test_who_was_met_is_never_taken_for_a_stranger(met: list[UUID], others: list[UUID]) -> None:
    familiar = Familiar()
    assert familiar.among([*met, *others]) == []
    familiar.add(met)
    assert [key for key in familiar.among([*others, *met]) if key in met] == [
        key for key in [*others, *met] if key in met
    ]


def test_what_sits_in_an_item_before_anything_is_on_record_of_it_is_found(log: Log, database_url: str) -> None:
    unit, parent = FLEET[:2]
    facts: list[Any] = [
        (unit, Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="U-1")),
        (unit, Certified(certificate="EC-1", authority="NB-1")),
        (unit, Stocked(place="warehouse-1")),
        (unit, Installed(parent_id=parent.id, slot="pump")),
        (parent, Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="P-1")),
        (parent, Certified(certificate="EC-2", authority="NB-1")),
        (parent, Installed(place="hall")),
        (parent, Commissioned(operator_id=RUNNER, act="ACT-1")),
    ]
    record(log, [said(number, item, fact, number) for number, (item, fact) in enumerate(facts)])
    engine = Engine(log, views_url(database_url), MODELS, batch=4, most_kept=0)
    engine.catch_up()
    before = rows(engine)
    engine.rebuild("registry", "custody", "technical_state")
    assert rows(engine) == before
    engine.close()


def test_whom_a_retry_met_first_is_no_stranger_to_a_rebuild(log: Log, database_url: str) -> None:
    record(log, islice(lives(), 2 * len(FLEET)))
    alone = (HISTORY, END_OF_LIFE)
    following = Engine(log, views_url(database_url), alone)
    following.catch_up()
    with following.views.read() as connection:
        before = {model.name: rows_of(connection, model) for model in alone}
    failures = {fact_id(0): "evolve"}
    broken = [failing(model, failures) for model in alone]
    building = Engine(log, views_url(database_url), broken, batch=len(FLEET), most_kept=0, program="broken")
    for model in broken:
        building.begin_beside(model)
    building.step()
    for model in alone:
        following.retry(model.name)
    failures.clear()
    while building.step():
        pass
    with following.views.read() as connection:
        beside = [Tables.of(model, beside=True) for model in alone]
        assert {each.bookmark.removesuffix(BESIDE): rows_of(connection, each) for each in beside} == before
    for each in (building, following):
        each.close()


def test_of_keys_that_a_rebuild_meets_first_the_database_is_asked_nothing(log: Log, database_url: str) -> None:
    record(log, [each for each in lives() if isinstance(each.fact, Released | Certified)])
    engine = Engine(log, views_url(database_url), (REGISTRY,), batch=len(FLEET) // 2, most_kept=0)
    engine.catch_up()
    with statements(engine) as told:
        engine.rebuild("registry")
    asked = [each for each in told if "FROM registry_state__next" in each]
    assert len(asked) == 2, "only of those that were released before they were certified"
    engine.close()


def test_what_is_much_and_new_is_copied_into_postgresql(log: Log, database_url: str) -> None:
    record(log, lives())
    following = Engine(log, views_url(database_url), MODELS, batch=1)
    following.catch_up()
    before = rows(following)
    following.close()
    engine = Engine(log, views_url(database_url), MODELS, batch=len(FLEET))
    with statements(engine) as told:
        for name in ("registry", "history"):
            engine.rebuild(name)
    inserts = [each for each in told if "INSERT INTO" in each and "__next" in each and "_state__next" not in each]
    assert bool(inserts) is database_url.startswith("sqlite")
    assert rows(engine) == before
    engine.close()
