"""Offering facts to one read model: all of them, or those before the one that it fails on; never one twice."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, update
from sqlalchemy.exc import InterfaceError, OperationalError

from domain.kernel.envelope import Recorded
from domain.kernel.refusals import Unavailable
from domain.log.tracking import advance
from projections.applying import Applying
from projections.past import Past
from projections.read_model import ReadModel, Tables
from projections.views import read_model

PASSING = (OperationalError, InterfaceError, Unavailable)
"""Troubles of a database, not of a fact: the whole batch is tried again."""


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


def _apply(connection: Connection, target: Target, offer: Offer, past: Past) -> Progress | None:
    last = offer.facts[-1].position
    with connection.begin_nested():
        if not advance(connection, target.name, offer.position, last):
            return None
        Applying(connection, target.model, target.tables, past).apply(offer.facts, offer.suspect)
    return Progress(target.name, last, len(offer.facts))


def _told(fact: Recorded) -> str:
    return f"{fact.type} at position {fact.position}"
