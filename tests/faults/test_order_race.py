"""F14: writers race and their inserts are slow by unequal times; a reader that tails the log must not skip a fact.

A position that is given before the commit, as every sequence of a database gives it, can become visible after a higher
one; the reader who has passed it never comes back. The control shows that this test would notice.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import psycopg
import pytest

from domain.log.log import open_log
from tests.servers import PostgresServer, libpq, until

WRITERS = 8
EACH = 25
PATIENCE = 60.0

# Every third is slow: it holds back what it was given while those who came later overtake.
SLOW_INSERTS = """
CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(CASE WHEN NEW.position % 3 = 0 THEN 0.02 ELSE 0.001 END);
    RETURN NEW;
END $$;
CREATE TRIGGER be_slow BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION be_slow()
"""
WRITER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from domain.log.log import open_log
from tests.proposals import proposal

with open_log(sys.argv[1], now=lambda: datetime.now(UTC)) as log, ThreadPoolExecutor(2) as pool:
    print("ready", flush=True)
    sys.stdin.readline()
    for outcome in pool.map(log.append, [proposal() for _ in range(int(sys.argv[2]))]):
        print(outcome.first_position, flush=True)
"""


def slow_inserts(url: str, table: str) -> None:
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute(SLOW_INSERTS.format(table=table).encode(), prepare=False)


def tail(read: Callable[[int], list[int]], stop: Event) -> list[int]:
    """Read beyond the last position seen, over and over, as fast as can be; once more after the last write."""
    seen: list[int] = []
    finished = False
    while not finished:
        finished = stop.is_set()
        seen += read(seen[-1] if seen else 0)
    return seen


def write_from_processes(url: str) -> list[int]:
    """Append from several processes at once and return the positions that they were told."""
    command = [sys.executable, "-c", WRITER, url, str(EACH)]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    writers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root, env=environment)
        for _ in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    told = [int(line) for writer in writers for line in writer.communicate(timeout=PATIENCE)[0].split()]
    assert [writer.returncode for writer in writers] == [0] * WRITERS
    return told


@pytest.mark.faults
def test_no_reader_skips_a_fact_while_writers_race(postgres_url: str) -> None:
    slow_inserts(postgres_url, "fact")
    with open_log(postgres_url, now=lambda: datetime.now(UTC)) as log, ThreadPoolExecutor(2) as pool:
        stop = Event()
        tailing = pool.submit(tail, lambda after: [row.position for row in log.rows(after, 1000)], stop)
        subscription = log.subscribe(0)
        followed: list[int] = []
        following = pool.submit(lambda: followed.extend(row.position for rows in subscription for row in rows))
        try:
            told = write_from_processes(postgres_url)
            assert log.wait_beyond(WRITERS * EACH - 1, PATIENCE)
            until(lambda: followed[-1:] == [WRITERS * EACH], PATIENCE, "the last position")
        finally:
            stop.set()
            subscription.close()
        everything = list(range(1, WRITERS * EACH + 1))
        assert sorted(told) == everything
        assert tailing.result(PATIENCE) == everything
        following.result(PATIENCE)
        assert followed == everything
        recorded = [row.recorded_at for row in log.rows(0, 1000)]
        assert recorded == sorted(recorded)


@pytest.mark.faults
def test_the_control_skips_facts(postgres: PostgresServer) -> None:
    """Positions from a sequence, all else the same: if this reader skipped nothing, the race would be none."""
    url = postgres.create_database()
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute("CREATE TABLE plain (position bigserial PRIMARY KEY)")
    slow_inserts(url, "plain")

    def write(_: int) -> None:
        with psycopg.connect(libpq(url), autocommit=True) as connection:
            for _ in range(EACH):
                connection.execute("INSERT INTO plain DEFAULT VALUES")

    with (
        psycopg.connect(libpq(url), autocommit=True) as connection,
        ThreadPoolExecutor(WRITERS) as pool,
        ThreadPoolExecutor(1) as reader,
    ):
        stop = Event()
        query = "SELECT position FROM plain WHERE position > %s ORDER BY position"
        tailing = reader.submit(tail, lambda after: [row[0] for row in connection.execute(query, (after,))], stop)
        try:
            list(pool.map(write, range(WRITERS)))
        finally:
            stop.set()
        seen = tailing.result(PATIENCE)
        written = connection.execute("SELECT position FROM plain ORDER BY position").fetchall()
    postgres.drop_database(url)
    skipped = {position for (position,) in written} - set(seen)
    assert len(written) == WRITERS * EACH
    assert skipped
