"""Offering facts to read models: all of them, or those before the one that a read model fails on; never one twice."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Dialect, bindparam, update
from sqlalchemy.exc import InterfaceError, OperationalError

from domain.kernel.envelope import Recorded
from domain.kernel.refusals import Unavailable
from domain.log.codec import decode
from domain.log.contract import Row
from domain.log.tracking import advance, advance_together
from projections.applying import Applying
from projections.loading import load
from projections.past import Past, Source, named_before, note_declarations
from projections.read_model import ReadModel, Tables
from projections.statements import Statements, committed_at_once
from projections.views import Views, origin, read_model

PASSING = (OperationalError, InterfaceError, Unavailable)
"""Troubles of a database, not of a fact: the whole batch is tried again."""

_FARTHER = (
    update(origin)
    .where(origin.c.position < bindparam("last"))
    .values(position=bindparam("last"), fact=bindparam("last_fact"))
)


class Overtaken(Exception):  # noqa: N818  what happened, not what went wrong
    """Another runner was faster with some of the read models: undo the transaction, and look where they stand."""


class Progress(NamedTuple):
    """What became of facts that were offered to a read model."""

    name: str
    position: int
    """Up to where it has followed now."""
    facts: int
    error: str | None = None
    """What stopped it at the fact after that position."""


class Target(NamedTuple):
    """A read model and where it stands: the tables that answer, or those being built beside."""

    model: ReadModel[Any]
    tables: Tables
    statements: Statements

    @classmethod
    def of(cls, model: ReadModel[Any], dialect: Dialect, *, beside: bool = False) -> "Target":
        """Return a read model where it answers, or where it is being rebuilt."""
        tables = Tables.of(model, beside=beside)
        return cls(model, tables, Statements.of(model, tables, dialect))

    @property
    def name(self) -> str:
        """The name of its bookmark."""
        return self.tables.bookmark


class Offer(NamedTuple):
    """Facts that follow a position without a gap."""

    position: int
    facts: Sequence[Recorded]
    suspect: Collection[UUID]
    """Those that an error declaration named before they were on record."""

    @classmethod
    def of(cls, connection: Connection, position: int, facts: Sequence[Recorded]) -> "Offer":
        """Return the offer of facts, after taking note of what they and earlier ones declare wrong."""
        note_declarations(connection, facts)
        return cls(position, facts, named_before(connection, facts))


def offer(
    views: Views, log: Source, targets: Sequence[Target], position: int, rows: Sequence[Row]
) -> Sequence[Progress | None]:
    """Offer rows to read models that stand at one position, in one commit: together if none of them fails.

    Returns:
        What became of them; None for those with which another runner was faster.
    """
    facts = readable(rows)
    if not facts:
        error = f"{rows[0].type} at position {rows[0].position}: unreadable"
        with views.write() as connection:
            return [stopped(connection, target, position, error) for target in targets]
    try:
        with views.write() as connection:
            return _accept_together(connection, targets, position, facts, Past(log, connection))
    except Overtaken:
        return [None]
    except PASSING:
        raise
    except Exception:  # noqa: BLE001  whatever it was, it comes again from the one read model that it belongs to
        with views.write() as connection:
            given, past = Offer.of(connection, position, facts), Past(log, connection)
            _note_farthest(connection, facts[-1])
            return [accept(connection, target, given, past) for target in targets]


def _accept_together(
    connection: Connection, targets: Sequence[Target], position: int, facts: Sequence[Recorded], past: Past
) -> list[Progress]:
    """Apply facts to read models that stand at one position, and commit; all or nothing: the quick way.

    Raises:
        Overtaken: another runner was faster.
    """
    last = facts[-1]
    if not advance_together(connection, [target.name for target in targets], position, last.position):
        raise Overtaken
    note_declarations(connection, facts)
    folding = [Applying(connection, target.model, target.statements, past) for target in targets]
    suspect = load(connection, facts, folding)
    for applying in folding:
        applying.fold(suspect)
    with committed_at_once(connection):
        for applying in folding:
            applying.write()
        _note_farthest(connection, last)
    return [Progress(target.name, last.position, len(facts)) for target in targets]


def accept(connection: Connection, target: Target, offer: Offer, past: Past) -> Progress | None:
    """Apply facts in a savepoint of the read model's own; None if another runner was faster.

    If a fact makes the read model fail, those before it are applied, and it stops there with the error noted.
    """
    try:
        return _apply(connection, target, offer, past)
    except PASSING:
        raise
    except Exception as error:  # noqa: BLE001  whatever the fold of one question raises must not stop the others
        if len(offer.facts) == 1:
            return stopped(connection, target, offer.position, f"{_told(offer.facts[0])}: {type(error).__name__}")
    applied = 0
    for fact in offer.facts:
        single = Offer(fact.position - 1, (fact,), offer.suspect)
        progress = accept(connection, target, single, past)
        if progress is None or progress.error:
            return progress and progress._replace(facts=applied)
        applied += 1
    return Progress(target.name, offer.facts[-1].position, applied)


def stopped(connection: Connection, target: Target, position: int, error: str) -> Progress:
    """Note what stopped a read model. The note names the fact, never what it says."""
    connection.execute(update(read_model).where(read_model.c.name == target.name).values(error=error))
    return Progress(target.name, position, 0, error)


def _note_farthest(connection: Connection, last: Recorded) -> None:
    """Note the fact at the farthest position that any read model has followed."""
    connection.execute(_FARTHER, {"last": last.position, "last_fact": last.id})


def _apply(connection: Connection, target: Target, offer: Offer, past: Past) -> Progress | None:
    last = offer.facts[-1].position
    with connection.begin_nested():
        if not advance(connection, target.name, offer.position, last):
            return None
        applying = Applying(connection, target.model, target.statements, past)
        applying.load(applying.meet(offer.facts))
        applying.fold(offer.suspect)
        applying.write()
    return Progress(target.name, last, len(offer.facts))


def _told(fact: Recorded) -> str:
    return f"{fact.type} at position {fact.position}"


def readable(rows: Sequence[Row]) -> list[Recorded]:
    """Return the facts before the first that this program cannot read: one of a newer version, or damaged."""
    facts: list[Recorded] = []
    for row in rows:
        try:
            facts.append(decode(row))
        except Exception:  # noqa: BLE001  whatever is wrong with a body, nothing after it may be applied
            break
    return facts
