"""What stopped a read model is told to everybody, until someone tries again: looking at it changes nothing."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import create_engine, inspect, select

from domain.equipment.life import Released
from domain.equipment.papers import Certified
from domain.log.codec import Draft, encode
from domain.log.contract import Proposal
from domain.log.log import Log
from projections.engine import Engine
from projections.read_models import READ_MODELS
from projections.standing import Standing, Survey, survey
from projections.views import origin, read_model, views_url
from tests.projections.recording import CALLER, FIRST, MAKER, MODEL_ID, NoSealer, moment, record, said

STOPPED = "equipment.praised at position 2: unreadable"
RELEASED = said(1, FIRST, Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A-1"), 0)


def stop(log: Log, engine: Engine) -> None:
    """Let a fact that nobody can read stop every read model."""
    record(log, [RELEASED])
    known = encode(Draft(FIRST, Certified(certificate="C", authority="A"), moment(9), UUID(int=9)), CALLER, NoSealer())
    unknown = known._replace(type="equipment.praised", body=known.body.replace(b".certified", b".praised"))
    log.append(Proposal(facts=(unknown,), expected=()))
    engine.catch_up()


def look(log: Log, url: str) -> Survey | None:
    return survey(views_url(url), log, READ_MODELS, lambda: datetime.now(UTC))


def errors(found: dict[str, Standing]) -> set[str | None]:
    return {each.error for each in found.values()}


def test_what_stopped_read_models_is_told_by_all_who_open_them(log: Log, engine: Engine, database_url: str) -> None:
    stop(log, engine)
    for _ in range(2):
        other = Engine(log, views_url(database_url), READ_MODELS)
        assert errors(other.positions()) == {STOPPED}
        other.close()
        found = look(log, database_url)
        assert found is not None
        assert errors(found.read_models) == {STOPPED}


def test_who_applies_facts_forgets_what_stopped_them(log: Log, engine: Engine, database_url: str) -> None:
    with engine.views.write() as connection:
        connection.execute(read_model.update().values(error=STOPPED))
    record(log, [RELEASED])
    other = Engine(log, views_url(database_url), READ_MODELS)
    assert errors(other.positions()) == {STOPPED}
    other.catch_up()
    assert {(each.position, each.error) for each in other.positions().values()} == {(1, None)}
    other.close()


def test_what_is_left_to_a_newer_program_keeps_its_note(log: Log, engine: Engine, database_url: str) -> None:
    with engine.views.write() as connection:
        connection.execute(read_model.update().values(error=STOPPED))
        newer = read_model.update().where(read_model.c.name == "registry")
        connection.execute(newer.values(version=read_model.c.version + 1))
    older = Engine(log, views_url(database_url), READ_MODELS)
    older.catch_up()
    found = older.positions()
    assert (found["registry"].error, found["history"].error) == (STOPPED, None)
    older.close()


def test_views_that_are_not_built_are_not_built_by_looking_at_them(log: Log, database_url: str) -> None:
    assert look(log, database_url) is None
    reader = create_engine(views_url(database_url))
    inspected = inspect(reader)
    assert "views" not in inspected.get_schema_names()
    assert {"read_model", "origin", "bookmark"} & set(inspected.get_table_names()) == set()
    reader.dispose()


def test_views_of_another_log_are_told_as_none_and_stay(log: Log, engine: Engine, database_url: str) -> None:
    record(log, [RELEASED])
    engine.catch_up()
    with engine.views.write() as connection:
        connection.execute(origin.update().values(log_id=UUID(int=1)))
    assert look(log, database_url) is None
    with engine.views.read() as connection:
        assert connection.execute(select(origin.c.log_id, origin.c.position)).all() == [(UUID(int=1), 1)]
        assert len(connection.execute(select(read_model.c.name)).all()) == len(READ_MODELS)
