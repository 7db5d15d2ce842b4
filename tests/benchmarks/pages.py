"""Pages over HTTP from the real server, beside the same rows by hand: how many a second, and how soon."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from threading import Thread

from rich.console import Console
from rich.table import Table

from projections.views import views_url
from tests.benchmarks import large
from tests.benchmarks.plain import BY_HAND
from tests.benchmarks.stand import LIMIT, OURS, compete, show, together
from tests.cli.program import ROOT, Aftercare
from tests.servers import free_port, until

CALLERS, EACH = 4, 100
PER_SECOND, SECONDS, CONNECTIONS = 200, 5, 16
REACH = 0.6


class Caller:
    """One caller with one connection."""

    def __init__(self, port: int, headers: dict[str, str], path: str = "/v1/equipment?limit=20") -> None:
        """Connect when first asked."""
        self._connection, self._headers, self._path = HTTPConnection("127.0.0.1", port, timeout=30), headers, path

    def ask(self) -> None:
        """Read one page."""
        self._connection.request("GET", self._path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body


def rate(port: int, headers: dict[str, str], *path: str) -> float:
    """Return how many pages a second a few callers get who ask again as soon as they have the answer."""
    callers = [Caller(port, headers, *path) for _ in range(CALLERS)]
    return together(CALLERS, EACH, lambda thread, _: callers[thread].ask())


def waits(port: int, headers: dict[str, str]) -> list[float]:
    """Return the milliseconds until each answer, from when it was due to be asked: late asking counts too."""
    took: list[float] = []
    begin = time.perf_counter() + 0.2

    def ask(first: int) -> None:
        caller = Caller(port, headers)
        for number in range(first, PER_SECOND * SECONDS, CONNECTIONS):
            due = begin + number / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            caller.ask()
            took.append((time.perf_counter() - due) * 1000)

    threads = [Thread(target=ask, args=(first,)) for first in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


@contextmanager
def plain(program: Aftercare, what: str, log: str) -> Iterator[int]:
    """Run a server of the same rows by hand, in the environment of the program; yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.plain", what, views_url(log), log]
    environment = {**program.environment, "AFTERCARE_PORT": str(port), "AFTERCARE_PROJECT": "no"}

    def listens() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True
        return False

    with (program.home / f"{what}.out").open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        until(listens, what=f"a listener on {port}")
        yield port
    finally:
        process.terminate()
        process.wait()


def on(kind: str, folder: Path, items: int, database_url: str | None = None) -> None:
    """Measure on one database, and print.

    Args:
        kind: its name.
        folder: for what the server keeps.
        items: how many there are to be in the registry.
        database_url: of PostgreSQL; None: a file in the folder.
    """
    program = Aftercare(folder, **({"DATABASE_URL": database_url} if database_url else {})).ready()
    url = database_url or f"sqlite:///{folder}/aftercare.db"
    large.grow(url, views_url(url), items)
    headers = {"Authorization": f"Bearer {program.key()}"}
    with (
        program.start() as running,
        plain(program, "house", url) as house,
        plain(program, "route", url) as route,
        plain(program, "bare", url) as bare,
    ):
        by_hand = partial(rate, house, headers, BY_HAND)
        rows = [
            compete(
                f"{kind}, pages of 20 of {items:,} items, {CALLERS} callers; limit: {limit}",
                {OURS: lambda: rate(running.port, headers), LIMIT: theirs},
                reach,
            )
            for limit, theirs, reach in (
                ("the same application, rows by hand", by_hand, REACH),
                ("a route of Flask, rows by hand", partial(rate, route, headers), REACH),
                ("bare WSGI", partial(rate, bare, headers), None),
            )
        ]
        took = {OURS: waits(running.port, headers), LIMIT: waits(route, headers)}
    show(f"Pages over HTTP, {kind}", rows)
    table = Table(title=f"Page of 20 at {PER_SECOND}/s, open loop, {kind}: milliseconds", title_justify="left")
    for column in ("whose", "p50", "p99", "to reach"):
        table.add_column(column, justify="left" if column == "whose" else "right")
    for whose, values in took.items():
        p99 = quantiles(values, n=100)[98]
        table.add_row(whose, f"{median(values):.2f}", f"{p99:.2f}", "p99 20" if whose == OURS else "")
    Console(width=140).print(table)
