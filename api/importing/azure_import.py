"""The import of the Azure data: read, rehearse, then record; nothing is recorded while anything is wrong."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from api.importing.accounts import Account
from api.importing.azure_pdm import machine_lanes, shared_entries
from api.importing.azure_tables import read_tables
from api.importing.entries import Finding, rehearse
from api.importing.recording import Book, Unit, record
from domain.application.units import Outcome


class NotImported(Exception):  # noqa: N818  a sentence, as refusals are
    """The files are not right; nothing was recorded."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Take everything that is wrong."""
        self.findings = tuple(findings)
        super().__init__(f"{len(findings)} findings; nothing was recorded.")


def import_azure(
    folder: Path,
    book: Book,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Account:
    """Record the lives that the four files of a folder tell; whatever is on record already stays as it is.

    Args:
        folder: holds the four files.
        book: gives units to the ledger.
        now: the present; nothing in the files happened after it.
        progress: hears how many of how many entries are done.

    Raises:
        NotImported: a file, a row or what follows from it is wrong; nothing was recorded.
        Unavailable: the store cannot take more; a second run records the rest.
    """
    tables = read_tables(folder)
    if tables.findings:
        raise NotImported(tables.findings)
    planned, findings = rehearse([shared_entries(), *machine_lanes(tables)], now)
    if findings:
        raise NotImported(findings)
    account = Account(tables.rows, tables.repeats)
    total, done = sum(len(lane) for lane in planned), 0

    def told(unit: Unit, outcome: Outcome) -> None:
        nonlocal done
        done += 1
        account.hear(unit, outcome)
        progress(done, total)

    lanes = [[(each.entry,) for each in lane] for lane in planned]
    record(lanes[:1], book, told)  # the parties and models, on which every machine rests
    record(lanes[1:], book, told)
    return account
