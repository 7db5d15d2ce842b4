"""A metro on record by its mapping: first what its first file told, then everything."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from api.importing.accounts import Account
from domain.kernel.envelope import Provenance
from domain.log.codec import fact_id_of
from projections.engine import Engine
from tests.importing.books import Book
from tests.real import mta_files
from tests.real.mta_files import FIRST_OUTAGES, FOLDER, LATER_OUTAGES, LISTED, MONTHS, Month, Outage

MAPPING = "mta-elevators.toml"
ASKED = frozenset({"registry", "technical_state", "meter_readings", "reported_time", "upkeep"})
"""The read models that are asked about it."""
_NAMES_OF_UNITS = {FIRST_OUTAGES: "elevator", LATER_OUTAGES: "elevator", LISTED: "mta_id", MONTHS: "Equipment Code"}


@dataclass(frozen=True)
class Metro:
    """Lifts and escalators on record, and the rows that tell of them."""

    book: Book
    engine: Engine
    url: str
    """Where the log is."""
    data: Path
    """The folder with its files."""
    first: list[Outage]
    """Outages that the first file tells of."""
    outages: list[Outage]
    """Outages that both files tell of, each once."""
    months: list[Month]
    head_of_first: int
    """Where the log ended when the first file was on record."""
    became: Account
    """What became of every row of all files, the first file among them."""

    def on_record(self, source: str, keys: Iterable[str]) -> int:
        """Return how many rows of these names are on record."""
        ids = [fact_id_of(Provenance(source=source, id=key), 0) for key in keys]
        chunks = [ids[first : first + 500] for first in range(0, len(ids), 500)]
        return sum(len(self.book.log.by_keys(chunk)) for chunk in chunks)

    def take_first(self) -> Account:
        """Import the first file, and the list of lifts."""
        return take_first(self.book, self.data)


def take_first(book: Book, data: Path) -> Account:
    """Import the first file, and the list of lifts."""
    return book.take(MAPPING, data / FIRST_OUTAGES, data / LISTED)


def taken(book: Book, engine: Engine, url: str, data: Path = FOLDER) -> Metro:
    """Put a metro on record, and let the read models follow it."""
    first, later = (mta_files.outages(file, data) for file in (FIRST_OUTAGES, LATER_OUTAGES))
    alone = book.take(MAPPING, data / FIRST_OUTAGES, data / LISTED)
    alone, head = take_first(book, data), book.log.head().position
    everything = book.take(MAPPING, data)
    assert (alone.findings, everything.findings) == ([], [])
    engine.catch_up()
    outages, months = mta_files.distinct(first, later), mta_files.months(data)
    return Metro(book, engine, url, data, mta_files.distinct(first), outages, months, head, everything)


def only(units: frozenset[str], folder: Path) -> Path:
    """Write the rows of some units to a folder."""
    for file, name in _NAMES_OF_UNITS.items():
        with (FOLDER / file).open(newline="") as whole, (folder / file).open("w", newline="") as part:
            rows = csv.DictReader(whole)
            written = csv.DictWriter(part, rows.fieldnames or ())
            written.writeheader()
            written.writerows(row for row in rows if row[name] in units)
    return folder
