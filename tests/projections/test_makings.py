"""Programs of several versions on the same read models: each applies facts to tables of its own making alone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from domain.log.codec import Draft, encode
from domain.log.contract import Proposal
from domain.log.log import Log
from domain.log.tracking import position_of
from projections import building
from projections.engine import Engine
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY
from projections.makings import NEWER, OLDER
from projections.read_model import ReadModel
from projections.rebuilding import Manner, NotRebuilt
from projections.views import read_model, views_url
from tests.projections.recording import CALLER, FIRST, NoSealer, moment, record, rows_of
from tests.projections.test_engine import CERTIFIED, LIVES, PATIENCE, wider
from tests.servers import until

Start = Callable[..., Engine]


@pytest.fixture
def start(log: Log, database_url: str) -> Iterator[Start]:
    """Starts programs on one views database; each has some making of the registry, and the history."""
    with ExitStack() as opened:

        def begin(registry: ReadModel[Any] = REGISTRY, history: ReadModel[Any] = HISTORY, batch: int = 1_000) -> Engine:
            made = Engine(log, views_url(database_url), (registry, history), batch=batch)
            return opened.enter_context(closing(made))

        yield begin


def later(by: int = 1) -> ReadModel[Any]:
    """Return the registry of a later version, with the same columns."""
    return replace(REGISTRY, version=REGISTRY.version + by)


def told(engine: Engine, model: ReadModel[Any]) -> list[tuple[Any, ...]]:
    with engine.views.read() as connection:
        return rows_of(connection, model)


def at(engine: Engine, name: str = "registry") -> int:
    with engine.views.read() as connection:
        return position_of(connection, name)


@pytest.mark.parametrize("newer", [wider(), later()], ids=["other columns", "same columns"])
def test_a_program_that_a_newer_one_took_over_from_applies_nothing_any_more(
    log: Log, start: Start, newer: ReadModel[Any]
) -> None:
    record(log, LIVES[:6])
    old, new = start(), start(newer)
    old.catch_up()
    new.catch_up()
    record(log, LIVES[6:])
    before = told(new, newer)
    old.catch_up()
    assert (told(new, newer), at(new), at(new, "history")) == (before, 6, 9)
    new.catch_up()
    assert at(new) == 9
    assert told(new, newer) != before
    fresh = told(new, newer)
    new.rebuild("registry", manner=Manner.REGARDLESS)
    assert told(new, newer) == fresh


def test_whoever_waits_for_a_bookmark_while_it_is_changed_over_does_not_move_it(
    log: Log, start: Start, database_kind: str
) -> None:
    record(log, LIVES[:6])
    old = start()
    old.catch_up()
    new = start(later(), batch=2)
    new.step()
    record(log, LIVES[6:])
    stepping = threading.Thread(target=old.step)
    with new.views.alone() as connection:
        assert building.held(connection, later()) == (6, 2)
        stepping.start()
        if database_kind != "sqlite":
            query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            until(lambda: bool(connection.execute(query).scalar()), PATIENCE)
        building.change_over(connection, later(), 6)
    stepping.join(PATIENCE)
    assert (at(new), at(new, "history")) == (6, 6)
    new.catch_up()
    assert at(new) == 9


def test_what_is_built_beside_by_a_newer_program_is_left_to_it(log: Log, start: Start) -> None:
    record(log, LIVES)
    start().catch_up()
    first, newest = start(later(1), batch=2), start(later(2), batch=2)
    newest.step()
    for _ in range(3):
        first.step()
    assert at(newest, "registry__next") == 2
    newest.catch_up()
    assert (at(newest), newest.rebuilds()) == (9, {})


def test_what_a_newer_program_began_and_gave_up_is_built_without_a_restart(log: Log, start: Start) -> None:
    record(log, LIVES)
    start().catch_up()
    newest = start(later(2), batch=2)
    newest.step()
    first = start(wider())
    first.catch_up()
    assert first.positions()["registry"].error == OLDER
    with newest.views.alone() as connection:
        building.drop(connection, later(2))
    first.step()
    first.catch_up()
    assert first.positions()["registry"] == (9, 0, 0.0, None, False, 0)


def test_what_fits_again_is_followed_without_a_restart(log: Log, start: Start) -> None:
    record(log, LIVES[:6])
    old = start()
    old.catch_up()
    start(later()).catch_up()
    record(log, LIVES[6:])
    old.catch_up()
    assert at(old) == 6
    with old.views.write() as connection:
        connection.execute(text(f"UPDATE read_model SET version = {REGISTRY.version} WHERE name = 'registry'"))
    old.step()
    assert at(old) == 9


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize(("newer", "error"), [(later(), None), (wider(), NEWER)], ids=["same columns", "other columns"])
def test_servers_of_one_version_say_the_same_of_what_a_newer_program_makes(
    log: Log, start: Start, newer: ReadModel[Any], error: str | None, *, restarted: bool
) -> None:
    record(log, LIVES)
    old = start()
    old.catch_up()
    start(newer).catch_up()
    server = start() if restarted else old
    server.catch_up()
    assert server.positions()["registry"] == (9, 0, 0.0, error, False, 0)


@pytest.mark.parametrize("manner", Manner)
@pytest.mark.parametrize("is_done", [True, False], ids=["answers", "beside"])
def test_an_older_program_never_replaces_what_a_newer_one_made_or_makes(
    log: Log, start: Start, manner: Manner, *, is_done: bool
) -> None:
    record(log, LIVES)
    old = start()
    old.catch_up()
    new = start(wider(), batch=2)
    new.step()
    if is_done:
        new.catch_up()
    with pytest.raises(NotRebuilt, match=r"registry: .*newer version of the program") as refused:
        old.rebuild("registry", "history", manner=manner)
    changed = {each.name: each.changed_over for each in refused.value.results}
    assert changed == {"registry": False, "history": manner is not Manner.ONLY_COMPARE}
    new.catch_up()
    with new.views.read() as connection:
        assert connection.execute(select(wider().table.c.letters)).scalars().all() == [3, 3, 3]


def test_what_a_newer_program_failed_on_is_not_applied_by_an_older_one(log: Log, start: Start) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError

    record(log, LIVES)
    start().catch_up()
    old = start()
    failing = start(history=replace(HISTORY, version=HISTORY.version + 1, step=fail))
    failing.catch_up()
    parked = failing.positions()["history"].parked
    assert parked == 9
    old.step()
    assert old.retry("history").applied == 0
    assert (failing.positions()["history"].parked, told(failing, HISTORY)) == (9, [])


def test_a_fact_that_only_a_newer_program_reads_stops_nothing_of_it(log: Log, start: Start) -> None:
    record(log, LIVES[:2])
    old = start()
    old.catch_up()
    start(later()).catch_up()
    known = encode(Draft(FIRST, CERTIFIED, moment(9), UUID(int=9)), CALLER, NoSealer())
    log.append(Proposal(facts=(known._replace(body=b"{}"),), expected=()))
    old.catch_up()
    with old.views.read() as connection:
        noted = {row.name: row.error for row in connection.execute(select(read_model))}
    assert noted == {"registry": None, "history": "equipment.certified at position 3: unreadable"}
