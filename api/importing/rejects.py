"""Rejects: what was not recorded, to be put right in a spreadsheet or an editor and given to the import again."""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TextIO

from api.exporting import harmless
from api.importing.readers.rejected import FIRST, LAST, SHEET, TYPED, WHOLE, rejected_cells, text_of
from api.importing.rows import Finding, Row, Unread
from domain.kernel.refusals import Unavailable

MOST_SETS = 50
"""Sets of columns of one kind of file that have a file each; what rows of others say stands in one cell, as JSON."""
_MOST_OPEN = 32
"""Files that are held open at a time, whatever the rows look like."""

ALL_REJECTS = "*.rejects.csv"
"""The pattern of the names of all rejects."""


def patterns_of(kind: str) -> tuple[str, str]:
    """Return the patterns of the names that rejects of one kind of file have."""
    return f"{kind}.rejects.csv", f"{kind}-*.rejects.csv"


@contextmanager
def _written() -> Iterator[None]:
    """Tell a disk that takes no more."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The rejects cannot be written: {error.strerror}.") from None


class _Set(NamedTuple):
    """Rows that stand in one file, as they have the same columns."""

    kind: str
    columns: tuple[str, ...]
    typed: bool
    of_sheet: bool

    def header(self) -> list[str]:
        """Return the names of all columns."""
        more = [name for name, holds in ((SHEET, self.of_sheet), (TYPED, self.typed)) if holds]
        return [*FIRST, *more, *map(harmless, self.columns), LAST]


class Rejects:
    """The rejects of a run: a CSV for each kind of file, and for each further set of columns, up to `MOST_SETS`.

    Files appear under their names when all is written, so that the rejects of one run can be read while those of the
    next are written. Where no row is refused, no file is written.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder in which they come to stand; it is made if need be."""
        self.count = 0
        """Rows so far."""
        self._folder = folder
        self._paths: dict[_Set, Path] = {}
        self._open: dict[Path, tuple[TextIO, Any]] = {}

    def row(self, kind: str, columns: Sequence[str], row: Row, finding: Finding, *, typed: bool) -> None:
        """Put a row down that could be read and was refused.

        Args:
            kind: the name of the kind of file in the mapping.
            columns: of the file; what a row has besides makes a set of columns of its own.
            row: as it was read.
            finding: what is wrong with it.
            typed: whether the cells of the file may be more than text.
        """
        known = {*columns}
        found = finding._replace(place=row.place)
        all_columns = (*columns, *(name for name in row.cells if name not in known))
        of_sheet = row.place.sheet is not None
        if self._has_room(each := _Set(kind, all_columns, typed, of_sheet)):
            self._put(each, found, rejected_cells(all_columns, row.cells, typed=typed), "")
        else:
            whole = _Set(kind, (WHOLE,), typed=False, of_sheet=of_sheet)
            self._put(whole, found, [harmless(text_of(dict(row.cells)))], "")

    def unread(self, kind: str, columns: Sequence[str], unread: Unread, *, typed: bool) -> None:
        """Put a row down that could not be read: its cells are empty, to be filled in from its text."""
        each = _Set(kind, tuple(columns), typed, unread.finding.place.sheet is not None)
        if not self._has_room(each):
            each = each._replace(columns=(WHOLE,), typed=False)
        self._put(each, unread.finding, [""] * len(each.columns), unread.original)

    def drop(self) -> None:
        """Forget what was put down: files of another run stay as they are."""
        with suppress(OSError):
            self._close_open()
        for path in self._paths.values():
            path.unlink(missing_ok=True)
        self._open.clear()
        self._paths.clear()

    def close(self) -> list[Path]:
        """Give the files their names, and return them.

        Raises:
            Unavailable: they cannot be written.
        """
        with _written():
            self._close_open()
        paths = []
        for path in self._paths.values():
            paths.append(path.with_suffix(""))
            path.replace(paths[-1])
        self._paths.clear()
        return paths

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close() if error is None else self.drop()

    def _put(self, of: _Set, finding: Finding, cells: list[str], original: str) -> None:
        place = finding.place
        first = [place.file, place.line, finding.column or "", finding.code, finding.sentence]
        told = [harmless(str(each)) for each in (*first, *([place.sheet] if of.of_sheet else []))]
        flag = ["yes"] if of.typed else []
        with _written():
            self._writer(of).writerow([*told, *flag, *cells, harmless(original)])
        self.count += 1

    def _has_room(self, of: _Set) -> bool:
        """Return whether a set of columns has a file of its own, or may have one."""
        return of in self._paths or sum(each.kind == of.kind for each in self._paths) < MOST_SETS

    def _writer(self, of: _Set) -> Any:
        path = self._paths.get(of)
        if path is not None:
            return (self._open.get(path) or self._opened(path))[1]
        others = sum(each.kind == of.kind for each in self._paths)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{of.kind}{f'-{others + 1}' if others else ''}.rejects.csv.part"
        path.unlink(missing_ok=True)  # of a run that was killed
        writer = self._opened(path)[1]
        self._paths[of] = path
        writer.writerow(of.header())
        return writer

    def _opened(self, path: Path) -> tuple[TextIO, Any]:
        if len(self._open) >= _MOST_OPEN:
            self._close_open()
        is_new = not path.exists()
        file = path.open("a", encoding="utf-8-sig" if is_new else "utf-8", newline="")
        self._open[path] = file, csv.writer(file)
        return self._open[path]

    def _close_open(self) -> None:
        for file, _ in self._open.values():
            file.flush()
            os.fsync(file.fileno())
            file.close()
        self._open.clear()
