"""One file, opened: how it is written, as it was said or found out, and its rows."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from api.importing.mapping import Shape
from api.importing.readers.files import open_file
from api.importing.readers.limits import STANDARD, Limits
from api.importing.readers.streams import Counted, Stream
from api.importing.readers.tables import table_of
from api.importing.rows import Row, Unread


class Reading:
    """The rows of a file, in order, once. It holds the file open until it is closed."""

    def __init__(self, source: Counted, name: str, shape: Shape, limits: Limits) -> None:
        """Take an open file and look at its beginning."""
        self._source = source
        self._table = table_of(name, Stream(source.pieces()), shape, limits)

    @property
    def described(self) -> str:
        """How the file is written, in one line for people."""
        return self._table.described

    @property
    def shape(self) -> Shape:
        """How the file is written, with everything that was found out."""
        return self._table.shape

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._table.content.columns

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
    name = path.name if name is None else name
    file = open_file(path, name)
    try:
        return Reading(Counted(file, os.fstat(file.fileno()).st_size), name, shape, limits)
    except BaseException:
        file.close()
        raise
