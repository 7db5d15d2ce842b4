"""Folding: the state is the fold of the facts by (occurred_at, position), those declared wrong left out."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.refusals import ContradictsLaterFact, Refusal
from domain.kernel.streams import StreamKind

State = TypeVar("State")


class Happening(NamedTuple):
    """What folding needs to know of a recorded fact. Positions of facts not yet recorded are beyond all others."""

    occurred_at: datetime
    position: int
    id: UUID
    fact: Fact


class Contradiction(NamedTuple):
    """A fact on record that its own rules would refuse at its place, after an error declaration or by import."""

    fact: UUID
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Folded(Generic[State]):
    """A state, and the recorded facts that contradict it."""

    state: State
    contradictions: tuple[Contradiction, ...]


def voided(happenings: Iterable[Happening]) -> frozenset[UUID]:
    """Return the ids of the facts declared wrong by a declaration that stands.

    Declarations are weighed from the last recorded to the first: one that is itself declared wrong has no effect.
    """
    wrong: set[UUID] = set()
    for happening in sorted(happenings, key=lambda each: -each.position):
        if isinstance(happening.fact, ErrorDeclared) and happening.id not in wrong:
            wrong.add(happening.fact.wrong_fact)
    return frozenset(wrong)


def in_order_of_life(happenings: Collection[Happening]) -> list[Happening]:
    """Return what counts of a stream's facts, in the order in which it happened."""
    wrong = voided(each for each in happenings if isinstance(each.fact, ErrorDeclared))
    counting = (each for each in happenings if each.id not in wrong and not isinstance(each.fact, ErrorDeclared))
    return sorted(counting, key=lambda each: (each.occurred_at, each.position))


def fold(kind: StreamKind[State], happenings: Collection[Happening]) -> State:
    """Return the state after these facts. Total: every history loads."""
    return after(kind, kind.initial, in_order_of_life(happenings))


def fold_and_check(kind: StreamKind[State], happenings: Collection[Happening]) -> Folded[State]:
    """Return the state after these facts, and which of them contradict those before."""
    state = kind.initial
    contradictions = []
    for happening in in_order_of_life(happenings):
        if refusal := kind.check(state, happening.fact, happening.occurred_at):
            contradictions.append(Contradiction(happening.id, refusal))
        state = kind.evolve(state, happening.fact, happening.occurred_at)
    return Folded(state, tuple(contradictions))


class Juncture(NamedTuple, Generic[State]):
    """A stream at one moment of its life: what had happened, what happened then, and what followed."""

    before: State
    """Before anything of that very moment."""
    state: State
    """After all that had happened by then."""
    then: Sequence[Happening]
    """What happened at that very moment."""
    later: Sequence[Happening]


def juncture(kind: StreamKind[State], happenings: Collection[Happening], moment: datetime) -> Juncture[State]:
    """Return a stream at a moment of its life: one fold up to there."""
    lived = in_order_of_life(happenings)
    first = bisect_left(lived, moment, key=lambda each: each.occurred_at)
    last = bisect_right(lived, moment, lo=first, key=lambda each: each.occurred_at)
    before = after(kind, kind.initial, lived[:first])
    return Juncture(before, after(kind, before, lived[first:last]), lived[first:last], lived[last:])


def after(kind: StreamKind[State], state: State, lived: Iterable[Happening]) -> State:
    """Return the state after further facts, in order of life."""
    evolve = kind.evolve
    for happening in lived:
        state = evolve(state, happening.fact, happening.occurred_at)
    return state


def admit(kind: StreamKind[State], place: Juncture[State], facts: Sequence[Fact], moment: datetime) -> Refusal | None:
    """Return why facts may not be recorded as having happened at a moment, or None if they may.

    They may if each passes its check at its place, and no later fact that passed before fails now. Once the state is
    what it would have been without them, what follows is as it was.
    """
    without = state = place.state
    for fact in facts:
        if refusal := kind.check(state, fact, moment):
            return refusal
        state = kind.evolve(state, fact, moment)
    for at, _, fact_id, fact in place.later:
        if state == without:
            return None
        if (refusal := kind.check(state, fact, at)) and not kind.check(without, fact, at):
            return ContradictsLaterFact(
                f"A fact recorded for {at.isoformat()} would no longer be possible: {refusal.sentence()}",
                later_fact=str(fact_id),
                because=refusal.code,
            )
        without, state = kind.evolve(without, fact, at), kind.evolve(state, fact, at)
    return None
