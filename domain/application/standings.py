"""Standings: the state of streams kept at hand, so that deciding costs no refold."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import Contradiction, Happening, Juncture, after, fold_and_check, juncture
from domain.kernel.streams import KINDS, StreamRef
from domain.log.codec import happenings, told
from domain.log.contract import Line, Row

_PAGE = 5_000
_LONG = 500
"""A stream with so many facts beyond its snapshot gets a new one."""

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Standing(NamedTuple):
    """Where a stream stands: its state after all its facts, and how far it was read."""

    state: Any
    version: int
    newest: datetime
    """When the latest of its facts happened; an earlier one is late and needs a refold."""
    before: Any
    """The state before what happened at that very moment."""
    since: int
    """How many facts were on record before the first that happened at that moment."""
    contradictions: tuple[Contradiction, ...] = ()
    is_another: bool = False
    """Whether the id is that of a stream of another kind, so that nothing can ever be in this one."""

    @classmethod
    def nothing(cls, stream: StreamRef) -> "Standing":
        """Return the standing of a stream of which nothing is on record."""
        initial = KINDS[stream.kind].initial
        return cls(initial, 0, BEFORE_ALL, initial, 0)

    def then(self, stream: StreamRef, facts: Iterable[tuple[datetime, Fact]]) -> "Standing | None":
        """Return the standing after further facts, or None if one of them changes what came before."""
        evolve = KINDS[stream.kind].evolve
        state, version, newest, before, since, contradictions, _ = self
        for at, fact in facts:
            if at < newest or isinstance(fact, ErrorDeclared):
                return None
            if at > newest:
                newest, before, since = at, state, version
            state = evolve(state, fact, at)
            version += 1
        return Standing(state, version, newest, before, since, contradictions)

    def with_late(
        self, stream: StreamRef, facts: Sequence[tuple[datetime, Fact]], place: Juncture[Any]
    ) -> "Standing | None":
        """Return the standing after late facts of one moment, or None if contradictions are to be looked at anew."""
        if self.contradictions or any(isinstance(fact, ErrorDeclared) for _, fact in facts):
            return None
        kind = KINDS[stream.kind]
        state = place.state
        for at, fact in facts:
            state = kind.evolve(state, fact, at)
        last = bisect_left(place.later, self.newest, key=lambda each: each.occurred_at)
        before = after(kind, state, place.later[:last])
        state = after(kind, before, place.later[last:])
        return Standing(state, self.version + len(facts), self.newest, before, self.since)


class Kept(NamedTuple):
    """A standing that outlives its process, and the last fact in it: another log has another there."""

    standing: Standing
    last_fact: UUID | None


class Snapshots(Protocol):
    """Keeps states of long streams so that a new process need not refold them."""

    def load(self, stream: StreamRef) -> Kept | None:
        """Return a kept state that the present rules made, or None."""

    def offer(self, stream: StreamRef, kept: Kept) -> None:
        """Keep a state some time soon; returns at once."""


class Streams(Protocol):
    """What is read of the log."""

    def stream(self, stream: UUID, after: int = 0, until: int | None = None, limit: int | None = None) -> list[Row]:
        """Return rows of one stream with after < sequence ≤ until."""

    def lines(self, stream: UUID, after: int, limit: int) -> list[Line]:
        """Return lines of one stream with after < sequence."""


class Standings:
    """A bounded memory of where streams stand. Safe to use from many threads: every standing is immutable."""

    def __init__(self, log: Streams, size: int, snapshots: Snapshots | None = None) -> None:
        """Remember so many streams at most."""
        self._log = log
        self._size = size
        self._snapshots = snapshots
        self._kept: OrderedDict[StreamRef, Standing] = OrderedDict()
        self._lock = Lock()

    def known(self, stream: StreamRef) -> Standing:
        """Return the standing at hand without asking the log; loaded if there is none. It may be stale."""
        with self._lock:
            standing = self._kept.get(stream)
            if standing is not None:
                self._kept.move_to_end(stream)
                return standing
        return self.current(stream)

    def current(self, stream: StreamRef) -> Standing:
        """Return the standing as the log has it now."""
        with self._lock:
            standing = self._kept.get(stream)
        standing = self._read(stream, standing or Standing.nothing(stream))
        self._keep(stream, standing)
        return standing

    def advance(
        self, stream: StreamRef, base: Standing, facts: Sequence[Fact], at: datetime, place: Juncture[Any] | None
    ) -> None:
        """Take note of facts just recorded on top of a standing, at their place in life if they were late."""
        told = [(at, fact) for fact in facts]
        self.take(stream, base.then(stream, told) if place is None else base.with_late(stream, told, place))

    def take(self, stream: StreamRef, advanced: Standing | None) -> None:
        """Take note of where a stream stands after facts just recorded; None: it is to be read anew."""
        with self._lock:
            if advanced is None:
                self._kept.pop(stream, None)
            elif (kept := self._kept.get(stream)) is None or kept.version <= advanced.version:
                self._put(stream, advanced)

    def history(self, stream: StreamRef, after: int = 0) -> list[Row]:
        """Return all rows of one stream beyond a version."""
        rows: list[Row] = []
        while page := self._log.stream(stream.id, rows[-1].sequence if rows else after, None, _PAGE):
            rows += page
            if len(page) < _PAGE:
                break
        return rows if rows and rows[0].kind == stream.kind else []

    def happened(self, stream: StreamRef, after: int = 0) -> list[Happening]:
        """Return all facts of one stream beyond a version, in the order in which they were recorded."""
        return happenings(self.history(stream, after))

    def _read(self, stream: StreamRef, known: Standing) -> Standing:
        """Return the standing after what follows on a known one; refolded if that changes what came before."""
        standing, size = known, _PAGE if known.version else _LONG
        while lines := self._log.lines(stream.id, standing.version, size):
            if standing.version == 0 and self._is_of_another_kind(stream, lines[0]):
                standing = standing._replace(is_another=True)
                break
            advanced = standing.then(stream, told(lines))
            full, first = len(lines) == size, size == _LONG
            size = _PAGE
            if full and first and (kept := self._snapshot(stream)):
                standing = known = kept
                continue
            if advanced is None:
                rows = self.history(stream)
                standing = refolded(stream, happenings(rows))
                break
            standing = advanced
            if not full:
                break
        if standing.version - known.version >= _LONG and self._snapshots is not None:
            self._snapshots.offer(stream, Kept(standing, self._fact_at(stream, standing.version)))
        return standing

    def _is_of_another_kind(self, stream: StreamRef, first: Line) -> bool:
        """Return whether the id belongs to another kind of stream: then nothing of this kind is on record under it."""
        named_so = first[0].startswith(f"{stream.kind}.")
        return not named_so and self._log.stream(stream.id, limit=1)[0].kind != stream.kind

    def _snapshot(self, stream: StreamRef) -> Standing | None:
        """Return the snapshot of a stream that turned out to be long; short ones are not worth the question."""
        kept = None if self._snapshots is None else self._snapshots.load(stream)
        # A log that was restored from a backup may end earlier, or go on differently.
        return kept.standing if kept and self._fact_at(stream, kept.standing.version) == kept.last_fact else None

    def _fact_at(self, stream: StreamRef, version: int) -> UUID | None:
        rows = self._log.stream(stream.id, version - 1, version)
        return rows[0].fact_key if rows else None

    def _keep(self, stream: StreamRef, standing: Standing) -> None:
        with self._lock:
            self._put(stream, standing)

    def _put(self, stream: StreamRef, standing: Standing) -> None:
        """Remember a standing as that used last, and forget those used longest ago; the lock is held."""
        self._kept[stream] = standing
        self._kept.move_to_end(stream)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


def refolded(stream: StreamRef, history: Sequence[Happening]) -> Standing:
    """Return the standing that a whole history adds up to, in the order in which it was recorded."""
    kind = KINDS[stream.kind]
    moments = [BEFORE_ALL if isinstance(each.fact, ErrorDeclared) else each.occurred_at for each in history]
    newest = max(moments, default=BEFORE_ALL)
    since = moments.index(newest) if moments else 0
    place = juncture(kind, history, newest)
    declared = any(isinstance(each.fact, ErrorDeclared) for each in history)
    contradictions = fold_and_check(kind, history).contradictions if declared else ()
    return Standing(place.state, len(history), newest, place.before, since, contradictions)
