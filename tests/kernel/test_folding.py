"""The laws of folding, on a tank: small enough to be folded in one's head."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.kernel.errors import ErrorDeclared
from domain.kernel.folding import (
    Folded,
    Happening,
    admit,
    fold,
    fold_and_check,
    in_order_of_life,
    juncture,
    voided,
)
from domain.kernel.refusals import ContradictsLaterFact, Refusal
from domain.kernel.streams import StreamKind

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filled:
    litres: int


@dataclass(frozen=True)
class Drained:
    litres: int


class Empty(Refusal):
    """There is not so much in the tank."""

    accepted = "Less."


def evolve(level: tuple[int, ...], fact: Filled | Drained, _at: datetime) -> tuple[int, ...]:
    """The state is the level after every step, so that a different order is a different state."""
    last = level[-1] if level else 0
    return (*level, last + fact.litres if isinstance(fact, Filled) else last - fact.litres)


def check(level: tuple[int, ...], fact: Filled | Drained, _at: datetime) -> Refusal | None:
    last = level[-1] if level else 0
    return Empty() if isinstance(fact, Drained) and fact.litres > last else None


TANK: StreamKind[tuple[int, ...]] = StreamKind("tank", (), evolve, check)
STEP = st.builds(Filled, st.integers(1, 5)) | st.builds(Drained, st.integers(1, 5))


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def happening(minute: int, position: int, fact: object) -> Happening:
    return Happening(at(minute), position, UUID(int=position), fact)


def wrong(position: int) -> ErrorDeclared:
    return ErrorDeclared(wrong_fact=UUID(int=position), explanation="typing-error")


def told(folded: Folded[tuple[int, ...]]) -> tuple[tuple[int, ...], list[tuple[UUID, str]]]:
    return folded.state, [(each.fact, each.refusal.code) for each in folded.contradictions]


def history(*said: tuple[int, object]) -> list[Happening]:
    """Facts by the minute in which they happened, recorded in the order in which they stand here."""
    return [happening(minute, position, fact) for position, (minute, fact) in enumerate(said, start=1)]


@st.composite
def histories(draw: st.DrawFn, *, declarations: bool = True) -> list[Happening]:
    """Facts that happened at any minute, ties among them, and declarations about any of those recorded before."""
    said: list[tuple[int, object]] = []
    for position in range(1, draw(st.integers(0, 12)) + 1):
        minute = draw(st.integers(0, 6))
        if declarations and position > 1 and draw(st.integers(0, 3)) == 0:
            said.append((minute, wrong(draw(st.integers(1, position - 1)))))
        else:
            said.append((minute, draw(STEP)))
    return history(*said)


@given(st.lists(st.tuples(st.integers(0, 1000), STEP), unique_by=lambda each: each[0], max_size=8), st.randoms())
def test_the_state_does_not_depend_on_the_order_of_recording(said: list[tuple[int, object]], chance: Random) -> None:
    late = list(said)
    chance.shuffle(late)

    assert fold(TANK, history(*late)) == fold(TANK, history(*sorted(said, key=lambda each: each[0])))


def test_what_happened_at_one_moment_counts_in_the_order_of_recording() -> None:
    assert fold(TANK, history((5, Filled(3)), (5, Drained(2)))) == (3, 1)
    assert fold(TANK, history((5, Drained(2)), (5, Filled(3)))) == (-2, 1)


@given(histories(), st.randoms())
def test_the_order_in_which_facts_are_handed_over_does_not_count(happened: list[Happening], chance: Random) -> None:
    shuffled = list(happened)
    chance.shuffle(shuffled)

    assert told(fold_and_check(TANK, shuffled)) == told(fold_and_check(TANK, happened))


@given(histories())
def test_every_history_loads_and_both_folds_agree(happened: list[Happening]) -> None:
    folded = fold_and_check(TANK, happened)

    assert folded.state == fold(TANK, happened) == juncture(TANK, happened, at(1000)).state


@given(histories(), st.integers(-1, 7))
def test_the_state_at_a_moment_is_the_fold_of_what_had_happened_by_then(happened: list[Happening], minute: int) -> None:
    by_then = [each for each in in_order_of_life(happened) if each.occurred_at <= at(minute)]

    assert juncture(TANK, happened, at(minute)).state == fold(TANK, by_then)


@given(histories(declarations=False), st.data())
def test_a_fact_declared_wrong_is_as_if_it_had_never_been_recorded(
    happened: list[Happening], data: st.DataObject
) -> None:
    assume(happened)
    gone = data.draw(st.sampled_from(happened))

    declared = [*happened, happening(3, 99, wrong(gone.position))]

    assert fold(TANK, declared) == fold(TANK, [each for each in happened if each != gone])


@given(histories(), st.data())
def test_a_declaration_declared_wrong_is_as_if_it_had_never_been_recorded(
    happened: list[Happening], data: st.DataObject
) -> None:
    declarations = [each for each in happened if isinstance(each.fact, ErrorDeclared)]
    assume(declarations)
    gone = data.draw(st.sampled_from(declarations))

    restored = [*happened, happening(3, 99, wrong(gone.position))]

    assert fold(TANK, restored) == fold(TANK, [each for each in happened if each != gone])


def test_errors_declared_about_declarations_go_back_and_forth() -> None:
    filled = (1, Filled(3))

    assert voided(history(filled, (2, wrong(1)))) == {UUID(int=1)}
    assert voided(history(filled, (2, wrong(1)), (3, wrong(2)))) == {UUID(int=2)}
    assert voided(history(filled, (2, wrong(1)), (3, wrong(2)), (4, wrong(3)))) == {UUID(int=1), UUID(int=3)}
    assert voided(history(filled, (2, wrong(1)), (3, wrong(1)), (4, wrong(2)))) == {UUID(int=1), UUID(int=2)}


def test_when_a_declaration_is_said_to_have_happened_does_not_count() -> None:
    assert fold(TANK, history((5, Filled(3)), (1, wrong(1)))) == ()


def test_a_fact_that_its_rules_would_refuse_shows_as_a_contradiction_and_loads() -> None:
    happened = history((1, Filled(3)), (2, Drained(3)), (3, wrong(1)))

    folded = fold_and_check(TANK, happened)

    assert folded.state == (-3,)
    assert [(each.fact, type(each.refusal)) for each in folded.contradictions] == [(UUID(int=2), Empty)]


@given(histories(), st.lists(STEP, min_size=1, max_size=3), st.integers(-1, 7))
def test_facts_are_admitted_if_and_only_if_recording_them_makes_no_new_contradiction(
    happened: list[Happening], facts: Sequence[object], minute: int
) -> None:
    before = {each.fact for each in fold_and_check(TANK, happened).contradictions}
    recorded = [*happened, *(happening(minute, 100 + index, fact) for index, fact in enumerate(facts))]
    after = {each.fact for each in fold_and_check(TANK, recorded).contradictions}

    refusal = admit(TANK, juncture(TANK, happened, at(minute)), facts, at(minute))

    assert (refusal is None) == (after <= before)


def test_a_late_fact_is_refused_by_the_later_fact_that_it_would_make_impossible() -> None:
    happened = history((1, Filled(3)), (5, Drained(3)))

    refusal = admit(TANK, juncture(TANK, happened, at(2)), [Drained(1)], at(2))

    assert isinstance(refusal, ContradictsLaterFact)
    assert refusal.facts == {"later_fact": str(UUID(int=2)), "because": "empty"}
    assert admit(TANK, juncture(TANK, happened, at(2)), [Filled(1), Drained(1)], at(2)) is None
    assert isinstance(admit(TANK, juncture(TANK, happened, at(2)), [Drained(4)], at(2)), Empty)


def test_a_later_fact_that_was_impossible_anyway_hinders_nobody() -> None:
    happened = history((1, Filled(3)), (5, Drained(9)))

    assert admit(TANK, juncture(TANK, happened, at(2)), [Drained(1)], at(2)) is None
