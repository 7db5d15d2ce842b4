"""The reference of repairs and failures: plain folds of the facts; and random histories in which items are mended."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.custody import Found, Lost
from domain.equipment.ending import BeyondEconomicRepairDeclared, Decommissioned, RefurbishmentAuthorised
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Commissioned, Released, Removed
from domain.equipment.operation import FailureDiagnosed, FailureReported, RepairCompleted, RepairStarted
from domain.equipment.state import Equipment
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import Happening, in_order_of_life
from domain.kernel.moments import to_micros
from domain.kernel.streams import StreamRef
from tests.projections.recording import ITEMS, MAKER, MODEL_ID, RUNNER, Said, fact_id, happenings, moment

HOURS = 6
MODES = ("leak", "jam", 'a,"b', "noise", "heat")
modes = st.sampled_from(MODES[:3])
units = st.sampled_from([item.id for item in ITEMS])
slots = st.sampled_from(["pump", "valve"])

befalls: st.SearchStrategy[Fact] = st.one_of(
    *[
        st.builds(
            FailureReported,
            failure_mode=modes,
            impact=st.sampled_from(["critical", "degraded", "incipient"]),
            detection=st.just("operator"),
            unit_id=st.none() | units,
        )
    ]
    * 3,
    *[
        st.builds(
            FailureDiagnosed,
            failure_mode=modes,
            mechanism=st.sampled_from(["wear", "rust"]),
            cause=st.sampled_from(["age", "use"]),
            unit_id=st.none() | units,
        )
    ]
    * 2,
    *[st.builds(RepairStarted, maintenance_type=st.sampled_from(["corrective", "corrective", "preventive"]))] * 4,
    *[st.builds(RepairCompleted, restored=st.sampled_from([(), ("leak",), ("jam", 'a,"b')]))] * 3,
    st.builds(UnitInstalled, unit_id=units, slot=slots) | st.builds(UnitRemoved, unit_id=units, slot=slots),
    *[st.sampled_from([BeyondEconomicRepairDeclared(), Decommissioned(reason="worn"), Lost()])] * 3,
    st.sampled_from([RefurbishmentAuthorised(authority="N"), Removed(to="in_stock"), Found(place="yard")]),
)


exchanges = st.builds(UnitInstalled, unit_id=units, slot=slots) | st.builds(UnitRemoved, unit_id=units, slot=slots)
ends: st.SearchStrategy[Fact] = st.sampled_from(
    [
        *(Lost(), Decommissioned(reason="worn"), RepairStarted(maintenance_type="preventive")),
        *(RepairCompleted(restored=each) for each in ((), ("leak",), ("jam",))),
    ]
)


@st.composite
def repair(draw: st.DrawFn) -> list[tuple[StreamRef, Fact, int]]:
    """Return how an item failed in two ways, was looked at and repaired in order, or not to the end."""
    item = draw(st.sampled_from(ITEMS[:2]))
    hours = sorted(draw(st.lists(st.integers(0, HOURS), min_size=7, max_size=7)))
    mechanism, cause = draw(st.sampled_from([("wear", "use"), ("wear", "age"), ("rust", "use")]))
    course = [
        *(FailureReported(failure_mode=each, impact="critical", detection="operator") for each in ("leak", "jam")),
        FailureDiagnosed(failure_mode=draw(modes), mechanism=mechanism, cause=cause),
        *(RepairStarted(maintenance_type="corrective"), draw(exchanges), draw(ends), draw(exchanges)),
    ]
    return [(item, fact, hour) for fact, hour in zip(course, hours, strict=True)]


@st.composite
def mended_lives(draw: st.DrawFn) -> list[Said]:
    """Items that fail and are repaired, in any order, some of it late or wrong; one is perhaps released late."""
    facts: list[tuple[StreamRef, Fact, int]] = []
    for number, item in enumerate(ITEMS[:2]):
        facts.append((item, Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial=f"S-{number}"), number))
        facts.append((item, Commissioned(operator_id=RUNNER, act="ACT-1"), draw(st.integers(0, 1))))
    facts += [*draw(repair()), *draw(repair())]
    for _ in range(draw(st.integers(0, 10))):
        hour = draw(st.integers(0, HOURS))
        if draw(st.integers(0, 7)) == 0:
            wrong = draw(st.integers(0, len(facts) - 1))
            facts.append((facts[wrong][0], ErrorDeclared(wrong_fact=fact_id(wrong), explanation="wrong"), hour))
        else:
            facts.append((draw(st.sampled_from(ITEMS[:2])), draw(befalls), hour))
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


class Mended(NamedTuple):
    """One repair of one item."""

    item: UUID
    began_by: int
    begun: int
    maintenance_type: str
    operator: UUID | None
    state: str
    ended: int | None
    restored: frozenset[str]
    units: tuple[tuple[UUID, str, bool], ...]
    uneconomic: bool
    ended_by: int | None


class Failed(NamedTuple):
    """One failure of one item."""

    item: UUID
    position: int
    mode: str
    impact: str
    unit: UUID | None
    diagnoses: tuple[tuple[str, str, UUID | None], ...]
    ended: tuple[int, int | None] | None
    """When the repair ended that ended its fault, and by which fact that had begun."""


def told_life(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> list[Happening]:
    """Return what counts of the life of an item, by an hour, as known at a position, in order of life."""
    lived = in_order_of_life(happenings(facts, item, known_at))
    return [each for each in lived if hour is None or each.occurred_at <= moment(hour)]


def mended(facts: Sequence[Said], hour: int | None, known_at: int) -> set[Mended]:
    """Return all repairs, by an hour, as known at a position."""
    found: set[Mended] = set()
    for item in ITEMS:
        now = Equipment()
        open_: Mended | None = None
        for each in told_life(facts, item, hour, known_at):
            before, now = now, EQUIPMENT.evolve(now, each.fact, each.occurred_at)
            at = to_micros(each.occurred_at)
            if open_ is not None and now.repair != before.repair:
                state = "completed" if isinstance(each.fact, RepairCompleted) else "given_up"
                gone = before.faults - now.faults
                found.add(open_._replace(state=state, ended=at, restored=gone, ended_by=each.position))
                open_ = None
            if open_ is None and now.repair is not None:
                nothing = (None, frozenset[str](), (), False, None)
                open_ = Mended(item.id, each.position, at, now.repair, now.operator_id, "open", *nothing)
            elif open_ is not None and isinstance(each.fact, UnitInstalled | UnitRemoved):
                unit = (each.fact.unit_id, each.fact.slot, isinstance(each.fact, UnitInstalled))
                open_ = open_._replace(units=(*open_.units, unit))
            elif open_ is not None and isinstance(each.fact, BeyondEconomicRepairDeclared):
                open_ = open_._replace(uneconomic=True)
        found |= {open_} if open_ else set()
    return found


def failed(facts: Sequence[Said], hour: int | None, known_at: int) -> set[Failed]:
    """Return all failures, by an hour, as known at a position: of each, what came after it is looked through."""
    began = {repair.ended_by: repair.began_by for repair in mended(facts, hour, known_at)}
    found = set()
    for item in ITEMS:
        life = told_life(facts, item, hour, known_at)
        for number, each in enumerate(life):
            on_record = any(isinstance(before.fact, Released) for before in life[:number])
            if not isinstance(each.fact, FailureReported) or not on_record:
                continue
            diagnoses, ended, waits, last = [], None, each.fact.impact != "incipient", True
            for later in life[number + 1 :]:
                fact = later.fact
                if isinstance(fact, FailureReported | FailureDiagnosed) and fact.failure_mode == each.fact.failure_mode:
                    last = last and isinstance(fact, FailureDiagnosed)
                    if last and isinstance(fact, FailureDiagnosed):
                        diagnoses.append((fact.mechanism, fact.cause, fact.unit_id))
                elif isinstance(fact, RefurbishmentAuthorised):
                    waits = False
                elif isinstance(fact, RepairCompleted) and waits and each.fact.failure_mode in (fact.restored or MODES):
                    ended, waits = (to_micros(later.occurred_at), began.get(later.position)), False
            said = (each.fact.failure_mode, each.fact.impact, each.fact.unit_id)
            found.add(Failed(item.id, each.position, *said, tuple(diagnoses), ended))
    return found
