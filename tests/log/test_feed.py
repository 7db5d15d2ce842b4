"""Those who follow the log see all of it, in order, once: while they catch up, live, and after a lost connection."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from domain.kernel.refusals import Unavailable
from domain.log import feed
from domain.log.contract import Row
from domain.log.feed import Bell, Subscription
from domain.log.log import Log, NoLogHere, open_log
from domain.log.notices import APPLICATION
from tests.proposals import proposal
from tests.servers import PostgresServer, until

PATIENCE = 30.0
NEVER = 3600.0
"""A poll interval that no test lives to see: whatever wakes a follower, it was not looking."""


def now() -> datetime:
    return datetime.now(UTC)


class Reader:
    """Follows a log on a thread of its own and keeps the positions that it saw."""

    def __init__(self, log: Log, after: int = 0) -> None:
        self.positions: list[int] = []
        self.subscription = log.subscribe(after)
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self) -> None:
        for rows in self.subscription:
            self.positions += [row.position for row in rows]

    def has(self, last: int) -> None:
        until(lambda: self.positions[-1:] == [last], PATIENCE, f"position {last}")

    def ended(self) -> bool:
        self._thread.join(PATIENCE)
        return not self._thread.is_alive()


@pytest.fixture
def reading() -> Iterator[Callable[..., Reader]]:
    readers: list[Reader] = []

    def follow(log: Log, after: int = 0) -> Reader:
        readers.append(Reader(log, after))
        return readers[-1]

    yield follow
    for reader in readers:
        reader.subscription.close()
        assert reader.ended()


@contextmanager
def opened(url: str, poll_interval: float) -> Iterator[Log]:
    with open_log(url, now=now, poll_interval=poll_interval) as log:
        yield log


def append(log: Log, count: int) -> None:
    for _ in range(count):
        log.append(proposal())


def test_a_follower_catches_up_and_then_sees_what_is_appended_meanwhile(
    database_url: str, reading: Callable[..., Reader]
) -> None:
    with opened(database_url, NEVER) as log:
        log.append(proposal(facts=feed.BATCH + 1))
        early = reading(log)
        late = reading(log, after=feed.BATCH)
        with ThreadPoolExecutor(4) as pool:
            for future in [pool.submit(append, log, 25) for _ in range(4)]:
                future.result(PATIENCE)
        head = feed.BATCH + 101
        early.has(head)
        late.has(head)
        assert early.positions == list(range(1, head + 1))
        assert late.positions == list(range(feed.BATCH + 1, head + 1))


def test_what_another_process_appends_is_found_by_looking(database_url: str, reading: Callable[..., Reader]) -> None:
    with opened(database_url, 0.01) as log:
        reader = reading(log)
        append_elsewhere(database_url, 3)
        reader.has(3)
        assert reader.positions == [1, 2, 3]


def test_what_another_process_appends_is_known_at_once(database_url: str, reading: Callable[..., Reader]) -> None:
    with opened(database_url, NEVER) as log:
        reader = reading(log)
        append_elsewhere(database_url, 3)
        reader.has(3)
        assert log.wait_beyond(2, PATIENCE)


def test_a_follower_survives_the_loss_of_the_connection_that_listens(
    postgres: PostgresServer, postgres_url: str, reading: Callable[..., Reader]
) -> None:
    with opened(postgres_url, NEVER) as here, opened(postgres_url, NEVER) as elsewhere:
        reader = reading(here)
        append(elsewhere, 1)
        reader.has(1)
        for head in (2, 3, 4):
            listeners = connections(postgres, postgres_url)
            assert len(listeners) == 2
            postgres.psql(f"SELECT pg_terminate_backend(pid) FROM unnest(ARRAY{listeners}) AS pid")
            append(elsewhere, 1)  # nobody listens, nobody can tell: found when the connection is back
            reader.has(head)
            until(lambda gone=listeners: _are_new(connections(postgres, postgres_url), gone))  # type: ignore[misc]
        append(elsewhere, 1)
        reader.has(5)
        assert reader.positions == [1, 2, 3, 4, 5]


def test_a_notification_that_could_not_be_sent_is_sent_when_the_connection_is_back(
    postgres_url: str, reading: Callable[..., Reader]
) -> None:
    with opened(postgres_url, NEVER) as here, opened(postgres_url, NEVER) as elsewhere:
        reader = reading(here)
        append(elsewhere, 1)
        reader.has(1)
        assert elsewhere._notices is not None
        tell, lost = elsewhere._notices._tell, threading.Event()

        def lose_the_first(connection: psycopg.Connection) -> None:
            if not lost.is_set():
                lost.set()
                raise psycopg.OperationalError
            tell(connection)

        elsewhere._notices._tell = lose_the_first  # type: ignore[method-assign]
        append(elsewhere, 1)
        reader.has(2)  # perhaps before the first is lost: whoever hears late of what came before looks as well
        assert lost.wait(PATIENCE)


def test_the_last_append_before_a_log_is_closed_is_told_too(postgres_url: str, reading: Callable[..., Reader]) -> None:
    with opened(postgres_url, NEVER) as here, opened(postgres_url, NEVER) as elsewhere:
        reader = reading(here)
        notices = elsewhere._notices
        assert notices is not None
        tell, told, closing = notices._tell, threading.Event(), notices._closing

        def tell_and_linger(connection: psycopg.Connection) -> None:
            tell(connection)
            told.set()
            closing.wait(PATIENCE)

        notices._tell = tell_and_linger  # type: ignore[method-assign]
        append(elsewhere, 1)
        assert told.wait(PATIENCE)
        append(elsewhere, 1)
        elsewhere.close()
        reader.has(2)


def test_a_follower_waits_while_the_store_is_away() -> None:
    bell = Bell()

    def read(_after: int, _limit: int) -> list[Row]:
        raise Unavailable

    subscription = Subscription(read, bell, 7, NEVER)
    bell.ring(99)  # there is something to read: waiting for the store must not become a busy loop
    with ThreadPoolExecutor(1) as pool:
        batch = pool.submit(next, subscription)
        try:
            until(lambda: len(bell._changed._waiters) == 1, 5.0, "waiting")  # type: ignore[attr-defined]
        finally:
            subscription.close()
        with pytest.raises(StopIteration):
            batch.result(PATIENCE)


def test_closing_a_subscription_ends_its_iteration_elsewhere(database_url: str) -> None:
    with opened(database_url, NEVER) as log:
        reader, other = Reader(log), Reader(log)
        append(log, 1)
        reader.has(1)
        reader.subscription.close()
        assert reader.ended()
        append(log, 1)
        other.has(2)
        assert reader.positions == [1]
    assert other.ended()


def test_closing_a_log_ends_its_subscriptions_waits_and_threads(database_url: str) -> None:
    before = set(threading.enumerate())
    log = open_log(database_url, now=now, poll_interval=NEVER)
    reader = Reader(log)
    with ThreadPoolExecutor(1) as pool:
        waiting: Future[bool] = pool.submit(log.wait_beyond, 0, NEVER)
        until(lambda: len(log.bell._changed._waiters) == 2)  # type: ignore[attr-defined]
        log.close()
        assert waiting.result(PATIENCE) is False
    assert reader.ended()
    assert list(log.subscribe(0)) == []
    assert set(threading.enumerate()) == before
    with pytest.raises(Unavailable):
        log.append(proposal())
    with pytest.raises(Unavailable):
        log.rows(0, 1)


def test_waiting_ends_with_the_append_or_with_patience(log: Log) -> None:
    assert not log.wait_beyond(0, 0.0)
    assert not log.wait_beyond(0, 0.01)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log.wait_beyond, 0, PATIENCE)
        append(log, 1)
        assert waiting.result(PATIENCE)
    assert log.wait_beyond(0, 0.0)
    assert not log.wait_beyond(1, 0.0)


def test_the_bell_never_goes_back() -> None:
    bell = Bell()
    bell.ring(5)
    bell.ring(3)
    assert bell.position == 5
    assert bell.wait(4, 0.0)
    assert not bell.wait(5, 0.0)


def test_a_database_without_a_log_is_refused_in_one_line(tmp_path: Path) -> None:
    missing = f"sqlite:///{tmp_path / 'missing.db'}"
    with pytest.raises(NoLogHere, match="There is no file"):
        open_log(missing, now=now)
    assert not (tmp_path / "missing.db").exists()
    (tmp_path / "empty.db").touch()
    with pytest.raises(NoLogHere, match="There is no log"):
        open_log(f"sqlite:///{tmp_path / 'empty.db'}", now=now)


def test_a_postgresql_database_without_a_log_is_refused_in_one_line(postgres: PostgresServer) -> None:
    url = postgres.create_database()
    with pytest.raises(NoLogHere, match="There is no log"):
        open_log(url, now=now)
    postgres.drop_database(url)
    with pytest.raises(Unavailable):
        open_log(url, now=now)


def append_elsewhere(url: str, count: int) -> None:
    """Append from another process."""
    script = (
        "import sys; from datetime import UTC, datetime; from domain.log.log import open_log;"
        "from tests.proposals import proposal; log = open_log(sys.argv[1], now=lambda: datetime.now(UTC));"
        "[log.append(proposal()) for _ in range(int(sys.argv[2]))]; log.close()"
    )
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", script, url, str(count)], check=True, cwd=root, env=env)


def connections(postgres: PostgresServer, url: str) -> list[int]:
    """Return the process ids of the connections that listen on a database."""
    database = make_url(url).database
    query = f"SELECT pid FROM pg_stat_activity WHERE application_name = '{APPLICATION}' AND datname = '{database}'"
    return sorted(pid for (pid,) in postgres.psql(query))


def _are_new(listeners: list[int], gone: list[int]) -> bool:
    return len(listeners) == len(gone) and not set(listeners) & set(gone)
