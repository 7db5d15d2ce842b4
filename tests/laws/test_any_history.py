"""Law: whatever is on record, in whatever order, loads; rules and folds say something of it and never fail."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Removed
from domain.equipment.operation import FailureReported
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import FACTS, Fact
from domain.kernel.folding import Happening, admit, fold, fold_and_check, juncture, voided
from domain.kernel.streams import KINDS, StreamKind
from domain.parties.organisation import ORGANISATION
from tests.equipment.lives import IN_SERVICE, RELEASED
from tests.strategies import fact

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOURS = st.integers(0, 6).map(lambda hours: NOON + timedelta(hours=hours))
REAL = {EQUIPMENT.kind, ORGANISATION.kind, "model", "serial"}


@st.composite
def histories(draw: st.DrawFn, kind: str) -> list[Happening]:
    """Any facts of one kind of stream, error declarations of any of them and of nothing among them, some at a time."""
    own = [declared for name, declared in FACTS.items() if name.startswith(f"{kind}.")]
    facts = st.one_of(*(fact(declared) for declared in own))
    wrong = st.integers(0, 9).map(lambda each: ErrorDeclared(wrong_fact=UUID(int=each), explanation="wrong-entry"))
    said = draw(st.lists(st.tuples(facts | facts | facts | wrong, HOURS), max_size=12))
    return [Happening(at, number, UUID(int=number), each) for number, (each, at) in enumerate(said, 1)]


@pytest.mark.parametrize("kind", sorted(REAL))
@given(data=st.data(), moment=HOURS)
def test_every_history_loads(kind: str, data: st.DataObject, moment: datetime) -> None:
    happened = data.draw(histories(kind))
    rules: StreamKind[Any] = KINDS[kind]

    folded = fold_and_check(rules, happened)

    assert type(folded.state) is type(rules.initial)
    assert folded.state == fold(rules, happened) == juncture(rules, happened, NOON + timedelta(days=1)).state
    assert {each.fact for each in folded.contradictions} <= {each.id for each in happened} - voided(happened)
    facts = [each.fact for each in happened if not isinstance(each.fact, ErrorDeclared)]
    admit(rules, juncture(rules, happened, moment), facts[:2], moment)


@given(
    first=st.sampled_from(["NaN", "sNaN", "-Infinity", "1E+400", "-0"]),
    then=st.sampled_from(["NaN", "sNaN", "Infinity", "0"]),
    to=st.text(),
)
@example(first="sNaN", then="0", to="disposed")
def test_rules_have_an_answer_even_for_what_no_command_would_record(first: str, then: str, to: str) -> None:
    odd: list[Fact] = [
        *IN_SERVICE,
        *(
            FailureReported(failure_mode="", impact="?", detection="?", operating_time=Decimal(reading))
            for reading in (first, then)
        ),
        Removed(to=to),
        RELEASED,
    ]
    happened = [
        Happening(NOON + timedelta(hours=number), number, UUID(int=number), each) for number, each in enumerate(odd, 1)
    ]
    assert fold_and_check(EQUIPMENT, happened).contradictions
