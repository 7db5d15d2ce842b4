"""F2: PostgreSQL is killed while callers append and readers follow; what was acknowledged stays, and all goes on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import pytest

from domain.kernel.refusals import OutcomeUnknown, Unavailable
from domain.log.contract import Appended
from domain.log.log import Log, open_log
from migrations import upgrade_log
from tests.faults.tally import how_many
from tests.proposals import proposal
from tests.servers import PostgresServer, until

CALLERS = 8
PATIENCE = 60.0


class Caller:
    """Appends until told to stop, and keeps what it was told of each of its facts."""

    def __init__(self) -> None:
        self.acknowledged: dict[object, int] = {}
        self.refused: set[object] = set()
        self.unknown: set[object] = set()

    def run(self, log: Log, stop: Event) -> None:
        while not stop.is_set():
            what = proposal(facts=2)
            keys = [fact.fact_key for fact in what.facts]
            try:
                outcome = log.append(what)
            except OutcomeUnknown:
                self.unknown.update(keys)
            except Unavailable as refusal:
                self.refused.update(keys)
                stop.wait(min(refusal.retry_after, 0.01))  # come back soon, but leave the others the processor
            else:
                assert isinstance(outcome, Appended)
                self.acknowledged |= {key: outcome.first_position + n for n, key in enumerate(keys)}


@pytest.mark.faults
def test_a_killed_postgresql_loses_nothing_that_was_acknowledged_and_its_followers_nothing_at_all() -> None:
    with PostgresServer() as server:
        url = server.create_database()
        upgrade_log(url, "test")
        stop = Event()
        callers = [Caller() for _ in range(CALLERS)]
        followed: list[int] = []
        with open_log(url, now=lambda: datetime.now(UTC)) as log, ThreadPoolExecutor(CALLERS + 1) as pool:
            subscription = log.subscribe(0)
            following = pool.submit(lambda: followed.extend(row.position for rows in subscription for row in rows))
            running = [pool.submit(caller.run, log, stop) for caller in callers]
            try:
                for _ in range(how_many(3, share=0.25)):
                    _see_growth(followed)
                    server.kill()
                    server.start()
                _see_growth(followed)
            finally:
                stop.set()
                for future in running:
                    future.result(PATIENCE)
                head = log.head().position
                log.wait_beyond(head - 1, PATIENCE)
                until(lambda: followed[-1] >= head, PATIENCE, "the last position")
                subscription.close()
                following.result(PATIENCE)
            stored = {row.fact_key: row.position for row in log.rows(0, head)}
    assert followed == list(range(1, head + 1))
    assert sorted(stored.values()) == followed
    for caller in callers:
        assert caller.acknowledged.items() <= stored.items()
        assert not caller.refused & stored.keys()
    known = set().union(*(caller.acknowledged.keys() | caller.unknown for caller in callers))
    assert stored.keys() <= known


def _see_growth(followed: list[int]) -> None:
    seen = len(followed)
    until(lambda: len(followed) > seen + 20, PATIENCE, "appends after the start")
