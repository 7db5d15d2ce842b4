"""The reference of technical states: plain folds of the facts; and random histories in which items fail."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.configuration import UpgradeStarted
from domain.equipment.custody import Moved, Stocked
from domain.equipment.ending import Decommissioned
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import REMOVABLE, Commissioned, Installed, LaidUp, Released, Removed, ReturnedToService
from domain.equipment.operation import FailureReported, OperationalStateChanged, RepairCompleted, RepairStarted
from domain.equipment.papers import Certified
from domain.equipment.state import Equipment
from domain.equipment.structure import ancestors, told_stage
from domain.equipment.technical_state import STOPPED, TechnicalState, own_state, told_state
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import in_order_of_life
from domain.kernel.moments import to_micros
from domain.kernel.streams import StreamRef
from tests.projections.recording import ITEMS, MAKER, MODEL_ID, RUNNER, Said, fact_id, happenings, micros, moment

HOURS = 6
GONE = {"decommissioned", "disposed"}
NOWHERE = TechnicalState.NOT_IN_SERVICE
ids_of_items = st.sampled_from([item.id for item in ITEMS])

befalls: st.SearchStrategy[Fact] = st.one_of(
    *[
        st.builds(
            FailureReported,
            failure_mode=st.sampled_from(["leak", "jam"]),
            impact=st.sampled_from(["critical", "critical", "critical", "degraded", "incipient"]),
            detection=st.just("operator"),
            unit_id=st.none() | ids_of_items,
        )
    ]
    * 4,
    *[st.builds(RepairStarted, maintenance_type=st.sampled_from(["corrective", "preventive"]))] * 2,
    *[st.builds(RepairCompleted, restored=st.sampled_from([(), ("leak",)]))] * 2,
    *[
        st.builds(
            OperationalStateChanged,
            state=st.sampled_from(["operating", "standby", "idle", "degraded", "externally_disabled", "nonsense"]),
        )
    ]
    * 2,
    st.sampled_from([LaidUp(), ReturnedToService(), UpgradeStarted(purpose="new"), Decommissioned(reason="worn")]),
    st.sampled_from([Moved(place="yard"), Commissioned(operator_id=MAKER, act="ACT-2")]),
    st.builds(Installed, parent_id=ids_of_items, slot=st.just("pump")),
    st.just(Removed(to="in_stock")),
)


@st.composite
def failing(draw: st.DrawFn) -> list[tuple[StreamRef, Fact, int]]:
    """Return how an item fails by what sits in it, and a unit by itself, while what is above goes on or not."""
    failed: Any = {"detection": "operator", "impact": "critical"}
    top, middle, lowest = ITEMS
    named, other = draw(st.permutations([middle, lowest]))
    goes_on = OperationalStateChanged(state=draw(st.sampled_from(["standby", "operating", "externally_disabled"])))
    facts: list[tuple[StreamRef, Fact]] = [
        (top, FailureReported(failure_mode="seal", unit_id=named.id, **failed)),
        (other, FailureReported(failure_mode="jam", **failed)),
        (draw(st.sampled_from([top, middle])), goes_on),
    ]
    return [(item, fact, draw(st.integers(2, 4))) for item, fact in draw(st.permutations(facts))]


@st.composite
def failing_lives(draw: st.DrawFn) -> list[Said]:
    """Three items on record, perhaps in each other and in service; then facts in any order, some wrong."""
    facts: list[tuple[StreamRef, Fact, int]] = []
    for number, item in enumerate(ITEMS):
        released = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial=f"S-{number}")
        facts += [(item, each, 0) for each in (released, Certified(certificate="E", authority="N"), Stocked(place="w"))]
        if number and draw(st.integers(0, 3)):
            facts.append((item, Installed(parent_id=ITEMS[number - 1].id, slot="pump"), draw(st.integers(0, 2))))
        else:
            commissioned = Commissioned(operator_id=RUNNER, act="ACT-1")
            facts += [(item, Installed(place="hall"), 0), (item, commissioned, draw(st.integers(0, 1)))]
    facts += draw(failing())
    for _ in range(draw(st.integers(2, 12))):
        hour = draw(st.integers(0, HOURS))
        if draw(st.integers(0, 7)) == 0:
            wrong = draw(st.integers(0, len(facts) - 1))
            facts.append((facts[wrong][0], ErrorDeclared(wrong_fact=fact_id(wrong), explanation="wrong"), hour))
        else:
            facts.append((draw(st.sampled_from(ITEMS)), draw(befalls), hour))
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


class Own(NamedTuple):
    """What the facts of one item say of it."""

    item: Equipment
    state: TechnicalState
    faults: dict[str, tuple[int, bool, frozenset[UUID]]]
    """By mode: since when, whether critical, and the units."""


class Told(NamedTuple):
    """What is told of one item."""

    state: str
    since: int
    faults: tuple[tuple[str, int, str, tuple[UUID, ...]], ...]
    stage: str
    operator: UUID | None
    place: str | None
    named: tuple[tuple[str, int, str, tuple[UUID, ...]], ...] = ()
    """Faults of what it sits in that name it."""


def own(facts: Sequence[Said], item: StreamRef, hour: int, known_at: int) -> Own:
    """Return what the facts of an item say of it by an hour, as known at a position."""
    now = Own(Equipment(), NOWHERE, {})
    for each in in_order_of_life(happenings(facts, item, known_at)):
        if each.occurred_at > moment(hour):
            break
        fact, at = each.fact, to_micros(each.occurred_at)
        state = EQUIPMENT.evolve(now.item, fact, each.occurred_at)
        faults = {mode: fault for mode, fault in now.faults.items() if mode in state.faults}
        if isinstance(fact, FailureReported) and fact.failure_mode in state.faults and fact.impact != "incipient":
            since, critical, units = faults.get(fact.failure_mode, (at, False, frozenset()))
            more = frozenset({fact.unit_id} if fact.unit_id else ())
            faults[fact.failure_mode] = (since, critical or fact.impact == "critical", units | more)
        follows = state.parent_id is not None and state.stage in REMOVABLE
        impacts = ["critical" if critical else "degraded" for _, critical, _ in faults.values()]
        found = own_state(
            state.stage, follows=follows, repair=state.repair, impacts=impacts, told=state.operational_state
        )
        now = Own(state, found, faults)
    return now


def told(facts: Sequence[Said], hour: int, known_at: int) -> dict[UUID, Told]:
    """Return what is told of each item that is on record."""
    found = _at(facts, hour, known_at)
    for key, each in found.items():
        earlier = hour
        while (before := _at(facts, earlier - 1, known_at).get(key)) is not None and _same(before, each):
            earlier -= 1
        found[key] = each._replace(since=micros(earlier))
    return found


def _same(one: Told, other: Told) -> bool:
    return one.state == other.state and (one.state != NOWHERE or one.stage == other.stage)


def _at(facts: Sequence[Said], hour: int, known_at: int) -> dict[UUID, Told]:
    """Return what is told of each item, but for how long already."""
    items = {item.id: own(facts, item, hour, known_at) for item in ITEMS}
    return {key: _told(key, found, items) for key, found in items.items() if found.item.stage is not None}


def _told(key: UUID, found: Own, items: dict[UUID, Own]) -> Told:
    since = 0
    given_up = found.item.stage in GONE
    faults = tuple(
        (mode, since, "critical" if critical else "degraded", tuple(sorted(units)))
        for mode, (since, critical, units) in ({} if given_up else found.faults).items()
    )

    def state_of(each: UUID) -> Equipment:
        return items[each].item if each in items else Equipment()

    stage = str(told_stage(found.item, ancestors(found.item, state_of)))
    if not _follows(found):
        return Told(found.state.value, since, faults, stage, found.item.operator_id, found.item.place)
    nothing = Own(Equipment(), NOWHERE, {})
    chain = []
    for item in ancestors(found.item, state_of):
        above = next((each for each in items.values() if each.item is item), nothing)
        chain.append(above)
        if not _follows(above):
            break
    on_record = [each for each in chain if each.item.stage is not None]
    whole = bool(on_record) and on_record == chain and not _follows(chain[-1])
    named = [
        (mode, since, "critical", tuple(sorted(units)))
        for each in (chain if whole else ())
        for mode, (since, critical, units) in each.faults.items()
        if critical and key in units and each.item.stage not in GONE
    ]
    topmost, stopped = chain[-1].state if whole else None, any(each.state in STOPPED for each in chain)
    state = told_state(found.state, topmost, stopped=stopped, failed=bool(named))
    hands = chain[-1].item if whole else found.item
    named.sort(key=lambda fault: fault[1])
    return Told(state.value, since, faults, stage, hands.operator_id, hands.place, tuple(named))


def _follows(found: Own) -> bool:
    return found.item.parent_id is not None and found.item.stage in REMOVABLE
