"""Rehearsing: units decided as booking would decide them, and nothing recorded; or only then, as it was decided."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from domain.application.ahead import Ahead
from domain.application.booking import Booking
from domain.application.replaying import Book
from domain.application.units import AnyUnit, Keyed, Outcome, Refused
from domain.application.weighing import Desk, Verdict, Weigher
from domain.kernel.envelope import Caller
from domain.log.contract import Row
from domain.log.log import Log

_AT_ONCE = 200


class Rehearsal(Iterator[tuple[AnyUnit, Outcome]]):
    """Units, each with what would become of it after those before it.

    What they come to is held in memory: for as many as a person looks at, not for as many as there are.
    """

    def __init__(self, desk: Desk, book: Book, units: Iterable[AnyUnit], caller: Caller) -> None:
        """Take units in the order in which they are to be decided."""
        self._desk, self._book, self._caller = desk, book, caller
        self._rehearsed: list[Verdict] = []
        self._outcomes = self._decided(units)

    def __next__(self) -> tuple[AnyUnit, Outcome]:
        """Return the next unit and what would become of it."""
        return next(self._outcomes)

    def book(self, units: Iterable[AnyUnit]) -> Iterator[tuple[AnyUnit, Outcome]]:
        """Record the units, told again in the same order, as they were decided; see `Ledger.book`. May be done once.

        From where a stream on which they rest has moved on, or one was refused, they are decided anew.
        """
        rehearsed, self._rehearsed = self._rehearsed, []
        return Booking(self._desk, self._book, units, self._caller, rehearsed)

    def _decided(self, units: Iterable[AnyUnit]) -> Iterator[tuple[AnyUnit, Outcome]]:
        ahead, coming = Ahead(self._desk.standings), map(Keyed[AnyUnit].of, units)
        is_whole = True
        while some := list(islice(coming, _AT_ONCE)):
            asked = [key for each in some for key in each.keys]
            rows: dict[UUID, Row | None] = dict.fromkeys(asked)
            rows.update(self._desk.log.by_keys(asked))
            weigher = Weigher(self._desk, self._book, ahead, rows=rows, caller=self._caller)
            for each in some:
                verdict = _verdict(weigher, each)
                if isinstance(verdict.outcome, Refused) and _is_twin_on_record(self._desk.log, each.keys, rows):
                    verdict = _verdict(weigher, each)
                is_whole = is_whole and not isinstance(verdict.outcome, Refused)
                if is_whole:
                    self._rehearsed.append(verdict)
                yield each.unit, verdict.outcome


def _verdict(weigher: Weigher, unit: Keyed[AnyUnit]) -> Verdict:
    decided = weigher.decide(unit)
    return decided if isinstance(decided, Verdict) else Verdict(Refused(0, decided), [], [])


def _is_twin_on_record(log: Log, keys: Sequence[UUID], rows: dict[UUID, Row | None]) -> bool:
    """Return whether some of a unit was recorded since it was looked up: that may be why it was refused."""
    found = log.by_keys([key for key in keys if rows[key] is None])
    rows.update(found)
    return bool(found)
