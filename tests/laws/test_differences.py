"""Laws of differences: what differs between two points is what differs between the two answers, whatever happened."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import Connection

from domain.equipment.terms import Stage
from projections.engine import Engine
from projections.equipment import registry
from projections.equipment.facts_between import Point
from projections.equipment.fleet_differences import DifferentItem, different_items
from projections.equipment.registry import REGISTRY, RegisteredItem, RegistryFilter
from projections.paging import Page, Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import HOURS, lives
from tests.laws.test_above import LANDLORD, LESSOR, TREE, trees
from tests.projections.recording import MAKER, RUNNER, Said, micros, opened, record

points = st.tuples(st.none() | st.integers(-1, HOURS), st.integers(0, 30))
filters = st.builds(
    RegistryFilter,
    stage=st.none() | st.sampled_from([stage.value for stage in Stage]),
    parent_id=st.none() | st.sampled_from([item.id for item in TREE]),
    operator_id=st.none() | st.just(RUNNER),
    faulty=st.none() | st.booleans(),
    serial_prefix=st.none() | st.sampled_from(["s", "a", "b"]),
)
scopes = st.none() | st.sampled_from([MAKER, RUNNER, LESSOR, LANDLORD])


def point(asked: tuple[int | None, int], head: int) -> Point:
    hour, known_at = asked
    return Point(None if hour is None else micros(hour), min(known_at, head))


def listed(connection: Connection, wanted: RegistryFilter, at: Point) -> dict[UUID, RegisteredItem]:
    """Return the whole list of items as it was at one point."""
    found = registry.items(connection, wanted, Window(limit=1000), sort="id", as_of=at.as_of, known_at=at.known_at)
    return {each.equipment_id: each for each in found.items}


def expected(
    connection: Connection, wanted: RegistryFilter, scope: UUID | None, before: Point, after: Point
) -> list[DifferentItem]:
    """Compare two whole lists, item by item: of those that either filtered list has."""
    seen = RegistryFilter(scope=scope)
    old, new = listed(connection, seen, before), listed(connection, seen, after)
    fitting = listed(connection, wanted, before).keys() | listed(connection, wanted, after).keys()
    return [
        DifferentItem(equipment_id=item, before=old.get(item), after=new.get(item))
        for item in sorted(old.keys() | new.keys())
        if item in fitting and old.get(item) != new.get(item)
    ]


def all_of(connection: Connection, wanted: RegistryFilter, before: Point, after: Point) -> list[DifferentItem]:
    """Return everything that differs, in pages of two; backwards it is the same."""

    def ask(window: Window) -> Page[DifferentItem]:
        return different_items(connection, wanted, window, before, after)

    pages = [ask(Window(limit=2))]
    while pages[-1].next:
        pages.append(ask(Window(limit=2, after=pages[-1].next)))
    back = [pages[-1]]
    while back[-1].previous:
        back.append(ask(Window(limit=2, before=back[-1].previous)))
    assert [each.items for each in back[::-1]] == [each.items for each in pages]
    return [item for each in pages for item in each.items]


def check_fleet(url: str, facts: list[Said], asked: Any, wanted: RegistryFilter, scope: UUID | None) -> None:
    log = opened(url)
    record(log, facts)
    engine = Engine(log, views_url(url), (REGISTRY,), batch=7)
    engine.catch_up()
    with engine.views.read() as connection:
        for pair in asked:
            before, after = (point(each, len(facts)) for each in pair)
            for choice in (RegistryFilter(), wanted):
                told = expected(connection, choice, scope, before, after)
                only = replace(choice, scope=scope)
                assert all_of(connection, only, before, after) == told
                assert different_items(connection, only, Window(counted=True), before, after).count == len(told)
    engine.close()
    log.close()


def test_the_fleet_differs_as_two_whole_lists_do(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: Any, wanted: RegistryFilter, scope: UUID | None) -> None:
        check_fleet(fresh(), facts, asked, wanted, scope)

    pairs = st.lists(st.tuples(points, points), min_size=1, max_size=2)
    law(database_kind, example, facts=lives() | trees(), asked=pairs, wanted=filters, scope=scopes)
