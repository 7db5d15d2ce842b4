"""A full queue and a full pool: who comes then is told so at once or in time, and nothing of it is ever on record."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest

from domain.parties.organisation import OrganisationRegistered
from tests.faults.callers import KNOWN, RECORDED, UNAVAILABLE, Answer, Request, World
from tests.faults.conftest import MakeStand
from tests.faults.invariants import Verdict
from tests.faults.stand import PATIENCE_SECONDS, Stand
from tests.servers import libpq, until

CALLERS, WAITING = 12, 2
MOST_HELD = 2 * WAITING
"""Those who share the commit that is held, and those who wait for the next one."""


@contextmanager
def held(url: str, lock: str) -> Iterator[None]:
    """Keep others from the log, as a long transaction of somebody else would."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        return
    with psycopg.connect(libpq(url)) as postgres:
        postgres.execute(lock.encode())
        yield
        postgres.rollback()


def organisations(world: World, number: int) -> list[Request]:
    found: list[Request] = []
    while len(found) < number:
        request = world.next()
        if isinstance(request.facts[0], OrganisationRegistered):
            found.append(request)
    return found


def ask(stand: Stand, request: Request) -> Answer:
    with closing(stand.line()) as line:
        return request.send(line)


@pytest.mark.faults
def test_who_finds_the_queue_of_appends_full_is_refused_and_the_others_are_recorded(make_stand: MakeStand) -> None:
    with make_stand(AFTERCARE_WAITING=str(WAITING)) as stand, ThreadPoolExecutor(CALLERS) as pool:
        stand.start()
        asked = organisations(World(1), CALLERS)
        with held(stand.settings.database_url, "SELECT position FROM log_head FOR UPDATE"):
            running = [pool.submit(ask, stand, request) for request in asked]
            refused = CALLERS - MOST_HELD
            until(lambda: sum(each.done() for each in running) >= refused, what="refusals")
            assert all(each.operation.verdict is not Verdict.OK for each in asked)
        answers = [each.result(PATIENCE_SECONDS) for each in running]
        rows, _ = stand.stored()
    assert {each.status for each in answers} == {RECORDED, UNAVAILABLE}
    told = {each.body["type"].rpartition("/")[2] for each in answers if each.status == UNAVAILABLE}
    assert told == {"overloaded"}
    recorded = {each.operation.places[0].fact_key for each in asked if each.operation.verdict is Verdict.OK}
    assert {row.fact_key for row in rows} == recorded


@pytest.mark.faults
@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_who_finds_no_free_connection_to_read_is_told_so_and_served_later(make_stand: MakeStand) -> None:
    with make_stand(AFTERCARE_POOL_SIZE="1", AFTERCARE_APPEND_TIMEOUT="0.5") as stand, ThreadPoolExecutor(4) as pool:
        stand.start()
        (there,) = organisations(World(1), 1)
        assert ask(stand, there).status == RECORDED
        path = f"/v1/organisations/{there.operation.places[0].stream}"

        def read(_: int) -> Answer:
            with closing(stand.line()) as line:
                return line.ask("GET", path)

        with held(stand.settings.database_url, "LOCK TABLE fact IN ACCESS EXCLUSIVE MODE"):
            answers = list(pool.map(read, range(4)))
        assert {(each.status, each.headers["retry-after"]) for each in answers} == {(UNAVAILABLE, "1")}
        assert read(0).status == KNOWN
