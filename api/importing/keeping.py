"""Keeping: units that were looked through, outside of memory, until they are recorded."""

import pickle
from collections.abc import Iterable, Iterator
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Self

from api.importing.gathering import room
from api.importing.lives import Unit

MOST_REHEARSED = 100_000
"""Entries that are held to the rules before any is recorded: what they come to is in memory, 80 MiB to 700."""
_AT_ONCE = 200


class Kept:
    """Units in the order in which they came; many of them in a temporary file without a name. Not for several threads.

    It is gone with the block.
    """

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._file: IO[bytes] | None = None
        self._last: list[Unit] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop everything."""
        self.drop()

    def add(self, unit: Unit) -> None:
        """Keep a unit.

        Raises:
            Unavailable: there is no room for it.
        """
        self._last.append(unit)
        if len(self._last) == _AT_ONCE:
            with room():
                self._file = self._file or TemporaryFile(prefix="aftercare-import-")  # noqa: SIM115  dropped at the end
                pickle.dump(self._last, self._file, pickle.HIGHEST_PROTOCOL)
                self._file.flush()
            self._last.clear()

    def units(self) -> Iterator[Unit]:
        """Yield all of them."""
        if self._file is not None:
            self._file.seek(0)
            with suppress(EOFError):
                while True:
                    yield from pickle.load(self._file)  # noqa: S301  our own, in a file that nobody else can open
        yield from self._last

    def drop(self) -> None:
        """Forget all of them."""
        self._last.clear()
        if self._file is not None:
            self._file.close()
            self._file = None


class First:
    """Units, as long as they have not too many entries together."""

    def __init__(self, most: int) -> None:
        """Take how many entries they may have."""
        self._most = most
        self.left = False
        """Whether there were more."""

    def of(self, units: Iterable[Unit]) -> Iterator[Unit]:
        """Yield the first of some units, and let all others be looked at only for what is wrong with their rows."""
        for unit in units:
            self._most -= len(unit)
            if self._most >= 0:
                yield unit
            else:
                self.left = True
