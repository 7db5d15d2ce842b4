"""The ledger: load, decide, append, answer. The only way in for facts."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from domain.application.booking import Booking
from domain.application.deciding import Decided
from domain.application.differing import other_than_on_record
from domain.application.orders import (
    Order,
    decide_order,
    drafts_of,
    expectations_of,
    receipt_of_append,
    require_moment,
)
from domain.application.receipts import RETENTION, Ask, Receipt, Requests
from domain.application.rehearsing import Rehearsal
from domain.application.replaying import Differs, Past, replay, sayings_on_record
from domain.application.sight import Seen, Sight
from domain.application.standings import Snapshots, Standings
from domain.application.states import StateAnswer, state_of
from domain.application.units import AnyUnit, Outcome
from domain.application.weighing import Desk
from domain.kernel.commands import Command, command_type, streams_of
from domain.kernel.envelope import Caller, Provenance
from domain.kernel.ids import Ids
from domain.kernel.moments import from_micros, to_micros, with_its_offset
from domain.kernel.refusals import (
    HistoryDiffers,
    Nonsense,
    Refusal,
    Unavailable,
    VersionDiffers,
)
from domain.kernel.streams import StreamRef
from domain.log.codec import Sealer, encode, fact_id_of
from domain.log.contract import Answered, Appended, KeyTaken, Proposal, Row, Stale
from domain.log.log import Log

_ATTEMPTS = 50
"""How often a decision is taken anew when other writers were faster; each time one of them has succeeded."""


class Ledger:
    """Takes commands for any stream; safe to use from many threads and processes."""

    def __init__(
        self,
        log: Log,
        sealer: Sealer,
        requests: Requests,
        *,
        now: Callable[[], datetime],
        ids: Ids,
        tolerance: timedelta = timedelta(seconds=5),
        remembered: int = 20_000,
        snapshots: Snapshots | None = None,
    ) -> None:
        """Set up.

        Args:
            log: where facts go.
            sealer: seals personal fields.
            requests: knows the answers to requests with an Idempotency-Key.
            now: the clock.
            ids: the source of fresh fact ids.
            tolerance: how far in the future a fact may lie, as clocks differ.
            remembered: how many streams are kept in memory.
            snapshots: keeps states of long streams between processes.
        """
        self._log = log
        self._sealer = sealer
        self._requests = requests
        self._now = now
        self._ids = ids
        self._tolerance = tolerance
        self._standings = Standings(log, remembered, snapshots)
        self._sayings = sayings_on_record(log.by_keys, sealer)

    def execute(
        self,
        command: Command,
        caller: Caller,
        *,
        occurred_at: datetime | None = None,
        expected_version: int | None = None,
        ask: Ask | None = None,
        source: Provenance | None = None,
        reason: str | None = None,
    ) -> Receipt:
        """Record what follows from a command, all or nothing, and return the receipt.

        Args:
            command: what is wanted.
            caller: who wants it, for whom.
            occurred_at: when it happened, if not now; may be long past.
            expected_version: the version of the command's own stream on which the caller's decision rests.
            ask: makes the request repeatable.
            source: where it was recorded first; each (source, id) is recorded once for ever.
            reason: why, as a code.

        Raises:
            Refusal: a rule forbids it; nothing was recorded.
            Unavailable: the store cannot take it now; nothing was recorded.
            OutcomeUnknown: whether it was recorded is not known; a retry with `ask` or `source` is safe.
        """
        now, said = self._now(), occurred_at and with_its_offset(occurred_at)
        order = Order(
            command=command,
            caller=caller,
            given_at=said,
            at=said or now,
            now=now,
            expected_version=expected_version,
            ask=ask,
            source=source,
            reason=reason,
        )
        if first := self._first_receipt(order):
            return first
        try:
            require_moment(order, self._tolerance)
            return self._decide_and_append(order)
        except Refusal:
            # A twin of this request may have been recorded in between: then its receipt is the answer.
            if first := self._first_receipt(order):
                return first
            raise

    def book(self, units: Iterable[AnyUnit], caller: Caller) -> Iterator[tuple[AnyUnit, Outcome]]:
        """Record units of entries, each all or nothing, many in one append; yield each with what became of it.

        Every entry is decided as `execute` would decide it, on what those before it come to. A unit is yielded once it
        is durable, or refused on what is on record. Units are taken as they come; a batch of them is held.

        Raises:
            Unavailable: the store cannot take more; what was not yielded yet was not recorded, unless it is a unit of
                more facts than one append takes.
            OutcomeUnknown: whether what was not yielded yet was recorded is not known; booking it again is safe.
        """
        return Booking(self._desk, self, units, caller)

    def rehearse(self, units: Iterable[AnyUnit], caller: Caller) -> Rehearsal[AnyUnit]:
        """Decide units as `book` would, one after another, and record nothing; yield each with what it comes to.

        What they come to is held in memory, so that they can be recorded as they were decided: `Rehearsal.book`.
        """
        return Rehearsal(self._desk, self, units, caller)

    @property
    def _desk(self) -> Desk:
        return Desk(self._log, self._sealer, self._standings, self._ids, self._now, self._tolerance)

    def state(self, stream: StreamRef, *, as_of: datetime | None = None, known_at: int | None = None) -> StateAnswer:
        """Return the state of a stream: now, as it was at a moment, as it was known at a position, or both.

        Raises:
            NotOnRecord: nothing had happened, or nothing was known by then.
        """
        return state_of(self._standings, stream, as_of, known_at)

    def forget_old_answers(self) -> int:
        """Delete answers whose retention is over, so that their keys are free again; return how many."""
        return self._log.forget_answers(to_micros(self._now() - RETENTION))

    def _first_receipt(self, order: Order) -> Receipt | None:
        """Return the receipt of an earlier request that this one repeats, or None."""
        if order.ask and (first := self._requests.first_receipt(order.ask, order.caller, order.now)):
            return first
        if order.source is None:
            return None
        key = fact_id_of(order.source, 0)
        row = self._log.by_keys([key]).get(key)
        if row is None:
            return None
        if StreamRef(row.kind, row.stream) == streams_of(order.command)[0]:
            replayed = self._replay(order, row.sequence - 1)
            if isinstance(replayed, Receipt):
                return replayed
        raise other_than_on_record(order, row, self._sealer)

    def _replay(self, order: Order, version: int) -> Receipt | Differs:
        return replay(order.command, Past(self), self._sealer, version, order.given_at)

    def history(self, stream: StreamRef) -> list[Row]:
        """Return all rows of one stream, in the order in which they were recorded."""
        return self._standings.history(stream)

    def rows(self, after: int, limit: int) -> list[Row]:
        """Return rows of the log beyond a position."""
        return self._log.rows(after, limit)

    def _decide_and_append(self, order: Order) -> Receipt:
        for _ in range(_ATTEMPTS):
            if repeated := self._repeated(order):
                return repeated
            placed = self._placed(order)
            sight = Sight(self._standings, placed.at)
            try:
                decided = decide_order(placed, sight, self._standings, self._sayings)
            except Refusal:
                # What is remembered may be stale: a no is given only on the present state.
                if self._is_outdated(order, sight):
                    continue
                raise
            surprising = not decided.facts or order.expected_version not in {None, decided.seen[0].standing.version}
            if surprising and self._is_outdated(order, sight):
                continue
            if receipt := self._append(placed, decided):
                return receipt
        raise Unavailable("The stream is too busy: other writers were faster each time.")

    def _repeated(self, order: Order) -> Receipt | None:
        """Return the original receipt of a repeated command, or None if its stream is at the expected version.

        Raises:
            VersionDiffers: the stream is elsewhere.
            HistoryDiffers: the command begins like what is on record and then differs.
        """
        own, expected = streams_of(order.command)[0], order.expected_version
        if expected is None or self._standings.known(own).version == expected:
            return None
        actual = self._standings.current(own).version
        if actual == expected:
            return None
        replayed = self._replay(order, expected) if expected < actual else Differs.FIRST
        if isinstance(replayed, Receipt):
            return replayed
        if replayed is Differs.LATER:
            raise HistoryDiffers
        raise VersionDiffers(str(own), expected, actual)

    def _placed(self, order: Order) -> Order:
        """Return the order at its moment: if none was given, after what a faster clock has put on record."""
        if order.given_at is not None:
            return order
        newest = max(self._standings.known(stream).newest for stream in streams_of(order.command))
        return order._replace(at=max(order.now, min(newest, order.now + self._tolerance)))

    def _refresh(self, seen: Iterable[Seen]) -> bool:
        """Read streams anew; return whether one has moved on since it was seen."""
        moved = False
        for each in seen:
            moved |= self._standings.current(each.stream).version != each.standing.version
        return moved

    def _is_outdated(self, order: Order, sight: Sight) -> bool:
        """Return whether what was seen is not what is on record now, or not the version that the caller expects."""
        seen = tuple(sight.seen.values())
        moved = self._refresh(seen)
        return moved or bool(seen and order.expected_version not in {None, seen[0].standing.version})

    def _append(self, order: Order, decided: Decided) -> Receipt | None:
        """Append what was decided; None if a stream has moved on and the decision must be taken anew."""
        own = decided.seen[0]
        if not decided.facts and order.ask is None:
            head = self._log.head()
            return Receipt(
                stream=own.stream,
                version=own.standing.version,
                position=head.position,
                recorded_at=from_micros(head.recorded_at),
            )
        drafts = drafts_of(order, decided, self._ids)
        version = own.standing.version + sum(draft.stream == own.stream for draft in drafts)
        request = None
        if order.ask:
            request = self._requests.request(order.ask, order.caller, own.stream, version, order.now)
        outcome = self._log.append(
            Proposal(
                facts=tuple(encode(draft, order.caller, self._sealer) for draft in drafts),
                expected=expectations_of(decided),
                request=request,
            )
        )
        match outcome:
            case Appended():
                self._advance(order, decided)
                return receipt_of_append(version, decided, drafts, outcome)
            case Stale():
                if not self._refresh(decided.seen):
                    raise Nonsense(next(iter(command_type(order.command).decides)), "is the id of something else")
                return None
            case Answered():
                # Either a twin was faster, or an old answer has outlived its retention and is in the way.
                if first := self._first_receipt(order):
                    return first
                self.forget_old_answers()
                return None
            case KeyTaken():
                return self._first_receipt(order)

    def _advance(self, order: Order, decided: Decided) -> None:
        for seen in decided.seen:
            facts = [fact for stream, fact in decided.facts if stream == seen.stream]
            if facts:
                self._standings.advance(seen.stream, seen.standing, facts, order.at, seen.place)
