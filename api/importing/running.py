"""Running an import: the files of the data, read by a mapping, recorded lane by lane, every row accounted for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path
from threading import Event
from typing import NamedTuple
from uuid import UUID

from api.importing.accounts import Account
from api.importing.entries import Place
from api.importing.items import Items
from api.importing.lives import Unit
from api.importing.planning import Plan
from api.importing.readers import files_of, name_of_file, read
from api.importing.recording import Book, record
from api.importing.rejects import ALL_REJECTS, patterns_of
from api.importing.rows import FileFault, Finding, Row, Unread
from api.importing.sources import Source
from domain.application.ledger import Ledger
from domain.application.units import Outcome
from domain.equipment.serials import SerialNumber, serial_stream
from domain.kernel.refusals import NotOnRecord

_OF_OBJECTS = {"json", "ndjson"}
"""Formats in which a row has no member of which it says nothing, so that any may be missing from the first of them."""
MOST_NAMED = 20
"""Columns of a file that are named where one is missing; a sheet may have 16,384."""


class Read(NamedTuple):
    """How far the files are read, in bytes as they are stored."""

    done: int
    of: int


class Files:
    """The files of the data, as the kinds of files of a mapping."""

    def __init__(
        self, data: Sequence[Path], account: Account, told: Callable[[str], None], heard: Callable[[Read], None]
    ) -> None:
        """Take the arguments.

        Args:
            data: files and folders.
            account: hears of every row that is read.
            told: hears of each file how it is written, whenever it is read.
            heard: hears how far they are read.
        """
        self._data, self.account, self._told, self._heard = data, account, told, heard
        self._done = self._of = 0

    def of(self, source: Source) -> list[Path]:
        """Return the files of a kind, its rejects of another run last. Rejects come alone: the others are on record.

        Raises:
            FileFault: there is none, and there has to be one.
        """
        rejects = files_of(self._data, [ALL_REJECTS])
        found = [path for path in files_of(self._data, source.file.path) if path not in rejects]
        found += files_of(self._data, patterns_of(source.name))
        if not found and not rejects and not source.file.optional:
            sentence = f"Nothing among the data is named {' or '.join(source.file.path)} (files.{source.name})."
            raise FileFault(Finding(Place(source.name, 0), "file-missing", sentence))
        return found

    def require(self, sources: Iterable[Source]) -> None:
        """See that there are files, and columns in them, before anything is recorded.

        Raises:
            FileFault: there are not.
        """
        named: dict[str, Path] = {}
        for source in sources:
            for path in self.of(source):
                self._of += path.stat().st_size
                if not fnmatchcase(path.name, ALL_REJECTS):  # its columns are those that a file had, or some of them
                    if named.setdefault(path.name, path).resolve() != path.resolve():
                        raise _named_twice(path, named[path.name])
                    with read(path, source.file) as reading:
                        needed = source.always_needed if reading.shape.format in _OF_OBJECTS else source.needed
                        sheet = reading.shape.sheet if reading.shape.format == "xlsx" else None
                        place = Place(name_of_file(path), 1, sheet)
                        self._require_columns(source, needed, place, reading.columns)

    @staticmethod
    def _require_columns(source: Source, needed: Mapping[str, str], place: Place, columns: Sequence[str]) -> None:
        if not columns:
            return  # each row names its own
        hint = ""
        if place.file.lower().endswith(".zip") and source.file.inside is None:
            hint = f' files.{source.name}.inside says which files of the archive are read, such as inside = "*.csv".'
        missing = [name for name in needed if name not in columns and name.split(".")[0] not in columns]
        if missing:
            told = [f"{name} (files.{source.name}.columns.{needed[name]})" for name in missing]
            sentence = f"There is no column {_some(told)}. It has {_some(columns)}.{hint}"
            raise FileFault(Finding(place, "column-missing", sentence))

    def rows(self, source: Source) -> Iterator[tuple[int, Row | Unread]]:
        """Yield the rows of all files of a kind, each with the number of its file."""
        for number, path in enumerate(self.of(source)):
            with read(path, source.file) as reading:
                self._told(f"{name_of_file(path)}: {reading.described}")
                is_empty = True
                for row in reading:
                    is_empty = False
                    place = row.place if isinstance(row, Row) else row.finding.place
                    self.account.read(place.table, reading.columns, typed=reading.typed)
                    self._heard(Read(self._done + reading.bytes_read, self._of))
                    yield number, row
                self._done += reading.size
                if is_empty:
                    self._told(f"{name_of_file(path)}: there are no rows in it")


def _some(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:MOST_NAMED])} and {more:,} more"


def _named_twice(path: Path, other: Path) -> FileFault:
    """Return that the rows of two files would be known by the same name and lines, in ids and rejects too."""
    sentence = f"Two files have this name, in {other.parent} and {path.parent}: rows are known by it. Rename one."
    return FileFault(Finding(Place(name_of_file(path), 0), "file-name-twice", sentence))


def looked_through(plan: Plan, phases: Iterable[int], account: Account, items: Items) -> Iterator[Unit]:
    """Yield everything that would be recorded, in order, and let the account hear of the rest."""
    lanes = (lane for phase in phases for lane in plan.lanes(phase, account))
    yield from items.noted(chain(plan.shared(), chain.from_iterable(lanes)))
    items.forget()


def record_all(
    plan: Plan,
    phases: Iterable[int],
    account: Account,
    book: Book[Unit],
    *,
    items: Items,
    told: Callable[[], None] = lambda: None,
    ended: Event | None = None,
) -> None:
    """Record everything: what is once for the whole import, then phase after phase.

    The account hears of it all, and who is `told` that it has heard of more.

    Args:
        plan: what is recorded.
        phases: in their order.
        account: of what becomes of it.
        book: decides and appends.
        items: those of which rows may tell the serial number.
        told: hears that the account heard of more.
        ended: set where trouble begins, for those who read the files.

    Raises:
        BaseException: the first trouble; see `record`.
    """

    def hear(unit: Unit, outcome: Outcome) -> None:
        items.settled(unit)
        account.hear(unit, outcome)
        told()

    for lanes in ([plan.shared()], *(plan.lanes(phase, account) for phase in phases)):
        record(map(items.noted, lanes), book, hear, ended)


def record_kept(
    units: Iterable[Unit], account: Account, book: Book[Unit], told: Callable[[], None], ended: Event | None = None
) -> None:
    """Record units that the account has heard of when they were looked through; see `record_all`."""

    def hear(unit: Unit, outcome: Outcome) -> None:
        account.hear(unit, outcome)
        told()

    record([units], book, hear, ended, at_once=1)


def item_with(ledger: Ledger, manufacturer: UUID, serial: str) -> UUID | None:
    """Return the item on record with a manufacturer's serial number."""
    try:
        number = ledger.state(serial_stream(manufacturer, serial)).state
    except NotOnRecord:
        return None
    return number.bearer if isinstance(number, SerialNumber) else None
