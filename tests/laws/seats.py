"""Random seats: units are built in, taken out and put back, often at one moment; told late, wrong, and told again."""

from hypothesis import strategies as st

from domain.equipment.custody import Found, Lent, Lost, Moved, OwnershipTransferred, Stocked
from domain.equipment.life import Commissioned, Installed, LaidUp, Released, Removed, ReturnedToService
from domain.equipment.operation import RepairCompleted, RepairStarted
from domain.equipment.papers import Certified
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from tests.projections.recording import FIRST, ITEMS, MAKER, MODEL_ID, RUNNER, SECOND, THIRD, Said, fact_id

HOURS = 7
OUT = Removed(to="in_stock")
Fate = tuple[StreamRef, Fact, int]
"""What happened to which item, at which hour."""

seated = st.builds(
    Installed, parent_id=st.sampled_from([FIRST.id, FIRST.id, THIRD.id]), slot=st.sampled_from(["pump", "valve"])
)
units = st.sampled_from([SECOND, SECOND, SECOND, THIRD])
parties = st.sampled_from([MAKER, RUNNER])
other: st.SearchStrategy[Fact] = st.one_of(
    st.builds(OwnershipTransferred, owner_id=parties),
    st.just(Lent(borrower_id=RUNNER)),
    st.builds(Commissioned, operator_id=parties, act=st.just("ACT-1")),
    *[st.just(Moved(place="yard"))] * 2,
    st.sampled_from([LaidUp(), ReturnedToService(), Lost(), Found(place="yard")]),
    st.sampled_from([RepairStarted(maintenance_type="corrective"), RepairCompleted()]),
)


@st.composite
def seats(draw: st.DrawFn) -> list[Said]:
    """Two units, most often one of them, in and out of few positions of an item in service and of each other."""
    facts: list[Fate] = []
    for item in ITEMS:
        released = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial=f"S-{item.id.int}")
        facts += [(item, released, 0), (item, Certified(certificate="EC-1", authority="NB-1"), 0)]
    facts += [(FIRST, Installed(place="hall"), 0), (FIRST, Commissioned(operator_id=RUNNER, act="ACT-1"), 1)]
    facts.append((SECOND, Stocked(place="stock"), 0))
    facts.append((FIRST, draw(st.sampled_from([OwnershipTransferred(owner_id=MAKER), Lent(borrower_id=MAKER)])), 1))
    facts.append((SECOND, OwnershipTransferred(owner_id=RUNNER), draw(st.integers(0, 2))))
    begun = len(facts)
    facts.append((SECOND, Installed(parent_id=FIRST.id, slot="pump"), draw(st.integers(0, 2))))
    for _ in range(draw(st.integers(1, 7))):
        facts += draw(st.sampled_from([_back, _back, _in, _out, _lent, _wrong, _again, _other]))(draw, facts, begun)
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


def _in(draw: st.DrawFn, _facts: list[Fate], _begun: int) -> list[Fate]:
    return [(draw(units), draw(seated), draw(st.integers(1, HOURS)))]


def _out(draw: st.DrawFn, _facts: list[Fate], _begun: int) -> list[Fate]:
    return [(draw(units), OUT, draw(st.integers(1, HOURS)))]


def _back(draw: st.DrawFn, facts: list[Fate], begun: int) -> list[Fate]:
    """Take a unit out and put it back where it was told to sit: at the same moment, or later."""
    sat = [each for each in facts[begun:] if isinstance(each[1], Installed) and each[2] < HOURS]
    unit, seat, hour = draw(st.sampled_from(sat))
    out = draw(st.integers(hour, HOURS - 1))
    return [(unit, OUT, out), (unit, seat, draw(st.integers(out, out + 1)))]


def _lent(draw: st.DrawFn, _facts: list[Fate], _begun: int) -> list[Fate]:
    """Lend a unit that is built in and taken out at the place of the borrower: it stays lent."""
    unit, course = draw(units), (Lent(borrower_id=RUNNER), draw(seated), Removed(to="delivered"))
    hours = sorted(draw(st.integers(1, HOURS)) for _ in course)
    return [(unit, fact, hour) for fact, hour in zip(course, hours, strict=True)]


def _wrong(draw: st.DrawFn, facts: list[Fate], begun: int) -> list[Fate]:
    """Declare something wrong that was told since the lives began: also a declaration."""
    number = draw(st.integers(begun, len(facts) - 1))
    declared = ErrorDeclared(wrong_fact=fact_id(number), explanation="wrong")
    return [(facts[number][0], declared, draw(st.integers(1, HOURS)))]


def _again(draw: st.DrawFn, facts: list[Fate], begun: int) -> list[Fate]:
    """Declare where a unit was put wrong, and tell it again, of the same hour or another."""
    sat = [number for number in range(begun, len(facts)) if isinstance(facts[number][1], Installed)]
    number = draw(st.sampled_from(sat))
    unit, seat, hour = facts[number]
    declared = ErrorDeclared(wrong_fact=fact_id(number), explanation="wrong")
    told = (unit, draw(st.one_of(st.just(seat), seated)), draw(st.sampled_from([hour, hour, min(hour + 1, HOURS)])))
    return [(unit, declared, hour), told]


def _other(draw: st.DrawFn, _facts: list[Fate], _begun: int) -> list[Fate]:
    return [(draw(st.sampled_from(ITEMS)), draw(other), draw(st.integers(1, HOURS)))]
