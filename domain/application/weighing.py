"""Weighing: a batch of units decided in memory, each on what those before it come to, by the rules of the ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from domain.application.ahead import Ahead
from domain.application.differing import other_than_before, other_than_on_record
from domain.application.orders import Order, decide_order, drafts_of, require_moment
from domain.application.replaying import Book, Differs, Past, Saying, replay, sayings_on_record
from domain.application.sight import Sight
from domain.application.standings import Standings
from domain.application.units import (
    MOST_BYTES,
    MOST_FACTS,
    AnyUnit,
    Booked,
    Entry,
    Keyed,
    Outcome,
    Refused,
    Repeated,
    Said,
    Unit,
    Weighed,
    size_of,
)
from domain.kernel.commands import command_type, streams_of
from domain.kernel.envelope import Caller
from domain.kernel.ids import Ids
from domain.kernel.moments import with_its_offset
from domain.kernel.refusals import AlreadyRecordedDifferently, Nonsense, Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import Draft, Sealer, encode
from domain.log.contract import Row
from domain.log.log import Log


class Desk(NamedTuple):
    """What booking works with: that of the ledger."""

    log: Log
    sealer: Sealer
    standings: Standings
    ids: Ids
    now: Callable[[], datetime]
    tolerance: timedelta


class Verdict(NamedTuple):
    """What was decided of a unit."""

    outcome: Outcome
    entries: list[list[Draft]]
    """The facts of each of its entries that says something new."""
    rests: list[tuple[UUID, int]]
    """Every stream on which it rests, with the version at which it was seen; of what is refused, none."""


class _Waits(Exception):  # noqa: N818  says what it does
    """The unit cannot be decided before the one that says something else under the same id is on record."""

    def __init__(self, differs: AlreadyRecordedDifferently) -> None:
        """Take what it says otherwise."""
        super().__init__()
        self.differs = differs


class Weigher:
    """Decides one batch; what is on record of its entries was looked up before."""

    def __init__(
        self,
        desk: Desk,
        book: Book,
        ahead: Ahead,
        *,
        rows: Mapping[UUID, Row | None],
        caller: Caller,
    ) -> None:
        """Begin a batch.

        Args:
            desk: what the ledger works with.
            book: the log, for what is on record already.
            ahead: takes note of what is decided.
            rows: the first fact on record of each entry, or None.
            caller: who tells all this.
        """
        self._desk = desk
        self._past = Past(book)
        self._ahead = ahead
        self._rows = rows
        self._caller = caller
        self._now = desk.now()
        self._on_record = sayings_on_record(desk.log.by_keys, desk.sealer)

    def weigh(self, verdicts: Iterable[Verdict | AlreadyRecordedDifferently]) -> list[Weighed]:
        """Return what units come to, up to one that waits, or with which one append would be too large."""
        batch: list[Weighed] = []
        facts = size = 0
        for verdict in verdicts:
            if not isinstance(verdict, Verdict):
                break
            weighed = self._weighed(verdict)
            facts += weighed.facts
            size += weighed.size
            if batch and (facts > MOST_FACTS or size > MOST_BYTES):
                self._ahead.give_up()
                break
            batch.append(weighed)
        return batch

    def decide(self, unit: Keyed[AnyUnit]) -> Verdict | AlreadyRecordedDifferently:
        """Decide one unit on top of what was decided before it.

        Returns:
            What was decided; or what it says otherwise under an id of those: it waits until they are on record.
        """
        self._ahead.begin()
        try:
            return self._decided(unit)
        except _Waits as waits:
            self._ahead.give_up()
            return waits.differs

    def _weighed(self, verdict: Verdict) -> Weighed:
        entries = [[encode(draft, self._caller, self._desk.sealer) for draft in drafts] for drafts in verdict.entries]
        return Weighed(verdict.outcome, entries, sum(map(len, entries)), sum(size_of(facts) for facts in entries))

    def _decided(self, keyed: Keyed[AnyUnit]) -> Verdict:
        drafted: list[tuple[int, list[Draft]]] = []
        rests: list[tuple[UUID, int]] = []
        for number, (entry, key) in enumerate(zip(keyed.unit, keyed.keys, strict=True)):
            try:
                drafts = self._entry(keyed.unit, entry, key, rests)
            except Refusal as refusal:
                self._ahead.give_up()
                return Verdict(Refused(number, refusal), [], [])
            if drafts:
                drafted.append((number, drafts))
        if not drafted:
            return Verdict(Repeated(), [], rests)
        told = tuple(Said(number, draft.stream, draft.fact) for number, drafts in drafted for draft in drafts)
        return Verdict(Booked(told, 0), [drafts for _, drafts in drafted], rests)

    def _entry(self, unit: Unit, entry: Entry, key: UUID, rests: list[tuple[UUID, int]]) -> list[Draft]:
        """Return the facts that an entry comes to; none where it says again what is on record.

        Args:
            unit: of which it is one.
            entry: what is told.
            key: the id of its first fact.
            rests: takes on what that rests.

        Raises:
            Refusal: a rule forbids it.
        """
        at = with_its_offset(entry.occurred_at)
        order = Order(
            command=entry.command,
            caller=self._caller,
            given_at=at,
            at=at,
            now=self._now,
            expected_version=None,
            ask=None,
            source=entry.source,
            reason=entry.reason,
        )
        if self._is_repeated(unit, order, key):
            return []
        require_moment(order, self._desk.tolerance)
        sight = Sight(self._ahead, order.at)
        decided = decide_order(order, sight, self._ahead, self._sayings)
        rests += [(seen.stream.id, seen.standing.version) for seen in decided.seen]
        if not decided.facts:
            return []
        if any(self._ahead.is_another(seen.stream) for seen in decided.seen):
            raise Nonsense(next(iter(command_type(order.command).decides), "stream"), "is the id of something else")
        drafts = drafts_of(order, decided, self._desk.ids)
        self._ahead.take(order, decided, drafts)
        return drafts

    def _is_repeated(self, unit: Unit, order: Order, key: UUID) -> bool:
        """Return whether an entry is on record, or decided before, the same in every part.

        Raises:
            AlreadyRecordedDifferently: something else is under the same id of its source.
        """
        row = self._rows.get(key)
        if row is not None:
            if StreamRef(row.kind, row.stream) == streams_of(order.command)[0]:
                replayed = replay(order.command, self._past, self._desk.sealer, row.sequence - 1, order.given_at)
                if not isinstance(replayed, Differs):
                    return True
            raise other_than_on_record(order, row, self._desk.sealer)
        first = self._ahead.order(key)
        if first is None:
            return False
        if (first.command, first.given_at) == (order.command, order.given_at):
            return True
        differs = other_than_before(order, first, str(key))
        if any(entry.source == order.source and entry.command is first.command for entry in unit):
            raise differs
        raise _Waits(differs)

    def _sayings(self, ids: Sequence[UUID]) -> list[Saying]:
        told, others = self._ahead.sayings(ids)
        return [*told, *(self._on_record(others) if others else ())]
