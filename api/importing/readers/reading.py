"""One file, opened: how it is written, as it was said or found out, and its rows."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from api.importing.mapping import Shape
from api.importing.readers.archives import Archive
from api.importing.readers.faults import fault
from api.importing.readers.files import name_of_file, open_file
from api.importing.readers.limits import STANDARD, Limits
from api.importing.readers.objects import Objects
from api.importing.readers.packed import packing_of, unpacked
from api.importing.readers.rejected import HEAD, shape_of_rejects
from api.importing.readers.streams import Counted, Stream
from api.importing.readers.tables import Table, sheet_of, table_of
from api.importing.readers.workbooks import is_workbook
from api.importing.rows import Row, Unread

_WITHOUT_HEADER = ("json", "ndjson")


class Reading:
    """The rows of a file, in order, once. It holds the file open until it is closed."""

    def __init__(self, source: Counted, name: str, shape: Shape, limits: Limits) -> None:
        """Take an open file and look at its beginning."""
        self._source = source
        self._name = name
        self._asked, self._limits = shape_of_rejects(source.file.read(HEAD)) or shape, limits
        source.file.seek(0)
        self._packing = self._find_packing()
        self._tables = self._opened()
        self._table = next(self._tables)
        packed = "" if self._packing == "none" else f", in {self._packing}"
        self.described = self._table.described + packed
        """How the file is written, in one line for people."""
        self.shape = replace(self._table.shape, compression=self._packing)
        """How the file is written, with everything that was found out."""
        self.columns = self._table.content.columns
        """The names of the columns."""
        self.typed = self._table.typed
        """Whether cells may be more than text."""

    def _find_packing(self) -> str:
        """Return how the file is packed; a workbook is no archive to us."""
        head, file = self._source.file.read(8), self._source.file
        asked, found = self._asked.compression, packing_of(head)
        called_so = self._asked.format == "xlsx" or self._name.lower().endswith(".xlsx")
        if found == "zip" and asked is None and (called_so or is_workbook(file)):
            found = "none"
        file.seek(0)
        if asked not in (None, found, "none"):
            raise fault(self._name, 0, "packed-otherwise", f"The file is not {asked}; it looks like {found}.")
        return asked or found

    def _opened(self) -> Iterator[Table]:
        """Yield the file, or the members of the archive that it is, each to be read before the next."""
        source, name = self._source, self._name
        if self._packing == "zip":
            for member in Archive(name, source, self._limits).members(self._asked.inside):
                yield table_of(member.name, Stream(member.pieces), self._asked, self._limits, source)
        elif self._packing == "none" and packing_of(source.file.read(8)) == "zip":
            source.file.seek(0)
            yield sheet_of(name, source.file, self._asked, self._limits, source)
        else:
            source.file.seek(0)
            stream = Stream(unpacked(self._packing, source, self._limits))
            yield table_of(name, stream, self._asked, self._limits, source)

    def lists(self) -> list[tuple[str, int]]:
        """Return where there are lists of objects in a JSON document, instead of its rows; see `Objects.lists`."""
        return self._table.content.lists() if isinstance(self._table.content, Objects) else []

    @property
    def size(self) -> int:
        """Bytes of the file as it is stored."""
        return self._source.size

    @property
    def bytes_read(self) -> int:
        """Of these, those that have been read."""
        return self._source.count

    def __iter__(self) -> Iterator[Row | Unread]:
        """Yield the rows.

        Raises:
            FileFault: from some line on nothing can be read.
        """
        yield from self._table.content.rows()
        for table in self._tables:
            if table.shape.format not in _WITHOUT_HEADER and set(table.content.columns) != set(self.columns):
                sentence = "The columns are not those of the first file in the archive."
                if self._asked.inside is None:
                    sentence += ' `inside` says which files of it are read, such as inside = "*.csv".'
                raise fault(table.file, 0, "other-columns", sentence)
            yield from table.content.rows()
        self._source.count = self._source.size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._source.file.close()


def read(path: Path, shape: Shape, name: str | None = None, limits: Limits = STANDARD) -> Reading:
    """Open a file and find out how it is written, as far as the shape does not say.

    Args:
        path: of a regular file.
        shape: what is known of how it is written.
        name: what places call it; that of the file if none is given.
        limits: how much it may ask of this machine.

    Raises:
        FileFault: it cannot be read, or not as what it is.
    """
    name = name_of_file(path) if name is None else name
    file = open_file(path, name)
    try:
        return Reading(Counted(file, os.fstat(file.fileno()).st_size, limits.piece), name, shape, limits)
    except BaseException:
        file.close()
        raise
