"""Exports by the real command: facts as NDJSON and a list as CSV; beside reading the same rows by the bare driver."""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import make_url

from projections.views import views_url
from tests.benchmarks import fleet, large
from tests.benchmarks.commands import Spent, spent
from tests.cli.program import Aftercare
from tests.servers import libpq

_FACTS = "SELECT position, stream, kind, sequence, fact_key, type, recorded_at, body FROM fact ORDER BY position"
_ITEMS = """
    SELECT * FROM registry WHERE known_to = 9223372036854775807 AND valid_to = 9223372036854775807
    ORDER BY serial_normal, key"""
_AT_ONCE = 1_000


def on(kind: str, folder: Path, rows: int, facts_url: str | None = None, items_url: str | None = None) -> None:
    """Measure on two empty databases, a log of so many facts and a registry of so many items, and print.

    Args:
        kind: the name of the database.
        folder: for what the program keeps, and what it writes.
        rows: a multiple of a thousand.
        facts_url: of PostgreSQL, for the log; None: a file in the folder.
        items_url: the same for the registry.
    """
    table = Table(title=f"{rows:,} rows by `aftercare export`, {kind}", title_justify="left")
    for column in (
        "what",
        "rows/s",
        "CPU µs a row",
        "most memory",
        "driver alone, rows/s",
        "CPU µs",
        "ratio",
        "of CPU",
    ):
        table.add_column(column, justify="left" if column == "what" else "right")
    program, url = _program(folder / "facts", facts_url)
    fleet.record(url, fleet.facts(rows))
    file = folder / "facts.ndjson"
    _add(table, "facts as NDJSON", rows, spent(program, "export", "facts", "-o", str(file)), _driver(url, _FACTS))
    program, url = _program(folder / "items", items_url)
    large.grow(url, views_url(url), rows)
    file = folder / "items.csv"
    took = spent(program, "export", "equipment", "-o", str(file))
    with file.open("rb") as lines:
        assert sum(1 for _ in lines) == rows + 1
    _add(table, "equipment as CSV", rows, took, _driver(views_url(url), _ITEMS))
    Console(width=140).print(table)


def _program(home: Path, url: str | None) -> tuple[Aftercare, str]:
    home.mkdir(parents=True)
    program = Aftercare(home, **({"DATABASE_URL": url} if url else {})).ready()
    return program, url or f"sqlite:///{home}/aftercare.db"


def _driver(url: str, query: str) -> Spent:
    """Return what reading the rows takes, and nothing else."""
    with _rows(url, query) as rows:
        begun, cpu = time.perf_counter(), time.process_time()
        while list(islice(rows, _AT_ONCE)):
            pass
        return Spent(time.perf_counter() - begun, time.process_time() - cpu, 0)


@contextmanager
def _rows(url: str, query: str) -> Iterator[Iterator[Any]]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(make_url(url).database))) as file:
            yield iter(file.execute(query))
        return
    options = "-c search_path=public,views"
    with psycopg.connect(libpq(url), options=options) as connection, connection.cursor("rows") as cursor:
        cursor.itersize = _AT_ONCE
        read: Iterable[Any] = cursor.execute(query.encode())
        yield iter(read)


def _add(table: Table, what: str, rows: int, took: Spent, alone: Spent) -> None:
    table.add_row(
        what,
        f"{rows / took.seconds:,.0f}",
        f"{took.cpu_seconds / rows * 1e6:.1f}",
        f"{took.peak_mib:.0f} MiB",
        f"{rows / alone.seconds:,.0f}",
        f"{alone.cpu_seconds / rows * 1e6:.1f}",
        f"{alone.seconds / took.seconds:.3f}",
        f"{alone.cpu_seconds / took.cpu_seconds:.3f}",
    )
