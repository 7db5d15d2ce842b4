"""Rows of outside files: what a reader makes of them, and what is wrong with those that it could not read."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from api.importing.entries import Place

Cell: TypeAlias = "str | int | Decimal | bool | datetime | date | time | list[Any] | dict[str, Any] | None"
"""What stands in a cell: text in CSV, what the format knows elsewhere; never a binary fraction: nothing is rounded."""


class Row(NamedTuple):
    """One row of a file, by the names of its header or, without one, by its numbers ("1", "2", …)."""

    place: Place
    cells: Mapping[str, Cell]


class Unread(NamedTuple):
    """One row that could not be read, as it stands in the file."""

    finding: "Finding"
    original: str


class Finding(NamedTuple):
    """What is wrong with a file, a row or an entry: a stable code and one sentence that a person can act on."""

    place: Place
    code: str
    sentence: str
    column: str | None = None
    """The column of the file; None: no single one."""

    def __str__(self) -> str:
        """Return the finding as one line: where, what, why."""
        where = f"{self.place}" if self.column is None else f"{self.place}, column {self.column}"
        return f"{where}: {self.code}: {self.sentence}"


class FileFault(Exception):  # noqa: N818  what is wrong with it, not what went wrong
    """A file that cannot be read at all, or from some line on."""

    def __init__(self, finding: Finding) -> None:
        """Take what is wrong."""
        self.finding = finding
        super().__init__(str(finding))
