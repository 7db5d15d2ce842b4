"""The stand: contenders run in turn, round after round, so that a ratio holds when the machine's speed drifts."""

import cProfile
import pstats
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from statistics import median
from threading import Barrier, Thread

from rich.console import Console
from rich.table import Table

Contender = Callable[[], float]
"""Does a piece of work and returns how many it did per second."""

OURS, LIMIT, STOCK = "ours", "limit", "stock"
ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """What was measured: rates per second, and our rate as a ratio to the others, round by round."""

    what: str
    rates: Mapping[str, float]
    reach: float | None
    ratio: float | None
    stock_ratio: float | None

    @property
    def verdict(self) -> str:
        """Whether the row reaches what it should."""
        if self.reach is None or self.ratio is None:
            return ""
        return "reached" if self.ratio >= self.reach else "missed"


def compete(what: str, contenders: Mapping[str, Contender], reach: float | None, rounds: int = ROUNDS) -> Row:
    """Run the contenders in turn and return the medians, ratios taken within each round. The first round warms up."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            rate = contender()
            if number:
                rates[name].append(rate)
    ratio = _ratio(rates, LIMIT)
    if reach is not None and ratio is not None and ratio < reach:
        _PROFILE.enable(what, contenders[OURS])
    return Row(
        what,
        {name: median(values) for name, values in rates.items()},
        reach,
        ratio,
        _ratio(rates, STOCK),
    )


def _ratio(rates: Mapping[str, Sequence[float]], other: str) -> float | None:
    if other not in rates:
        return None
    return median(ours / theirs for ours, theirs in zip(rates[OURS], rates[other], strict=True))


class _Profiling:
    """Where the time goes in a row that falls short: the profile of one more run, of one of its threads."""

    def __init__(self) -> None:
        self._profile: cProfile.Profile | None = None

    def enable(self, what: str, contender: Contender) -> None:
        self._profile = cProfile.Profile()
        contender()
        Console().print(f"[bold]Falls short: {what}. Where its time goes:")
        told = StringIO()
        pstats.Stats(self._profile, stream=told).strip_dirs().sort_stats("tottime").print_stats(12)
        self._profile = None
        lines = told.getvalue().splitlines()
        start = next(number for number, line in enumerate(lines) if "ncalls" in line)
        print("\n".join(lines[start:]))  # noqa: T201

    def run(self, work: Callable[[], object]) -> None:
        if self._profile is None:
            work()
        else:
            self._profile.runcall(work)


_PROFILE = _Profiling()


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many per second a piece of work that does so many does."""
    begun = time.perf_counter()
    _PROFILE.run(work)
    return count / (time.perf_counter() - begun)


def together(callers: int, each: int, work: Callable[[int, int], object]) -> float:
    """Return how many per second so many threads do, each calling work(thread, number) so many times."""
    barrier = Barrier(callers + 1)
    problems: list[BaseException] = []

    def each_of(thread: int) -> None:
        for number in range(each):
            work(thread, number)

    def run(thread: int) -> None:
        barrier.wait()
        try:
            if thread:
                each_of(thread)
            else:
                _PROFILE.run(partial(each_of, thread))
        except BaseException as problem:  # noqa: BLE001  told below, by the thread that measures
            problems.append(problem)

    threads = [Thread(target=run, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return callers * each / (time.perf_counter() - begun)


def show(title: str, rows: Sequence[Row]) -> None:
    """Print the rows as a person reads them."""
    table = Table(title=title, title_justify="left")
    for column in ("what", "ours /s", "limit /s", "stock /s", "ours : limit", "to reach", "", "ours : stock"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for row in rows:
        table.add_row(
            row.what,
            *(f"{row.rates[name]:,.0f}" if name in row.rates else "-" for name in (OURS, LIMIT, STOCK)),
            "-" if row.ratio is None else f"{row.ratio:.2f}",
            "-" if row.reach is None else f"{row.reach:.2f}",
            row.verdict,
            "-" if row.stock_ratio is None else f"{row.stock_ratio:.1f}",
        )
    Console(width=140).print(table)
