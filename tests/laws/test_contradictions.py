"""The laws of contradictions: those of the fleet are those of its items, at any moment, as known at any position."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.contradictions import Disagreement
from domain.equipment.contradictions import disagreements as disagreements_of
from domain.equipment.custody import Lost
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Installed, Released, Removed
from domain.equipment.state import Equipment
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import Folded, Happening, fold_and_check
from domain.kernel.streams import StreamRef
from projections.engine import Engine
from projections.equipment import contradictions, disagreements, registry
from projections.equipment.contradictions import CONTRADICTIONS, ContradictionFilter
from projections.equipment.disagreements import DisagreementFilter
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.equipment.seats import DISAGREEMENTS
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import HOURS, MOST, ids_of_items, lives, moments_and_positions, slots
from tests.laws.states import failing_lives
from tests.projections.recording import (
    ITEMS,
    MAKER,
    MODEL_ID,
    RUNNER,
    Said,
    fact_id,
    happenings,
    micros,
    moment,
    opened,
    record,
)

MODELS = (REGISTRY, CONTRADICTIONS, DISAGREEMENTS)
ALL = Window(limit=1000, counted=True)
NOBODY = UUID(int=199)
PARTIES = (MAKER, RUNNER, NOBODY)

seated: st.SearchStrategy[Fact] = st.one_of(
    st.builds(UnitInstalled, unit_id=ids_of_items, slot=slots),
    st.builds(UnitInstalled, unit_id=ids_of_items, slot=slots),
    st.builds(UnitRemoved, unit_id=ids_of_items, slot=slots),
    st.builds(Installed, parent_id=ids_of_items, slot=slots | st.none()),
    st.sampled_from([Removed(to="in_stock"), Lost(), Installed(place="hall-1")]),
    st.builds(
        Released,
        model_id=st.just(MODEL_ID),
        manufacturer_id=st.sampled_from([MAKER, RUNNER, NOBODY]),
        serial=st.sampled_from(["A-1", "B-2"]),
        units=st.lists(st.tuples(slots, ids_of_items), max_size=2).map(tuple),
    ),
)


@st.composite
def seated_lives(draw: st.DrawFn) -> list[Said]:
    """Items that are said to sit in each other, some of it wrong, none of it agreed."""
    size = draw(st.integers(3, MOST))
    declared = st.builds(ErrorDeclared, wrong_fact=st.integers(0, size - 1).map(fact_id), explanation=st.just("wrong"))
    facts = [draw(declared if draw(st.integers(0, 5)) == 0 else seated) for _ in range(size)]
    return [
        Said(draw(st.sampled_from(ITEMS)), fact, draw(st.integers(0, HOURS)), fact_id(number))
        for number, fact in enumerate(facts)
    ]


class Refused(NamedTuple):
    """A fact that does not fit, as the reference tells it."""

    item: UUID
    fact: UUID
    code: str
    serial: str | None
    manufacturer: UUID | None


Since = tuple[UUID, UUID, str]


class Sits(NamedTuple):
    """Where a unit is said to sit, by one of two, and what the unit is."""

    parent: UUID
    slot: str | None
    unit: UUID
    by_parent: bool
    serial: str | None
    manufacturer: UUID | None


def folded(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> Folded[Equipment]:
    """Return an item as the question about one item folds it."""

    def counts(each: Happening) -> bool:
        return hour is None or each.occurred_at <= moment(hour) or isinstance(each.fact, ErrorDeclared)

    return fold_and_check(EQUIPMENT, [each for each in happenings(facts, item, known_at) if counts(each)])


def refused(facts: Sequence[Said], hour: int | None, known_at: int) -> set[Refused]:
    """Return the facts that do not fit, item by item."""
    items = [(item.id, folded(facts, item, hour, known_at)) for item in ITEMS]
    return {
        Refused(key, each.fact, each.refusal.code, *named(item.state))
        for key, item in items
        for each in item.contradictions
    }


def named(item: Equipment) -> tuple[str | None, UUID | None]:
    """Return the serial and the manufacturer of an item that is on record."""
    return (None, None) if item.stage is None else (item.serial, item.manufacturer_id)


def known_since(facts: Sequence[Said]) -> list[dict[Since, int]]:
    """Return for each position which facts do not fit as known there, and since when that was known without a break."""
    known: list[dict[Since, int]] = [{}]
    for position in range(1, len(facts) + 1):
        found = {each[:3] for each in refused(facts, None, position)}
        known.append({each: known[-1].get(each, position) for each in found})
    return known


def sitting(facts: Sequence[Said], hour: int | None, known_at: int) -> set[Sits]:
    """Return of which units one stream says something else than another, item by item."""
    items = {item.id: folded(facts, item, hour, known_at).state for item in ITEMS}
    found = set()
    for key, item in items.items():
        claims = {unit: told.slot for unit, told in items.items() if told.parent_id == key and told.stage is not None}
        above = items.get(item.parent_id) if item.parent_id else None
        found |= {_sits(each, items) for each in disagreements_of(key, item, claims, above)}
    return found


def _sits(told: Disagreement, items: dict[UUID, Equipment]) -> Sits:
    return Sits(*told, *named(items.get(told.unit_id, Equipment())))


def check(
    engine: Engine, facts: Sequence[Said], hour: int | None, known_at: int, since: Sequence[dict[Since, int]]
) -> None:
    """Compare both lists of the fleet with what is told item by item."""
    past: Any = {"as_of": None if hour is None else micros(hour), "known_at": known_at}
    with engine.views.read() as views:
        listed = contradictions.contradictions(views, ContradictionFilter(), ALL, **past)
        units = disagreements.disagreements(views, DisagreementFilter(), ALL, **past)
        for item in ITEMS:
            of_item = disagreements.disagreements(views, DisagreementFilter(equipment_id=item.id), ALL, **past)
            concern = tuple(each for each in units.items if item.id in {each.unit_id, each.parent_id})
            assert (of_item.items, of_item.count) == (concern, len(concern))
        for party in PARTIES:
            seen = {each.equipment_id for each in registry.items(views, RegistryFilter(scope=party), ALL).items}
            some = contradictions.contradictions(views, ContradictionFilter(scope=party), ALL, **past)
            assert list(some.items) == [each for each in listed.items if each.equipment_id in seen]
            there = disagreements.disagreements(views, DisagreementFilter(scope=party), ALL, **past)
            assert list(there.items) == [
                each if each.unit_id in seen else replace(each, serial=None, model_id=None, manufacturer_id=None)
                for each in units.items
                if {each.unit_id, each.parent_id} & seen
            ]
            made = DisagreementFilter(scope=party, manufacturer_id=MAKER)
            assert disagreements.disagreements(views, made, ALL, **past).items == tuple(
                each for each in units.items if each.unit_id in seen and each.manufacturer_id == MAKER
            )
    found = [
        Refused(each.equipment_id, each.fact, each.code, each.serial, each.manufacturer_id) for each in listed.items
    ]
    assert (set(found), len(found)) == (refused(facts, hour, known_at), listed.count)
    places = [(each.occurred_at, each.position) for each in listed.items]
    assert places == sorted(places)
    for each, name in zip(listed.items, found, strict=True):
        assert each.known_since == since[known_at][name[:3]]
    sits = [
        Sits(each.parent_id, each.slot, each.unit_id, each.said_by_parent, each.serial, each.manufacturer_id)
        for each in units.items
    ]
    assert (set(sits), len(sits)) == (sitting(facts, hour, known_at), units.count)


def test_contradictions_of_the_fleet_are_those_of_its_items(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[int | None, int]]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS, batch=4)
        try:
            record(log, facts)
            engine.catch_up()
            assert {(each.error, each.parked) for each in engine.positions().values()} == {(None, 0)}
            since = known_since(facts)
            for hour in (None, 0, 2, HOURS):
                check(engine, facts, hour, len(facts), since)
            for hour, known in [(None, MOST // 2), *asked]:
                check(engine, facts, hour, min(known, len(facts)), since)
        finally:
            engine.close()
            log.close()

    law(
        database_kind,
        example,
        facts=lives() | failing_lives() | seated_lives(),
        asked=st.lists(moments_and_positions, max_size=5),
    )
