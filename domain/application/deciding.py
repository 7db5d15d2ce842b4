"""Deciding: a command meets the states of its streams at its own moment; rules say yes or no."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from domain.application.standings import Standing, Standings, refolded
from domain.kernel.commands import Command, command_type, streams_of
from domain.kernel.facts import Fact, references_in
from domain.kernel.folding import Happening, admit, state_at
from domain.kernel.refusals import Refusal, UnknownReference
from domain.kernel.streams import KINDS, StreamRef
from domain.log.codec import happenings


class Seen(NamedTuple):
    """A stream as a decision sees it."""

    stream: StreamRef
    standing: Standing
    state: Any
    """At the moment of the decision."""
    history: tuple[Happening, ...] | None
    """All its facts, where the moment lies before the newest of them."""


class Decided(NamedTuple):
    """What a command comes to: everything it rested on, and the facts to record, those of its own stream first."""

    seen: tuple[Seen, ...]
    facts: tuple[tuple[StreamRef, Fact], ...]


Look = Callable[[StreamRef], Seen]


def look(standings: Standings, stream: StreamRef, at: datetime) -> Seen:
    """Return a stream as it was at a moment; from memory if nothing on record happened later."""
    standing = standings.known(stream)
    if at >= standing.newest:
        return Seen(stream, standing, standing.state, None)
    history = happenings(standings.history(stream))
    return Seen(
        stream,
        refolded(stream, history, len(history)),
        state_at(KINDS[stream.kind], history, at),
        tuple(history),
    )


def decide(command: Command, look_at: Look) -> Decided:
    """Return what a command comes to, not yet checked against what followed.

    Raises:
        Refusal: the command cannot be.
    """
    seen = [look_at(stream) for stream in streams_of(command)]
    also: Callable[..., tuple[StreamRef, ...]] | None = getattr(command, "also", None)
    while also is not None:
        more = set(also(*(each.state for each in seen))) - {each.stream for each in seen}
        if not more:
            break
        seen += [look_at(stream) for stream in sorted(more)]
    decision = command.decide(*(each.state for each in seen))
    parts = decision if isinstance(decision, tuple) else (decision,)
    facts = tuple((each.stream, fact) for each, part in zip(seen, parts, strict=False) for fact in part)
    return Decided(tuple(seen), facts)


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
