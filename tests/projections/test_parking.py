"""Facts on which a question fails: parked for their key alone, told, and applied once it can."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.equipment.custody import Stocked
from domain.kernel.envelope import Recorded
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import registry
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY
from projections.offering import Progress
from projections.standing import standings
from projections.views import Views, views_url
from tests.projections.recording import SECOND, record, rows_of, said
from tests.projections.test_engine import CERTIFIED, LIVES, MODELS, stages


def broken(_item: Any, recorded: Recorded, _key: UUID) -> Any:
    if isinstance(recorded.fact, Stocked) and recorded.stream == SECOND:
        raise ZeroDivisionError(recorded.fact.place)
    return registry.evolve(_item, recorded, _key)


def test_a_fact_that_a_question_fails_on_is_parked_for_its_key_alone(log: Log, database_url: str) -> None:
    heard: list[Progress] = []
    failing = replace(REGISTRY, evolve=broken)
    engine = Engine(log, views_url(database_url), (failing, HISTORY), batch=100, observer=heard.append)
    record(log, [*LIVES, said(9, SECOND, CERTIFIED, 9)])
    engine.catch_up()
    standing = engine.positions()
    assert (standing["history"].position, standing["history"].parked) == (10, 0)
    assert (standing["registry"].position, standing["registry"].error, standing["registry"].parked) == (10, None, 2)
    (parked,) = engine.parked()
    assert (parked.read_model, parked.key, parked.position) == ("registry", SECOND.id, 8)
    assert (parked.type, parked.error, parked.behind) == ("equipment.stocked", "ZeroDivisionError", 1)
    assert [(each.name, each.parked) for each in heard] == [("history", 0), ("registry", 2)]
    assert stages(engine) == ["in_stock", "certified", "in_stock"]
    assert engine.retry("registry") == (0, 1)
    engine.close()
    same = Engine(log, views_url(database_url), MODELS)
    same.catch_up()
    assert same.positions()["registry"].parked == 2
    assert same.retry("registry") == (2, 0)
    assert stages(same) == ["in_stock"] * 3
    same.close()


def test_what_another_program_failed_on_is_tried_again_at_the_start(log: Log, database_url: str) -> None:
    failing = replace(REGISTRY, evolve=broken)
    engine = Engine(log, views_url(database_url), (failing, HISTORY), program="another")
    record(log, LIVES)
    engine.catch_up()
    engine.close()
    mended = Engine(log, views_url(database_url), MODELS)
    mended.catch_up()
    assert mended.positions()["registry"] == (9, 0, 0.0, None, False, 0)
    assert stages(mended) == ["in_stock"] * 3
    mended.close()


def test_a_rebuild_parks_what_following_parks(log: Log, database_url: str) -> None:
    engine = Engine(log, views_url(database_url), (replace(REGISTRY, evolve=broken), HISTORY), batch=4)
    record(log, LIVES)
    engine.catch_up()
    with engine.views.read() as connection:
        before, parked = rows_of(connection, REGISTRY), engine.parked()
    engine.rebuild("registry")
    with engine.views.read() as connection:
        assert rows_of(connection, REGISTRY) == before
    assert [each[:6] for each in engine.parked()] == [each[:6] for each in parked]
    engine.close()


def test_a_rebuild_that_fails_where_the_present_rows_do_not_leaves_those_to_answer(log: Log, database_url: str) -> None:
    record(log, LIVES)
    sound = Engine(log, views_url(database_url), MODELS)
    sound.catch_up()
    sound.close()
    failing = Engine(log, views_url(database_url), (replace(REGISTRY, evolve=broken), HISTORY))
    with pytest.raises(RuntimeError, match="which answers"):
        failing.rebuild("registry")
    assert stages(failing) == ["in_stock"] * 3
    assert failing.positions()["registry"].rebuilding
    failing.close()


def test_a_rebuild_that_may_not_change_over_says_so_to_all_who_ask(log: Log, database_url: str) -> None:
    def failing_on(number: int) -> Any:
        def evolve(item: Any, recorded: Recorded, key: UUID) -> Any:
            if recorded.id == LIVES[number].id:
                raise ZeroDivisionError
            return registry.evolve(item, recorded, key)

        return replace(REGISTRY, evolve=evolve)

    record(log, LIVES)
    first = Engine(log, views_url(database_url), (failing_on(3), HISTORY), program="one")
    first.catch_up()
    first.close()
    heard: list[Progress] = []
    other = Engine(log, views_url(database_url), (failing_on(4), HISTORY), program="another", observer=heard.append)
    other.catch_up()  # what another program failed on is built anew beside: it fails on another fact
    refused = "fails on facts that the one which answers has applied"
    assert [each.name for each in heard if each.error] == ["registry__next"]
    assert [each.error for each in heard if each.error] == [refused]
    with closing(Views(views_url(database_url))) as views:
        found = standings(views, log, MODELS, lambda: datetime.now(UTC))["registry"]
    assert (found.error, found.rebuilding) == (refused, True)
    assert other.positions()["registry"].error == refused
    other.close()
    mended = Engine(log, views_url(database_url), MODELS, program="mended")
    mended.catch_up()
    assert mended.positions()["registry"] == (9, 0, 0.0, None, False, 0)
    mended.close()


def test_a_rebuild_by_a_mended_program_leaves_nothing_parked(log: Log, database_url: str) -> None:
    engine = Engine(log, views_url(database_url), (replace(REGISTRY, evolve=broken), HISTORY))
    record(log, LIVES)
    engine.catch_up()
    engine.close()
    mended = Engine(log, views_url(database_url), MODELS)
    mended.rebuild("registry")
    assert (mended.parked(), stages(mended)) == ([], ["in_stock"] * 3)
    mended.close()
