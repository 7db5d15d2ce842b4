"""Sight: how one decision sees streams, at its moment, right before it, ever since, and as they stand."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from domain.application.standings import Standing
from domain.kernel.folding import Happening, Juncture, in_order_of_life, juncture
from domain.kernel.streams import KINDS, Course, StreamRef


class Seen(NamedTuple):
    """A stream as a decision sees it."""

    stream: StreamRef
    standing: Standing
    state: Any
    place: Juncture[Any] | None = None
    """The moment in the life of the stream, where something on record is later."""


Look = Callable[[StreamRef], Seen]


class Records(Protocol):
    """What is on record, as far as a decision asks."""

    def known(self, stream: StreamRef) -> Standing:
        """Return where a stream stands."""

    def happened(self, stream: StreamRef, after: int = 0) -> list[Happening]:
        """Return the facts of a stream beyond a version, in the order in which they were recorded."""


class Sight:
    """How one decision sees streams. It remembers what it saw: on that the decision rests."""

    def __init__(self, records: Records, moment: datetime) -> None:
        """See what is on record from one moment."""
        self.moment = moment
        self.seen: dict[StreamRef, Seen] = {}
        """Every stream that was looked at, as it was seen first."""
        self._records = records
        self._places: dict[StreamRef, Juncture[Any]] = {}

    def at(self, stream: StreamRef) -> Seen:
        """Return a stream as it was at the moment; a reservation as it stands."""
        standing = self._records.known(stream)
        if not self._is_late(stream, standing):
            return self._noted(Seen(stream, standing, standing.state))
        place = self._place(stream)
        return self._noted(Seen(stream, standing, place.state, place))

    def before(self, stream: StreamRef) -> Seen:
        """Return a stream as it was before anything of that very moment; a reservation as it stands."""
        seen = self.at(stream)
        if seen.place is not None:
            return seen._replace(state=seen.place.before)
        happened_then = self.moment == seen.standing.newest and not KINDS[stream.kind].reserves
        return seen._replace(state=seen.standing.before) if happened_then else seen

    def now(self, stream: StreamRef) -> Seen:
        """Return a stream as it stands after all that is on record."""
        standing = self._records.known(stream)
        return self._noted(Seen(stream, standing, standing.state))

    def then(self, stream: StreamRef) -> list[UUID]:
        """Return the facts of a stream that happened at that very moment and count."""
        standing = self._records.known(stream)
        if self._is_late(stream, standing):
            return [each.id for each in self._place(stream).then]
        if self.moment != standing.newest:
            return []
        since = in_order_of_life(self._records.happened(stream, standing.since))
        return [each.id for each in since if each.occurred_at == self.moment]

    def course(self, stream: StreamRef) -> Course:
        """Return the states of a stream from the moment on, each with when it began, the last one still being so."""
        seen = self.at(stream)
        states = {self.moment: seen.state}
        if seen.place is not None:
            state, evolve = seen.state, KINDS[stream.kind].evolve
            for each in seen.place.later:
                state = states[each.occurred_at] = evolve(state, each.fact, each.occurred_at)
        return tuple(states.items())

    def _noted(self, seen: Seen) -> Seen:
        self.seen.setdefault(seen.stream, seen)
        return seen

    def _is_late(self, stream: StreamRef, standing: Standing) -> bool:
        return self.moment < standing.newest and not KINDS[stream.kind].reserves

    def _place(self, stream: StreamRef) -> Juncture[Any]:
        if stream not in self._places:
            self._places[stream] = juncture(KINDS[stream.kind], self._records.happened(stream), self.moment)
        return self._places[stream]
