"""Rehearsing: units decided as booking would decide them, and nothing recorded."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from domain.application.ahead import Ahead
from domain.application.replaying import Book
from domain.application.units import AnyUnit, Keyed, Outcome, Refused
from domain.application.weighing import Desk, Weigher
from domain.kernel.envelope import Caller
from domain.log.contract import Row
from domain.log.log import Log

_AT_ONCE = 200


def rehearsed(desk: Desk, book: Book, units: Iterable[AnyUnit], caller: Caller) -> Iterator[tuple[AnyUnit, Outcome]]:
    """Yield units, each with what would become of it after those before it.

    What they come to is held in memory: for as many as a person looks at, not for as many as there are.
    """
    ahead, coming = Ahead(desk.standings), map(Keyed[AnyUnit].of, units)
    while some := list(islice(coming, _AT_ONCE)):
        asked = [key for each in some for key in each.keys]
        rows: dict[UUID, Row | None] = dict.fromkeys(asked)
        rows.update(desk.log.by_keys(asked))
        weigher = Weigher(desk, book, ahead, rows=rows, caller=caller)
        for each in some:
            outcome = _outcome(weigher, each)
            if isinstance(outcome, Refused) and _is_twin_on_record(desk.log, each.keys, rows):
                outcome = _outcome(weigher, each)
            yield each.unit, outcome


def _outcome(weigher: Weigher, unit: Keyed[AnyUnit]) -> Outcome:
    decided = weigher.decide(unit)
    return Refused(0, weigher.differs) if decided is None else decided[0]


def _is_twin_on_record(log: Log, keys: Sequence[UUID], rows: dict[UUID, Row | None]) -> bool:
    """Return whether some of a unit was recorded since it was looked up: that may be why it was refused."""
    found = log.by_keys([key for key in keys if rows[key] is None])
    rows.update(found)
    return bool(found)
