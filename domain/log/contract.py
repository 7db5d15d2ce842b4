"""What the log promises: the words in which stores, appender, ledger and readers speak to each other.

Times are UTC microseconds since 1970. Positions are gapless, start at 1 and are given in the order of commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID


class NoLogHere(Exception):  # noqa: N818  a sentence, as refusals are
    """There is no log in this database."""


class HalfMade(NoLogHere):
    """The tables of a log are there, and not its name: whoever made them was interrupted."""

    def __init__(self) -> None:
        """Say how it is made whole."""
        super().__init__("The log in this database is half made. Run `aftercare migrate`.")


class Row(NamedTuple):
    """One fact as it is stored."""

    position: int
    stream: UUID
    kind: str
    sequence: int
    """1 for the first fact of its stream; the version of a stream is its last sequence."""
    fact_key: UUID
    type: str
    occurred_at: int
    recorded_at: int
    body: bytes


PAGE_BYTES = 16 * 1024 * 1024
"""Where bodies come to this, a page ends: a thousand facts may be a thousand plans of the largest size."""

Line = tuple[str, int, bytes]
"""What a fold needs of a row: type, occurred_at, body. A plain tuple: ten thousand of them are made at once."""


class NewFact(NamedTuple):
    """One fact that is to be stored, its body final."""

    fact_key: UUID
    stream: UUID
    kind: str
    type: str
    occurred_at: int
    body: bytes
    subjects: tuple[UUID, ...]
    """Other streams that the fact concerns; its own is left out, and none is named twice."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be true of a stream for a proposal to be accepted: its version, or None for any version.

    A proposal may expect a version of a stream to which it adds nothing: its decision rested on it.
    """

    stream: UUID
    version: int | None


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is answered once: a repeat gets the first answer."""

    key: bytes
    """32 bytes: hash of organisation, principal, route and Idempotency-Key."""
    period: int
    """Which retention period's key made the digest."""
    digest: bytes
    """HMAC of the payload."""
    answer: bytes
    """What is needed beside the positions to render the first receipt again; its first field is a format version."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one caller wants appended, all or nothing. Facts of several streams may be mixed; their order is kept."""

    facts: tuple[NewFact, ...]
    expected: tuple[Expectation, ...]
    request: Request | None = None
    after: int | None = None
    """The position behind which its facts must stand, for copies that keep their positions; None: wherever it is."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The facts of a proposal are on record at `first_position` and the positions that follow it without a gap."""

    first_position: int
    """For a proposal without facts: the position of the head."""
    recorded_at: int
    versions: tuple[tuple[UUID, int], ...]
    """Each stream the proposal names, with its version after the append."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Streams, or the head, are not where they were expected; nothing of the proposal was recorded."""

    actual: tuple[tuple[UUID, int], ...]
    """Every stream that differs, with its version; none if only the head does."""


@dataclass(frozen=True, slots=True)
class KeyTaken:
    """Fact keys are on record already; nothing of the proposal was recorded."""

    taken: tuple[tuple[UUID, int], ...]
    """Every key on record, with its position."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The request was answered before; nothing was recorded now."""

    request: Request
    first_position: int
    fact_count: int
    answered_at: int


Outcome = Appended | Stale | KeyTaken | Answered


class Head(NamedTuple):
    """The end of the log."""

    position: int
    recorded_at: int


class Meta(NamedTuple):
    """Which log this is. One database is one environment."""

    environment: str
    log_id: UUID
    format: int


class Store(Protocol):
    """One database that keeps the log: the SQLite or the PostgreSQL recorder.

    Every method may raise `Unavailable` (definitely not recorded) and `commit` also `OutcomeUnknown`.
    """

    def commit(self, group: Sequence[Proposal]) -> list[Outcome]:
        """Append a group in one transaction and return the outcome of each proposal, in the same order.

        Each gets the outcome it would have had alone, after those before it. Safe to call from one thread at a time.
        """

    def rows(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return rows with after < position ≤ until in order of position."""

    def page(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return `rows`, or the first of them where together they are large: at least one, if there is one.

        None is read behind the one with which their bodies come to `PAGE_BYTES`.
        """

    def stream(self, stream: UUID, after: int = 0, until: int | None = None, limit: int | None = None) -> list[Row]:
        """Return rows of one stream with after < sequence ≤ until in order of sequence."""

    def lines(self, stream: UUID, after: int, limit: int) -> list[Line]:
        """Return lines of one stream with after < sequence in order of sequence: the quick way to a state."""

    def concerning(
        self, subject: UUID, after: tuple[int, int] = (-(2**63), 0), limit: int = 1000, until: int | None = None
    ) -> list[Row]:
        """Return rows of the stream `subject` and rows that name it as a subject, by (occurred_at, position).

        Args:
            subject: the id of a stream.
            after: (occurred_at, position) of the last row of the page before.
            limit: most rows to return.
            until: leave out what was recorded at later positions.
        """

    def by_keys(self, keys: Sequence[UUID]) -> dict[UUID, Row]:
        """Return the rows on record under these fact keys."""

    def answered(self, key: bytes) -> Answered | None:
        """Return the first answer to a request, if it is still kept."""

    def head(self) -> Head:
        """Return the end of the log; position 0 if it is empty."""

    def position_at(self, recorded_at: int) -> int:
        """Return the last position recorded at or before a moment; 0 if there is none."""

    def meta(self) -> Meta:
        """Return which log this is."""

    def forget_answers(self, before: int) -> int:
        """Delete answers to requests given before a moment; return how many."""
