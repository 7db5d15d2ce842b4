"""Folding: the state is the fold of the facts by (occurred_at, position), those declared wrong left out."""

from bisect import bisect_right
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
    state = kind.initial
    evolve = kind.evolve
    for happening in in_order_of_life(happenings):
        state = evolve(state, happening.fact, happening.occurred_at)
    return state


def fold_and_check(kind: StreamKind[State], happenings: Collection[Happening]) -> Folded[State]:
    """Return the state after these facts, and which of them contradict those before."""
    state = kind.initial
    contradictions = []
    for happening in in_order_of_life(happenings):
        if refusal := kind.check(state, happening.fact, happening.occurred_at):
            contradictions.append(Contradiction(happening.id, refusal))
        state = kind.evolve(state, happening.fact, happening.occurred_at)
    return Folded(state, tuple(contradictions))


def state_at(kind: StreamKind[State], happenings: Collection[Happening], moment: datetime) -> State:
    """Return the state as it was at a moment: everything that had happened by then."""
    lived = in_order_of_life(happenings)
    state = kind.initial
    for happening in lived[: bisect_right(lived, moment, key=lambda each: each.occurred_at)]:
        state = kind.evolve(state, happening.fact, happening.occurred_at)
    return state


def admit(
    kind: StreamKind[State], happenings: Collection[Happening], facts: Sequence[Fact], moment: datetime
) -> Refusal | None:
    """Return why facts may not be recorded as having happened at a moment, or None if they may.

    They may if each passes its check at its place, and no later fact that passed before fails now.
    """
    lived = in_order_of_life(happenings)
    place = bisect_right(lived, moment, key=lambda each: each.occurred_at)
    before = kind.initial
    for happening in lived[:place]:
        before = kind.evolve(before, happening.fact, happening.occurred_at)
    after = before
    for fact in facts:
        if refusal := kind.check(after, fact, moment):
            return refusal
        after = kind.evolve(after, fact, moment)
    for happening in lived[place:]:
        passed = not kind.check(before, happening.fact, happening.occurred_at)
        if passed and (refusal := kind.check(after, happening.fact, happening.occurred_at)):
            return ContradictsLaterFact(
                f"A fact recorded for {happening.occurred_at.isoformat()} would no longer be possible: "
                f"{refusal.sentence()}",
                later_fact=str(happening.id),
                because=refusal.code,
            )
        before = kind.evolve(before, happening.fact, happening.occurred_at)
        after = kind.evolve(after, happening.fact, happening.occurred_at)
    return None
