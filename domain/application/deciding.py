"""Deciding: a command meets the states of its streams at its own moment; rules say yes or no."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from domain.application.sight import Look, Records, Seen, Sight
from domain.kernel.commands import Command, command_type, streams_of
from domain.kernel.errors import DeclareError
from domain.kernel.facts import Fact, references_in
from domain.kernel.folding import admit, voided
from domain.kernel.refusals import Nonsense, NotOnRecord, Refusal, UnknownReference
from domain.kernel.streams import KINDS, Course, StreamRef


class Decided(NamedTuple):
    """What a command comes to: everything it rested on, and the facts to record, those of its own stream first."""

    seen: tuple[Seen, ...]
    facts: tuple[tuple[StreamRef, Fact], ...]


_Asks = Callable[..., tuple[StreamRef, ...]]
Told = Callable[[StreamRef], Collection[Fact]]
"""What is on record of a stream for the very moment of a command."""


def meet(command: Command, look: Look, look_now: Look) -> tuple[Seen, ...]:
    """Return the streams on which a command is decided: its own first, then those that it asks for.

    By `also` it asks for more in view of its own as they were, by `also_now` for more as they stand, in view of its own
    as they stand.
    """
    own = [look(stream) for stream in streams_of(command)]
    also: _Asks | None = getattr(command, "also", None)
    also_now: _Asks | None = getattr(command, "also_now", None)
    seen = own if also is None else _asked_for(also, own, look)
    if also_now is None:
        return tuple(seen)
    standing = [each._replace(state=each.standing.state) for each in own]
    return (*seen, *_asked_for(also_now, standing, look_now)[len(own) :])


def _asked_for(asks: _Asks, seen: list[Seen], showing: Look) -> list[Seen]:
    """Return what was seen and the streams that a command asks for in view of it, until it asks for nothing new."""
    seen = list(seen)
    while asked := asks(*[each.state for each in seen]):
        unseen = set(asked) - {each.stream for each in seen}
        if not unseen:
            break
        seen += [showing(stream) for stream in sorted(unseen)]
    return seen


def decide(command: Command, met: Sequence[Seen]) -> Decided:
    """Return what a command comes to, not yet checked against what followed.

    Raises:
        Refusal: the command cannot be.
    """
    decision = command.decide(*[each.state for each in met])
    parts = decision if isinstance(decision, tuple) else (decision,)
    facts = tuple([(each.stream, fact) for each, part in zip(met, parts, strict=False) for fact in part])
    return Decided(tuple(met), facts)


def resolve(command: Command, sight: Sight, told: Told | None = None) -> Decided:
    """Return what a command comes to: nothing where it says again what is on record.

    Without a moment of its own it says so if what it wants is so already. With one it does only if it is on record for
    that very moment: what is told of two moments is two facts, and what happened between them may be told later.

    Args:
        command: what is wanted.
        sight: shows the streams.
        told: what is on record for the moment that the caller says; None: he says none.

    Raises:
        Refusal: the command cannot be.
    """
    met = meet(command, sight.at, sight.now)
    if _is_so(command, met) if told is None else _is_told(command, met[0].stream, sight, told):
        return Decided(met, ())
    decided = decide(command, met)
    throughout: Callable[[Callable[[StreamRef], Course]], None] | None = getattr(command, "throughout", None)
    if throughout is not None:
        throughout(sight.course)
    return Decided(tuple(sight.seen.values()), decided.facts)


def _is_so(command: Command, met: Sequence[Seen]) -> bool:
    """Return whether what a command wants is so already."""
    known: Callable[..., bool] | None = getattr(command, "known", None)
    return known is not None and known(*(each.state for each in met))


def _is_told(command: Command, own: StreamRef, sight: Sight, told: Told) -> bool:
    """Return whether a command comes to what is on record for its moment, its own stream seen as before that."""
    if not told(own):
        return False

    def look(stream: StreamRef) -> Seen:
        return sight.before(stream) if stream == own else sight.at(stream)

    try:
        facts = decide(command, meet(command, look, sight.now)).facts
    except Refusal:
        return False
    return all(fact in told(stream) for stream, fact in facts)


def decide_declaration(command: DeclareError, sight: Sight, records: Records) -> Decided:
    """Return an error declaration, or nothing where it stands: it is accepted for every fact that can be wrong itself.

    What it breaks shows as a contradiction.

    Raises:
        NotOnRecord: the stream has no such fact.
        Nonsense: the stream reserves what another fact says.
    """
    decided = decide(command, meet(command, sight.at, sight.now))
    own = decided.seen[0].stream
    if KINDS[own.kind].reserves:
        raise Nonsense("stream", "holds what follows from another fact; declare that one wrong")
    history = records.happened(own)
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
    if seen.place is not None:
        return admit(kind, seen.place, facts, at)
    state = seen.state
    for number, fact in enumerate(facts):
        if number:
            state = kind.evolve(state, facts[number - 1], at)
        if refusal := kind.check(state, fact, at):
            return refusal
    return None


def require_references(command: Command, on_record: Callable[[StreamRef], bool]) -> None:
    """Refuse a command that names things which are not on record.

    Raises:
        UnknownReference: names the field.
    """
    declared = command_type(command)
    if not declared.naming:
        return  # what it is decided on is looked at anyway
    decided_on = set(streams_of(command))
    for field in declared.naming:
        for reference in references_in(field.shape, getattr(command, field.name)):
            stream = StreamRef(*reference)
            if stream not in decided_on and not on_record(stream):
                raise UnknownReference(f"{field.name}: nothing is on record under this id.", field=field.name)
