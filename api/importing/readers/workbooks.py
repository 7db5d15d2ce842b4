"""Workbooks (XLSX) opened with suspicion: their XML cannot unfold, and no part comes to more than is allowed."""

import os
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Self

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet

from api.importing.readers.limits import Limits
from api.importing.readers.packed import Bounds
from api.importing.readers.streams import Broken, Counted

_PIECE = 64 * 1024


def is_workbook(file: BinaryIO) -> bool:
    """Return whether an archive is a workbook."""
    try:
        with zipfile.ZipFile(file) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False


class Part:
    """A part of a workbook, as readers of XML read it."""

    def __init__(self, part: Any, bounds: Bounds, most: int, advanced: Callable[[], None]) -> None:
        """Take an open part, what counts it, how much of it may be held at a time, and who hears that it goes on."""
        self._part = part
        self._bounds = bounds
        self._most = most
        self._advanced = advanced
        self._held = 0

    def read(self, most: int = -1) -> bytes:
        """Return the next bytes, or all.

        Raises:
            Broken: there are more than may be.
        """
        if most < 0:
            return b"".join(self._pieces())
        piece = self._bounds.checked(self._part.read(most))
        self._held += len(piece)
        if self._held > self._most:
            raise Broken("unpacks-to-too-much", f"A part of it has more than {self._most} bytes in one row or list.")
        self._advanced()
        return piece

    def _pieces(self) -> Iterator[bytes]:
        while piece := self.read(_PIECE):
            yield piece

    def let_go(self) -> None:
        """Hear that what was read is held no longer."""
        self._held = 0

    def close(self) -> None:
        """Close the part."""
        self._part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Zip(zipfile.ZipFile):
    """The archive that a workbook is."""

    def __init__(self, file: BinaryIO, source: Counted, limits: Limits) -> None:
        super().__init__(file)
        self._file = file
        self._source = source
        whole = Counted(file, file.seek(0, os.SEEK_END), _PIECE)
        whole.count = whole.size
        self._bounds = Bounds(whole, limits)
        self._most = limits.held

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Return a part, to be read."""
        return Part(super().open(*args, **kwargs), self._bounds, self._most, self._advanced)

    def _advanced(self) -> None:
        if self._file is self._source.file:
            self._source.count = min(max(self._source.count, self._file.tell()), self._source.size)


class Workbook(ExcelReader):  # type: ignore[misc]
    """What openpyxl knows of a workbook before it reads a sheet: sheets, texts, and which formats are dates."""

    def __init__(self, file: BinaryIO, source: Counted, limits: Limits) -> None:
        """Take a file in which one can go back and forth, and the file as it is stored.

        Raises:
            Exception: it is none, or hostile; openpyxl says so in many ways.
        """
        super().__init__(file, read_only=True, data_only=True, keep_links=False)
        self.archive = _Zip(file, source, limits)
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        self.sheets: dict[str, str] = {
            sheet.name: rel.target for sheet, rel in self.parser.find_sheets() if "chartsheet" not in rel.Type
        }
        """The names of the sheets, in order, and the parts that hold them."""
