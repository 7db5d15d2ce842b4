"""The one writer of a process on PostgreSQL: a group of proposals in one round trip."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any
from uuid import UUID

import psycopg
from psycopg import errors

from domain.kernel.refusals import ClockBehind, OutcomeUnknown, Unavailable
from domain.log.binary import bigint, bigints, byteas, integers, texts, uuids
from domain.log.contract import Answered, Head, Outcome, Proposal, Request
from domain.log.settling import AnsweredNow, Known, Settlement, assumed, settle
from domain.log.talk import Parameter
from domain.log.wire import Lost, Wire

_APPEND = """
    SELECT status, head, recorded, versions FROM append_facts(
        $1::bigint, $2::uuid[], $3::bigint[], $4::integer[], $5::bigint[], $6::uuid[], $7::text[], $8::text[],
        $9::bigint[], $10::bytea[], $11::integer[], $12::uuid[], $13::bigint[], $14::bytea[], $15::bigint[],
        $16::bytea[], $17::bytea[], $18::bigint[], $19::bigint[])"""
_LOCK = "SELECT position, recorded_at FROM log_head FOR NO KEY UPDATE"
_VERSIONS = """
    SELECT s.id, coalesce((SELECT max(f.sequence) FROM fact AS f WHERE f.stream = s.id), 0)
    FROM unnest($1::uuid[]) AS s(id)"""
_POSITIONS = "SELECT fact_key, position FROM fact WHERE fact_key = ANY ($1::uuid[])"
_ON_RECORD = "SELECT fact_key, body, position, sequence, recorded_at FROM fact WHERE fact_key = ANY ($1::uuid[])"
ANSWERED = """
    SELECT key, period, digest, answer, first_position, fact_count, answered_at
    FROM idempotency WHERE key = ANY ($1::bytea[])"""
_FORGET = """
    DELETE FROM idempotency
    WHERE key IN (SELECT key FROM idempotency WHERE answered_at < $1::bigint LIMIT $2::bigint) RETURNING 1"""
_CONFIRM = "SELECT pg_logical_emit_message(true, 'aftercare', '')"
"""Writes next to nothing; its commit waits for the standbys, and so for all that was committed before."""
_SWEEP = 1000
_ANY = -1
_ELSEWHERE = 1
_BEHIND = 2

Found = Sequence[tuple[Any, ...]]
Bases = Mapping[UUID, int | None]


class Writer:
    """Appends groups, one at a time, on a connection of its own."""

    def __init__(self, connect: Callable[[], Wire], clock_tolerance_micros: int) -> None:
        """Connect when the first group comes."""
        self._connect, self._tolerance = connect, bigint(clock_tolerance_micros)
        self._turn = Lock()
        self._wire: Wire | None = None

    def commit(self, group: Sequence[Proposal]) -> tuple[list[Outcome], int]:
        """Append a group; return the outcomes and the position of the head after it, 0 if it did not move."""
        with self._turn:
            return self._quickly(group) or self._carefully(group)

    def forget_answers(self, before: int) -> int:
        """Delete answers given before a moment, in small transactions."""
        forgotten = 0
        while True:
            with self._turn, unavailable():
                deleted = len(self._ready().run(_FORGET, (bigint(before), bigint(_SWEEP))))
            forgotten += deleted
            if deleted < _SWEEP:
                return forgotten

    def close(self) -> None:
        """Hang up."""
        with self._turn:
            self._hang_up()

    def _quickly(self, group: Sequence[Proposal]) -> tuple[list[Outcome], int] | None:
        """Append in one round trip, believing every expectation and no key to be on record; None if that is not so."""
        if any(proposal.after is not None for proposal in group):
            return None  # where the head is, is known only under its lock
        bases = assumed(group)
        settlement = settle(group, Known({stream: base or 0 for stream, base in bases.items()}, {}, {}))
        if settlement.needs_keys or any(base is not None and base < 0 for base in bases.values()):
            return None
        with unavailable():
            wire = self._ready()
            try:
                found = self._committing(wire, _APPEND, _parameters(self._tolerance, settlement, bases))
            except errors.UniqueViolation:
                return None
            except Lost:
                return self._look_again(settlement, bases)
        return None if found[0][0] == _ELSEWHERE else _answers(settlement, found, bases)

    def _carefully(self, group: Sequence[Proposal]) -> tuple[list[Outcome], int]:
        """Take the lock, look everything up, decide, and append."""
        with unavailable():
            wire = self._ready()
            try:
                wire.run("BEGIN")
                ((head, _),) = wire.run(_LOCK)
                versions = dict(wire.run(_VERSIONS, (uuids(list(assumed(group))),)))
                settlement = settle(group, Known(versions, *_on_record(wire, group), head))
                found = wire.run(_APPEND, _parameters(self._tolerance, settlement, versions))
                answers = _answers(settlement, found, versions)
            except BaseException:
                self._undo(wire)
                raise
            try:
                # Also if nothing is new: the lock's commit waits for the standbys, and so for what the callers will
                # hear is on record.
                self._committing(wire, "COMMIT")
            except Lost:
                return self._look_again(settlement, versions)
        return answers

    def _committing(self, wire: Wire, statement: str, parameters: Sequence[Parameter] = ()) -> Found:
        """Run a statement that commits; a warning with it means that the commit may not be where it should be.

        PostgreSQL commits a transaction whose wait for the standby was cancelled, and says so only by a warning.
        """
        wire.warnings.clear()
        try:
            found = wire.run(statement, parameters)
        finally:
            if wire.warnings:
                self._hang_up()
                raise OutcomeUnknown("The database warned while it recorded the facts.")
        return found

    def _look_again(self, settlement: Settlement, bases: Bases) -> tuple[list[Outcome], int]:
        """Look for a group whose answer was lost. What is not there may still come: only a find is an answer."""
        try:
            with unavailable():
                wire = self._ready()
                found = _recovered(wire, settlement, bases)
                if found:
                    self._committing(wire, _CONFIRM)
        except (Unavailable, Lost) as error:
            raise OutcomeUnknown from error
        if not found:
            raise OutcomeUnknown
        return _answers(settlement, found, bases)

    def _ready(self) -> Wire:
        """Return a connection that seems to work: a new one if the last was lost while nothing was under way."""
        if self._wire is not None and not self._wire.usable:
            self._hang_up()
        if self._wire is None:
            self._wire = self._connect()
        return self._wire

    def _undo(self, wire: Wire) -> None:
        try:
            wire.run("ROLLBACK")
        except (psycopg.Error, Lost):
            self._hang_up()

    def _hang_up(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()


@contextmanager
def unavailable() -> Iterator[None]:
    """Turn errors of the database and its network into "not recorded, try again"; ours stay what they are."""
    try:
        yield
    except Lost as error:
        raise Unavailable("The connection to the database was lost.") from error
    except (errors.LockNotAvailable, errors.QueryCanceled) as error:
        raise Unavailable("The log was locked for too long.") from error
    except errors.DiskFull as error:
        raise Unavailable("The disk of the log is full.") from error
    except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
        raise Unavailable(f"The database cannot take it: {error.sqlstate or 'it cannot be reached'}.") from error


def _parameters(tolerance: bytes, settlement: Settlement, bases: Bases) -> list[bytes]:
    """Return the arguments of append_facts."""
    streams = {stream: number for number, stream in enumerate(bases, 1)}
    facts = settlement.facts
    subjects = [(n, subject, fact.occurred_at) for n, fact in enumerate(facts, 1) for subject in fact.subjects]
    return [
        tolerance,
        uuids(list(streams)),
        bigints([_ANY if base is None else base for base in bases.values()]),
        integers([streams[fact.stream] for fact in facts]),
        bigints(settlement.ordinals),
        uuids([fact.fact_key for fact in facts]),
        texts([fact.kind for fact in facts]),
        texts([fact.type for fact in facts]),
        bigints([fact.occurred_at for fact in facts]),
        byteas([fact.body for fact in facts]),
        integers([number for number, _, _ in subjects]),
        uuids([subject for _, subject, _ in subjects]),
        bigints([moment for _, _, moment in subjects]),
        *(_requests(settlement.answered) if settlement.answered else _NO_REQUESTS),
    ]


def _requests(answered: Sequence[AnsweredNow]) -> list[bytes]:
    return [
        byteas([each.request.key for each in answered]),
        bigints([each.request.period for each in answered]),
        byteas([each.request.digest for each in answered]),
        byteas([each.request.answer for each in answered]),
        bigints([each.offset + (1 if each.size else 0) for each in answered]),
        bigints([each.size for each in answered]),
    ]


_NO_REQUESTS = _requests(())


def _answers(settlement: Settlement, found: Found, bases: Bases) -> tuple[list[Outcome], int]:
    """Return what each caller hears, and where the head is after the group."""
    status, head, recorded_at, versions = found[0]
    if status == _BEHIND:
        raise ClockBehind
    outcomes = settlement.outcomes(Head(head, recorded_at), recorded_at, dict(zip(bases, versions or (), strict=True)))
    return outcomes, head + len(settlement.facts) if settlement.facts else 0


def _on_record(wire: Wire, group: Sequence[Proposal]) -> tuple[dict[UUID, int], dict[bytes, Answered]]:
    """Return which fact keys and requests of a group are on record."""
    keys = [fact.fact_key for proposal in group for fact in proposal.facts]
    requests = [proposal.request.key for proposal in group if proposal.request]
    answers = [answered(found) for found in wire.run(ANSWERED, (byteas(requests),))] if requests else []
    positions = dict(wire.run(_POSITIONS, (uuids(keys),))) if keys else {}
    return positions, {answer.request.key: answer for answer in answers}


def answered(found: Sequence[Any]) -> Answered:
    """Return the answer that a row holds."""
    return Answered(Request(*found[:4]), *found[4:])


def _recovered(wire: Wire, settlement: Settlement, bases: Bases) -> Found:
    """Return what append_facts would have returned for a group, if all of it is on record exactly as it was sent."""
    before = _by_facts(wire, settlement) if settlement.facts else _by_requests(wire, settlement)
    if before is None:
        return []
    now = dict(wire.run(_VERSIONS, (uuids(list(bases)),)))
    grown = before[2]
    versions = [grown.get(stream, now[stream] if base is None else base) for stream, base in bases.items()]
    return [(0, *before[:2], versions)]


def _by_facts(wire: Wire, settlement: Settlement) -> tuple[int, int, dict[UUID, int]] | None:
    rows = {key: rest for key, *rest in wire.run(_ON_RECORD, (uuids([fact.fact_key for fact in settlement.facts]),))}
    first = rows.get(settlement.facts[0].fact_key)
    if first is None:
        return None
    versions: dict[UUID, int] = {}
    expected = zip(settlement.facts, settlement.ordinals, strict=True)
    for position, (fact, ordinal) in enumerate(expected, first[1]):
        row = rows.get(fact.fact_key)
        if row is None or (row[0], row[1]) != (fact.body, position):
            return None
        versions[fact.stream] = row[2] - ordinal
    return first[1] - 1, first[3], versions


def _by_requests(wire: Wire, settlement: Settlement) -> tuple[int, int, dict[UUID, int]] | None:
    requests = [each.request for each in settlement.answered]
    answers = [answered(found) for found in wire.run(ANSWERED, (byteas([request.key for request in requests]),))]
    if not requests or {each.request for each in answers} != set(requests):
        return None
    return answers[0].first_position, answers[0].answered_at, {}
