"""Booking: many orders decided on each other in memory, by the rules of the ledger, and appended together."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from uuid import UUID

from domain.application.ahead import Ahead
from domain.application.replaying import Book
from domain.application.units import MOST_FACTS, AnyUnit, Booked, Keyed, Outcome, Refused, Said, Weighed, parts_of
from domain.application.weighing import Desk, Verdict, Weigher
from domain.kernel.envelope import Caller
from domain.kernel.refusals import OutcomeUnknown, Unavailable
from domain.log.contract import Appended, Expectation, KeyTaken, NewFact, Proposal, Row, Stale

_KEYS_AT_ONCE = 500
_ATTEMPTS = 50
"""How often a batch is decided anew when other writers were faster; each time one of them has succeeded."""


class Booking(Iterator[tuple[AnyUnit, Outcome]]):
    """One line of units on its way into the log; yields each with what became of it, once that is durable.

    Units are decided in order, each on what those before it come to. A batch that other writers have overtaken is
    decided anew. Not more than a batch is held.
    """

    def __init__(
        self, desk: Desk, book: Book, units: Iterable[AnyUnit], caller: Caller, rehearsed: Iterable[Verdict] = ()
    ) -> None:
        """Take units in the order in which they are to be decided, and what was decided of the first of them."""
        self._desk = desk
        self._book = book
        self._coming = map(Keyed[AnyUnit].of, units)
        self._caller = caller
        self._rehearsed = deque(rehearsed)
        self._waiting: deque[Keyed[AnyUnit]] = deque()
        self._done: deque[tuple[AnyUnit, Outcome]] = deque()
        self._rows: dict[UUID, Row | None] = {}
        self._begun: list[Said] = []

    def __next__(self) -> tuple[AnyUnit, Outcome]:
        """Return the next unit and what became of it.

        Raises:
            Unavailable: the store cannot take more; of this unit and those that follow nothing was recorded, unless it
                is one that needs several appends.
            OutcomeUnknown: whether some of the following units were recorded is not known.
        """
        if not self._done:
            self._fetch()
            if not self._waiting:
                raise StopIteration
            for _ in range(_ATTEMPTS):
                if self._settled():
                    break
            else:
                raise Unavailable("The streams are too busy: other writers were faster each time.")
        return self._done.popleft()

    def _fetch(self) -> None:
        """Take so many units that they come to a batch of entries, or to one more if the last of them is larger."""
        entries = sum(max(len(waiting.unit), 1) for waiting in self._waiting)
        while entries < MOST_FACTS and (waiting := next(self._coming, None)) is not None:
            self._waiting.append(waiting)
            entries += max(len(waiting.unit), 1)

    def _settled(self) -> bool:
        """Decide a batch and append it; return whether it is done, or to be decided anew."""
        ahead = Ahead(self._desk.standings)
        weigher = Weigher(self._desk, self._book, ahead, rows=self._rows, caller=self._caller)
        if self._rehearsed:
            batch = weigher.weigh(islice(self._rehearsed, len(self._waiting)))
            versions = _first_seen(islice(self._rehearsed, len(batch)))
        else:
            self._look_up(key for waiting in self._waiting for key in waiting.keys)
            batch = weigher.weigh(map(weigher.decide, self._waiting))
            if self._is_twin_on_record(batch):
                return False
            versions = {stream.id: base.version for stream, base in ahead.base.items() if not ahead.is_another(stream)}
        last = self._append(batch, versions, ahead)
        if last is None:
            self._rehearsed.clear()
            return False
        position = last - sum(weighed.facts for weighed in batch)
        for weighed in batch:
            position += weighed.facts
            waiting = self._waiting.popleft()
            for key in waiting.keys:
                self._rows.pop(key, None)
            self._done.append((waiting.unit, self._outcome(weighed, position)))
            if self._rehearsed:
                self._rehearsed.popleft()
        return True

    def _outcome(self, weighed: Weighed, position: int) -> Outcome:
        """Return what became of a unit whose last fact is at a position; of one that was begun before, with that."""
        begun, self._begun = self._begun, []
        if isinstance(weighed.outcome, Refused) or not (begun or weighed.entries):
            return weighed.outcome
        told = weighed.outcome.facts if isinstance(weighed.outcome, Booked) else ()
        return Booked((*begun, *told), position)

    def _look_up(self, keys: Iterable[UUID]) -> None:
        """Find what is on record of entries."""
        asked = [key for key in dict.fromkeys(keys) if key not in self._rows]
        for first in range(0, len(asked), _KEYS_AT_ONCE):
            some = asked[first : first + _KEYS_AT_ONCE]
            found = self._desk.log.by_keys(some)
            self._rows.update((key, found.get(key)) for key in some)

    def _is_twin_on_record(self, batch: Sequence[Weighed]) -> bool:
        """Return whether what records nothing was recorded in between: that may be why it was refused."""
        nothing = [waiting for waiting, weighed in zip(self._waiting, batch, strict=False) if not weighed.entries]
        keys = {key for waiting in nothing for key in waiting.keys if self._rows[key] is None}
        for key in keys:
            del self._rows[key]
        self._look_up(keys)
        return any(self._rows[key] for key in keys)

    def _append(self, batch: Sequence[Weighed], versions: dict[UUID, int], ahead: Ahead) -> int | None:
        """Append what was decided, in one proposal unless one unit is larger.

        What was refused, or was so already, rests on the same versions: they are asserted with the rest.

        Returns:
            The position of the last fact, of the head if there is none; None if it is all to be decided anew.
        """
        parts = list(parts_of([entry for weighed in batch for entry in weighed.entries]))
        begun, last = len(self._begun), 0
        for number, part in enumerate(parts or [[]] if versions else [], 1):
            expected = tuple(Expectation(stream, version) for stream, version in versions.items())
            outcome = self._proposed(Proposal(tuple(part), expected))
            if not isinstance(outcome, int):
                self._learn(outcome, ahead)
                return None
            last = outcome
            for fact in part:
                versions[fact.stream] += 1
            if number < len(parts):
                told = batch[0].outcome.facts if isinstance(batch[0].outcome, Booked) else ()
                first = sum(len(each) for each in parts[: number - 1])
                self._begun += told[first : first + len(part)]
                self._rows.clear()
        del self._begun[begun:]  # they are told with the rest
        for stream, standing in ahead.grown():
            self._desk.standings.take(stream, standing)
        return last

    def _proposed(self, proposal: Proposal) -> int | Stale | KeyTaken:
        """Propose facts; return the position of the last one, or what stood against them.

        Raises:
            OutcomeUnknown: nobody knows, and they are not on record yet.
        """
        try:
            outcome = self._desk.log.append(proposal)
        except OutcomeUnknown:
            last = self._last_on_record(proposal.facts)
            if last is None:
                raise
            return last
        if isinstance(outcome, Appended):
            return outcome.first_position + max(len(proposal.facts) - 1, 0)
        assert isinstance(outcome, Stale | KeyTaken), "only who names a request is answered as before"
        return outcome

    def _last_on_record(self, facts: Sequence[NewFact]) -> int | None:
        """Return the position of the last of some facts if all are on record as they were proposed."""
        last = None
        with suppress(Unavailable):
            rows = {}
            for first in range(0, len(facts), _KEYS_AT_ONCE):
                rows.update(self._desk.log.by_keys([fact.fact_key for fact in facts[first : first + _KEYS_AT_ONCE]]))
            if all(fact.fact_key in rows and rows[fact.fact_key].body == fact.body for fact in facts):
                last = max((row.position for row in rows.values()), default=None)
        return last

    def _learn(self, against: Stale | KeyTaken, ahead: Ahead) -> None:
        """Read anew what stood against a proposal."""
        self._rows.clear()
        if isinstance(against, KeyTaken):
            return
        actual = dict(against.actual)
        for stream in ahead.base:
            if stream.id in actual:
                self._desk.standings.current(stream)


def _first_seen(verdicts: Iterable[Verdict]) -> dict[UUID, int]:
    """Return the version at which each stream was seen first: before anything that is decided here was added to it."""
    versions: dict[UUID, int] = {}
    for verdict in verdicts:
        for stream, version in verdict.rests:
            versions.setdefault(stream, version)
    return versions
