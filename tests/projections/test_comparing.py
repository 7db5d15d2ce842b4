"""What was built anew takes the place of what answers only if it is the same; who knows better may say so."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from domain.kernel.envelope import Recorded
from domain.log.log import Log
from projections import building
from projections.comparing import Comparison, compare
from projections.engine import Engine
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY
from projections.rebuilding import Manner, NotRebuilt, Rebuilt
from projections.views import views_url
from tests.projections.recording import FIRST, ITEMS, SECOND, opened, record, rows_of
from tests.projections.test_engine import LIVES, MODELS, wider

DAMAGES = [
    "UPDATE {table} SET valid_from = valid_from + 1 WHERE key = {key} AND known_from = 2",
    "UPDATE {table} SET ended_by = ended_by + 1 WHERE key = {key} AND known_from = 2",
    "UPDATE {table} SET valid_to = valid_to + 1 WHERE key = {key} AND known_from = 2",
    "UPDATE {table} SET known_to = 5 WHERE key = {key} AND known_from = 2",
    "UPDATE {table} SET serial = 'another' WHERE key = {key} AND known_from = 2",
    "DELETE FROM {table} WHERE key = {key} AND known_from = 2",
    "DELETE FROM {table} WHERE key = {key}",
]


def spoil(connection: Connection, said: str, table: str = "registry") -> None:
    """Damage the rows of the second item."""
    key = f"x'{SECOND.id.hex}'" if connection.dialect.name == "sqlite" else f"'{SECOND.id}'"
    connection.execute(text(said.format(table=table, key=key)))


def rows(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.views.read() as connection:
        return rows_of(connection, REGISTRY)


def refused(engine: Engine, manner: Manner = Manner.IF_THE_SAME) -> Rebuilt:
    with pytest.raises(NotRebuilt, match="differ") as stopped:
        engine.rebuild("registry", manner=manner)
    return stopped.value.results[0]


def compared(result: Rebuilt) -> Comparison:
    assert result.comparison is not None
    return result.comparison


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told_and_the_new_rows_do_not_answer_until_it_is_said(
    log: Log, database_url: str, damage: str
) -> None:
    record(log, LIVES)
    engine = Engine(log, views_url(database_url), MODELS, batch=2)
    engine.catch_up()
    sound = rows(engine)
    with engine.views.write() as connection:
        spoil(connection, damage)
    damaged = rows(engine)
    result = refused(engine)
    found = compared(result)
    assert (result.changed_over, found.differing, found.first, found.position) == (False, 1, (SECOND.id,), 9)
    assert found.digest != found.digest_anew
    assert rows(engine) == damaged
    assert engine.rebuilds() == {"registry": 9}
    heard: list[tuple[int, int]] = []
    forced = engine.rebuild("registry", manner=Manner.REGARDLESS, progress=lambda *told: heard.append(told))["registry"]
    assert (forced.changed_over, compared(forced).digest, heard) == (True, found.digest, [])
    assert rows(engine) == sound
    after = engine.rebuild("registry")["registry"]
    assert (after.changed_over, compared(after).digest) == (True, found.digest_anew)
    engine.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_of_what_is_built_beside_is_told_too(log: Log, database_url: str, damage: str) -> None:
    record(log, LIVES)
    engine = Engine(log, views_url(database_url), (REGISTRY,), batch=2)
    engine.catch_up()
    engine.begin_beside(REGISTRY)
    with engine.views.alone() as connection:
        building.begin(connection, REGISTRY)
    while engine.step():
        pass
    same = compare(engine.views, REGISTRY)
    with engine.views.write() as connection:
        spoil(connection, damage, "registry__next")
    found = compare(engine.views, REGISTRY)
    assert same is not None
    assert found is not None
    assert (same.same, found.same, found.first) == (True, False, (SECOND.id,))
    assert found.digest == same.digest != found.digest_anew
    engine.close()


def test_a_check_tells_and_drops_what_it_built(log: Log, database_url: str) -> None:
    record(log, LIVES)
    engine = Engine(log, views_url(database_url), MODELS)
    engine.catch_up()
    result = engine.rebuild("registry", manner=Manner.ONLY_COMPARE)["registry"]
    assert (result.changed_over, compared(result).same, compared(result).rows) == (False, True, 9)
    assert engine.rebuilds() == {}
    with engine.views.write() as connection:
        spoil(connection, DAMAGES[0])
    assert compared(refused(engine, Manner.ONLY_COMPARE)).differing == 1
    assert (engine.rebuilds(), engine.positions()["registry"].rebuilding) == ({}, False)
    engine.close()


def test_rows_of_another_making_are_not_compared(log: Log, database_url: str) -> None:
    record(log, LIVES)
    old = Engine(log, views_url(database_url), MODELS)
    old.catch_up()
    old.close()
    new = Engine(log, views_url(database_url), (wider(), HISTORY), batch=2)
    with pytest.raises(NotRebuilt, match="another making"):
        new.rebuild("registry", manner=Manner.ONLY_COMPARE)
    result = new.rebuild("registry")["registry"]
    assert (result.changed_over, result.comparison, new.rebuilds()) == (True, None, {})
    new.close()


def test_both_sides_are_compared_as_known_where_the_slower_one_stands(log: Log, database_url: str) -> None:
    record(log, LIVES)
    engine = Engine(log, views_url(database_url), MODELS, batch=2)
    engine.catch_up()
    found = []
    with engine.views.alone() as connection:
        building.begin(connection, REGISTRY)
    engine.begin_beside(REGISTRY)
    for _ in range(5):
        engine.step()
        found.append(compare(engine.views, REGISTRY))
    assert [each and (each.position, each.rows, each.same) for each in found] == [
        (position, position, True) for position in (2, 4, 6, 8, 9)
    ]
    with engine.views.write() as connection:
        connection.execute(text("UPDATE bookmark SET position = 3 WHERE name = 'registry'"))
    behind = compare(engine.views, REGISTRY)
    assert behind
    assert (behind.position, behind.rows, behind.same) == (3, 3, True)
    with engine.views.alone() as connection:
        building.drop(connection, REGISTRY)
    assert compare(engine.views, REGISTRY) is None
    engine.close()


def test_digests_are_the_same_on_every_database(
    postgres_url: str, sqlite_templates: Sequence[Any], request: pytest.FixtureRequest
) -> None:
    copy = request.getfixturevalue("tmp_path") / "other.db"
    copy.write_bytes(sqlite_templates[0].read_bytes())
    digests = []
    for url in (postgres_url, f"sqlite:///{copy}"):
        log = opened(url)
        record(log, LIVES)
        engine = Engine(log, views_url(url), (REGISTRY,))
        engine.catch_up()
        digests.append(compared(engine.rebuild("registry")["registry"]).digest)
        engine.close()
        log.close()
    assert digests[0] == digests[1]


def test_what_only_the_old_program_failed_on_is_no_difference(log: Log, database_url: str) -> None:
    def broken(state: Any, fact: Recorded, key: UUID) -> Any:
        if fact.position == 5:
            raise LookupError
        return HISTORY.evolve(state, fact, key)

    def no_step(before: Any, after: Any, fact: Recorded, wrong_by: UUID | None) -> Any:
        broken(before, fact, FIRST.id)
        return HISTORY.step(before, after, fact, wrong_by)

    record(log, LIVES)
    with_gap = Engine(log, views_url(database_url), (replace(HISTORY, step=no_step),), program="a")
    with_gap.catch_up()
    gaps = with_gap.parked()
    assert [each.position for each in gaps] == [5]
    same = compared(with_gap.rebuild("history")["history"])
    assert (same.same, same.excused, same.rows) == (True, 0, 7)
    mended = Engine(log, views_url(database_url), (HISTORY,), program="a")
    result = compared(mended.rebuild("history")["history"])
    assert (result.differing, result.excused, result.digest == result.digest_anew) == (0, 1, False)
    assert len(ITEMS) == 3
    assert mended.parked() == []
    for each in (with_gap, mended):
        each.close()
