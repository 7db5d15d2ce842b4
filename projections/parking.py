"""Facts on which a read model fails: set aside for the keys that they touch, told, and applied when it can."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Exists, delete, exists, func, insert, select, update

import domain
from domain.kernel.envelope import Recorded
from domain.kernel.moments import from_micros, to_micros
from projections.statements import MOST_NAMED
from projections.views import parked

MOST_TOLD = 100


class Waiting(NamedTuple):
    """A fact that waits for one key of a read model."""

    fact: Recorded
    key: UUID
    error: str | None
    """What kind of error it raises; None: it only stands behind another."""


class Parked(NamedTuple):
    """A fact on which a read model fails, as it is told: never what it says."""

    read_model: str
    key: UUID
    position: int
    fact: UUID
    type: str
    error: str
    since: datetime
    behind: int
    """Later facts of the key, which wait for it."""


class Attendant(NamedTuple):
    """Who parks facts: the program as it is, by its own clock."""

    program: str
    now: Callable[[], datetime]

    def park(self, connection: Connection, name: str, waiting: Iterable[Waiting]) -> None:
        """Set facts aside for keys of a read model."""
        since = to_micros(self.now())
        rows = [
            {
                "read_model": name,
                "key": each.key,
                "position": each.fact.position,
                "fact": each.fact.id,
                "type": each.fact.type,
                "error": each.error,
                "since": since,
                "program": self.program,
            }
            for each in waiting
        ]
        if rows:
            connection.execute(insert(parked), rows)

    def stale(self, connection: Connection, name: str, limit: int) -> Sequence[UUID]:
        """Return keys of a read model on whose facts another program failed."""
        query = select(parked.c.key).where(parked.c.read_model == name, parked.c.error.is_not(None))
        return connection.execute(query.where(parked.c.program != self.program).limit(limit)).scalars().all()

    def fails_still(self, connection: Connection, name: str, key: UUID, fact: UUID, error: str) -> None:
        """Note that the first fact of a key cannot be applied by this program either."""
        first = update(parked).where(_of_key(name, key), parked.c.fact == fact)
        connection.execute(first.values(error=error, program=self.program))


@cache
def present_program() -> str:
    """Return what identifies the present code of rules and read models."""
    digest = sha256()
    for root in (Path(domain.__file__).parent, Path(__file__).parent):
        for path in sorted(root.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_any(of: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> Exists:
    """Return whether facts are parked for any of some read models, as SQL: those whose names fit a condition."""
    return exists().where(of(parked.c.read_model))


def held_up(connection: Connection, name: str, keys: Sequence[UUID]) -> set[UUID]:
    """Return those of the keys of a read model that have parked facts."""
    found: set[UUID] = set()
    for start in range(0, len(keys), MOST_NAMED):
        part = keys[start : start + MOST_NAMED]
        query = select(parked.c.key).distinct().where(parked.c.read_model == name, parked.c.key.in_(part))
        found.update(connection.execute(query).scalars())
    return found


def keys_held_up(connection: Connection, name: str, after: UUID | None, limit: int) -> Sequence[UUID]:
    """Return keys of a read model that have parked facts, in order."""
    query = select(parked.c.key).distinct().where(parked.c.read_model == name).order_by(parked.c.key).limit(limit)
    return connection.execute(query if after is None else query.where(parked.c.key > after)).scalars().all()


def numbers(connection: Connection, name: str) -> tuple[int, int]:
    """Return how many facts wait for keys of a read model, counted once for each key, and for how many keys."""
    query = select(func.count(), func.count(parked.c.key.distinct())).where(parked.c.read_model == name)
    facts, keys = connection.execute(query).one()
    return facts, keys


def facts_of(connection: Connection, name: str, key: UUID, limit: int) -> Sequence[UUID]:
    """Return the first facts that wait for a key, in order of position."""
    query = select(parked.c.fact).where(_of_key(name, key)).order_by(parked.c.position).limit(limit)
    return connection.execute(query).scalars().all()


def release(connection: Connection, name: str, key: UUID, facts: Collection[UUID]) -> None:
    """Forget that facts were parked for a key: they have been applied."""
    ids = list(facts)
    for start in range(0, len(ids), MOST_NAMED):
        part = ids[start : start + MOST_NAMED]
        connection.execute(delete(parked).where(_of_key(name, key), parked.c.fact.in_(part)))


def fails_on_more(connection: Connection, name: str, other: str) -> bool:
    """Return whether a read model fails on a fact of a key on which another one does not."""
    failing, there = parked.alias("failing"), parked.alias("there")
    same = exists().where(there.c.read_model == other, there.c.key == failing.c.key, there.c.fact == failing.c.fact)
    query = select(failing.c.fact).where(failing.c.read_model == name, failing.c.error.is_not(None), ~same).limit(1)
    return connection.execute(query).first() is not None


def forget(connection: Connection, name: str) -> None:
    """Forget all that is parked for a read model, as it is made anew."""
    connection.execute(delete(parked).where(parked.c.read_model == name))


def hand_over(connection: Connection, former: str, name: str) -> None:
    """Let what was parked for a read model under a former name be parked for it."""
    forget(connection, name)
    connection.execute(update(parked).where(parked.c.read_model == former).values(read_model=name))


def counts(connection: Connection) -> dict[str, int]:
    """Return how many facts are parked for each read model that has any."""
    query = select(parked.c.read_model, func.count(parked.c.position.distinct())).group_by(parked.c.read_model)
    return {row[0]: row[1] for row in connection.execute(query)}


def waiting(connection: Connection) -> dict[str, int]:
    """Return how many facts wait for keys of each read model that has any, counted once for each key."""
    query = select(parked.c.read_model, func.count()).group_by(parked.c.read_model)
    return {row[0]: row[1] for row in connection.execute(query)}


def told(connection: Connection, limit: int = MOST_TOLD) -> list[Parked]:
    """Return the facts on which read models fail, the first ones of each; those behind them are counted."""
    behind = parked.alias("behind")
    waits = (behind.c.read_model == parked.c.read_model) & (behind.c.key == parked.c.key) & behind.c.error.is_(None)
    number = select(func.count()).where(waits).scalar_subquery()
    names = ("read_model", "key", "position", "fact", "type", "error", "since")
    query = select(*(parked.c[name] for name in names), number.label("behind")).where(parked.c.error.is_not(None))
    order = (parked.c.read_model, parked.c.position, parked.c.key)
    found = connection.execute(query.order_by(*order).limit(limit))
    return [Parked(**row._asdict() | {"since": from_micros(row.since)}) for row in found]


def _of_key(name: str, key: UUID) -> ColumnElement[bool]:
    return (parked.c.read_model == name) & (parked.c.key == key)
