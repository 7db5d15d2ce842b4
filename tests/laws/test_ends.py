"""The law of the register of ends: at any moment, as known at any position, it equals a plain fold of the facts."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.configuration import UpgradeCompleted, UpgradeStarted
from domain.equipment.custody import Found, Lost
from domain.equipment.ending import Decommissioned, Disposed, RefurbishmentAuthorised
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import LaidUp, Released, Removed, ReturnedToService, TakenOver
from domain.equipment.operation import RepairCompleted, RepairStarted
from domain.equipment.papers import Certified
from domain.equipment.terms import Stage
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import in_order_of_life
from domain.kernel.moments import to_micros
from domain.kernel.streams import StreamRef
from projections.engine import Engine
from projections.equipment import end_of_life
from projections.equipment.end_of_life import END_OF_LIFE, EndFilter, ItemEnd
from projections.equipment.registry import REGISTRY
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import lives
from tests.projections.recording import (
    ITEMS,
    MAKER,
    MODEL_ID,
    Said,
    fact_id,
    happenings,
    micros,
    moment,
    opened,
    record,
)

MODELS = (REGISTRY, END_OF_LIFE)
ALL = Window(limit=1000, counted=True)
HOURS = 6
KINDS = {Stage.DECOMMISSIONED: "decommissioned", Stage.DISPOSED: "disposed", Stage.LOST: "lost"}
UNDONE: dict[type, str] = {RefurbishmentAuthorised: "decommissioned", Found: "lost"}
times = st.none() | st.integers(-1, HOURS + 1)
asks = st.lists(st.tuples(times, st.integers(0, 30), times, times), min_size=4, max_size=12)
"""As of which hour, as known at which position; of what happened from which hour on, up to which."""

BEFALLS: tuple[Fact, ...] = (
    *(Decommissioned(reason=each) for each in ("worn", "burnt")),
    *(RefurbishmentAuthorised(authority=each) for each in ("NB-1", "NB-2")),
    Disposed(method="recycled", waste_document="WD-1"),
    *(Lost(reason="stolen"), Found(place="yard"), LaidUp(), ReturnedToService(), Removed(to="in_stock")),
    *(RepairStarted(maintenance_type="corrective"), RepairCompleted(), UpgradeStarted(purpose="retrofit")),
    *(UpgradeCompleted(features=(), certification_affected=each) for each in (True, False)),
    Certified(certificate="EC-2", authority="NB-1"),
)


MOVES: tuple[tuple[Fact, ...], ...] = (
    *((fact,) for fact in BEFALLS),
    *((BEFALLS[0], BEFALLS[2]), (Lost(), Found(place="yard"))),
    (UpgradeStarted(purpose="retrofit"), UpgradeCompleted(features=(), certification_affected=True), BEFALLS[-1]),
)


@st.composite
def course(draw: st.DrawFn, item: StreamRef) -> list[tuple[StreamRef, Fact, int]]:
    """Return a life in which one stage leads to another, for the most part to an end or back from it."""
    state, facts = EQUIPMENT.initial, []
    begin = TakenOver(model_id=MODEL_ID, manufacturer_id=MAKER, serial="S-1", stage="in_service")
    move: tuple[Fact, ...] = (begin,)
    for hour in sorted(draw(st.lists(st.integers(0, HOURS), min_size=3, max_size=9))):
        for fact in move:
            facts.append((item, fact, hour))
            state = EQUIPMENT.evolve(state, fact, moment(hour))
        leading = [each for each in MOVES if EQUIPMENT.evolve(state, each[0], moment(hour)).stage is not state.stage]
        move = draw(st.sampled_from(leading)) if leading else ()
    return facts


@st.composite
def ended_lives(draw: st.DrawFn) -> list[Said]:
    """Two items that come to ends and live again, told in any order, with what does not fit and what is wrong."""
    facts = [*draw(course(ITEMS[0])), *draw(course(ITEMS[1]))]
    facts += draw(
        st.lists(st.tuples(st.sampled_from(ITEMS[:2]), st.sampled_from(BEFALLS), st.integers(0, HOURS)), max_size=3)
    )
    if draw(st.booleans()):
        facts = draw(st.permutations(facts))
    for wrong in draw(st.lists(st.integers(0, len(facts) - 1), max_size=2)):
        hour = draw(st.integers(0, HOURS))
        facts.append((facts[wrong][0], ErrorDeclared(wrong_fact=fact_id(wrong), explanation="wrong"), hour))
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


class Ended(NamedTuple):
    """An end, as the reference tells it."""

    ended_at: int
    position: int
    item: UUID
    serial: str
    end: str
    undone_at: int | None
    reason: str | None
    authority: str | None
    method: str | None


def ended(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> list[Ended]:
    """Fold the facts of an item that count, in order of life; an end that is undone is told so afterwards."""
    state, authority = EQUIPMENT.initial, None
    found: list[Ended] = []
    for each in in_order_of_life(happenings(facts, item, known_at)):
        if hour is not None and each.occurred_at > moment(hour):
            break
        before, fact, at = state, each.fact, to_micros(each.occurred_at)
        state = EQUIPMENT.evolve(state, fact, each.occurred_at)
        if before.stage is None or state.stage is before.stage or isinstance(fact, Released | TakenOver):
            continue
        undone = UNDONE.get(type(fact))
        found = [one._replace(undone_at=at) if one.end == undone and one.undone_at is None else one for one in found]
        end, reason = KINDS.get(state.stage or Stage.RELEASED), state.end_reason
        if isinstance(fact, RefurbishmentAuthorised):
            end, reason, authority = "refurbished", before.end_reason, fact.authority
        if isinstance(fact, Lost):
            reason = fact.reason
        if end is not None:
            told = (state.serial or "", end, None, reason, authority, getattr(fact, "method", None))
            found.append(Ended(at, each.position, item.id, *told))
    return found


def shown(each: ItemEnd) -> Ended:
    said = (each.serial, each.end, each.undone_at, each.reason, each.authority, each.method)
    return Ended(each.ended_at, each.position, each.equipment_id, *said)


def check(engine: Engine, facts: Sequence[Said], asked: tuple[int | None, int, int | None, int | None]) -> None:
    """Compare the register, whole and in part, with the reference."""
    hour, known, *time = asked
    known_at = min(known, len(facts))
    past: Any = {"as_of": None if hour is None else micros(hour), "known_at": known_at}
    begin, end = (None if each is None else micros(each) for each in time)
    expected = sorted(each for item in ITEMS for each in ended(facts, item, hour, known_at))
    filters: dict[EndFilter, list[Ended]] = {
        EndFilter(ended_from=begin, ended_to=end): [
            each for each in expected if (begin or 0) <= each.ended_at < (end or 2**62)
        ],
        EndFilter(undone=True): [each for each in expected if each.undone_at is not None],
        EndFilter(undone=False, end="lost"): [
            each for each in expected if each.undone_at is None and each.end == "lost"
        ],
        EndFilter(equipment_id=ITEMS[0].id, model_id=MODEL_ID): [each for each in expected if each.item == ITEMS[0].id],
    }
    with engine.views.read() as connection:
        for wanted, ends in filters.items():
            page = end_of_life.ends(connection, wanted, ALL, **past)
            assert ([shown(each) for each in page.items], page.count) == (ends, len(ends))
        last_first = end_of_life.ends(connection, EndFilter(), ALL, sort="-ended", **past).items
    assert [shown(each) for each in last_first] == expected[::-1]


def test_the_register_of_ends_equals_a_plain_fold_of_what_was_known(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[int | None, int, int | None, int | None]]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS, batch=5)
        try:
            record(log, facts)
            engine.catch_up()
            assert {each.error for each in engine.positions().values()} == {None}
            for each in [(None, len(facts), None, None), *asked]:
                check(engine, facts, each)
        finally:
            engine.close()
            log.close()

    law(database_kind, example, facts=ended_lives() | ended_lives() | lives(), asked=asks)
