"""`make bench`: how fast Aftercare is, beside the machine's own limit and the library's stock path, in one run."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain import declared
from migrations import upgrade_log
from projections.views import views_url
from tests.benchmarks import appends, csv_files, exports, imports, large, lives, pages, past, rebuilds, states, visible
from tests.benchmarks.limits import PostgresByHand, SQLiteByHand
from tests.benchmarks.stand import show
from tests.benchmarks.stock import postgres_environment, projected, sqlite_environment
from tests.servers import PostgresServer

SLOW_FLUSH = {"commit_delay": "1000", "commit_siblings": "0"}
"""Makes every commit wait a millisecond, as on ordinary disks."""

SIZES = {"": (10_000, 100_000, 1_000_000), "10m": (10_000, 100_000, 1_000_000, 10_000_000), "100k": (10_000, 100_000)}
"""Facts of the logs from which read models are built, by what SCALE says."""


@contextmanager
def postgres(settings: dict[str, str]) -> Iterator[PostgresServer]:
    """Run a durable server."""
    with PostgresServer({"shared_buffers": "512MB", "max_wal_size": "4GB", **settings}) as server:
        yield server


def fresh(server: PostgresServer) -> str:
    """Return the URL of a new migrated database."""
    url = server.create_database()
    upgrade_log(url, "bench")
    return url


def fresh_file(folder: Path, name: str) -> tuple[str, Path]:
    """Return the URL and path of a new migrated file."""
    path = folder / f"{name}.db"
    upgrade_log(f"sqlite:///{path}", "bench")
    return f"sqlite:///{path}", path


def bench_appends(folder: Path) -> None:
    """Measure appends on both databases, PostgreSQL with both flushes."""
    ours, _ = fresh_file(folder, "ours")
    _, by_hand = fresh_file(folder, "by-hand")
    show("Appends, SQLite", appends.on_sqlite(ours, by_hand, folder / "library.db"))
    for settings, flush, reach in (({}, "flush of this disk", 1.0), (SLOW_FLUSH, "1 ms flush", 0.7)):
        with postgres(settings) as server:
            show(f"Appends, PostgreSQL, {flush}", appends.on_postgres(fresh(server), reach, flush))


def bench_states(folder: Path) -> None:
    """Measure loading and whole commands on both databases."""
    url, path = fresh_file(folder, "states")
    rows, facts = SQLiteByHand(path), SQLiteByHand(fresh_file(folder, "by-hand")[1])
    by_hand = states.ByHand(rows.bodies, lambda fact, sequence: facts.many([(fact, sequence)]))
    show("States, SQLite", states.on("SQLite", url, by_hand, sqlite_environment(folder / "machines.db")))
    with postgres({}) as server:
        url = fresh(server)
        environment = postgres_environment(server.create_database())
        hand = PostgresByHand(url)
        show(
            "States, PostgreSQL",
            states.on("PostgreSQL", url, states.ByHand(hand.bodies, hand.one), environment),
        )


def bench_imports(folder: Path) -> None:
    """Measure how fast entries are booked on both databases."""
    show("Imports, SQLite", imports.on("SQLite", fresh_file(folder, "imports")[0]))
    with postgres({}) as server:
        show("Imports, PostgreSQL", imports.on("PostgreSQL", fresh(server)))


def bench_visible(folder: Path) -> None:
    """Measure how soon the registry shows what was appended."""
    url, _ = fresh_file(folder, "visible")
    visible.show("SQLite", url, f"sqlite:///{folder}/views.db")
    with postgres({}) as server:
        url = fresh(server)
        visible.show("PostgreSQL", url, url)


def bench_lives(folder: Path) -> None:
    """Measure whole commands on long lives, late facts in the middle of them, and units in a large tree."""
    url, _ = fresh_file(folder, "lives")
    show("Lives, SQLite", lives.on("SQLite", url))
    with postgres({}) as server:
        show("Lives, PostgreSQL", lives.on("PostgreSQL", fresh(server)))


def bench_rebuilds(folder: Path) -> None:
    """Measure how fast read models are built, and with how much memory, from logs of several sizes."""
    for facts in SIZES[os.environ.get("SCALE", "").lower()]:
        url, _ = fresh_file(folder, f"rebuild-{facts}")
        rebuilds.show("SQLite", url, views_url(url), facts)
        with postgres({}) as server:
            stock = projected(postgres_environment(server.create_database()), 2_000)
            url = fresh(server)
            rebuilds.show("PostgreSQL", url, views_url(url), facts, stock)


def bench_past(folder: Path) -> None:
    """Measure a large fleet at a past date, and late facts in a small and a large one."""
    sizes = (10_000, 100_000 if os.environ.get("SCALE", "").lower() == "100k" else 1_000_000)
    late: dict[int, float] = {}
    for items in sizes:
        url, _ = fresh_file(folder, f"past-{items}")
        large.grow(url, views_url(url), items)
        past.show("SQLite", views_url(url), items)
        late[items] = past.late(url, views_url(url))
    past.show_late("SQLite", late)
    with postgres({}) as server:
        for items in sizes:
            url = fresh(server)
            large.grow(url, url, items)
            past.show("PostgreSQL", url, items)
            late[items] = past.late(url, url)
    past.show_late("PostgreSQL", late)


def bench_pages(folder: Path) -> None:
    """Measure pages of a large registry over HTTP."""
    items = 100_000 if os.environ.get("SCALE", "").lower() == "100k" else 1_000_000
    for name in ("sqlite", "postgresql"):
        (folder / name).mkdir()
    pages.on("SQLite", folder / "sqlite", items)
    with postgres({}) as server:
        pages.on("PostgreSQL", folder / "postgresql", items, server.create_database())


def bench_files(folder: Path) -> None:
    """Measure rows of CSV on their way to facts by a mapping."""
    rows = 100_000 if os.environ.get("SCALE", "").lower() == "100k" else 1_000_000
    path, manners = folder / "readings.csv", [f"{number}" for number in range(len(csv_files.MANNERS))]
    csv_files.show("SQLite", [csv_files.with_fleet(folder / f"sqlite-{each}") for each in manners], path, rows)
    with postgres({}) as server:
        homes = [folder / f"postgresql-{each}" for each in manners]
        csv_files.show(
            "PostgreSQL", [csv_files.with_fleet(each, server.create_database()) for each in homes], path, rows
        )


def bench_exports(folder: Path) -> None:
    """Measure facts and a list on their way into files."""
    rows = 100_000 if os.environ.get("SCALE", "").lower() == "100k" else 1_000_000
    exports.on("SQLite", folder / "sqlite", rows)
    with postgres({}) as server:
        exports.on("PostgreSQL", folder / "postgresql", rows, server.create_database(), server.create_database())


PARTS = {
    "appends": bench_appends,
    "states": bench_states,
    "imports": bench_imports,
    "files": bench_files,
    "exports": bench_exports,
    "lives": bench_lives,
    "visible": bench_visible,
    "rebuilds": bench_rebuilds,
    "past": bench_past,
    "pages": bench_pages,
}


def main(wanted: list[str]) -> None:
    """Run the parts that are named, or all."""
    declared.facts()
    for name in wanted or PARTS:
        with tempfile.TemporaryDirectory(prefix="aftercare-bench-") as folder:
            PARTS[name](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
