"""The engine: every fact applied once, one failing question alone, rebuilds beside, another log noticed."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, inspect, select, text

from domain.equipment.custody import Stocked
from domain.equipment.life import Released
from domain.equipment.papers import Certified
from domain.kernel.refusals import Unavailable
from domain.kernel.streams import StreamRef
from domain.log.codec import Draft, encode
from domain.log.contract import Proposal
from domain.log.log import Log
from domain.parties.organisation import MemberAdded, OrganisationRegistered
from projections.engine import Engine
from projections.equipment import registry
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.offering import Progress
from projections.paging import Window
from projections.read_model import Timeline, timeline_table
from projections.rebuilding import Manner
from projections.views import views_url
from tests.projections.recording import (
    CALLER,
    FIRST,
    ITEMS,
    MAKER,
    MODEL_ID,
    NoSealer,
    Said,
    moment,
    opened,
    record,
    rows_of,
    said,
)

RELEASED = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A-1")
CERTIFIED = Certified(certificate="EC-1", authority="NB-1")
STOCKED = Stocked(place="warehouse-1")
MODELS = (REGISTRY, HISTORY)
PATIENCE = 60.0
LIVES = [
    said(number, item, fact, number)
    for number, (item, fact) in enumerate((item, fact) for fact in (RELEASED, CERTIFIED, STOCKED) for item in ITEMS)
]


def stages(engine: Engine) -> list[str]:
    with engine.views.read() as connection:
        return [each.stage for each in registry.items(connection, RegistryFilter(), Window(), sort="id").items]


def test_a_running_engine_follows_what_is_appended(log: Log, engine: Engine) -> None:
    engine.run()
    record(log, LIVES[:4])
    assert engine.wait_for(4, PATIENCE)
    assert stages(engine) == ["certified", "released", "released"]
    assert not engine.wait_for(5, 0.0)
    record(log, LIVES[4:5])
    assert engine.wait_for(5, PATIENCE, ["registry"])
    assert stages(engine) == ["certified", "certified", "released"]


def test_who_only_reads_sees_how_far_another_engine_has_followed(log: Log, engine: Engine, database_url: str) -> None:
    reader = Engine(log, views_url(database_url), MODELS)
    engine.run()
    record(log, LIVES)
    assert reader.wait_for(len(LIVES), PATIENCE, ["registry"])
    assert stages(reader) == ["in_stock"] * 3
    reader.close()


def test_positions_tell_the_lag_in_facts_and_seconds(log: Log, engine: Engine) -> None:
    record(log, LIVES[:5])
    behind = engine.positions()["registry"]
    assert (behind.position, behind.lag_facts, behind.error) == (0, 5, None)
    assert behind.lag_seconds >= 0
    engine.catch_up()
    assert engine.positions()["registry"] == (5, 0, 0.0, None, False, 0)


def test_a_fact_that_nobody_can_read_stops_every_question_before_it(log: Log, engine: Engine) -> None:
    record(log, LIVES[:2])
    known = encode(Draft(FIRST, CERTIFIED, moment(9), UUID(int=9)), CALLER, NoSealer())
    unknown = known._replace(type="equipment.praised", body=known.body.replace(b".certified", b".praised"))
    log.append(Proposal(facts=(unknown,), expected=()))
    record(log, LIVES[3:4])
    engine.catch_up()
    assert {each.position for each in engine.positions().values()} == {2}
    assert {each.error for each in engine.positions().values()} == {"equipment.praised at position 3: unreadable"}


def test_a_rebuild_never_stops_readers(log: Log, database_url: str) -> None:
    seen = []
    engine = Engine(log, views_url(database_url), MODELS, batch=2, observer=lambda _: seen.append(stages(engine)))
    record(log, LIVES)
    engine.catch_up()
    seen.clear()
    engine.rebuild("registry")
    assert seen == [["in_stock"] * 3] * 5
    engine.close()


def test_a_rebuild_repairs_damaged_rows_and_leaves_no_table_behind(log: Log, engine: Engine) -> None:
    record(log, LIVES)
    engine.catch_up()
    with engine.views.read() as connection:
        before, tables = rows_of(connection, REGISTRY), sorted(inspect(connection).get_table_names())
        indexes = len(inspect(connection).get_indexes("registry"))
    with engine.views.write() as connection:
        connection.execute(text("UPDATE registry SET told_stage = 'lost'"))
    assert stages(engine) == ["lost"] * 3
    for _ in range(2):
        engine.rebuild("registry", manner=Manner.REGARDLESS)
    with engine.views.read() as connection:
        assert rows_of(connection, REGISTRY) == before
        assert sorted(inspect(connection).get_table_names()) == tables
        assert len(inspect(connection).get_indexes("registry")) == indexes == len(REGISTRY.table.indexes)


def test_a_rebuild_that_a_fact_stops_leaves_the_old_answers(log: Log, database_url: str) -> None:
    engine = Engine(log, views_url(database_url), MODELS)
    record(log, LIVES[:2])
    engine.catch_up()
    known = encode(Draft(FIRST, CERTIFIED, moment(9), UUID(int=9)), CALLER, NoSealer())
    log.append(Proposal(facts=(known._replace(body=b"{}"),), expected=()))
    with engine.views.write() as connection:
        connection.execute(text("UPDATE bookmark SET position = 3 WHERE name = 'registry'"))
    with pytest.raises(RuntimeError, match="position 3: unreadable"):
        engine.rebuild("registry")
    assert stages(engine) == ["released"] * 2
    assert engine.positions()["registry"].rebuilding
    engine.close()


def wider() -> Timeline[Any]:
    table = timeline_table("registry", Column("letters", Integer))
    return replace(
        REGISTRY,
        version=REGISTRY.version + 1,
        following=None,
        table=table,
        row=lambda item: None if item.serial is None else {"letters": len(item.serial)},
    )


def test_a_new_version_is_built_beside_while_the_old_one_answers(log: Log, database_url: str) -> None:
    record(log, LIVES)
    old = Engine(log, views_url(database_url), MODELS)
    old.catch_up()
    model = wider()
    new = Engine(log, views_url(database_url), (model, HISTORY), batch=2)
    new.step()
    assert stages(old) == ["in_stock"] * 3
    assert new.positions()["registry"].rebuilding
    new.catch_up()
    with new.views.read() as connection:
        assert connection.execute(select(model.table.c.letters)).scalars().all() == [3, 3, 3]
    assert new.positions()["registry"] == (9, 0, 0.0, None, False, 0)
    older = Engine(log, views_url(database_url), MODELS)
    older.catch_up()
    assert older.positions()["registry"].error == "made by a newer version of the program"
    with new.views.read() as connection:
        assert connection.execute(select(model.table.c.letters)).scalars().all() == [3, 3, 3]
    for each in (old, new, older):
        each.close()


def test_a_rebuild_goes_on_where_a_stopped_process_left_it(log: Log, database_url: str) -> None:
    record(log, LIVES)
    old = Engine(log, views_url(database_url), MODELS)
    old.catch_up()
    old.close()
    stopped = Engine(log, views_url(database_url), (wider(), HISTORY), batch=2)
    stopped.step()
    stopped.close()
    heard: list[Progress] = []
    resumed = Engine(log, views_url(database_url), (wider(), HISTORY), batch=2, observer=heard.append)
    resumed.catch_up()
    assert [each.position for each in heard] == [4, 6, 8, 9]
    resumed.close()


@pytest.mark.parametrize(
    ("continued", "expected"),
    [([], ["released"] * 2), ([LIVES[2], LIVES[5], LIVES[8]], ["released", "released", "in_stock"])],
    ids=["shorter", "different"],
)
def test_views_that_followed_what_a_restored_log_does_not_have_are_made_anew(
    log: Log, database_url: str, copy_of: Callable[[str], str], continued: list[Said], expected: list[str]
) -> None:
    record(log, LIVES[:2])
    log.close()
    backup = copy_of(database_url)
    lost = opened(database_url)
    record(lost, LIVES[3:5])
    ahead = Engine(lost, views_url(database_url), MODELS)
    ahead.catch_up()
    assert stages(ahead) == ["certified", "certified"]
    ahead.close()
    lost.close()
    restored = opened(backup)
    record(restored, continued)
    after = Engine(restored, views_url(database_url), MODELS)
    after.catch_up()
    assert stages(after) == expected
    after.close()
    restored.close()


def test_two_running_engines_and_a_rebuild_apply_every_fact_once(log: Log, database_url: str) -> None:
    applied: Counter[str] = Counter()
    guard = threading.Lock()

    def count(progress: Progress) -> None:
        with guard:
            applied[progress.name] += progress.facts

    engines = [Engine(log, views_url(database_url), MODELS, batch=5, observer=count) for _ in range(2)]
    for each in engines:
        each.run()
    for number in range(60):
        record(log, [said(number, ITEMS[number % 3], STOCKED if number > 2 else RELEASED, number % 7)])
        if number == 30:
            engines[0].rebuild("registry")
    assert all(each.wait_for(60, PATIENCE) for each in engines)
    for each in engines:
        each.stop()
    assert applied["history"] == 60
    with engines[0].views.read() as connection:
        together = {model.name: rows_of(connection, model) for model in MODELS}
    for model in MODELS:
        engines[1].rebuild(model.name)
    with engines[1].views.read() as connection:
        assert {model.name: rows_of(connection, model) for model in MODELS} == together
    for each in engines:
        each.close()


def test_a_position_that_was_not_followed_yet_is_not_answered(log: Log, engine: Engine) -> None:
    record(log, LIVES[:4])
    with engine.views.read() as connection, pytest.raises(Unavailable):
        registry.items(connection, RegistryFilter(), Window(), known_at=4)


def test_nothing_personal_reaches_the_views(log: Log, engine: Engine) -> None:
    organisation = StreamRef("organisation", MAKER)
    member = MemberAdded(member_id=UUID(int=7), name="Member 1", email="member-1@example.org", role="sales")
    record(log, [said(1, organisation, OrganisationRegistered(name="Works"), 1), said(2, organisation, member, 2)])
    engine.catch_up()
    with engine.views.read() as connection:
        names = inspect(connection).get_table_names()
        kept = repr([connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in names])
    assert "Works" in kept
    assert not any(told in kept for told in ("Member 1", "1 rebmeM", "example.org", "gro.elpmaxe"))
