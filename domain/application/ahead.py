"""Ahead: what is on record, and on top of it what is decided but not yet appended: what follows is decided on both."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.application.deciding import Decided
from domain.application.orders import Order
from domain.application.replaying import Saying
from domain.application.sight import Seen
from domain.application.standings import Standing, refolded
from domain.kernel.folding import Happening
from domain.kernel.streams import StreamRef
from domain.log.codec import Draft

_BEYOND = 2**62
"""Positions of facts that have none yet: after all that are on record."""


class Shelf(Protocol):
    """What is on record."""

    def known(self, stream: StreamRef) -> Standing:
        """Return where a stream stands; it may be stale."""

    def happened(self, stream: StreamRef, after: int = 0) -> list[Happening]:
        """Return the facts of a stream beyond a version, in the order in which they were recorded."""


class _Tail(NamedTuple):
    """The facts on record of one stream beyond a version."""

    after: int
    happened: list[Happening]


class Ahead:
    """Records that run ahead of the log, until what was decided is appended or given up. For one thread."""

    def __init__(self, shelf: Shelf) -> None:
        """Begin with what is on record."""
        self.base: dict[StreamRef, Standing] = {}
        """Every stream that was looked at, as it stood on record then: on that all decisions rest."""
        self._shelf = shelf
        self._now: dict[StreamRef, Standing] = {}
        self._added: defaultdict[StreamRef, list[Happening]] = defaultdict(list)
        self._told: dict[UUID, Saying] = {}
        self._orders: dict[UUID, Order] = {}
        self._kinds: dict[UUID, str] = {}
        self._tails: dict[StreamRef, _Tail] = {}
        self._unit: list[tuple[StreamRef, Standing]] = []
        self._position = _BEYOND

    def known(self, stream: StreamRef) -> Standing:
        """Return where a stream stands after all that was decided."""
        standing = self._now.get(stream)
        if standing is None:
            standing = self._now[stream] = self.base[stream] = self._shelf.known(stream)
            if standing.version:
                self._kinds[stream.id] = stream.kind
            elif standing.is_another:
                self._kinds.setdefault(stream.id, "")  # whatever the other kind is
        return standing

    def happened(self, stream: StreamRef, after: int = 0) -> list[Happening]:
        """Return the facts of a stream beyond a version, those decided last."""
        self.known(stream)
        recorded = self.base[stream].version
        added = self._added.get(stream, [])
        if after >= recorded:
            return added[after - recorded :]
        tail = self._tails.get(stream)
        if tail is None or tail.after > after:
            # Whatever others have appended since is not part of what was seen.
            tail = _Tail(after, self._shelf.happened(stream, after)[: recorded - after])
            self._tails[stream] = tail
        return tail.happened[after - tail.after :] + added

    def is_another(self, stream: StreamRef) -> bool:
        """Return whether the id is that of a stream of another kind."""
        return self._kinds.get(stream.id, stream.kind) != stream.kind

    def order(self, fact_id: UUID) -> Order | None:
        """Return the order whose first fact has this id, if it was decided here."""
        return self._orders.get(fact_id)

    def sayings(self, ids: Sequence[UUID]) -> tuple[list[Saying], list[UUID]]:
        """Return what is told by facts that were decided here, and the ids of the others."""
        return [self._told[each] for each in ids if each in self._told], [
            each for each in ids if each not in self._told
        ]

    def begin(self) -> None:
        """Begin a unit: from here on all is kept, or given up together."""
        self._unit.clear()

    def take(self, order: Order, decided: Decided, drafts: Sequence[Draft]) -> None:
        """Take note of what an order of the unit comes to."""
        self._orders[drafts[0].fact_id] = order
        for seen in decided.seen:
            own = [draft for draft in drafts if draft.stream == seen.stream]
            if own:
                self._grow(seen, own, order.at)

    def give_up(self) -> None:
        """Forget the unit."""
        for stream, standing in reversed(self._unit):
            self._now[stream] = standing
            kept = standing.version - self.base[stream].version
            for each in self._added[stream][kept:]:
                self._told.pop(each.id)
                self._orders.pop(each.id, None)
            del self._added[stream][kept:]
            if not standing.version:
                self._kinds.pop(stream.id)
        self._unit.clear()

    def grown(self) -> Iterator[tuple[StreamRef, Standing]]:
        """Yield every stream to which facts were added, with where it stands after them."""
        for stream, added in self._added.items():
            if added:
                yield stream, self._now[stream]

    def _grow(self, seen: Seen, drafts: Sequence[Draft], at: datetime) -> None:
        """Put facts on top of a stream, at their place in life if they are late."""
        stream, standing = seen.stream, seen.standing
        self._unit.append((stream, standing))
        self._kinds[stream.id] = stream.kind
        for draft in drafts:
            self._position += 1
            self._added[stream].append(Happening(at, self._position, draft.fact_id, draft.fact))
            self._told[draft.fact_id] = Saying(draft.fact, draft.source)
        told = [(at, draft.fact) for draft in drafts]
        place = seen.place
        advanced = standing.then(stream, told) if place is None else standing.with_late(stream, told, place)
        self._now[stream] = advanced or refolded(stream, self.happened(stream))
