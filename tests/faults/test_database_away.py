"""F2 as callers of the interface see it: PostgreSQL is killed under the API, which says so, and heals by itself."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from pathlib import Path
from threading import Event

import pytest

from migrations import upgrade_log, upgrade_vault
from tests.conftest import ENVIRONMENT
from tests.faults.callers import UNAVAILABLE, Request
from tests.faults.invariants import recovery_seconds
from tests.faults.lives import CALLERS, Life, acknowledged
from tests.faults.stand import PATIENCE_SECONDS, Stand
from tests.faults.tally import Tally, how_many
from tests.servers import PostgresServer, until

READS = ("/v1/organisations", "/v1/equipment", "/v1/models", "/readyz")


@pytest.mark.faults
def test_a_killed_postgresql_is_told_to_callers_and_all_goes_on_when_it_is_back(tmp_path: Path, tally: Tally) -> None:
    with PostgresServer() as server:
        urls = server.create_database(), server.create_database()
        upgrade_log(urls[0], ENVIRONMENT)
        upgrade_vault(urls[1])
        with Stand(tmp_path, *urls) as stand, Life(stand, tally) as life:
            stand.start()
            life.begin()
            stand.follower.come()
            for _ in range(how_many(3, share=0.25)):
                asked = kill_under_load(life, server)
                life.note(asked)
                life.check()
                life.ask_again(asked)


def kill_under_load(life: Life, server: PostgresServer) -> list[Request]:
    """Let callers append, kill the server and start it again meanwhile; return what they asked."""
    stop, callers = Event(), life.callers()
    with ThreadPoolExecutor(CALLERS) as pool:
        running = [pool.submit(caller.run, stop) for caller in callers]
        try:
            until(lambda: acknowledged(callers) >= 20, PATIENCE_SECONDS, "acknowledged appends")
            server.kill()
            refused = be_refused(life)
            server.start()
            started, before = time.monotonic(), acknowledged(callers)
            until(lambda: acknowledged(callers) > before and life.stand.is_ready(), recovery_seconds(), "healing")
            life.tally.recovered = max(life.tally.recovered, time.monotonic() - started)
        finally:
            stop.set()
            for future in running:
                future.result(PATIENCE_SECONDS)
    return [refused, *chain.from_iterable(caller.asked for caller in callers)]


def be_refused(life: Life) -> Request:
    """Ask while the database is away, and see that this is what is said; return the command that was given."""
    with closing(life.stand.line()) as line:
        for path in READS:
            read = line.ask("GET", path)
            assert (read.status, int(read.headers["retry-after"]) >= 1) == (UNAVAILABLE, True), (path, read)
        command = life.world.next()
        assert command.send(line).status == UNAVAILABLE
    return command
