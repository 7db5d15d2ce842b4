"""Laws of lists of units: they tell what the answer about each single unit tells, in any tree, then and now."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from sqlalchemy import Connection

from domain.equipment.custody import Delivered, Found, Lost, OwnershipTransferred, Stocked
from domain.equipment.ending import Decommissioned
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Commissioned, Installed, LaidUp, Released, Removed, ReturnedToService
from domain.equipment.operation import RepairStarted
from domain.equipment.papers import Certified
from domain.equipment.state import Equipment
from domain.equipment.structure import ancestors, in_the_hands_of, told_stage
from domain.equipment.terms import Stage
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import juncture
from domain.kernel.streams import StreamRef
from projections import paging
from projections.engine import Engine
from projections.equipment import registry, seen
from projections.equipment.named import named
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.paging import Page, Window
from projections.views import views_url
from tests.laws import partings
from tests.laws.fresh import Fresh, law
from tests.projections.recording import (
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

HOURS = 4
NOW = max(HOURS, partings.HOURS) + 1
WAYS = [(500, 500), (2, 1), (0, 0), (0, 500)]
"""How many items are little, and how many rows are tested: gathered, either way, gathered from much, tested."""
LESSOR, LANDLORD = UUID(int=301), UUID(int=302)
TREE = [StreamRef("equipment", UUID(int=number)) for number in range(1, 7)]
parents = st.sampled_from([item.id for item in TREE])
parties = st.sampled_from([RUNNER, LESSOR, LANDLORD])

befalls: st.SearchStrategy[Fact] = st.one_of(
    *[st.just(Removed(to="in_stock"))] * 2,
    *[st.builds(Installed, parent_id=parents, slot=st.sampled_from(["pump", "valve"]))] * 5,
    st.just(Installed(place="hall")),
    st.builds(Commissioned, operator_id=parties, act=st.just("ACT-1")),
    st.builds(Commissioned, operator_id=parties, act=st.just("ACT-1")),
    st.sampled_from([LaidUp(), ReturnedToService(), RepairStarted(maintenance_type="corrective")]),
    st.sampled_from([Removed(to="in_stock"), Stocked(place="stock")]),
    st.sampled_from([Lost(), Found(place="yard"), Decommissioned(reason="worn-out")]),
    st.builds(Delivered, recipient_id=parties),
    st.builds(OwnershipTransferred, owner_id=parties),
)


@st.composite
def trees(draw: st.DrawFn) -> list[Said]:
    """Items on record, then facts in any order, sensible or not: units of units, rings, parents of nothing, errors."""
    facts: list[tuple[StreamRef, Fact, int]] = []
    for number, item in enumerate(TREE):
        released = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial=f"S-{(5 * number) % len(TREE)}")
        certified, begun = Certified(certificate="EC-1", authority="NB-1"), draw(st.integers(0, 1))
        facts += [(item, each, begun) for each in (released, certified, Stocked(place="stock"))]
        if number and draw(st.integers(0, 3)):
            parent = TREE[draw(st.integers(max(0, number - 2), number - 1))].id
            facts.append((item, Installed(parent_id=parent, slot=f"slot-{number}"), 1))
        elif draw(st.booleans()):
            facts += [(item, Installed(place="hall"), 1), (item, Commissioned(operator_id=draw(parties), act="A"), 1)]
    for _ in range(draw(st.integers(0, 10))):
        hour = draw(st.integers(0, HOURS))
        if draw(st.integers(0, 6)) == 0:
            wrong = draw(st.integers(0, len(facts) - 1))
            facts.append((facts[wrong][0], ErrorDeclared(wrong_fact=fact_id(wrong), explanation="wrong"), hour))
        else:
            facts.append((draw(st.sampled_from(TREE)), draw(befalls), hour))
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


class Plain:
    """The items of a tree as plain folds have them, at a moment, as known at a position."""

    def __init__(self, facts: Sequence[Said], hour: int | None, known_at: int) -> None:
        self._facts, self._known_at = facts, known_at
        self.items = self._at(moment(NOW if hour is None else hour))

    def _at(self, at: datetime) -> dict[UUID, Equipment]:
        known = {item.id: happenings(self._facts, item, self._known_at) for item in TREE}
        return {item: juncture(EQUIPMENT, each, at).state for item, each in known.items()}

    def stages(self) -> dict[UUID, str]:
        """What the answer about each single item tells of its stage; nothing of what is not on record."""
        told = {item: told_stage(state, ancestors(state, self._look)) for item, state in self.items.items()}
        return {item: stage.value for item, stage in told.items() if stage is not None}

    def seen_by(self, organisation: UUID) -> set[UUID]:
        """The items in which, or in something above which, an organisation takes part, or took when they left it.

        Of an item whose release was declared wrong nobody knows who takes part in what is inside it.
        """
        return {
            item
            for item, state in self.items.items()
            if any(organisation in each.parties for each in (state, *in_the_hands_of(state, self._look_then)))
        }

    def _look(self, item: UUID) -> Equipment:
        return self.items[item] if self.items[item].stage else Equipment()

    def _look_then(self, item: UUID, at: datetime | None) -> Equipment:
        state = self._at(at)[item] if at else self.items[item]
        return state if state.stage else Equipment()


def all_of(connection: Connection, wanted: RegistryFilter, **past: Any) -> list[registry.RegisteredItem]:
    """Return everything that a question finds, in pages of two; backwards it is the same."""
    first: Page[registry.RegisteredItem] = registry.items(connection, wanted, Window(limit=2), **past)
    pages = [first]
    while pages[-1].next:
        pages.append(registry.items(connection, wanted, Window(limit=2, after=pages[-1].next), **past))
    back = [pages[-1]]
    while back[-1].previous:
        back.append(registry.items(connection, wanted, Window(limit=2, before=back[-1].previous), **past))
    assert [each.items for each in back[::-1]] == [each.items for each in pages]
    return [item for each in pages for item in each.items]


def test_lists_tell_of_every_unit_what_its_own_answer_tells(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[int | None, int]]) -> None:
        url = fresh()
        log = opened(url)
        record(log, facts)
        engine = Engine(log, views_url(url), (REGISTRY,), batch=7)
        engine.catch_up()
        with engine.views.read() as connection:
            for each_hour in range(HOURS + 1):
                page = registry.items(connection, RegistryFilter(), Window(limit=100), as_of=micros(each_hour))
                told = Plain(facts, each_hour, len(facts)).stages()
                assert {each.equipment_id: each.stage for each in page.items} == told
            for hour, known in [(None, len(facts)), *asked]:
                known_at = min(known, len(facts))
                past: Any = {"as_of": None if hour is None else micros(hour), "known_at": known_at}
                check_stages(connection, Plain(facts, hour, known_at).stages(), past)
        engine.close()
        log.close()

    asked = st.tuples(st.none() | st.integers(-1, HOURS), st.integers(0, 30))
    law(database_kind, example, facts=trees(), asked=st.lists(asked, max_size=4))


def check_stages(connection: Connection, told: dict[UUID, str], past: Any) -> None:
    """Compare what the registry says and finds with what is told of each item."""
    everything = all_of(connection, RegistryFilter(), **past)
    assert {each.equipment_id: each.stage for each in everything} == told
    assert {each: found.stage for each, found in named(connection, list(told), scope=None, **past).items()} == told
    for item, stage in told.items():
        found = registry.item(connection, item, **past)
        assert found is not None
        assert found.stage == stage
    for stage in Stage:
        wanted = RegistryFilter(stage=stage.value)
        assert all_of(connection, wanted, **past) == [each for each in everything if each.stage == stage]
        counted = registry.items(connection, wanted, Window(limit=1, counted=True), **past).count
        assert counted == list(told.values()).count(stage.value)


def test_who_takes_part_in_an_item_finds_every_unit_inside_it_in_whichever_way_it_is_looked_for(
    database_kind: str, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    def example(facts: list[Said], hour: int | None) -> None:
        url = fresh()
        log = opened(url)
        record(log, facts)
        engine = Engine(log, views_url(url), (REGISTRY,), batch=7)
        engine.catch_up()
        now, then = Plain(facts, None, len(facts)), Plain(facts, hour, len(facts)).stages()
        as_of = None if hour is None else micros(hour)
        with engine.views.read() as connection:
            for organisation, (little, tried) in product((MAKER, RUNNER, LESSOR, LANDLORD), WAYS):
                monkeypatch.setattr(seen, "LITTLE", little)
                monkeypatch.setattr(paging, "TRIED", tried)
                found = all_of(connection, RegistryFilter(scope=organisation), as_of=as_of)
                assert {each.equipment_id for each in found} == now.seen_by(organisation) & then.keys()
                window = Window(limit=1, counted=True)
                counted = registry.items(connection, RegistryFilter(scope=organisation), window, as_of=as_of)
                assert counted.count == len(found)
        engine.close()
        log.close()

    law(database_kind, example, facts=trees() | partings.partings(), hour=st.none() | st.integers(0, HOURS))
