"""Retrying parked facts: each is applied at its own position, so that rows are as if nothing had ever failed.

Where rows follow those of other keys, a fact that is missing shows in all of them: such a read model is built anew.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from domain.log.contract import Row
from projections import parking
from projections.applying import Applying
from projections.makings import Overtaken, hold
from projections.offering import PASSING, Desk, Target, apply, apply_alone, readable
from projections.past import Past, named_before
from projections.read_model import ReadModel, following_of

_KEYS_AT_ONCE = 100


class Retried(NamedTuple):
    """What became of the parked facts of a read model."""

    applied: int = 0
    """Facts that were applied, counted once for each key that waited for them."""
    keys_left: int = 0
    """Keys that wait still."""


class Failure(NamedTuple):
    """The fact at which the facts of a key stop again."""

    fact: UUID
    error: str


def retry(desk: Desk, target: Target, batch: int) -> Retried:
    """Apply what is parked for a read model, key by key, each in a commit of its own."""
    result, after = Retried(), None
    while True:
        with desk.views.read() as connection:
            keys = parking.keys_held_up(connection, target.name, after, _KEYS_AT_ONCE)
        if not keys:
            return result
        try:
            result = _sum(result, [_retry_key(desk, target, key, batch) for key in keys])
        except Overtaken:
            return result
        after = keys[-1]


def retry_stale(desk: Desk, target: Target, batch: int, anew: Callable[[ReadModel[Any]], None]) -> bool:
    """Apply what is parked for a few of the keys on which another program failed; return whether there are more.

    Args:
        desk: what whoever offers facts works with.
        target: the read model.
        batch: most facts in one commit.
        anew: begins to build a read model anew, where rows of other keys follow those of the keys.

    Raises:
        Overtaken: another program took it over.
    """
    with desk.views.read() as connection:
        keys = desk.attendant.stale(connection, target.name, _KEYS_AT_ONCE)
    if keys and following_of(target.model):
        anew(target.model)
        return False
    for key in keys:
        _retry_key(desk, target, key, batch)
    return bool(keys)


def _sum(one: Retried, others: Sequence[Retried]) -> Retried:
    return Retried(*(sum(numbers) for numbers in zip(one, *others, strict=True)))


def _retry_key(desk: Desk, target: Target, key: UUID, batch: int) -> Retried:
    """Apply what is parked for one key, in order of position, until it fails again.

    Raises:
        Overtaken: another program took the read model over.
    """
    applied = 0
    while True:
        with desk.views.write() as connection:
            if not hold(connection, target.name, target.making):
                raise Overtaken
            ids = parking.facts_of(connection, target.name, key, batch)
            if not ids:
                return Retried(applied, 0)
            rows = desk.log.by_keys(ids)
            failure = _apply(connection, desk, target, key, [rows[each] for each in ids])
            done = ids[: ids.index(failure.fact)] if failure else ids
            parking.release(connection, target.name, key, done)
            applied += len(done)
            if failure:
                desk.attendant.fails_still(connection, target.name, key, *failure)
                return Retried(applied, 1)


def _apply(connection: Connection, desk: Desk, target: Target, key: UUID, rows: Sequence[Row]) -> Failure | None:
    """Apply facts to their key; return the first that fails."""
    facts = readable(rows)
    unreadable = Failure(rows[len(facts)].fact_key, "unreadable") if len(facts) < len(rows) else None
    suspect, past = named_before(connection, facts), Past(desk.log, connection)
    try:
        with connection.begin_nested():
            waiting = apply(_to_apply(connection, target, key, past), facts, suspect)
    except PASSING:
        raise
    except Exception:  # noqa: BLE001  some of it cannot be written: which one, shows if each is written alone
        waiting = []
        for fact in facts:
            waiting = apply_alone(_to_apply(connection, target, key, past), fact, key, suspect)
            if waiting:
                break
    return Failure(waiting[0].fact.id, str(waiting[0].error)) if waiting else unreadable


def _to_apply(connection: Connection, target: Target, key: UUID, past: Past) -> Applying[Any]:
    applying = target.applying(connection, past, key)
    applying.may_be_held_up = False
    return applying
