"""Files as others write them, and what the readers make of them."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from api.importing.mapping import Shape
from api.importing.readers import Limits, read
from api.importing.rows import FileFault, Finding, Row, Unread


class Told(NamedTuple):
    """Everything that a reading tells."""

    described: str
    columns: tuple[str, ...]
    rows: list[Row | Unread]
    fault: Finding | None

    @property
    def cells(self) -> list[list[Any]]:
        """The cells of the rows that could be read."""
        return [list(row.cells.values()) for row in self.rows if isinstance(row, Row)]

    @property
    def lines(self) -> list[int]:
        """The lines of the rows that could be read."""
        return [row.place.line for row in self.rows if isinstance(row, Row)]

    @property
    def findings(self) -> list[tuple[int, str, str | None]]:
        """Line, code and column of the rows that could not be read, and of what ended the reading."""
        found = [row.finding for row in self.rows if isinstance(row, Unread)]
        found += [self.fault] if self.fault else []
        return [(each.place.line, each.code, each.column) for each in found]


def told(path: Path, shape: Shape | None = None, limits: Limits | None = None) -> Told:
    """Read a file to its end, or to where it cannot be read."""
    described, columns, rows = "", tuple[str, ...](), list[Row | Unread]()
    try:
        with read(path, shape or Shape(), limits=limits or Limits()) as reading:
            described, columns = reading.described, reading.columns
            rows.extend(reading)
            assert reading.bytes_read == reading.size == path.stat().st_size
    except FileFault as fault:
        return Told(described, columns, rows, fault.finding)
    return Told(described, columns, rows, None)


def told_of(folder: Path, name: str, data: bytes, shape: Shape | None = None, limits: Limits | None = None) -> Told:
    """Write a file and read it."""
    path = folder / name
    path.write_bytes(data)
    return told(path, shape, limits)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return an archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return archive.getvalue()
