"""Replaying: whether a command that expects an earlier version is the one that was recorded right after it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
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


class _Before:
    """What was on record before a position."""

    def __init__(self, records: Book, position: int) -> None:
        self._records = records
        self._position = position

    def known(self, stream: StreamRef) -> Standing:
        """Return where a stream stood."""
        return refolded(stream, self.happened(stream))

    def happened(self, stream: StreamRef, after: int = 0) -> list[Happening]:
        """Return the facts of a stream that were on record, beyond a version."""
        rows = self._records.history(stream)[after:]
        return happenings([row for row in rows if row.position < self._position])


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

    @cache
    def told(stream: StreamRef) -> list[Fact]:
        then = sight.then(stream)
        return [each.fact for each in sayings(then) if not _is_another(each.source, source)] if then else []

    return told


def _is_another(on_record: Provenance | None, source: Provenance | None) -> bool:
    return on_record is not None and source is not None and on_record.source == source.source


def replay(
    command: Command, records: Book, sealer: Sealer, version: int, given_at: datetime | None
) -> Receipt | Differs:
    """Return the original receipt if the command, decided on a version, gives the facts that follow it on record.

    Args:
        command: what was asked again.
        records: the log.
        sealer: opens personal fields, so that they can be compared.
        version: of the command's own stream before its facts.
        given_at: when the caller says it happened, if he says so.
    """
    own = streams_of(command)[0]
    following = [row for row in records.history(own) if row.sequence == version + 1]
    if not following:
        return Differs.FIRST
    first = decode(following[0])
    if given_at is not None and given_at != first.occurred_at:
        return Differs.FIRST

    try:
        sight = Sight(_Before(records, first.position), first.occurred_at)
        facts = decide(command, meet(command, sight.at, sight.now)).facts
    except Refusal:
        return Differs.FIRST
    stored = records.rows(first.position - 1, len(facts)) if facts else []
    for index, (stream, fact) in enumerate(facts):
        recorded = decode(stored[index], sealer) if index < len(stored) else None
        if recorded is None or (recorded.stream, recorded.fact) != (stream, fact):
            return Differs.LATER if index else Differs.FIRST
    if not facts:
        return Differs.FIRST
    last_own = max(row.sequence for row in stored if row.stream == own.id)
    return receipt_of(own, last_own, stored, replayed=True)
