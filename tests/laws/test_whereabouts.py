"""Laws of structure and custody: at any moment, as known at any position, they equal a plain fold of the facts."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import Connection

from domain.kernel.facts import references
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import custody, installations, structure, technical_states
from projections.equipment.custody import CUSTODY, CustodyFilter
from projections.equipment.hands import HANDS
from projections.equipment.history import HISTORY
from projections.equipment.installations import UnitFilter
from projections.equipment.models import MODELS
from projections.equipment.registry import REGISTRY
from projections.equipment.technical_state import TECHNICAL_STATE
from projections.equipment.technical_states import StateFilter
from projections.paging import Page, Window
from projections.views import views_url
from tests.laws import happened, partings, seats
from tests.laws.fresh import Fresh, law
from tests.laws.test_above import HOURS, LANDLORD, LESSOR, TREE, trees
from tests.laws.whereabouts import Whereabouts
from tests.projections.recording import MAKER, RUNNER, Said, micros, opened, record

ALL = Window(limit=1000)
LAST = max(HOURS, happened.HOURS, seats.HOURS, partings.HOURS)
NEEDED = (REGISTRY, HISTORY, TECHNICAL_STATE, CUSTODY, MODELS)
PAST = st.tuples(st.integers(0, 5), st.integers(0, 12))
"""As of which hour, and how many facts before the end of the record it was known."""
pasts = st.tuples(PAST, st.tuples(st.none() | st.integers(-1, LAST), st.integers(0, 12)))
histories = st.one_of(trees(), seats.seats(), seats.seats(), partings.partings(), partings.partings(), happened.lives())


def whole(ask: Callable[[Window], Page[Any]]) -> list[Any]:
    """Return what is told at once; in pages of two, on and back again, it is the same."""
    at_once = ask(Window(limit=1000, counted=True))
    told = list(at_once.items)
    assert (at_once.count, at_once.next, at_once.previous) == (len(told), None, None)
    if len(told) > 2:
        pages = [ask(Window(limit=2))]
        while pages[-1].next:
            pages.append(ask(Window(limit=2, after=pages[-1].next)))
        assert [item for each in pages for item in each.items] == told
        back = [pages[-1]]
        while back[-1].previous:
            back.append(ask(Window(limit=2, before=back[-1].previous)))
        assert [each.items for each in back[::-1]] == [each.items for each in pages]
    return told


def test_structure_and_custody_equal_a_plain_fold_of_what_was_known(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: tuple[tuple[int | None, int], ...]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), NEEDED, batch=7)
        try:
            record(log, facts)
            engine.catch_up()
            assert {each.error for each in engine.positions().values()} == {None}
            with engine.views.read() as connection:
                for hour, unknown in [(None, 0), *asked]:
                    check(connection, log, facts, hour, max(len(facts) - unknown, 0))
        finally:
            engine.close()
            log.close()

    law(database_kind, example, facts=histories, asked=pasts)


def check(connection: Connection, log: Log, facts: Sequence[Said], hour: int | None, known_at: int) -> None:
    """Compare every answer about every item that is named with the reference."""
    named = {each.stream.id for each in facts} | {item for each in facts for _, item in references(each.fact)}
    items = [item for item in TREE if item.id in named]
    plain = Whereabouts(facts, items, LAST if hour is None else hour, known_at)
    past: Any = {"as_of": None if hour is None else micros(hour), "known_at": known_at}
    for item in items:
        check_stays(connection, log, plain, item.id, past)
        check_units(connection, log, plain, item.id, past)
        check_structure(connection, plain, item.id, past)
        held = whole(lambda window, item=item: custody.holdings(connection, item.id, window, **past))  # type: ignore[misc]
        told = [(each.begin, each.end, (*_hands(each.hands), each.hands.parent_id, each.hands.slot)) for each in held]
        assert told == plain.holdings(item.id)
    check_fleet(connection, plain, past)


def check_stays(connection: Connection, log: Log, plain: Whereabouts, unit: UUID, past: Any) -> None:
    """Compare where a unit sat, by which facts that is known, and what is above it."""
    found = whole(lambda window: installations.installations(connection, log, unit, window, **past))
    runs = plain.stays(unit)
    assert [(each.begin, each.end, (each.parent_id, each.slot)) for each in found] == runs
    for each, run in zip(found, runs, strict=True):
        assert (each.installed and each.installed.fact) == plain.came(unit, run)
        assert (each.removed and each.removed.fact) == plain.went(unit, run)
    now, chain = plain.now(), []
    last: UUID | None = unit
    while last in now and now[last].parent_id and last not in chain:
        chain.append(last)
        last = now[last].parent_id
    told = [(above.equipment_id, above.slot) for each in found for above in each.above]
    assert told == [(now[each].parent_id, now[each].slot) for each in chain]


def check_units(connection: Connection, log: Log, plain: Whereabouts, parent: UUID, past: Any) -> None:
    """Compare what sat in an item: all, at one position, and what had not ended by a moment."""
    sat = [(item.id, run) for item in TREE for run in plain.stays(item.id) if run[2][0] == parent]
    sat.sort(key=lambda each: (each[1][2][1] or "", each[1][0], each[0]))
    every = [(unit, begin, end, slot) for unit, (begin, end, (_, slot)) in sat]

    def told(wanted: UnitFilter) -> list[Any]:
        found = whole(lambda window: installations.units(connection, log, parent, wanted, window, **past))
        return [(each.unit_id, each.begin, each.end, each.slot) for each in found]

    assert told(UnitFilter()) == every
    if not every:
        return
    assert told(UnitFilter(slot="pump")) == [each for each in every if each[3] == "pump"]
    assert told(UnitFilter(unit_id=TREE[1].id)) == [each for each in every if each[0] == TREE[1].id]
    ended = micros(2)
    assert told(UnitFilter(since=ended)) == [each for each in every if each[2] is None or each[2] > ended]


def check_structure(connection: Connection, plain: Whereabouts, item: UUID, past: Any) -> None:
    """Compare what is inside an item, to any depth and to some, and what is told of it."""
    listed = technical_states.states(connection, StateFilter(), ALL, **past).items
    states = {each.equipment_id: each.state for each in listed}
    deep = len(plain.inside(item)) > 1
    for depth in (None, 1) if deep else (None,):
        parts = whole(lambda window, d=depth: structure.structure(connection, item, window, depth=d, **past))  # type: ignore[misc]
        found = [(each.level, each.parent_id or item, each.slot or "", each.equipment_id) for each in parts]
        assert found == plain.inside(item, depth)
        for each in parts:
            told = each.condition
            assert told is not None
            assert (told.stage, told.state) == (plain.stage(each.equipment_id), states[each.equipment_id])
            assert told.serial == (plain.now()[each.equipment_id].serial or "")


def check_fleet(connection: Connection, plain: Whereabouts, past: Any) -> None:
    """Compare what is in whose hands with what is told of each item."""
    now = plain.now()
    told = {item: plain.hands(item) for item in now}

    def found(wanted: CustodyFilter) -> set[UUID]:
        listed = whole(lambda window: custody.items(connection, wanted, window, **past))
        assert {each.equipment_id: _hands(each.hands) for each in listed} == {
            each.equipment_id: told[each.equipment_id] for each in listed
        }
        assert {each.stage for each in listed} == {plain.stage(each.equipment_id) for each in listed}
        return {each.equipment_id for each in listed}

    assert found(CustodyFilter()) == set(told)
    for party in (MAKER, RUNNER, LESSOR, LANDLORD):
        for number, name in enumerate(HANDS[:3]):
            assert found(CustodyFilter(**{name: party})) == {  # type: ignore[arg-type]
                item for item, each in told.items() if each[number] == party
            }
    assert found(CustodyFilter(place="hall")) == {item for item, each in told.items() if each[3] == "hall"}
    assert found(CustodyFilter(lent=True)) == {item for item, each in told.items() if each[4] is not None}
    assert found(CustodyFilter(units=False)) == {item for item in told if now[item].parent_id is None}


def _hands(found: custody.Hands) -> tuple[Any, ...]:
    return tuple(getattr(found, name) for name in HANDS)
