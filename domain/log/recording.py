"""The log as the eventsourcing library sees it: one application sequence of stored events.

An originator is a stream, its version the sequence, the topic the type of the fact, and the state its canonical body.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from threading import Condition
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.persistence import (
    ApplicationRecorder,
    DataError,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)

from domain.kernel.moments import to_micros
from domain.kernel.refusals import Unavailable
from domain.log.contract import Appended, Expectation, Head, NewFact, Outcome, Proposal, Row

PAGE = 500
"""How many rows a subscription reads at a time."""


class Recording(ApplicationRecorder, ABC):
    """What every store offers to the library, by means of its own reads and its one way to append."""

    poll_seconds: float
    growth: Condition
    """Rung when this process has appended; other processes are noticed by looking."""
    latest: int = 0
    """The last position that this process has appended."""

    @abstractmethod
    def commit(self, group: Sequence[Proposal]) -> list[Outcome]:
        """Append a group; see the contract of the log."""

    @abstractmethod
    def rows(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return rows in order of position."""

    @abstractmethod
    def page(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return rows in order of position, fewer of them where they are large."""

    @abstractmethod
    def head(self) -> Head:
        """Return the end of the log."""

    @abstractmethod
    def pick(self, stream: UUID, after: int, until: int | None, limit: int | None, *, newest_first: bool) -> list[Row]:
        """Return rows of one stream with after < sequence ≤ until."""

    def create_table(self) -> None:
        """Do nothing: tables come from migrations alone."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> list[int]:
        """Append stored events whose states are canonical bodies, all or nothing, and return their positions.

        Raises:
            DataError: a state is not a canonical body, or says otherwise than the event around it.
            IntegrityError: a stream is not at the version before, or a fact is on record already.
            OperationalError: the store cannot take them now, or did not say whether it has.
        """
        if not stored_events:
            return []
        try:
            outcome = self.commit([_proposal(stored_events)])[0]
        except Unavailable as error:
            raise OperationalError(error.detail) from error
        if not isinstance(outcome, Appended):
            raise IntegrityError(type(outcome).__name__)
        return list(range(outcome.first_position, outcome.first_position + len(stored_events)))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Return the stored events of one stream."""
        stream = originator_id if isinstance(originator_id, UUID) else UUID(originator_id)
        rows = self.pick(stream, gt or 0, lte, limit, newest_first=desc)
        return [StoredEvent(row.stream, row.sequence, row.type, row.body) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        """Return stored events in order of position, those of some topics only if any are named."""
        after = (start or 0) - (1 if inclusive_of_start and start is not None else 0)
        found: list[Notification] = []
        while len(found) < limit:
            rows = self.rows(after, limit, stop)
            found += [_notification(row) for row in rows if not topics or row.type in topics]
            if len(rows) < limit:
                break
            after = rows[-1].position
        return found[:limit]

    def max_notification_id(self) -> int | None:
        """Return the last position; None if the log is empty."""
        return self.head().position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "LogSubscription":
        """Return what yields stored events beyond a position for ever, until it is stopped."""
        return LogSubscription(self, gt, topics)

    def ring(self, position: int) -> None:
        """Wake subscriptions of this process: the log has grown to a position."""
        with self.growth:
            self.latest = position
            self.growth.notify_all()


class LogSubscription(Subscription[Recording]):
    """Follows the log in order and without a gap: woken in this process, looking for what others append."""

    def __init__(self, recorder: Recording, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        """Begin beyond a position; with topics, yield only those."""
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._after = gt or 0
        self._ready: list[Notification] = []

    def stop(self) -> None:
        """End the iteration, also one that waits in another thread."""
        super().stop()
        with self._recorder.growth:
            self._recorder.growth.notify_all()

    def __next__(self) -> Notification:
        """Return the next notification; wait until there is one."""
        while not self._has_been_stopped:
            if self._ready:
                return self._ready.pop()
            rows = self._recorder.page(self._after, PAGE)
            if rows:
                self._after = rows[-1].position
                self._ready = [_notification(row) for row in reversed(rows) if self._wants(row)]
            else:
                self._wait()
        raise StopIteration

    def _wants(self, row: Row) -> bool:
        return not self._topics or row.type in self._topics

    def _wait(self) -> None:
        recorder = self._recorder
        with recorder.growth:
            recorder.growth.wait_for(
                lambda: self._has_been_stopped or recorder.latest > self._after, recorder.poll_seconds
            )


def _notification(row: Row) -> Notification:
    return Notification(row.stream, row.sequence, row.type, row.body, row.position)


def _proposal(events: Sequence[StoredEvent]) -> Proposal:
    """Return the proposal to append stored events just behind the versions that they imply."""
    versions: dict[UUID, int] = {}
    expected = []
    facts = []
    for event in events:
        fact = new_fact(event)
        if fact.stream not in versions:
            expected.append(Expectation(fact.stream, event.originator_version - 1))
        elif event.originator_version != versions[fact.stream] + 1:
            raise IntegrityError("versions of a stream follow each other without a gap")
        versions[fact.stream] = event.originator_version
        facts.append(fact)
    return Proposal(tuple(facts), tuple(expected))


class _Body(msgspec.Struct):
    """What the columns repeat of a canonical body."""

    id: UUID
    occurred_at: datetime
    stream: str
    type: str
    subjects: list[str]


_read = msgspec.json.Decoder(_Body).decode


def new_fact(event: StoredEvent) -> NewFact:
    """Return the fact that a stored event holds, by its own canonical body."""
    try:
        body = _read(event.state)
        (kind, stream), *subjects = map(_named, (body.stream, *body.subjects))
    except (msgspec.DecodeError, ValueError) as error:
        raise DataError("the state of a stored event is a canonical body") from error
    if (str(stream), body.type) != (str(event.originator_id), event.topic):
        raise DataError("a stored event names the stream and the type that its body names")
    others = tuple(subject for _, subject in subjects)
    return NewFact(body.id, stream, kind, body.type, to_micros(body.occurred_at), event.state, others)


def _named(stream: str) -> tuple[str, UUID]:
    """Return the kind and the id of a stream; the store takes kinds that this process does not know."""
    kind, _, name = stream.partition(":")
    return kind, UUID(name)
