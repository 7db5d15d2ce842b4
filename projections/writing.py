"""Writing what was folded: rows that the database does not have so yet, and the states of keys."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Generic
from uuid import UUID

from sqlalchemy import Connection

from projections.met import Entry, Familiar, Line
from projections.read_model import ReadModel, State, Steps
from projections.round_trip import RoundTrip
from projections.statements import Statements
from projections.timeline import Span

Add = Callable[[list[tuple[Any, ...]]], None]

_MANY = 50
"""So many rows are worth a statement of their own."""


class Writing(Generic[State]):
    """What is to be stored of the keys of one read model."""

    def __init__(
        self,
        model: ReadModel[State],
        statements: Statements,
        entries: Mapping[UUID, Entry[State]],
        lines: Mapping[UUID, Line],
    ) -> None:
        """Take the read model, what is said to its tables, and where what is met of its keys is kept."""
        self._model, self._statements = model, statements
        self._entries, self._lines = entries, lines
        self.familiar: Familiar | None = None
        """Hears of which keys something is written, if anybody is to."""

    def pour(self, connection: Connection) -> None:
        """Write what is new, if it is much: PostgreSQL takes it in a fifteenth of the time, but not in a round trip.

        Nothing of it is there: nobody else may have written to the same keys since they were read.
        """
        if connection.dialect.name == "sqlite":
            return
        if len(fresh := self._fresh()) >= _MANY:
            self._add(fresh, partial(self._statements.add.pour, connection))
        if len(new := [entry for entry in self._dirty() if not entry.stored]) >= _MANY:
            self._put(new, partial(self._statements.put_states.pour, connection))

    def write(self, trip: RoundTrip) -> None:
        """Write what is not written yet."""
        fresh = self._fresh()
        lines = self._lines.values()
        changed = [(line.key, span) for line in lines for span in line.spans if span.changed and span.stored]
        self._statements.end.run(trip, [self._ended(key, span) for key, span in changed])
        for _, span in changed:
            span.changed = False
        self._add(fresh, partial(self._statements.add.run, trip))
        self._put(self._dirty(), partial(self._statements.put_states.run, trip))

    def _fresh(self) -> list[tuple[UUID, Span]]:
        """Return the rows that the database does not have, with their keys."""
        return [(line.key, span) for line in self._lines.values() for span in line.spans if not span.stored]

    def _dirty(self) -> list[Entry[State]]:
        """Return the keys whose states the database does not have so."""
        return [entry for entry in self._entries.values() if entry.dirty]

    def _add(self, fresh: Collection[tuple[UUID, Span]], add: Add) -> None:
        add([self._written(key, span) for key, span in fresh])
        for _, span in fresh:
            span.stored, span.changed = True, False

    def _put(self, entries: Collection[Entry[State]], put: Add) -> None:
        if self.familiar is not None:
            self.familiar.add(entry.key for entry in entries)
        put([self._stored(entry) for entry in entries])
        for entry in entries:
            entry.stored, entry.dirty = True, False

    def identity(self, span: Span) -> tuple[int, int]:
        """Return what tells a row from the others of its key: its place, and since when it is known."""
        steps = isinstance(self._model, Steps)
        return (span.values["position"] if steps else span.valid_from), span.known_from

    def _ended(self, key: UUID, span: Span) -> tuple[Any, ...]:
        """Return what ends a row, in the order of the statement."""
        return (key, *self.identity(span), span.valid_to, span.known_to, span.ended_by)

    def _written(self, key: UUID, span: Span) -> tuple[Any, ...]:
        """Return a row, in the order of the statement."""
        times = (span.valid_from, span.valid_to, span.known_from, span.known_to, span.ended_by)
        return (key, *times, *self._statements.own(span.values))

    def _stored(self, entry: Entry[State]) -> tuple[Any, ...]:
        """Return a state, in the order of the columns."""
        line = None if self._statements.neighbours else self._lines.get(entry.key)
        last = line.last if line else None
        begin = (last.valid_from, last.known_from) if last else (None, None)
        return (entry.key, entry.newest, *begin, self._model.encode(entry.state))
