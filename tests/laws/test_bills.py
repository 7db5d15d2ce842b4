"""Law of empty positions: those of the bill to which an item was built, as a plain fold has it, without what is filled.

A revision that another replaced at the same moment was never in force; one whose fact is declared wrong neither.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Installed, Released
from domain.equipment.model import MODEL, BillRevised, ModelRegistered
from domain.kernel.errors import ErrorDeclared
from domain.kernel.folding import juncture
from domain.kernel.streams import StreamRef
from projections.engine import Engine
from projections.equipment import structure
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.projections.recording import (
    FIRST,
    MAKER,
    MODEL_ID,
    SECOND,
    Said,
    fact_id,
    happenings,
    micros,
    moment,
    opened,
    record,
)

HOURS = 4
DESIGN = StreamRef("model", MODEL_ID)
hours = st.integers(0, HOURS)
positions = st.lists(st.sampled_from(["pump", "valve", "wrong"]), unique=True, max_size=3).map(tuple)
registered = st.builds(
    ModelRegistered, designation=st.just("M"), manufacturer_id=st.just(MAKER), maintainable_items=positions
)
revised = st.builds(BillRevised, revision=st.sampled_from(["B", "C"]), maintainable_items=positions)
told_again = st.builds(BillRevised, revision=st.just("B"), maintainable_items=positions)


@st.composite
def bills(draw: st.DrawFn) -> list[Said]:
    """A model whose bill is revised, often at one moment, an item that was built to some revision, and a unit in it.

    One revision is told twice at least, mostly with other positions.
    """
    built_to: Any = {"model_id": MODEL_ID, "manufacturer_id": MAKER}
    facts: list[tuple[StreamRef, Any, int]] = [(DESIGN, draw(registered), 0)]
    facts += [(DESIGN, draw(told_again), hour) for hour in draw(st.lists(hours, min_size=2, max_size=2, unique=True))]
    for number in range(2, draw(st.integers(3, 8))):
        wrong = fact_id(draw(st.integers(0, number)))
        declared = st.just(ErrorDeclared(wrong_fact=wrong, explanation="wrong"))
        facts.append((DESIGN, draw(st.one_of(revised, revised, declared)), draw(hours)))
    revision = draw(st.sampled_from(["B", "B", "B", "C", None]))
    facts.append((FIRST, Released(serial="A-1", bill_revision=revision, **built_to), draw(st.integers(0, 1))))
    facts.append((SECOND, Released(serial="B-1", **built_to), 0))
    facts.append((SECOND, Installed(parent_id=FIRST.id, slot="pump"), draw(hours)))
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


def expected(facts: Sequence[Said], hour: int, known_at: int) -> list[tuple[str, ...] | None]:
    """Return the empty positions of the first item by plain folds, hour by hour; nothing if it is not on record."""
    at = moment(hour)
    item, unit = (juncture(EQUIPMENT, happenings(facts, each, known_at), at).state for each in (FIRST, SECOND))
    known = happenings(facts, DESIGN, known_at)
    in_force = [juncture(MODEL, known, moment(each)).state for each in range(HOURS + 1)]
    bills = [(each.bill.revision if each.bill else None, each) for each in in_force if each.registered]
    fitting = [each.maintainable_items for revision, each in bills if revision == item.bill_revision]
    if item.stage is None:
        return []
    filled = unit.slot if unit.parent_id == FIRST.id else None
    return [tuple(each for each in fitting[-1] if each != filled) if fitting else None]


def test_empty_positions_equal_a_plain_fold_of_what_was_known(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], hour: int) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), structure.NEEDS, batch=3)
        record(log, facts)
        engine.catch_up()
        with engine.views.read() as connection:
            for known_at in range(len(facts) + 1):
                past: Any = {"as_of": micros(hour), "known_at": known_at}
                told = structure.structure(connection, FIRST.id, Window(), **past).items
                assert [each.empty for each in told[:1]] == expected(facts, hour, known_at)
        engine.close()
        log.close()

    law(database_kind, example, facts=bills(), hour=hours)
