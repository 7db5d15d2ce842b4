"""From the answer to an append until the registry shows it: in this process, and appended by another one."""

import subprocess
import sys
import time
from statistics import median, quantiles
from threading import Event, Thread

from rich.console import Console
from rich.table import Table

from domain.application.ledger import Ledger
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.registry import REGISTRY
from tests.application.desk import release
from tests.benchmarks.rows import CALLER, new_stream
from tests.benchmarks.states import begin, ledger_at

APPENDS = 400


def waits(log: Log, ledger: Ledger, engine: Engine, load: float) -> tuple[list[float], list[float]]:
    """Release items one after another; return the milliseconds each append took, and those until it was visible.

    Args:
        log: the log.
        ledger: a ledger on it.
        engine: keeps the registry.
        load: share of the fastest possible rate at which to append.
    """
    appended, visible = [], []
    for _ in range(APPENDS):
        item = new_stream()
        begun = time.perf_counter()
        receipt = ledger.execute(release(item, str(item)), CALLER)
        answered = time.perf_counter()
        assert engine.wait_for(receipt.position, 10.0), engine.positions()
        shown = time.perf_counter()
        appended.append((answered - begun) * 1000)
        visible.append((shown - answered) * 1000)
        # At half load the machine rests as long as it worked.
        Event().wait((shown - begun) * (1 / load - 1))
    del log
    return appended, visible


def elsewhere(url: str) -> None:
    """Run in another process: release items and print the position and the clock of each answer."""
    with ledger_at(url) as (log, ledger):
        begin(log, ledger, 6)
        for _ in range(APPENDS):
            item = new_stream()
            receipt = ledger.execute(release(item, str(item)), CALLER)
            print(receipt.position, time.clock_gettime(time.CLOCK_MONOTONIC), flush=True)  # noqa: T201
            Event().wait(0.005)


def across(url: str, engine: Engine) -> list[float]:
    """Return the milliseconds from each answer in another process until it is visible here."""
    seen: dict[int, float] = {}
    stop = Event()

    def watch() -> None:
        last = 0
        while not stop.is_set():
            if engine.wait_for(last + 1, 0.2):
                last += 1
                seen[last] = time.clock_gettime(time.CLOCK_MONOTONIC)

    watcher = Thread(target=watch)
    watcher.start()
    program = "from tests.benchmarks.visible import elsewhere; import sys; elsewhere(sys.argv[1])"
    told = subprocess.run([sys.executable, "-c", program, url], check=True, capture_output=True, text=True).stdout
    answers = [line.split() for line in told.splitlines()]
    assert engine.wait_for(int(answers[-1][0]), 10.0)
    Event().wait(0.3)
    stop.set()
    watcher.join()
    return [max(0.0, (seen[int(position)] - float(moment)) * 1000) for position, moment in answers[5:]]


def show(kind: str, url: str, views_url: str) -> None:
    """Measure on one database and print percentiles."""
    table = Table(title=f"append to visible in the registry, {kind}: milliseconds", title_justify="left")
    for column in ("what", "p50", "p99", "to reach"):
        table.add_column(column, justify="left" if column == "what" else "right")
    with ledger_at(url) as (log, ledger):
        begin(log, ledger, 6)
        engine = Engine(log, views_url, [REGISTRY])
        engine.run()
        for load in (1.0, 0.5):
            appended, visible = waits(log, ledger, engine, load)
            table.add_row(f"the append itself, load {load:.0%}", *_percentiles(appended), "")
            reach = "p50 2" if load == 1.0 else "p99 50"
            table.add_row(f"visible after the answer, same process, load {load:.0%}", *_percentiles(visible), reach)
        table.add_row("visible after the answer in another process", *_percentiles(across(url, engine)), "p50 5")
        engine.close()
    Console(width=140).print(table)


def _percentiles(values: list[float]) -> tuple[str, str]:
    return f"{median(values):.2f}", f"{quantiles(values, n=100)[98]:.2f}"
