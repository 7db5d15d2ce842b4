"""A large fleet at a past date beside the fleet of now, and what one late fact costs in it."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table

from domain.equipment.custody import Moved
from domain.kernel.moments import from_micros
from domain.kernel.streams import StreamRef
from domain.log.codec import Draft, encode
from domain.log.contract import Proposal
from projections.engine import Engine
from projections.equipment import registry
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.paging import Window
from projections.views import Views
from tests.benchmarks import large
from tests.benchmarks.appends import open_at
from tests.benchmarks.large import FACTS, IN_TRANSIT, first_items
from tests.benchmarks.rows import CALLER, NoSealer, new_stream

_PAGE, _COUNT = Window(limit=50), Window(limit=1, counted=True)
_TIMES = 30
_OWNER, _OWNED = UUID(int=9_001), 50
"""An organisation that owns few items, which come last in the fleet."""


def show(kind: str, views_url: str, items: int) -> None:
    """Measure pages and counts of a large registry on one database, and print."""
    views = Views(views_url)
    table = Table(title=f"Fleet of {items:,} items at a past date, {kind}: milliseconds", title_justify="left")
    for column in ("what", "now", "past", "ratio", "to reach"):
        table.add_column(column, justify="left" if column == "what" else "right")
    everything, before, after = RegistryFilter(), RegistryFilter(stage="in_transit"), RegistryFilter(stage="delivered")
    with views.write() as connection:
        large.give(connection, _OWNER, _OWNED)
    mine = RegistryFilter(scope=_OWNER)
    with views.read() as connection:
        of_few = (
            lambda: registry.items(connection, mine, _PAGE),
            lambda: registry.items(connection, mine, _PAGE, as_of=IN_TRANSIT),
        )
        pages = (
            lambda: registry.items(connection, everything, _PAGE),
            lambda: registry.items(connection, everything, _PAGE, as_of=IN_TRANSIT),
        )
        counts = (
            lambda: registry.items(connection, after, _COUNT),
            lambda: registry.items(connection, before, _COUNT, as_of=IN_TRANSIT),
        )
        _row(table, "page of 50", pages, _TIMES, 2)
        _row(table, "page of an owner of 50 items, the last of the fleet", of_few, _TIMES, 2)
        _row(table, "count of one stage, four fifths of the fleet", counts, 3, 5)
    views.close()
    Console(width=140).print(table)


def _row(table: Table, what: str, asked: tuple[Callable[[], Any], Callable[[], Any]], times: int, reach: int) -> None:
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(times + 1):
        for ask, seconds in zip(asked, took, strict=True):
            begun = time.perf_counter()
            ask()
            seconds.append(time.perf_counter() - begun)
    now, past = (median(seconds[1:]) * 1000 for seconds in took)
    table.add_row(what, f"{now:.2f}", f"{past:.2f}", f"{past / now:.2f}", f"≤ {reach}")


def late(url: str, views_url: str) -> float:
    """Return the milliseconds in which the registry takes up one late fact of an item with four."""
    took = []
    with open_at(url) as log:
        engine = Engine(log, views_url, [REGISTRY])
        with engine.views.read() as connection:
            items = first_items(connection, FACTS)[:_TIMES]
        for item in items:
            draft = Draft(StreamRef("equipment", item), Moved(place="yard-1"), from_micros(IN_TRANSIT), new_stream())
            log.append(Proposal((encode(draft, CALLER, NoSealer()),), ()))
            begun = time.perf_counter()
            engine.step()
            took.append(time.perf_counter() - begun)
        engine.close()
    return median(took[1:]) * 1000


def show_late(kind: str, took: dict[int, float]) -> None:
    """Print what one late fact costs in fleets of several sizes."""
    table = Table(title=f"One late fact of an item with four, {kind}: milliseconds", title_justify="left")
    table.add_column("items in the registry", justify="right")
    table.add_column("p50", justify="right")
    for items, milliseconds in took.items():
        table.add_row(f"{items:,}", f"{milliseconds:.2f}")
    Console(width=140).print(table)
