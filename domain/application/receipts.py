"""Receipts: what a caller gets for facts on record, and gets again if he asks the same again."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec

from domain.kernel.envelope import Caller
from domain.kernel.moments import from_micros, to_micros
from domain.kernel.refusals import KeyReused
from domain.kernel.streams import StreamRef
from domain.log.contract import Answered, Request, Row

ANSWER_FORMAT = 1
RETENTION = timedelta(days=30)
"""How long the answer to a request with an Idempotency-Key is kept."""

_PERIOD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFact:
    """One fact that was recorded."""

    id: UUID
    type: str
    stream: StreamRef
    sequence: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was recorded for a command. Without facts: all of it was true already, nothing had to be recorded."""

    stream: StreamRef
    version: int
    """Version of the command's own stream after it."""
    position: int
    """Everything up to this position of the log is part of what the caller may expect to read."""
    recorded_at: datetime
    facts: tuple[ReceiptFact, ...] = ()
    replayed: bool = False
    """Whether this is the first receipt of an earlier request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request that its sender may repeat: the same key gets the first receipt."""

    route: str
    key: str
    payload: bytes
    """Everything of the request that must be the same, in one fixed form."""


class _Answer(msgspec.Struct, array_like=True):
    format: int
    stream: str
    version: int


def receipt_of(stream: StreamRef, version: int, rows: Sequence[Row], *, replayed: bool) -> Receipt:
    """Return the receipt for facts that stand in the log, at least one."""
    return Receipt(
        stream=stream,
        version=version,
        position=rows[-1].position,
        recorded_at=from_micros(rows[-1].recorded_at),
        facts=tuple(
            ReceiptFact(
                id=row.fact_key,
                type=row.type,
                stream=StreamRef(row.kind, row.stream),
                sequence=row.sequence,
                position=row.position,
            )
            for row in rows
        ),
        replayed=replayed,
    )


class Requests:
    """Keeps what is needed to answer a repeated request with its first receipt."""

    def __init__(
        self,
        answered: Callable[[bytes], Answered | None],
        rows: Callable[[int, int], list[Row]],
        period_key: Callable[[int], bytes],
    ) -> None:
        """Take the log's look-up of answers, its reading of rows (after, limit) and the vault's keys of periods."""
        self._answered = answered
        self._rows = rows
        self._period_key = period_key

    def first_receipt(self, ask: Ask, caller: Caller, now: datetime) -> Receipt | None:
        """Return the receipt of the first such request, or None if there was none within the retention.

        Raises:
            KeyReused: the key was used for a different request.
        """
        answer = self._answered(request_key(ask, caller))
        if answer is None or answer.answered_at < to_micros(now - RETENTION):
            return None
        return self.receipt(answer, ask)

    def receipt(self, answer: Answered, ask: Ask) -> Receipt:
        """Return the first receipt again.

        Raises:
            KeyReused: the key was used for a different request.
        """
        if not hmac.compare_digest(answer.request.digest, self._digest(answer.request.period, ask)):
            raise KeyReused
        kept = msgspec.json.decode(answer.request.answer, type=_Answer)
        stream = StreamRef.parse(kept.stream)
        if answer.fact_count:
            rows = self._rows(answer.first_position - 1, answer.fact_count)
            return receipt_of(stream, kept.version, rows, replayed=True)
        return Receipt(
            stream=stream,
            version=kept.version,
            position=answer.first_position,
            recorded_at=from_micros(answer.answered_at),
            replayed=True,
        )

    def request(self, ask: Ask, caller: Caller, stream: StreamRef, version: int, now: datetime) -> Request:
        """Return what is stored with the facts, in the same transaction."""
        period = period_of(now)
        answer = msgspec.json.encode(_Answer(ANSWER_FORMAT, str(stream), version))
        return Request(request_key(ask, caller), period, self._digest(period, ask), answer)

    def _digest(self, period: int, ask: Ask) -> bytes:
        return hmac.digest(self._period_key(period), ask.payload, "sha256")


def period_of(moment: datetime) -> int:
    """Return the retention period in which a moment lies: its day. Each has a key of its own for digests."""
    return to_micros(moment) // (_PERIOD // timedelta(microseconds=1))


def request_key(ask: Ask, caller: Caller) -> bytes:
    """Return the key of a request: scoped to organisation, principal and route; says nothing about its content."""
    parts = (caller.organisation.bytes, caller.actor.bytes, ask.route.encode(), ask.key.encode())
    return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()
