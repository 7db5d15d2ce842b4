"""Keeping: units that were looked through, until they are recorded; their rows outside of memory."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Self

from api.importing.entries import Entry
from api.importing.gathering import room
from api.importing.lives import Unit
from api.importing.rows import Row

MOST_REHEARSED = 100_000
"""Entries that are held to the rules before any is recorded: what they come to is in memory.

Of readings some 160 MiB, of items several times that.
"""
_AT_ONCE = 200

_Rest = tuple[tuple[tuple[str, Row], ...], tuple[str, ...]]
"""The rows of a unit, and its records."""


class Kept:
    """Units in the order in which they came. Not for several threads.

    Their entries are in memory, where a rehearsal has their commands anyway; their rows are not, but the last of them:
    a temporary file has them, without a name, that is gone with the block.
    """

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._entries: list[tuple[Entry, ...]] = []
        self._file: IO[bytes] | None = None
        self._last: list[_Rest] = []

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
        self._entries.append(tuple(unit))
        self._last.append((unit.rows, unit.records))
        if len(self._last) == _AT_ONCE:
            with room():
                self._file = self._file or TemporaryFile(prefix="aftercare-import-")  # noqa: SIM115  dropped at the end
                pickle.dump(self._last, self._file, pickle.HIGHEST_PROTOCOL)
                self._file.flush()
            self._last.clear()

    def units(self) -> Iterator[Unit]:
        """Yield all of them."""
        for entries, (rows, records) in zip(self._entries, self._rests(), strict=True):
            yield Unit.again(entries, rows, records)

    def _rests(self) -> Iterator[_Rest]:
        """Yield of each unit what is not in memory."""
        if self._file is not None:
            self._file.seek(0)
            with suppress(EOFError):
                while True:
                    yield from pickle.load(self._file)  # noqa: S301  our own, in a file that nobody else can open
        yield from self._last

    def drop(self) -> None:
        """Forget all of them."""
        self._entries.clear()
        self._last.clear()
        if self._file is not None:
            self._file.close()
            self._file = None


class First:
    """The first of some units: as long as they have not too many entries together, or are not too many."""

    def __init__(self, most: int, count: Callable[[Unit], int] = len) -> None:
        """Take how much they may come to, and what each counts: its entries, if nothing else is said."""
        self._most, self._count = most, count
        self.left = False
        """Whether there were more."""

    def of(self, units: Iterable[Unit]) -> Iterator[Unit]:
        """Yield the first of some units, and let all others be looked at only for what is wrong with their rows."""
        for unit in units:
            self._most -= self._count(unit)
            if self._most >= 0:
                yield unit
            else:
                self.left = True
