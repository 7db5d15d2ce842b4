from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from domain.application.receipts import Receipt
from domain.equipment.equipment import EQUIPMENT, check, evolve
from domain.equipment.state import Equipment
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance, Recorded
from domain.kernel.errors import ErrorDeclared
from domain.kernel.refusals import NotOnRecord, Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import decode
from tests.application.desk import CALLER, NOON, Desk
from tests.laws.lives import DAYS, HALF_DAY, STEPS, Step, history, live

MOMENTS = st.integers(-1, 2 * DAYS + 1).map(lambda half_days: NOON + half_days * HALF_DAY)


def reference(facts: list[Recorded], as_of: datetime | None, known_at: int | None) -> tuple[Equipment, list[str]]:
    """The plainest way to a state: keep what was known, leave out what is declared wrong, apply in order of life."""
    known = [fact for fact in facts if known_at is None or fact.position <= known_at]
    wrong: set[Any] = set()
    for fact in reversed(known):
        if isinstance(fact.fact, ErrorDeclared) and fact.id not in wrong:
            wrong.add(fact.fact.wrong_fact)
    counting = [fact for fact in known if fact.id not in wrong and not isinstance(fact.fact, ErrorDeclared)]
    state, contradictions = EQUIPMENT.initial, []
    for fact in sorted(counting, key=lambda each: (each.occurred_at, each.position)):
        if as_of is not None and fact.occurred_at > as_of:
            break
        if check(state, fact.fact, fact.occurred_at):  # type: ignore[arg-type]  # a fact of equipment
            contradictions.append(str(fact.id))
        state = evolve(state, fact.fact, fact.occurred_at)  # type: ignore[arg-type]
    return state, contradictions


@given(steps=STEPS)
def test_every_history_loads_and_every_ledger_reads_it_alike(desk: Desk, steps: list[Step]) -> None:
    life = live(desk, steps)
    for item in life.items:
        stream = StreamRef("equipment", item)
        facts = [decode(row) for row in history(desk, item)]
        expected, contradictions = reference(facts, None, None)
        for ledger in (desk.ledger, desk.another()):
            answer = ledger.state(stream)
            assert answer.state == expected
            assert answer.version == len(facts)
            assert [str(each.fact) for each in answer.contradictions] == contradictions


@given(steps=STEPS)
def test_without_error_declarations_nothing_on_record_contradicts_itself(desk: Desk, steps: list[Step]) -> None:
    life = live(desk, [step for step in steps if step.wrong is None])
    for item in life.items:
        _, contradictions = reference([decode(row) for row in history(desk, item)], None, None)
        assert contradictions == []


@given(steps=STEPS, moment=MOMENTS, share=st.floats(0, 1))
def test_any_moment_as_known_at_any_position_equals_the_plain_reference(
    desk: Desk, steps: list[Step], moment: datetime, share: float
) -> None:
    first = desk.log.head().position
    life = live(desk, steps)
    known_at = first + round(share * (desk.log.head().position - first))
    for item in life.items:
        facts = [decode(row) for row in history(desk, item)]
        for as_of, known in ((moment, None), (None, known_at), (moment, known_at)):
            expected = reference(facts, as_of, known)[0]
            try:
                answered = desk.ledger.state(StreamRef("equipment", item), as_of=as_of, known_at=known).state
            except NotOnRecord:
                answered = EQUIPMENT.initial
            assert answered == expected


@given(steps=STEPS)
def test_whatever_a_source_repeats_is_recorded_once(desk: Desk, steps: list[Step]) -> None:
    numbers = count(1)
    source = f"urn:example:{uuid4()}"
    told: list[tuple[Command, datetime, Provenance, Receipt]] = []

    def tell(command: Command, at: datetime) -> Receipt:
        provenance = Provenance(source=source, id=str(next(numbers)))
        receipt = desk.ledger.execute(command, CALLER, occurred_at=at, source=provenance)
        told.append((command, at, provenance, receipt))
        return receipt

    live(desk, steps, tell)
    head = desk.log.head().position
    other = desk.another()
    for command, at, provenance, first in told:
        if first.facts:
            again = other.execute(command, CALLER, occurred_at=at, source=provenance)
            assert replace(again, replayed=False) == first
    assert desk.log.head().position == head


@given(steps=STEPS)
def test_whatever_was_told_of_a_moment_and_is_told_again_of_it_records_nothing(desk: Desk, steps: list[Step]) -> None:
    life = live(desk, [step for step in steps if step.wrong is None])
    head = desk.log.head().position
    for ledger in (desk.ledger, desk.another()):
        for command, at, _ in life.receipts:
            try:
                assert ledger.execute(command, CALLER, occurred_at=at).facts == ()
            except Refusal:
                continue  # something else of the same moment has undone it
    assert desk.log.head().position == head
