"""Read models built from the first fact, each in a process of its own, beside the mere insertion of their rows."""

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, MetaData, func, select, text
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql import quoted_name

from domain import declared
from domain.log.codec import decode
from projections.engine import Engine
from projections.equipment.registry import REGISTRY
from projections.pace import undisturbed
from projections.read_model import Tables
from projections.read_models import READ_MODELS
from projections.views import Views
from tests.benchmarks import fleet
from tests.benchmarks.appends import open_at

REACH = 0.8
_COPY, _BY_HAND = "registry__copy", "registry__by_hand"
_COLUMNS = ("what", "facts/s", "of CPU", "limit", "ratio", "to reach", "floor", "ratio", "stock", "peak MiB")
"""`limit` is the insertion by the database alone, `floor` what comes through Python, by `through_python`."""
_AT_ONCE = 20_000
"""So many facts are in one commit of a rebuild."""
_MOST_OF_ALL = 100_000
"""All read models together are built from so many facts at most: the machine has better things to do."""


class Built(NamedTuple):
    """What it took to build read models."""

    follow_seconds: float
    """Following the log with the indexes in place."""
    rebuild_seconds: float
    """Building beside, and changing over."""
    rebuild_cpu_seconds: float
    """Of these, the time in which this process worked: the rest it waited, for the database or for others."""
    peak_mib: float
    """Most memory that the process had."""


def build(url: str, views_url: str, names: list[str]) -> None:
    """Run in a process of its own: follow the whole log, rebuild each read model, and print what it took."""
    declared.facts()
    models = [model for model in READ_MODELS if model.name in names]
    with open_at(url) as log:
        engine = Engine(log, views_url, models)
        begun = time.perf_counter()
        engine.catch_up()
        followed, followed_cpu = time.perf_counter(), time.process_time()
        for model in models:
            engine.rebuild(model.name)
        ended, ended_cpu = time.perf_counter(), time.process_time()
        engine.close()
    print(json.dumps(Built(followed - begun, ended - followed, ended_cpu - followed_cpu, peak_mib())))  # noqa: T201


def peak_mib() -> float:
    """Return the most memory that this process ever had, as the system counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def built(url: str, views_url: str, names: list[str]) -> Built:
    """Build read models in another process."""
    program = "import sys; from tests.benchmarks.rebuilds import build; build(*sys.argv[1:3], sys.argv[3:])"
    command = [sys.executable, "-c", program, url, views_url, *names]
    return Built(*json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


def by_hand(views_url: str) -> tuple[int, float]:
    """Insert the rows of the registry into a table with the same indexes; return how many, and the seconds."""
    views = Views(views_url)
    with views.write() as connection:
        for name in (_COPY, _BY_HAND):
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
        connection.execute(text(f"CREATE TABLE {_COPY} AS SELECT * FROM registry"))
        like = REGISTRY.table.to_metadata(MetaData(), name=_BY_HAND)
        for index in like.indexes:
            index.name = quoted_name(f"{index.name}__by_hand", quote=None)
        like.create(connection)
        count = connection.execute(select(func.count()).select_from(REGISTRY.table)).scalar_one()
    begun = time.perf_counter()
    with views.write() as connection:
        connection.execute(text(f"INSERT INTO {_BY_HAND} SELECT * FROM {_COPY}"))
    seconds = time.perf_counter() - begun
    views.close()
    return count, seconds


def through_python(url: str, views_url: str) -> float:
    """Read and decode the same facts, hand the driver rows that are ready, and make the indexes; return the seconds.

    Nothing is folded, no state is kept, nothing is compared: what a rebuild does at least whose rows come through
    Python, one after the other.
    """
    views = Views(views_url)
    with views.write() as connection:
        driver: Any = connection.connection.driver_connection
        found = driver.execute(f"SELECT * FROM {_COPY}")
        rows, kinds = found.fetchall(), [column[1] for column in found.description]
        connection.execute(text(f"DROP TABLE {_BY_HAND}"))
        like = REGISTRY.table.to_metadata(MetaData(), name=_BY_HAND)
        connection.execute(CreateTable(like))
    begun = time.perf_counter()
    with open_at(url) as log, undisturbed():
        head, at, done = log.head().position, 0, 0
        while page := log.page(at, _AT_ONCE):
            deque(map(decode, page), 0)
            at = page[-1].position
            ready, done = rows[done : len(rows) * at // head], len(rows) * at // head
            with views.write() as connection:
                _hand_over(connection, ready, kinds)
    with views.write() as connection:
        for index in like.indexes:
            index.name = quoted_name(f"{index.name}__by_hand", quote=None)
            index.create(connection)
    seconds = time.perf_counter() - begun
    views.close()
    return seconds


def _hand_over(connection: Connection, rows: Sequence[tuple[Any, ...]], kinds: Sequence[Any]) -> None:
    """Give the driver rows, in the quickest way that each has; `kinds` are the types of PostgreSQL."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.executemany(f"INSERT INTO {_BY_HAND} VALUES ({', '.join('?' * len(kinds))})", rows)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {_BY_HAND} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(kinds)
        for row in rows:
            copy.write_row(row)


def show(kind: str, url: str, views_url: str, facts: int, stock: float | None = None) -> None:
    """Measure on one database that is empty yet, and print.

    Args:
        kind: its name.
        url: of the log.
        views_url: of the views.
        facts: how many there are to be.
        stock: facts per second of the library's own projection runner, where it has one.
    """
    fleet.record(url, fleet.facts(facts))
    alone = built(url, views_url, [REGISTRY.name])
    rows, seconds = by_hand(views_url)
    floor = through_python(url, views_url)
    table = Table(title=f"Rebuild, {kind}, {facts:,} facts", title_justify="left")
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column == "what" else "right")
    told = "-" if stock is None else f"{stock:,.0f}"
    peak, limit = f"{alone.peak_mib:.0f}", f"{facts / seconds:,.0f}"
    ours, ratio = f"{facts / alone.rebuild_seconds:,.0f}", f"{seconds / alone.rebuild_seconds:.2f}"
    cpu = f"{facts / alone.rebuild_cpu_seconds:,.0f}"
    of_floor = (f"{facts / floor:,.0f}", f"{floor / alone.rebuild_seconds:.2f}")
    table.add_row(f"registry, rebuilt ({rows:,} rows)", ours, cpu, limit, ratio, str(REACH), *of_floor, told, peak)
    ours, ratio = f"{facts / alone.follow_seconds:,.0f}", f"{seconds / alone.follow_seconds:.2f}"
    table.add_row("registry, followed from the first fact", ours, "", limit, ratio)
    if facts <= _MOST_OF_ALL:
        _forget(views_url)
        every = built(url, views_url, [model.name for model in READ_MODELS])
        each = f"{facts * len(READ_MODELS) / every.rebuild_seconds:,.0f}"
        cpu = f"{facts * len(READ_MODELS) / every.rebuild_cpu_seconds:,.0f}"
        what, peak = f"each of all {len(READ_MODELS)} read models, rebuilt", f"{every.peak_mib:.0f}"
        table.add_row(what, each, cpu, *[""] * 6, peak)
        together = f"{facts / every.follow_seconds:,.0f}"
        table.add_row("all of them together, followed from the first fact", together)
    Console(width=140).print(table)


def _forget(views_url: str) -> None:
    """Let the next engine find no read model."""
    views = Views(views_url)
    with views.write() as connection:
        tables = Tables.of(REGISTRY)
        tables.drop(connection)
        for name in (_COPY, _BY_HAND, "bookmark", "read_model"):
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    views.close()
