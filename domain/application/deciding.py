"""Deciding: a command meets the states of its streams at its own moment; rules say yes or no."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from domain.application.standings import Standing, Standings, refolded
from domain.kernel.commands import Command, command_type, streams_of
from domain.kernel.errors import DeclareError
from domain.kernel.facts import Fact, references_in
from domain.kernel.folding import Happening, admit, state_at, voided
from domain.kernel.refusals import Nonsense, NotOnRecord, Refusal, UnknownReference
from domain.kernel.streams import KINDS, StreamRef
from domain.log.codec import happenings
from domain.log.contract import Row


class Seen(NamedTuple):
    """A stream as a decision sees it."""

    stream: StreamRef
    standing: Standing
    state: Any
    """At the moment of the decision."""
    history: tuple[Happening, ...] | None
    """All its facts, where the moment lies before the newest of them."""
    at: datetime | None = None
    """The moment; None where it is seen as it stands."""


class Decided(NamedTuple):
    """What a command comes to: everything it rested on, and the facts to record, those of its own stream first."""

    seen: tuple[Seen, ...]
    facts: tuple[tuple[StreamRef, Fact], ...]


Look = Callable[[StreamRef], Seen]


def look(standings: Standings, stream: StreamRef, at: datetime) -> Seen:
    """Return a stream as it was at a moment; from memory if nothing on record happened later."""
    standing = standings.known(stream)
    if at >= standing.newest or KINDS[stream.kind].reserves:
        return Seen(stream, standing, standing.state, None, at)
    return as_it_was(stream, happenings(standings.history(stream)), at)


def look_now(standings: Standings, stream: StreamRef) -> Seen:
    """Return a stream as it stands after all that is on record."""
    standing = standings.known(stream)
    return Seen(stream, standing, standing.state, None)


def as_it_was(stream: StreamRef, history: Sequence[Happening], at: datetime) -> Seen:
    """Return a stream with this history as it was at a moment; a reservation as it stands."""
    kind = KINDS[stream.kind]
    standing = refolded(stream, history, len(history))
    state = standing.state if kind.reserves else state_at(kind, history, at)
    return Seen(stream, standing, state, tuple(history), at)


def decide(command: Command, look_at: Look, look_now: Look | None = None) -> Decided:
    """Return what a command comes to, not yet checked against what followed.

    Args:
        command: what is wanted. By `also` it may ask for more streams as they were at its moment, in view of its own
            as they were; by `also_now` for more as they stand, in view of its own as they stand.
            By `said` it may tell that the same is on record for its very moment.
        look_at: shows a stream at the moment of the command.
        look_now: shows a stream as it stands; the same where nothing on record is later.

    Raises:
        Refusal: the command cannot be.
    """
    own = [look_at(stream) for stream in streams_of(command)]
    seen = _asked_for(getattr(command, "also", None), own, look_at)
    standing = [Seen(each.stream, each.standing, each.standing.state, None) for each in own]
    seen += _asked_for(getattr(command, "also_now", None), standing, look_now or look_at)[len(own) :]
    said: Callable[..., bool] | None = getattr(command, "said", None)
    if said is not None and seen[0].at is not None and said(seen[0].at, *(each.state for each in seen)):
        return Decided(tuple(seen), ())
    decision = command.decide(*(each.state for each in seen))
    parts = decision if isinstance(decision, tuple) else (decision,)
    facts = tuple((each.stream, fact) for each, part in zip(seen, parts, strict=False) for fact in part)
    return Decided(tuple(seen), facts)


def _asked_for(asks: Callable[..., tuple[StreamRef, ...]] | None, seen: list[Seen], showing: Look) -> list[Seen]:
    """Return what was seen and the streams that a command asks for in view of it, until it asks for nothing new."""
    seen = list(seen)
    while asks is not None:
        unseen = set(asks(*(each.state for each in seen))) - {each.stream for each in seen}
        if not unseen:
            break
        seen += [showing(stream) for stream in sorted(unseen)]
    return seen


def decide_declaration(command: DeclareError, look_at: Look, records: Callable[[StreamRef], list[Row]]) -> Decided:
    """Return an error declaration, or nothing where it stands: it is accepted for every fact that can be wrong itself.

    What it breaks shows as a contradiction.

    Raises:
        NotOnRecord: the stream has no such fact.
        Nonsense: the stream reserves what another fact says.
    """
    decided = decide(command, look_at)
    own = decided.seen[0].stream
    if KINDS[own.kind].reserves:
        raise Nonsense("stream", "holds what follows from another fact; declare that one wrong")
    history = happenings(records(own))
    if all(each.id != command.wrong_fact for each in history):
        raise NotOnRecord("The stream has no fact with this id.", stream=str(own))
    if command.wrong_fact in voided(history):
        return Decided(decided.seen, ())
    return decided


def refusal_of(decided: Decided, at: datetime) -> Refusal | None:
    """Return the first reason why the facts may not be recorded at their place, or None."""
    for seen in decided.seen:
        facts = [fact for stream, fact in decided.facts if stream == seen.stream]
        if facts and (refusal := _refusal_at(seen, facts, at)):
            return refusal
    return None


def _refusal_at(seen: Seen, facts: Sequence[Fact], at: datetime) -> Refusal | None:
    kind = KINDS[seen.stream.kind]
    if seen.history is not None:
        return admit(kind, seen.history, facts, at)
    state = seen.state
    for fact in facts:
        if refusal := kind.check(state, fact, at):
            return refusal
        state = kind.evolve(state, fact, at)
    return None


def require_references(command: Command, on_record: Callable[[StreamRef], bool]) -> None:
    """Refuse a command that names things which are not on record.

    Raises:
        UnknownReference: names the field.
    """
    decided_on = set(streams_of(command))
    for field in command_type(command).referring:
        for reference in references_in(field.shape, getattr(command, field.name)):
            stream = StreamRef(*reference)
            if stream not in decided_on and not on_record(stream):
                raise UnknownReference(f"{field.name}: nothing is on record under this id.", field=field.name)
