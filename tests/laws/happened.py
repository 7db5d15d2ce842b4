"""Random histories of facts, sensible or not, and the moments and positions that are asked about."""

from hypothesis import strategies as st

from domain.equipment.custody import Delivered, Stocked
from domain.equipment.life import Commissioned, Installed, Released, Removed
from domain.equipment.operation import FailureReported
from domain.equipment.papers import Certified
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from tests.projections.recording import ITEMS, MAKER, MODEL_ID, RUNNER, Said, fact_id

HOURS = 5
MOST = 14

LEAK = FailureReported(failure_mode="leak", impact="critical", detection="operator")
NOISE = FailureReported(failure_mode="noise", impact="degraded", detection="inspection")
facts_of_life: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        Released,
        model_id=st.just(MODEL_ID),
        manufacturer_id=st.just(MAKER),
        serial=st.sampled_from(["A-1", "a-1", "B-2"]),
    ),
    st.just(Certified(certificate="EC-1", authority="NB-1")),
    st.just(Stocked(place="stock")),
    st.just(Delivered(recipient_id=RUNNER)),
    st.builds(Installed, place=st.just("hall"), parent_id=st.sampled_from([None, *(item.id for item in ITEMS)])),
    st.just(Commissioned(operator_id=RUNNER, act="ACT-1")),
    st.just(Removed(to="in_stock")),
    st.sampled_from([LEAK, NOISE]),
    st.builds(UnitInstalled, unit_id=st.sampled_from([item.id for item in ITEMS]), slot=st.just("pump")),
    st.builds(UnitRemoved, unit_id=st.sampled_from([item.id for item in ITEMS]), slot=st.just("pump")),
)


@st.composite
def lives(draw: st.DrawFn) -> list[Said]:
    """Histories with late, simultaneous and error-declared facts, in any order, sensible or not.

    Declarations name any facts: of another stream, not yet on record, other declarations, themselves.
    """
    size = draw(st.integers(1, MOST))
    number = st.integers(0, size - 1).map(fact_id)
    declared = st.builds(
        ErrorDeclared,
        wrong_fact=number,
        explanation=st.just("wrong"),
        corrected_by=st.lists(number, max_size=2, unique=True).map(tuple),
    )
    return [
        Said(
            draw(st.sampled_from(ITEMS)),
            draw(declared if draw(st.integers(0, 3)) == 0 else facts_of_life),
            draw(st.integers(0, HOURS)),
            fact_id(index),
        )
        for index in range(size)
    ]


moments_and_positions = st.tuples(st.none() | st.integers(-1, HOURS + 1), st.integers(0, MOST))
moments = st.lists(moments_and_positions, max_size=12)
"""As of which hour (None: all of life), as known at which position."""
