"""How commands speak to people and to programs."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

_NARROWEST, _WIDEST = 100, 1000
"""Columns of a table where the output is no terminal."""
_SECONDS_BETWEEN_LINES = 5.0
_MINUTE = 60


def complain(error: Exception) -> None:
    """Write one line on standard error that tells what ended a command."""
    click.echo(f"aftercare: {' '.join(str(error).split())}", err=True)


def say_json(document: Mapping[str, Any]) -> None:
    """Write one JSON document."""
    written = msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2)
    click.echo(written.decode())


def show(*tables: Table) -> None:
    """Write tables; on what is no terminal as wide as they need to be."""
    console = _console()
    if not console.is_terminal:
        wide = _console(width=_WIDEST)
        console = _console(width=max(_NARROWEST, *(wide.measure(table).maximum for table in tables)))
    for table in tables:
        console.print(table)


def table(title: str, *columns: str) -> Table:
    """Return an empty table; columns whose name begins with `#` hold numbers."""
    made = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        made.add_column(column.removeprefix("#"), justify="right" if column.startswith("#") else "left")
    return made


def _console(**how: Any) -> Console:
    """Return what writes texts as they are: those of others may look like the markup of colours, links or smileys."""
    return Console(markup=False, emoji=False, highlight=False, **how)


def _columns(*more: ProgressColumn) -> Sequence[ProgressColumn]:
    return TextColumn("{task.description}", markup=False), BarColumn(), *more


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how far something is; gone when it is done. Yields what to tell (done, of)."""
    console = _console(stderr=True)
    columns = _columns(MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)


class Pause:
    """Lets something happen now and then, however often it is asked for."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Take how long it is to rest in between, and a clock that counts seconds."""
        self._seconds, self._clock = seconds, clock
        self._last: float | None = None

    def is_over(self) -> bool:
        """Return whether the last time was long enough ago, and take it that it happens now."""
        at = self._clock()
        if self._last is not None and at - self._last < self._seconds:
            return False
        self._last = at
        return True


class Pace:
    """How fast something goes on, told in one line: done, of how many, how many in a second, how long still."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, counted: str = "facts") -> None:
        """Take a clock that counts seconds, and what is counted; the pace is measured from the first thing told."""
        self._clock, self._counted = clock, counted
        self._first: tuple[float, int] | None = None
        self._between_lines = Pause(_SECONDS_BETWEEN_LINES, clock)
        self._between_lines.is_over()  # the first line has to wait as well

    def line(self, done: int, of: int) -> str:
        """Return how far it is."""
        at = self._clock()
        since, begun = self._first = self._first or (at, done)
        rate = (done - begun) / (at - since) if at > since else 0.0
        if not rate:
            return f"{done:,} of {of:,} {self._counted}"
        return f"{done:,} of {of:,} {self._counted}, {rate:,.0f}/s, {_lasting((of - done) / rate)} left"

    def is_time(self) -> bool:
        """Return whether the last line, or the begin, was long enough ago, and take it that one is written now."""
        return self._between_lines.is_over()


def _lasting(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}"


@contextmanager
def pace(what: str, counted: str = "facts") -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how far what is counted is, how fast they go and how long it lasts still.

    A bar on a terminal, gone when it is done; elsewhere a line every few seconds. Yields what to tell (done, of).
    """
    console, measured = _console(stderr=True), Pace(counted=counted)
    if not console.is_terminal:
        yield (
            lambda done, of: click.echo(f"{what}: {measured.line(done, of)}", err=True) if measured.is_time() else None
        )
        return
    with Progress(*_columns(), console=console, transient=True) as shown:
        task = shown.add_task(what, total=None)

        def tell(done: int, of: int) -> None:
            shown.update(task, completed=done, total=of, description=f"{what}: {measured.line(done, of)}")

        yield tell
