"""How commands speak to people and to programs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

_NARROWEST, _WIDEST = 100, 1000
"""Columns of a table where the output is no terminal."""


def say_json(document: Mapping[str, Any]) -> None:
    """Write one JSON document."""
    written = msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2)
    click.echo(written.decode())


def show(*tables: Table) -> None:
    """Write tables; on what is no terminal as wide as they need to be."""
    console = Console()
    if not console.is_terminal:
        wide = Console(width=_WIDEST)
        console = Console(width=max(_NARROWEST, *(wide.measure(table).maximum for table in tables)))
    for table in tables:
        console.print(table)


def table(title: str, *columns: str) -> Table:
    """Return an empty table; columns whose name begins with `#` hold numbers."""
    made = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        made.add_column(column.removeprefix("#"), justify="right" if column.startswith("#") else "left")
    return made


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how far something is; gone when it is done. Yields what to tell (done, of)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
