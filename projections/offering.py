"""Offering facts to read models, each of them once. A fact that one fails on is parked for the keys that it touches."""

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Dialect, bindparam, update
from sqlalchemy.exc import InterfaceError, OperationalError

from domain.kernel.envelope import Recorded
from domain.kernel.refusals import Unavailable
from domain.log.codec import decode
from domain.log.contract import Row
from projections.applying import Applying
from projections.loading import load
from projections.makings import Making, Overtaken, hold, move, moving
from projections.met import Familiar
from projections.parking import Attendant, Waiting
from projections.past import Past, Source, named_before, note_declarations
from projections.read_model import ReadModel, Tables
from projections.round_trip import Plain, RoundTrip, round_trip
from projections.statements import Statements
from projections.views import Views, origin, read_model

PASSING = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    sqlite3.OperationalError,
    Unavailable,
    MemoryError,
)
"""Troubles of a database or the machine, not of a fact: the whole batch is tried again."""

_FARTHER = Plain(
    update(origin)
    .where(origin.c.position < bindparam("last"))
    .values(position=bindparam("last"), fact=bindparam("last_fact"))
)


class Progress(NamedTuple):
    """What became of facts that were offered to a read model."""

    name: str
    position: int
    """Up to where it has followed now."""
    facts: int
    error: str | None = None
    """What stopped it at the fact after that position."""
    parked: int = 0
    """On how many of the facts it failed, or would have: they are parked."""


class Kept:
    """What was met of a read model that is built beside, from one commit to the next.

    Whoever else writes to it moves its bookmark: what was met is used only where the bookmark stands as it was left.
    Retries write without that, but only for keys with parked facts: while there are any, nothing is kept.
    """

    def __init__(self) -> None:
        """Nothing was met yet."""
        self._left: Applying[Any] | None = None
        self._at = 0
        self._familiar: Familiar | None = None

    def take(self, position: int) -> tuple[Applying[Any] | None, Familiar | None]:
        """Return what was left at a position, to be kept again once it is committed, and who was met up to there.

        None if nothing was left, or if it is not known whom others have met.
        """
        left, self._left = self._left if position == self._at else None, None
        if position == 0:
            self._familiar = Familiar()
        elif position != self._at:
            self._familiar = None
        return left, self._familiar

    def keep(self, applying: Applying[Any], position: int, most: int) -> None:
        """Keep what was met up to a commit that moved the bookmark to a position, unless it is more than so many keys.

        What follows each other is kept or forgotten together, and that may be everything: so all is.
        """
        self._at = position
        if applying.may_be_held_up or applying.waiting:
            self._familiar = None
        elif applying.met <= most:
            self._left = applying


class Target(NamedTuple):
    """A read model and where it stands: the tables that answer, or those being built beside."""

    model: ReadModel[Any]
    tables: Tables
    statements: Statements
    making: Making
    kept: Kept | None
    """What was met of it, if it is built beside."""

    @classmethod
    def of(cls, model: ReadModel[Any], dialect: Dialect, *, beside: bool = False) -> "Target":
        """Return a read model where it answers, or where it is being rebuilt."""
        tables = Tables.of(model, beside=beside)
        statements = Statements.of(model, tables, dialect)
        return cls(model, tables, statements, Making.of(model), Kept() if beside else None)

    @property
    def name(self) -> str:
        """The name of its bookmark."""
        return self.tables.bookmark

    def applying(self, connection: Connection, past: Past, only: UUID | None = None) -> Applying[Any]:
        """Return what applies facts to it in a transaction; to one key alone, if it is given."""
        return Applying(connection, self.model, (self.name, self.statements), past, only)

    def going_on(self, connection: Connection, past: Past, position: int) -> Applying[Any]:
        """Return what applies facts after a position, with what was kept."""
        left, familiar = (None, None) if self.kept is None else self.kept.take(position)
        if left is None:
            applying = self.applying(connection, past)
        else:
            applying = left
            applying.go_on(connection, past)
        applying.acquaint(familiar)
        return applying


class Offer(NamedTuple):
    """Facts that follow a position without a gap."""

    position: int
    facts: Sequence[Recorded]
    suspect: Collection[UUID]
    """Those that an error declaration named before they were on record."""

    @classmethod
    def of(cls, connection: Connection, position: int, facts: Sequence[Recorded]) -> "Offer":
        """Return the offer of facts, after taking note of what they and earlier ones declare wrong."""
        with round_trip(connection) as trip:
            note_declarations(trip, facts)
        return cls(position, facts, named_before(connection, facts))


class Desk(NamedTuple):
    """What whoever offers facts works with."""

    views: Views
    log: Source
    attendant: Attendant
    most_kept: int
    """Most keys whose states and open rows are kept in memory, of all that is built beside together."""


def offer(desk: Desk, targets: Sequence[Target], position: int, rows: Sequence[Row]) -> Sequence[Progress | None]:
    """Offer rows to read models that stand at one position, in one commit.

    Returns:
        What became of them; None for those with which another program was faster, or which it took over.
    """
    facts = readable(rows)
    if not facts:
        error = f"{rows[0].type} at position {rows[0].position}: unreadable"
        with desk.views.write() as connection:
            return [stopped(connection, target, position, error) for target in targets]
    try:
        with desk.views.write() as connection:
            return _accept_together(connection, targets, position, facts, desk)
    except Overtaken:
        return [None]
    except PASSING:
        raise
    except Exception:  # noqa: BLE001  whatever it was, it comes again from the one read model that it belongs to
        with desk.views.write() as connection:
            given = Offer.of(connection, position, facts)
            with round_trip(connection) as trip:
                _note_farthest(trip, facts[-1])
            return [accept(connection, target, given, desk) for target in targets]


def _accept_together(
    connection: Connection, targets: Sequence[Target], position: int, facts: Sequence[Recorded], desk: Desk
) -> list[Progress]:
    """Apply facts to read models that stand at one position, and commit; all or nothing: the quick way.

    Raises:
        Overtaken: another program was faster, or took one over.
    """
    last, past = facts[-1], Past(desk.log, connection)
    makings = {target.name: target.making for target in targets}
    folding = [target.going_on(connection, past, position) for target in targets]
    suspect = load(connection, facts, folding, lambda trip: moving(trip, makings, position, last.position))
    for applying in folding:
        applying.fold(suspect)
    for applying in folding:
        applying.pour()
        desk.attendant.park(connection, applying.name, applying.waiting)
    with round_trip(connection, committing=True) as trip:
        for applying in folding:
            applying.write(trip)
        _note_farthest(trip, last)
    for target, applying in zip(targets, folding, strict=True):
        if target.kept is not None:
            target.kept.keep(applying, last.position, desk.most_kept // len(targets))
    return [_followed(each.name, facts, each.waiting) for each in folding]


def accept(connection: Connection, target: Target, offer: Offer, desk: Desk) -> Progress | None:
    """Apply facts in a savepoint of the read model's own; None if another program was faster, or took it over."""
    if not move(connection, {target.name: target.making}, offer.position, offer.facts[-1].position):
        return None
    past = Past(desk.log, connection)
    try:
        with connection.begin_nested():
            waiting = apply(target.applying(connection, past), offer.facts, offer.suspect)
            desk.attendant.park(connection, target.name, waiting)
    except PASSING:
        raise
    except Exception:  # noqa: BLE001  some of it cannot be written: which one, shows if each is written alone
        waiting = _one_by_one(connection, target, offer, past, desk.attendant)
    return _followed(target.name, offer.facts, waiting)


def apply(applying: Applying[Any], facts: Sequence[Recorded], suspect: Collection[UUID]) -> list[Waiting]:
    """Apply facts; return what is to be parked."""
    applying.load(applying.meet(facts))
    applying.fold(suspect)
    with round_trip(applying.connection) as trip:
        applying.write(trip)
    return applying.waiting


def _one_by_one(
    connection: Connection, target: Target, offer: Offer, past: Past, attendant: Attendant
) -> list[Waiting]:
    """Apply each fact to each key in a savepoint of its own, and park what fails."""
    waiting = []
    for fact in offer.facts:
        for key in target.applying(connection, past).keys(fact):
            left = apply_alone(target.applying(connection, past, key), fact, key, offer.suspect)
            attendant.park(connection, target.name, left)
            waiting += left
    return waiting


def apply_alone(applying: Applying[Any], fact: Recorded, key: UUID, suspect: Collection[UUID]) -> list[Waiting]:
    """Apply a fact to one key in a savepoint; return it with its error if that fails."""
    try:
        with applying.connection.begin_nested():
            return apply(applying, [fact], suspect)
    except PASSING:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, it is of this fact in this read model
        return [Waiting(fact, key, type(error).__name__)]


def _followed(name: str, facts: Sequence[Recorded], waiting: Sequence[Waiting]) -> Progress:
    return Progress(name, facts[-1].position, len(facts), parked=len({each.fact.position for each in waiting}))


def stopped(connection: Connection, target: Target, position: int, error: str) -> Progress | None:
    """Note what stopped a read model; None if it was taken over. The note names the fact, never what it says."""
    if not hold(connection, target.name, target.making):
        return None
    connection.execute(update(read_model).where(read_model.c.name == target.name).values(error=error))
    return Progress(target.name, position, 0, error)


def _note_farthest(trip: RoundTrip, last: Recorded) -> None:
    """Note the fact at the farthest position that any read model has followed."""
    trip.tell(_FARTHER, {"last": last.position, "last_fact": last.id})


def readable(rows: Sequence[Row]) -> list[Recorded]:
    """Return the facts before the first that this program cannot read: one of a newer version, or damaged."""
    facts: list[Recorded] = []
    for row in rows:
        try:
            facts.append(decode(row))
        except Exception:  # noqa: BLE001  whatever is wrong with a body, nothing after it may be applied
            break
    return facts
