"""What a store refuses, on both databases: changes of the record, wrong clocks, waits without an end."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from domain.kernel.refusals import ClockBehind, Overloaded, Unavailable
from domain.log.contract import Appended
from domain.log.postgres import _CONCERNING as POSTGRES_CONCERNING
from domain.log.postgres import _SESSION, PostgresStore, open_postgres
from domain.log.postgres_append import unavailable
from domain.log.sqlite import _CONCERNING as SQLITE_CONCERNING
from domain.log.sqlite import SQLiteStore, open_sqlite
from domain.log.sqlite_connections import _configure, connect
from tests.log.proposals import Store, alone, execute, fact


@pytest.mark.parametrize("table", ["fact", "fact_subject", "log_meta"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_what_is_on_record(
    store: Store, database_url: str, table: str, change: str
) -> None:
    if change.startswith("TRUNCATE") and database_url.startswith("sqlite"):
        change = "DELETE FROM {} WHERE true"  # SQLite's only way to empty a table
    alone(store, fact(uuid4(), subjects=(uuid4(),)))
    column = {"fact": "type", "fact_subject": "occurred_at", "log_meta": "environment"}[table]
    with pytest.raises(sa.exc.DBAPIError, match=r"is final|refused"):
        execute(database_url, change.format(table, column, column))
    assert store.rows(0, 10)[0].type == "equipment.failed"


@pytest.mark.parametrize(
    "change", ["UPDATE log_head SET position = 0", "DELETE FROM log_head", "UPDATE log_head SET recorded_at = 0"]
)
def test_the_head_only_moves_forward(store: Store, database_url: str, change: str) -> None:
    alone(store, fact(uuid4()))
    before = store.head()
    with pytest.raises(sa.exc.DBAPIError):
        execute(database_url, change)
    assert store.head() == before


def test_appends_are_refused_while_the_clock_is_behind(store: Store, database_url: str) -> None:
    alone(store, fact(uuid4()))
    ahead = store.head().recorded_at + 60 * 1_000_000
    execute(database_url, f"UPDATE log_head SET recorded_at = {ahead}")
    with pytest.raises(ClockBehind):
        alone(store, fact(uuid4()))
    execute(database_url, "UPDATE log_head SET position = position + 0")
    assert store.head().position == 1


def test_within_the_tolerance_time_stands_still_rather_than_going_back(store: Store, database_url: str) -> None:
    alone(store, fact(uuid4()))
    ahead = store.head().recorded_at + 3 * 1_000_000
    execute(database_url, f"UPDATE log_head SET recorded_at = {ahead}")
    outcome = alone(store, fact(uuid4()))
    assert isinstance(outcome, Appended)
    assert outcome.recorded_at == ahead


def test_a_closed_store_refuses(store: Store) -> None:
    store.close()
    with pytest.raises(Unavailable):
        store.rows(0, 1)


def test_reads_do_not_pile_up(database_url: str) -> None:
    opener: Any = open_postgres if database_url.startswith("postgresql") else open_sqlite
    clock = {} if database_url.startswith("postgresql") else {"now": lambda: datetime.now(UTC)}
    store: Store = opener(database_url, pool_size=1, append_timeout=0.05, **clock)
    with store._readers.one(), pytest.raises(Overloaded):
        store.head()
    assert store.head().position == 0
    store.close()


def test_a_lock_that_is_held_too_long_is_not_waited_for(database_url: str) -> None:
    opener: Any = open_postgres if database_url.startswith("postgresql") else open_sqlite
    clock = {} if database_url.startswith("postgresql") else {"now": lambda: datetime.now(UTC)}
    store: Store = opener(database_url, append_timeout=0.2, **clock)
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.begin() as holder:
        holder.execute(sa.text("UPDATE log_head SET position = position"))
        with pytest.raises(Unavailable) as refused:
            alone(store, fact(uuid4()))
        assert type(refused.value) is Unavailable
    assert isinstance(alone(store, fact(uuid4())), Appended)
    store.close()


def test_many_threads_read_while_one_appends(store: Store) -> None:
    stream, seen, done = uuid4(), [], threading.Event()

    def read() -> None:
        while not done.is_set():
            rows = store.stream(stream)
            seen.append([row.sequence for row in rows] == list(range(1, len(rows) + 1)))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for version in range(50):
        assert isinstance(alone(store, fact(stream), on={stream: version}), Appended)
    done.set()
    for reader in readers:
        reader.join()
    assert len(seen) > 0
    assert all(seen)


def test_a_page_of_a_long_life_is_found_and_not_sorted(store: Store, database_url: str) -> None:
    stream = uuid4()
    alone(store, *(fact(stream, occurred_at=-number) for number in range(500)))
    if isinstance(store, SQLiteStore):
        bounds = (stream.bytes, 0, 0, 9, 9)
        with store._readers.one() as connection:
            plan: Any = connection.execute(f"EXPLAIN QUERY PLAN {SQLITE_CONCERNING}", (*bounds, *bounds, 9)).fetchall()
    else:
        engine = sa.create_engine(database_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            for name, value in _SESSION.items():
                connection.exec_driver_sql(f"SET {name} = {value}")
            connection.exec_driver_sql("PREPARE page (uuid, bigint, bigint, bigint, bigint) AS " + POSTGRES_CONCERNING)
            plan = connection.exec_driver_sql(f"EXPLAIN EXECUTE page ('{stream}', 0, 0, 9, 9)").fetchall()
    assert "fact_life" in str(plan)


def test_sqlite_is_durable_or_not_opened(sqlite_templates: tuple[Path, Path], tmp_path: Path) -> None:
    connection = connect(str(sqlite_templates[0]), 1.0)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    with pytest.raises(Unavailable, match="cannot be opened"):
        connect(str(tmp_path / "missing.db"), 1.0)
    memory = sqlite3.connect(":memory:")
    with pytest.raises(Unavailable, match="would not be durable: journal memory"):
        _configure(memory, writer=True)
    memory.close()


def test_a_replaced_row_is_a_changed_row(database_url: str, store: Store) -> None:
    alone(store, fact(uuid4()))
    if isinstance(store, PostgresStore):
        with pytest.raises(sa.exc.DBAPIError):
            execute(database_url, "INSERT INTO fact SELECT * FROM fact ON CONFLICT (position) DO UPDATE SET type = 'x'")
        return
    connection = connect(make_url(database_url).database or "", 1.0, writer=True)
    with pytest.raises(sqlite3.IntegrityError, match="final"):
        connection.execute("INSERT OR REPLACE INTO fact SELECT * FROM fact")
    connection.close()


def test_a_full_disk_is_told_as_such(store: Store) -> None:
    if isinstance(store, PostgresStore):
        with pytest.raises(Unavailable, match="disk of the log is full"), unavailable():
            raise psycopg.errors.DiskFull
        return
    alone(store, fact(uuid4()))
    writer = store._writer._connection
    assert writer is not None
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Unavailable, match="disk of the log is full"):
        alone(store, *(fact(uuid4())._replace(body=b"x" * 5000) for _ in range(5)))
    writer.execute("PRAGMA max_page_count = 1000000")
    assert isinstance(alone(store, fact(uuid4())), Appended)
    assert store.head().position == 2
