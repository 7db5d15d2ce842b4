"""Gathering: rows of all files, put in order outside of memory: by key, or by time."""

import pickle
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Self

from api.importing.entries import Place
from api.importing.rows import FileFault, Finding
from domain.kernel.refusals import Unavailable

MOST_OF_ONE_KEY = 100_000
"""Rows of one key: they are in memory together."""
_AT_ONCE = 2_000
_STEPS = 100_000
"""Of SQLite, after which it asks whether to go on: a few milliseconds."""
_TABLE = "CREATE TABLE row (key TEXT, moment INTEGER, file INTEGER, number INTEGER, line INTEGER, packed BLOB)"
_ADD = "INSERT INTO row VALUES (?, ?, ?, ?, ?, ?)"
_BY_KEY = "SELECT key, file, packed FROM row ORDER BY key, file, moment, number, line"
_BY_TIME = "SELECT key, file, packed FROM row ORDER BY moment, file, number, line"


class Kept(NamedTuple):
    """A row that was kept, and which kind of file it is of."""

    file: int
    what: Any


class Gathered:
    """Rows on their way through a temporary file. Not for several threads."""

    def __init__(self, going_on: Callable[[], None] = lambda: None) -> None:
        """Open the temporary file; it is gone with the block.

        Args:
            going_on: is called now and then while rows are put in order, and may raise what ends that.

        Raises:
            Unavailable: there is no room for it.
        """
        try:
            self._folder = TemporaryDirectory(prefix="aftercare-import-")
        except OSError as error:
            raise _no_room(error) from None
        self._file = sqlite3.connect(Path(self._folder.name) / "rows.db", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536", "temp_store = FILE"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute(f"PRAGMA temp_store_directory = '{self._folder.name}'")
        try:
            self._file.execute(_TABLE)
        except sqlite3.OperationalError as error:
            self.__exit__()
            raise _no_room(error) from None
        self._waiting: list[tuple[str, int, int, int, int, bytes]] = []
        self._going_on: Callable[[], None] = going_on
        self._end: BaseException = KeyboardInterrupt()
        """What ended it; an interrupt may come before it can be noted."""
        self._file.set_progress_handler(self._is_over, _STEPS)

    def _is_over(self) -> bool:
        """Return whether something ends what SQLite does: it hears of no Ctrl-C by itself."""
        try:
            self._going_on()
        except BaseException as end:  # noqa: BLE001  whatever it is: it is raised by who asked SQLite
            self._end = end
            return True
        return False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop everything."""
        self._file.close()
        self._folder.cleanup()

    def add(self, key: str, moment: int, kept: Kept, number: int, place: Place) -> None:
        """Keep a row.

        Args:
            key: what it is about.
            moment: when, in microseconds.
            kept: the row.
            number: of its file, in the order in which they are read.
            place: where it stands.

        Raises:
            Unavailable: there is no room for it.
        """
        packed = pickle.dumps(kept.what, pickle.HIGHEST_PROTOCOL)
        self._waiting.append((key, moment, kept.file, number, place.line, packed))
        if len(self._waiting) >= _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        with self._asking():
            self._file.execute("BEGIN")
            self._file.executemany(_ADD, self._waiting)
            self._file.execute("COMMIT")
        self._waiting.clear()

    def by_key(self) -> Iterator[tuple[str, list[Kept]]]:
        """Yield the rows of each key, in order of their kinds of files, moments and places.

        Raises:
            FileFault: one key has more rows than go into memory.
            Unavailable: there is no room to put them in order.
            BaseException: what ended it.
        """
        for key, rows in groupby(self._rows(_BY_KEY), key=lambda row: row[0]):
            found: list[Kept] = []
            for _, kept in rows:
                if len(found) == MOST_OF_ONE_KEY:
                    sentence = f"A key has more than {MOST_OF_ONE_KEY:,} rows: they are seen together, in memory."
                    raise FileFault(Finding(Place(key, 0), "too-many-of-one-key", sentence))
                found.append(kept)
            yield key, found

    def by_time(self) -> Iterator[Kept]:
        """Yield all rows in order of their moments, and of their places where these are equal."""
        return (kept for _, kept in self._rows(_BY_TIME))

    def _rows(self, query: str) -> Iterator[tuple[str, Kept]]:
        self._flush()
        with self._asking():
            for key, file, packed in self._file.execute(query):
                yield key, Kept(file, pickle.loads(packed))  # noqa: S301  our own, in a folder of our own

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Tell what SQLite could not do, or what ended it."""
        with room():
            try:
                yield
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    raise self._end from None
                raise


@contextmanager
def room() -> Iterator[None]:
    """Tell that a temporary file takes no more.

    Raises:
        Unavailable: it does not.
    """
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise _no_room(error) from None


def _no_room(error: Exception) -> Unavailable:
    return Unavailable(f"The temporary file does not take the rows ({error}); TMPDIR names a folder with more room.")
