"""A metro on record: first what its first file told, then everything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.importing.entries import Entry, Finding, Planned, rehearse
from api.importing.recording import begun, same_on_record
from domain.kernel.envelope import Provenance
from domain.log.codec import Draft, encode, fact_id_of
from domain.log.contract import Appended, NewFact, Proposal
from projections.engine import Engine
from tests.importing.books import CALLER, Book, now
from tests.projections.recording import NoSealer
from tests.real import mta_files, mta_lives
from tests.real.mta_files import Month, Outage

ASKED = frozenset({"registry", "technical_state", "meter_readings", "reported_time", "upkeep"})
"""The read models that are asked about it."""
_FACTS_AT_ONCE = 1_000


@dataclass(frozen=True)
class Metro:
    """Lifts and escalators on record, and the rows that tell of them."""

    book: Book
    engine: Engine
    url: str
    """Where the log is."""
    first: list[Outage]
    """Outages that the first file tells of."""
    outages: list[Outage]
    """Outages that both files tell of, each once."""
    months: list[Month]
    head_of_first: int
    """Where the log ended when the first file was on record."""
    repeated: set[Provenance]
    """Entries of everything that were on record by then."""

    def on_record(self, source: str, keys: Iterable[str]) -> int:
        """Return how many rows of these names are on record."""
        ids = [fact_id_of(Provenance(source=source, id=key), 0) for key in keys]
        chunks = [ids[first : first + 500] for first in range(0, len(ids), 500)]
        return sum(len(self.book.log.by_keys(chunk)) for chunk in chunks)


def taken(
    book: Book, engine: Engine, url: str, units: frozenset[str] | None = None, *, by_ledger: bool = False
) -> Metro:
    """Put a metro on record, in bulk or by the ledger, and let the read models follow it; None: all units."""
    first, later = (
        [each for each in mta_files.outages(file) if units is None or each.unit in units]
        for file in (mta_files.FIRST_OUTAGES, mta_files.LATER_OUTAGES)
    )
    months = [each for each in mta_files.months() if units is None or each.unit in units]
    outages = mta_files.distinct(first, later)
    recorded = record_by_ledger if by_ledger else record
    recorded(book, entries(first))
    head = book.log.head().position
    repeated = recorded(book, entries(outages, months))
    engine.catch_up()
    return Metro(book, engine, url, mta_files.distinct(first), outages, months, head, repeated)


def entries(outages: Sequence[Outage], months: Sequence[Month] = ()) -> list[list[Entry]]:
    """Return what every unit needs, and the lives of the units.

    Each has a place of its own, at the station that the list of lifts says; of units without outages the months say it.
    """
    in_list = mta_files.listed()
    others = {each.unit: each.station for each in months}
    stations = {unit: others[unit] for unit in others.keys() - {each.unit for each in outages}} | in_list
    places = {unit: f"{station} {unit}" for unit, station in stations.items()}
    return [mta_lives.shared_entries(), *mta_lives.lanes(outages, months, places)]


def record(book: Book, lanes: Sequence[Sequence[Entry]]) -> set[Provenance]:
    """Append what the rules make of entries, and is not on record; return what is."""
    planned, findings = rehearse(lanes, now())
    assert findings == list[Finding]()
    known = {source for lane in planned for source in same_on_record(lane, book.log.by_keys)}
    facts = [fact for lane in planned for each in lane if each.entry.source not in known for fact in _encoded(each)]
    for first in range(0, len(facts), _FACTS_AT_ONCE):
        proposal = Proposal(facts=tuple(facts[first : first + _FACTS_AT_ONCE]), expected=())
        assert isinstance(book.log.append(proposal), Appended)
    return known


def record_by_ledger(book: Book, lanes: Sequence[Sequence[Entry]]) -> set[Provenance]:
    """Give entries to the ledger one by one; return what is on record already."""
    known = {source for lane in lanes for source in begun(lane, book.log.by_keys)}
    for entry in (each for lane in lanes for each in lane):
        receipt = book.execute(entry)
        assert receipt.replayed == (entry.source in known)
    return known


def _encoded(planned: Planned) -> list[NewFact]:
    """Return the facts of an entry as the ledger would write them; nothing in them is personal."""
    entry = planned.entry
    return [
        encode(Draft(stream, fact, entry.occurred_at, fact_id_of(entry.source, n), entry.source), CALLER, NoSealer())
        for n, (stream, fact) in enumerate(planned.facts)
    ]
