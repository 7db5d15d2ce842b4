"""Random partings: units are taken out of items, and of units in them, that go to other hands before, then or later."""

from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.custody import Delivered, Found, Lent, Lost, Moved, OwnershipTransferred, Stocked
from domain.equipment.ending import Decommissioned, Disposed
from domain.equipment.life import Commissioned, Installed, Released, Removed
from domain.equipment.papers import Certified
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from tests.projections.recording import MAKER, MODEL_ID, RUNNER, Said, fact_id

HOURS = 7
LINE, PRESS, PUMP, SEAL = CHAIN = [StreamRef("equipment", UUID(int=number)) for number in range(1, 5)]
parties = st.sampled_from([MAKER, RUNNER, UUID(int=301), UUID(int=302)])
places = st.sampled_from(["hall", "yard", "stock"])
Fate = tuple[StreamRef, Fact, int]
"""What happened to which item, at which hour."""

handed: st.SearchStrategy[Fact] = st.one_of(
    *[st.builds(Delivered, recipient_id=parties, place=st.none() | places)] * 3,
    *[st.builds(OwnershipTransferred, owner_id=parties)] * 2,
    st.builds(Lent, borrower_id=parties, place=st.none() | places),
    st.builds(Commissioned, operator_id=parties, act=st.just("ACT-1")),
    st.builds(Moved, place=places),
    st.builds(Installed, place=places),
    st.builds(Stocked, place=places),
    st.sampled_from(
        [Lost(), Found(place="yard"), Decommissioned(reason="old"), Disposed(method="scrapped", waste_document="W-1")]
    ),
)
out = st.sampled_from([Removed(to="in_stock"), Removed(to="in_stock"), Removed(to="delivered")])


@st.composite
def partings(draw: st.DrawFn) -> list[Said]:
    """A line, a press in it or in a hall, a pump in that and a seal in the pump; somebody has the topmost of them."""
    facts: list[Fate] = []
    for item in CHAIN:
        released = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial=f"S-{item.id.int}")
        certified = Certified(certificate="EC-1", authority="NB-1")
        facts += [(item, each, 0) for each in (released, certified, Stocked(place="stock"))]
    for parent, unit in ((PUMP, SEAL), (PRESS, PUMP), (LINE, PRESS)):
        if draw(st.integers(0, 3)):
            facts.append((unit, Installed(parent_id=parent.id, slot="slot"), draw(st.integers(0, 2))))
    hours = st.integers(1, HOURS)
    facts += [(draw(st.sampled_from(CHAIN[:2])), draw(handed), draw(st.integers(0, 2))) for _ in range(2)]
    facts += [(draw(st.sampled_from([PUMP, PUMP, PRESS, SEAL])), draw(out), draw(hours))]
    facts += [(draw(st.sampled_from(CHAIN[:2])), draw(handed), draw(hours)) for _ in range(2)]
    for _ in range(draw(st.integers(0, 6))):
        facts += draw(st.sampled_from([_out, _in, _handed, _handed, _wrong]))(draw, facts)
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


def _out(draw: st.DrawFn, _facts: list[Fate]) -> list[Fate]:
    return [(draw(st.sampled_from(CHAIN[1:])), draw(out), draw(st.integers(1, HOURS)))]


def _in(draw: st.DrawFn, _facts: list[Fate]) -> list[Fate]:
    parent = draw(st.sampled_from(CHAIN))
    seated = Installed(parent_id=parent.id, slot="slot")
    return [(draw(st.sampled_from(CHAIN)), seated, draw(st.integers(1, HOURS)))]


def _handed(draw: st.DrawFn, _facts: list[Fate]) -> list[Fate]:
    return [(draw(st.sampled_from(CHAIN)), draw(handed), draw(st.integers(0, HOURS)))]


def _wrong(draw: st.DrawFn, facts: list[Fate]) -> list[Fate]:
    """Declare something wrong that was told, also a declaration."""
    number = draw(st.integers(3 * len(CHAIN), len(facts) - 1))
    declared = ErrorDeclared(wrong_fact=fact_id(number), explanation="wrong")
    return [(facts[number][0], declared, draw(st.integers(1, HOURS)))]
