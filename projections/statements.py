"""What the engine says to the tables of one read model, built once: building a statement costs more than running it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Executable, Row, bindparam, insert, select, update

from domain.kernel.moments import FOREVER
from projections.read_model import ReadModel, Steps, Tables
from projections.views import replacing

_MOST_NAMED = 500
"""Most keys in one statement: it stays small on either database."""


class Statements(NamedTuple):
    """The statements of one read model, where it stands."""

    state: Executable
    """The state of one key."""
    states: Executable
    """The states of keys."""
    put_states: Executable
    live: Executable
    """The rows of a key that are not forgotten."""
    add: Executable
    end: Executable
    """Sets how long a row is valid and known."""

    @classmethod
    def of(cls, model: ReadModel[Any], tables: Tables) -> "Statements":
        """Build the statements of a read model."""
        rows, states = tables.rows, tables.states
        its_key = bindparam("its_key", type_=rows.c.key.type)
        place = rows.c.position if isinstance(model, Steps) else rows.c.valid_from
        its_row = (
            rows.c.key == its_key,
            place == bindparam("its_place"),
            rows.c.known_from == bindparam("its_known_from"),
        )
        times: dict[str, Any] = {name: bindparam(name) for name in ("valid_to", "known_to", "ended_by")}
        return cls(
            state=select(states).where(states.c.key == its_key),
            states=select(states).where(states.c.key.in_(bindparam("its_keys", expanding=True))),
            put_states=replacing(states),
            live=select(rows).where(rows.c.key == its_key, rows.c.known_to == FOREVER),
            add=insert(rows),
            end=update(rows).where(*its_row).values(times),
        )

    def find(self, connection: Connection, keys: Sequence[UUID]) -> Iterator[Row[Any]]:
        """Yield the states of keys that have one."""
        if len(keys) == 1:
            yield from connection.execute(self.state, {"its_key": keys[0]})
            return
        for start in range(0, len(keys), _MOST_NAMED):
            yield from connection.execute(self.states, {"its_keys": keys[start : start + _MOST_NAMED]})


@contextmanager
def at_once(connection: Connection) -> Iterator[None]:
    """Send PostgreSQL what is said in the block without waiting for each answer; an error may come only at its end."""
    driver: Any = connection.connection.driver_connection
    with nullcontext() if connection.dialect.name == "sqlite" else driver.pipeline():
        yield
