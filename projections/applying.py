"""Applying facts to one read model: read the states of their keys, fold in memory, write what differs."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Generic
from uuid import UUID

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from domain.kernel.envelope import Recorded
from domain.kernel.errors import ErrorDeclared
from domain.kernel.moments import FOREVER, to_micros
from domain.kernel.refusals import Unavailable
from projections import parking
from projections.follower import Follower, span_of
from projections.met import Entry, Familiar, Line, once
from projections.parking import Waiting
from projections.past import Lived, Past
from projections.read_model import ReadModel, State, Steps, Timeline, following_of
from projections.round_trip import RoundTrip
from projections.statements import Statements
from projections.timeline import Span, Values, correct, correct_steps, follow, segments
from projections.writing import Writing

OF_A_DATABASE = (SQLAlchemyError, psycopg.Error, sqlite3.Error, Unavailable, MemoryError)
"""Errors that are not of a fold: what was begun is to be undone, or tried again, as a whole."""


class Applying(Generic[State]):
    """Facts on their way into one read model, in one transaction. The order of the facts is that of the log."""

    def __init__(
        self,
        connection: Connection,
        model: ReadModel[State],
        place: tuple[str, Statements],
        past: Past,
        only: UUID | None = None,
    ) -> None:
        """Take the transaction, the read model and where it stands, and the past for refolding.

        Args:
            connection: of the views, in a transaction.
            model: the read model.
            place: the name of its bookmark, and what is said to its tables.
            past: for refolding.
            only: the one key that is looked at; None for all.
        """
        self.connection = connection
        self._model = model
        self._timeline = model if isinstance(model, Timeline) else None
        self._in_any_order = isinstance(model, Steps) and model.by_fact_alone
        self.name, self.statements = place
        self._past = past
        self._only = only
        self.may_be_held_up = True
        """Whether facts may be parked for keys of this read model."""
        self.waiting: list[Waiting] = []
        """What is to be parked after folding."""
        self._entries: dict[UUID, Entry[State]] = {}
        self._lines: dict[UUID, Line] = {}
        self.follower: Follower | None = None
        if (following := following_of(model)) and (neighbours := self.statements.neighbours):
            self.follower = Follower(connection, following, neighbours, self._lines)
        self._writing = Writing(model, self.statements, self._entries, self._lines)
        self._touched: list[tuple[Recorded, Sequence[UUID], str | None]] = []

    @property
    def met(self) -> int:
        """How many keys were met."""
        return max(len(self._entries), len(self._lines))

    def go_on(self, connection: Connection, past: Past) -> None:
        """Go on in another transaction with what was met, if nobody else has written since the last one."""
        self.connection, self._past = connection, past
        self.waiting = []
        for key, line in list(self._lines.items()):
            line.spans = [line.last] if line.last else []
            if line.last is None and self.follower is None:
                del self._lines[key]
        if self.follower is not None:
            self.follower.connection = connection

    def acquaint(self, familiar: Familiar | None) -> None:
        """Take of which keys the database has something; None: that is not known."""
        self._writing.familiar = familiar
        if self.follower is not None:
            self.follower.familiar = familiar

    @property
    def familiar(self) -> Familiar | None:
        """Of which keys the database has something; None: that is not known."""
        return self._writing.familiar

    def forget(self) -> None:
        """Forget all that was met."""
        self._entries.clear()
        self._lines.clear()
        if self.follower is not None:
            self.follower.forget()

    def meet(self, facts: Sequence[Recorded]) -> list[UUID]:
        """Take facts, in order of position; return the keys whose states are to be loaded before they are folded."""
        self._touched = [(fact, *self._keys(fact)) for fact in facts]
        return list({key: None for _, keys, _ in self._touched for key in keys})

    def keys(self, fact: Recorded) -> Sequence[UUID]:
        """Return every key that a fact touches."""
        return self._affected(fact, *self._keys(fact))[0]

    def _keys(self, fact: Recorded) -> tuple[Sequence[UUID], str | None]:
        """Return the keys that a fact touches; if the read model fails to say so, all that it may touch, and why."""
        try:
            keys, error = once(self._model.keys(fact)), None
        except Exception as failure:  # noqa: BLE001  whatever it is, it is of this read model and this fact
            keys = once((fact.stream.id, *(subject.id for subject in fact.subjects)))
            error = type(failure).__name__
        return keys if self._only is None else [key for key in keys if key == self._only], error

    def load(self, keys: Iterable[UUID]) -> None:
        """Read the states of keys, each named once, that were not met yet."""
        missing = [key for key in keys if key not in self._entries]
        if not missing:
            return
        known = missing if self.familiar is None else self.familiar.among(missing)
        self.take(missing, self.statements.find(self.connection, known) if known else ())
        if self.may_be_held_up:
            self.hold_up(missing)

    def hold_up(self, keys: Sequence[UUID]) -> None:
        """Look for which of the keys facts are parked."""
        for key in parking.held_up(self.connection, self.name, keys):
            self._entries[key].held_up = True

    def take(self, keys: Iterable[UUID], stored: Iterable[Any]) -> None:
        """Take the stored states of keys, as they were read; a key without one begins."""
        keys = list(keys)
        for found in stored:
            entry = self._entry(found.key, self._model.decode(found.state), found.newest)
            entry.stored = True
            self._entries[found.key] = entry
            if found.open_from is not None and self.follower is None:
                last = Span(valid_from=found.open_from, known_from=found.open_known, values={}, stored=True)
                self._lines[found.key] = Line(found.key, last, [last])
        for key in keys:
            if key not in self._entries:
                self._entries[key] = self._entry(key, self._model.initial)
        if self.follower is not None and len(keys) > 1:  # a single one is looked at once its row changes
            self.follower.load(keys)

    def _entry(self, key: UUID, state: State, newest: int | None = None) -> Entry[State]:
        return Entry(key, state, newest, self._model.row(state) if isinstance(self._model, Timeline) else None)

    def fold(self, suspect: Collection[UUID]) -> None:
        """Fold the facts into the states of their keys; nothing is written yet.

        Args:
            suspect: those facts that an error declaration named before they were on record.
        """
        for fact, touched, failure in self._touched:
            keys, error = touched, failure
            if isinstance(fact.fact, ErrorDeclared):
                keys, error = self._affected(fact, touched, failure)
                self.load(keys)
            for key in keys:
                entry = self._entries[key]
                if entry.held_up or error:
                    self._park(entry, fact, error)
                    continue
                try:
                    self._fold(entry, fact, suspicious=bool(suspect) and fact.id in suspect)
                except OF_A_DATABASE:
                    raise
                except Exception as failed:  # noqa: BLE001  whatever the fold of a question raises must stop no other
                    self._park(entry, fact, type(failed).__name__)

    def _park(self, entry: Entry[State], fact: Recorded, error: str | None) -> None:
        self.waiting.append(Waiting(fact, entry.key, None if entry.held_up else error))
        entry.held_up = True

    def _affected(self, fact: Recorded, keys: Sequence[UUID], error: str | None) -> tuple[Sequence[UUID], str | None]:
        """Return the keys to be folded: for an error declaration, also every key that the wrong fact touches."""
        if not isinstance(fact.fact, ErrorDeclared):
            return keys, error
        try:
            wrong = self._past.declared_wrong(fact)
        except OF_A_DATABASE:
            raise
        except Exception as failure:  # noqa: BLE001  the fact was damaged after it was followed
            return keys, error or type(failure).__name__
        of_wrong, of_its_keys = self._keys(wrong) if wrong else ((), None)
        return once((*keys, *of_wrong)), error or of_its_keys

    def _fold(self, entry: Entry[State], fact: Recorded, *, suspicious: bool) -> None:
        """Fold a fact into the state of a key; if that fails, the key is as it was before."""
        moment, newest, model = to_micros(fact.occurred_at), entry.newest, self._model
        late = newest is not None and moment < newest
        if suspicious or (late and not self._in_any_order) or isinstance(fact.fact, ErrorDeclared):
            self._refold(entry, fact)
            return
        before, after = entry.state, model.evolve(entry.state, fact, entry.key)
        if self._timeline is not None:
            values = self._timeline.row(after)
            if values != entry.row:
                self._turn(entry.key, values, moment, fact.position)
            entry.row = values
        elif isinstance(model, Steps) and (step := model.step(before, after, fact, None)):
            self._line(entry.key).spans.append(Span(valid_from=moment, known_from=fact.position, values=step))
        newest = newest if late else moment
        entry.state, entry.newest, entry.dirty = after, newest, True

    def _turn(self, key: UUID, values: Values | None, moment: int, position: int) -> None:
        """Let the row of a key be followed by another one, in order of life."""
        if self.follower is not None:
            self.follower.turn(key, values, moment, position)
            return
        line = self._line(key)
        line.last = follow(line.last, values, moment, position)
        line.spans += [line.last] if line.last else []

    def _line(self, key: UUID) -> Line:
        return self._lines.setdefault(key, Line(key))

    def _refold(self, entry: Entry[State], fact: Recorded) -> None:
        """Fold the whole past of a key, as known with a fact, and correct the rows that differ."""
        model, position = self._model, fact.position
        known = (each for each in self._past.concerning(entry.key, position) if entry.key in set(model.keys(each)))
        state, newest, points = model.initial, None, []
        for lived in self._past.lived(entry.key, known, position):
            moment, before = to_micros(lived.recorded.occurred_at), state
            if lived.counts:
                state = model.evolve(state, lived.recorded, entry.key)
                newest = moment
            points += [(moment, values) for values in self._values(lived, before, state)]
        learnt = model.learnt(entry.state, state, fact) if isinstance(model, Steps) and model.learnt else None
        self._correct(entry.key, points, position, learnt)
        entry.row = model.row(state) if isinstance(model, Timeline) else None
        entry.state, entry.newest, entry.dirty = state, newest, True

    def _correct(
        self, key: UUID, points: Sequence[tuple[int, Values | None]], position: int, learnt: Values | None
    ) -> None:
        """Correct the rows of a key after a fact that changes what was known of its past."""
        if self.follower is not None:
            self.follower.correct(key, segments(points), position)
            return
        line = self._line(key)
        live = self._live(line)
        if isinstance(self._model, Timeline):
            added = correct(live, segments(points), position)
            line.last = next((span for span in live + added if span.is_open), None)
        else:
            added = correct_steps(live, points, position, learnt)
        line.spans += added

    def _values(self, lived: Lived, before: State, after: State) -> list[Values | None]:
        """Return what a fact shows: nothing in a timeline if it does not count."""
        model = self._model
        if isinstance(model, Timeline):
            return [model.row(after)] if lived.counts else []
        assert isinstance(model, Steps)
        return [model.step(before, after, lived.recorded, lived.wrong_by)]

    def _live(self, line: Line) -> list[Span]:
        """Return the rows of a key that are not forgotten, as they stand in this transaction."""
        met = {self._writing.identity(span): span for span in line.spans}
        for found in self.connection.execute(self.statements.live, {"its_key": line.key}).mappings():
            span = span_of(found)
            span = met.setdefault(self._writing.identity(span), span)
            if not span.values:
                span.values = span_of(found).values
        line.spans = list(met.values())
        return [span for span in line.spans if span.known_to == FOREVER]

    def pour(self) -> None:
        """Write what is new, if it is much; the rest is left to `write`."""
        if not self.may_be_held_up:
            self._writing.pour(self.connection)

    def write(self, trip: RoundTrip) -> None:
        """Write what was folded and is not written yet."""
        self._writing.write(trip)
        if self.follower is not None:
            self.follower.written()
