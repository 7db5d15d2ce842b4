"""Replaying: whether a command that expects an earlier version is the one that was recorded right after it."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.application.deciding import Told, decide, meet
from domain.application.receipts import Receipt, receipt_of
from domain.application.sight import Sight
from domain.application.standings import Standing, refolded
from domain.kernel.commands import Command, streams_of
from domain.kernel.envelope import Provenance
from domain.kernel.facts import Fact
from domain.kernel.folding import Happening
from domain.kernel.moments import from_micros
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import Sealer, decode, happenings
from domain.log.contract import Row


class Differs(StrEnum):
    """How a repeated command differs from what is on record."""

    FIRST = "first"
    """Already the first fact is another: somebody else moved the stream on."""
    LATER = "later"
    """It begins the same and then differs: it cannot be the same request."""


class Book(Protocol):
    """What replaying reads of the log."""

    def history(self, stream: StreamRef) -> list[Row]:
        """Return all rows of a stream."""

    def rows(self, after: int, limit: int) -> list[Row]:
        """Return so many rows beyond a position."""


class Past:
    """The log as it was at positions that mostly grow: each stream is read once, and folded on from one to the next.

    For what is on record when it begins: of what comes later it knows nothing.
    """

    def __init__(self, book: Book) -> None:
        """Read nothing yet."""
        self._book = book
        self._histories: dict[StreamRef, list[Row]] = {}
        self._happenings: dict[StreamRef, list[Happening]] = {}
        self._stood: dict[StreamRef, Standing] = {}
        self._rows: dict[int, Row] = {}

    def history(self, stream: StreamRef) -> list[Row]:
        """Return all rows of a stream."""
        rows = self._histories.get(stream)
        if rows is None:
            rows = self._histories[stream] = self._book.history(stream)
            self._rows.update((row.position, row) for row in rows)
        return rows

    def rows(self, after: int, limit: int) -> list[Row]:
        """Return so many rows beyond a position."""
        known = [self._rows.get(position) for position in range(after + 1, after + limit + 1)]
        rows = [row for row in known if row is not None]
        return rows if len(rows) == limit else self._book.rows(after, limit)

    def happened(self, stream: StreamRef, after: int, position: int) -> list[Happening]:
        """Return the facts of a stream beyond a version that were on record before a position."""
        happened = self._happenings.get(stream)
        if happened is None:
            happened = self._happenings[stream] = happenings(self.history(stream))
        return happened[after : bisect_left(happened, position, key=lambda each: each.position)]

    def known(self, stream: StreamRef, position: int) -> Standing:
        """Return where a stream stood before a position."""
        stood = self._stood.get(stream) or Standing.nothing(stream)
        since = self.happened(stream, stood.version, position)
        if since or not stood.version:
            then: Standing | None = stood.then(stream, [(each.occurred_at, each.fact) for each in since])
        else:
            last = self._happenings[stream][stood.version - 1]
            then = stood if last.position < position else None
        if then is None:
            then = refolded(stream, self.happened(stream, 0, position))
        self._stood[stream] = then
        return then


class _Before:
    """What was on record before a position."""

    def __init__(self, past: Past, position: int) -> None:
        self._past = past
        self._position = position

    def known(self, stream: StreamRef) -> Standing:
        """Return where a stream stood."""
        return self._past.known(stream, self._position)

    def happened(self, stream: StreamRef, after: int = 0) -> list[Happening]:
        """Return the facts of a stream that were on record, beyond a version."""
        return self._past.happened(stream, after, self._position)


class Saying(NamedTuple):
    """A fact, and who said it."""

    fact: Fact
    source: Provenance | None


Sayings = Callable[[Sequence[UUID]], Iterable[Saying]]
"""What the facts with these ids say, at least one."""


def sayings_on_record(by_keys: Callable[[Sequence[UUID]], Mapping[UUID, Row]], sealer: Sealer) -> Sayings:
    """Return what reads facts on record, with their personal fields."""

    def sayings(ids: Sequence[UUID]) -> Iterator[Saying]:
        for row in by_keys(ids).values():
            recorded = decode(row, sealer)
            yield Saying(recorded.fact, recorded.source)

    return sayings


def told_then(sight: Sight, sayings: Sayings, source: Provenance | None) -> Told:
    """Return what tells which facts of a stream are on record for the moment that a decision looks at.

    Another entry of the source itself is left out: what it tells twice happened twice.
    """
    known: dict[StreamRef, list[Fact]] = {}

    def told(stream: StreamRef) -> list[Fact]:
        if stream not in known:
            then = sight.then(stream)
            said = sayings(then) if then else ()
            known[stream] = [each.fact for each in said if not _is_another(each.source, source)]
        return known[stream]

    return told


def _is_another(on_record: Provenance | None, source: Provenance | None) -> bool:
    return on_record is not None and source is not None and on_record.source == source.source


def replay(command: Command, past: Past, sealer: Sealer, version: int, given_at: datetime | None) -> Receipt | Differs:
    """Return the original receipt if the command, decided on a version, gives the facts that follow it on record.

    Args:
        command: what was asked again.
        past: the log as it was.
        sealer: opens personal fields, so that they can be compared.
        version: of the command's own stream before its facts.
        given_at: when the caller says it happened, if he says so.
    """
    own = streams_of(command)[0]
    following = past.history(own)[version : version + 1]
    if not following:
        return Differs.FIRST
    first, moment = following[0], from_micros(following[0].occurred_at)
    if given_at is not None and given_at != moment:
        return Differs.FIRST

    try:
        sight = Sight(_Before(past, first.position), moment)
        facts = decide(command, meet(command, sight.at, sight.now)).facts
    except Refusal:
        return Differs.FIRST
    stored = past.rows(first.position - 1, len(facts)) if facts else []
    for index, (stream, fact) in enumerate(facts):
        recorded = decode(stored[index], sealer) if index < len(stored) else None
        if recorded is None or (recorded.stream, recorded.fact) != (stream, fact):
            return Differs.LATER if index else Differs.FIRST
    if not facts:
        return Differs.FIRST
    last_own = max(row.sequence for row in stored if row.stream == own.id)
    return receipt_of(own, last_own, stored, replayed=True)
