"""Replaying: whether a command that expects an earlier version is the one that was recorded right after it."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.application.deciding import Seen, as_it_was, decide
from domain.application.receipts import Receipt, receipt_of
from domain.application.standings import refolded
from domain.kernel.commands import Command, streams_of
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


class Records(Protocol):
    """What replaying reads of the log."""

    def history(self, stream: StreamRef) -> list[Row]:
        """Return all rows of a stream."""

    def rows(self, after: int, limit: int) -> list[Row]:
        """Return so many rows beyond a position."""


def replay(
    command: Command, records: Records, sealer: Sealer, version: int, given_at: datetime | None
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

    def recorded_before(stream: StreamRef) -> list[Happening]:
        return happenings([row for row in records.history(stream) if row.position < first.position])

    def look_back(stream: StreamRef) -> Seen:
        """Return a stream as it was recorded before the first of the facts."""
        return as_it_was(stream, recorded_before(stream), first.occurred_at)

    def look_back_now(stream: StreamRef) -> Seen:
        """Return a stream as it stood when the first of the facts was recorded."""
        past = recorded_before(stream)
        standing = refolded(stream, past, len(past))
        return Seen(stream, standing, standing.state, tuple(past))

    try:
        facts = decide(command, look_back, look_back_now).facts
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
