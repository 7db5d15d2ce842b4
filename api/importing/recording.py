"""Recording units of entries: through the ledger, several lanes side by side, each entry exactly once for ever."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Generic, TypeVar
from uuid import UUID

from api.importing.entries import Entry, Place
from api.importing.rows import Finding
from domain.application.units import Outcome, Refused
from domain.kernel.envelope import Provenance
from domain.log.codec import fact_id_of
from domain.log.contract import Row

LANES_AT_ONCE = 2
"""While one batch is appended, another one is decided; more wait for the same interpreter."""
_KEYS_AT_ONCE = 500

Unit = tuple[Entry, ...]
"""Entries that stand or fall together."""

AnyUnit = TypeVar("AnyUnit", bound=Unit)

Book = Callable[[Iterable[AnyUnit]], Iterable[tuple[AnyUnit, Outcome]]]
"""Gives units to the ledger, in batches; yields each with what became of it."""
ByKeys = Callable[[Sequence[UUID]], dict[UUID, Row]]


def record(
    lanes: Iterable[Iterable[AnyUnit]],
    book: Book[AnyUnit],
    told: Callable[[AnyUnit, Outcome], None],
    ended: threading.Event | None = None,
    *,
    at_once: int = LANES_AT_ONCE,
) -> None:
    """Record lanes of units: each lane in its order, several lanes side by side.

    A refusal is one unit's own; the others go on. Whatever is on record already, the same in every part, is a repeat.
    What is held of the lanes is what is under way: a batch for each thread. Short lanes share batches.

    Args:
        lanes: rest on nothing in each other; taken one at a time, and each read by one thread.
        book: decides and appends units.
        told: hears of every unit that is durable or refused, from one thread at a time, also after trouble began.
        ended: set where trouble begins: what reads the lanes may look at it, and raise `Stopped`.
        at_once: how many threads take lanes; each asks `book` once.

    Raises:
        BaseException: the first trouble, whatever it is: that of the store, of what reads the lanes, of who is told,
            or an interrupt. It ends all lanes at once, no append halfway; what `told` heard is what is on record, but
            for what an `OutcomeUnknown` leaves open. A second run records the rest.
    """
    work = _Work(lanes, told, ended or threading.Event())
    with ThreadPoolExecutor(at_once, "import") as pool:
        lives: list[Future[None]] = []
        try:
            lives += [pool.submit(work.run, book) for _ in range(at_once)]
            wait(lives, return_when=FIRST_EXCEPTION)
        except BaseException:
            work.stop()
            raise
    _raise_first(lives)


def finding_of(unit: Sequence[Entry], refused: Refused) -> Finding:
    """Return what is wrong with a unit, at the place of its entry that is refused."""
    entry = unit[refused.number]
    return Finding(entry.place or Place(entry.source.id, 0), refused.refusal.code, refused.refusal.detail)


class Stopped(Exception):  # noqa: N818  another lane met the trouble that is told
    """The recording ends here."""


class _Work(Generic[AnyUnit]):
    """Lanes that several threads take turns to fetch."""

    def __init__(
        self,
        lanes: Iterable[Iterable[AnyUnit]],
        told: Callable[[AnyUnit, Outcome], None],
        ended: threading.Event,
    ) -> None:
        self._lanes = iter(lanes)
        self._told = told
        self._fetching, self._telling = threading.Lock(), threading.Lock()
        self._stop = ended

    def run(self, book: Book[AnyUnit]) -> None:
        """Record lane after lane until there are no more."""
        try:
            for unit, outcome in book(self._units()):
                with self._telling:
                    self._told(unit, outcome)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Let nothing more be begun."""
        self._stop.set()

    def _units(self) -> Iterator[AnyUnit]:
        """Yield the units of one lane after the other, until something ends all."""
        while (lane := self._next_lane()) is not None:
            for unit in lane:
                if self._stop.is_set():
                    raise Stopped
                yield unit

    def _next_lane(self) -> Iterable[AnyUnit] | None:
        with self._fetching:
            if self._stop.is_set():
                raise Stopped
            return next(self._lanes, None)


def _raise_first(lives: Iterable[Future[None]]) -> None:
    """Raise the trouble that one of the threads met, if one did."""
    for life in lives:
        error = life.exception()
        if error is not None and not isinstance(error, Stopped):
            raise error


def begun(lane: Sequence[Entry], by_keys: ByKeys) -> set[Provenance]:
    """Return the sources of the entries whose first fact stands in the log: the others of it do too."""
    keys = (fact_id_of(entry.source, 0) for entry in lane)
    found: set[UUID] = set()
    while some := list(islice(keys, _KEYS_AT_ONCE)):
        found.update(by_keys(some))
    return {entry.source for entry in lane if fact_id_of(entry.source, 0) in found}
