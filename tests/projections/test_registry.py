"""The registry: filtered, sorted, paged both ways, stable while facts arrive, in few statements."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from domain.equipment.life import Commissioned, Installed, LaidUp, Released
from domain.equipment.model import ModelRegistered
from domain.equipment.operation import FailureReported
from domain.kernel.errors import ErrorDeclared
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from domain.parties.organisation import OrganisationRegistered
from projections.engine import Engine
from projections.equipment import models, registry
from projections.equipment.registry import RegistryFilter
from projections.paging import Page, Window
from projections.parties import organisations
from tests.projections.recording import (
    FIRST,
    MAKER,
    MODEL_ID,
    RUNNER,
    SECOND,
    THIRD,
    fact_id,
    micros,
    record,
    said,
)
from tests.projections.running import IN_STOCK, into, unit, working

ANY = RegistryFilter()
OTHER_MAKER = UUID(int=200)


def item(number: int) -> StreamRef:
    return StreamRef("equipment", UUID(int=number))


def released(serial: str, maker: UUID = MAKER) -> Released:
    return Released(model_id=MODEL_ID, manufacturer_id=maker, serial=serial)


@pytest.fixture
def fleet(log: Log, engine: Engine) -> Iterator[Connection]:
    """Seven items; the serials run against the ids; the sixth is of another maker, the seventh of a unit's kind."""
    facts = [said(number, item(number), released(f"Px-{9 - number}"), number) for number in range(1, 6)]
    facts += [said(6, item(6), released("QX-1", OTHER_MAKER), 6), said(7, item(7), released("Ü-7"), 7)]
    facts += [said(8, item(7), Installed(parent_id=UUID(int=1), slot="pump"), 8)]
    facts += [said(9, item(6), Commissioned(operator_id=RUNNER, act="ACT-1"), 9)]
    facts += [said(10, item(2), FailureReported(failure_mode="leak", impact="critical", detection="operator"), 10)]
    record(log, facts)
    engine.catch_up()
    with engine.views.read() as connection:
        yield connection


def serials(page: Page[Any]) -> list[str]:
    return [each.serial for each in page.items]


def test_pages_go_forwards_and_backwards_through_all_items_once(fleet: Connection) -> None:
    pages = [registry.items(fleet, ANY, Window(limit=3))]
    while pages[-1].next:
        pages.append(registry.items(fleet, ANY, Window(limit=3, after=pages[-1].next)))
    assert [serials(page) for page in pages] == [["Px-4", "Px-5", "Px-6"], ["Px-7", "Px-8", "QX-1"], ["Ü-7"]]
    assert pages[0].previous is None
    back = [registry.items(fleet, ANY, Window(limit=3, before=pages[-1].previous))]
    while back[-1].previous:
        back.append(registry.items(fleet, ANY, Window(limit=3, before=back[-1].previous)))
    assert [serials(page) for page in back] == [["Px-7", "Px-8", "QX-1"], ["Px-4", "Px-5", "Px-6"]]
    assert back[0].next == pages[1].next


def test_a_full_last_page_has_no_next_one(fleet: Connection) -> None:
    assert registry.items(fleet, ANY, Window(limit=7)).next is None
    assert registry.items(fleet, RegistryFilter(stage="disposed"), Window()) == Page(
        items=(), position=10, next=None, previous=None
    )


def test_items_are_sorted_by_id_if_asked(fleet: Connection) -> None:
    first = registry.items(fleet, ANY, Window(limit=2), sort="id")
    assert serials(first) == ["Px-8", "Px-7"]
    assert serials(registry.items(fleet, ANY, Window(limit=2, after=first.next), sort="id")) == ["Px-6", "Px-5"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RegistryFilter(stage="released"), ["Px-4", "Px-5", "Px-6", "Px-7", "Px-8", "QX-1", "Ü-7"]),
        (RegistryFilter(manufacturer_id=OTHER_MAKER), ["QX-1"]),
        (RegistryFilter(operator_id=RUNNER), ["QX-1"]),
        (RegistryFilter(model_id=UUID(int=1)), []),
        (RegistryFilter(parent_id=UUID(int=1)), ["Ü-7"]),
        (RegistryFilter(serial=" PX-5 "), ["Px-5"]),
        (RegistryFilter(serial="U\u0308-7"), ["Ü-7"]),
        (RegistryFilter(serial_prefix="px-"), ["Px-4", "Px-5", "Px-6", "Px-7", "Px-8"]),
        (RegistryFilter(serial_prefix="Ü"), ["Ü-7"]),
        (RegistryFilter(serial_prefix="%"), []),
        (RegistryFilter(faulty=True), ["Px-7"]),
        (RegistryFilter(scope=RUNNER), ["QX-1"]),
        (RegistryFilter(scope=UUID(int=999)), []),
        (RegistryFilter(scope=OTHER_MAKER, serial_prefix="px"), []),
    ],
)
def test_filters_find_what_they_say(fleet: Connection, wanted: RegistryFilter, found: list[str]) -> None:
    listed = registry.items(fleet, wanted, Window(counted=True))
    assert (serials(listed), listed.count) == (found, len(found))


def test_pages_stay_stable_while_facts_arrive(fleet: Connection, log: Log, engine: Engine) -> None:
    first = registry.items(fleet, ANY, Window(limit=3))
    wrong = ErrorDeclared(wrong_fact=fact_id(2), explanation="wrong-serial")
    record(
        log, [said(11, item(2), wrong, 11), said(12, item(2), released("ZZ-1"), 2), said(13, item(8), released("A"), 0)]
    )
    engine.catch_up()
    with engine.views.read() as later:
        rest = registry.items(later, ANY, Window(limit=9, after=first.next), known_at=first.position)
        assert serials(rest) == ["Px-7", "Px-8", "QX-1", "Ü-7"]
        assert serials(registry.items(later, ANY, Window(limit=9))) == ["A", "Px-4", "Px-5", "Px-6", "Px-8", "QX-1", "ZZ-1", "Ü-7"]  # fmt: skip  # noqa: E501
        assert serials(registry.items(later, ANY, Window(limit=9), as_of=micros(1))) == ["A", "Px-8"]
        assert serials(registry.items(later, ANY, Window(limit=9), as_of=micros(2), known_at=10)) == ["Px-7", "Px-8"]


def test_one_item_is_found_at_any_time(fleet: Connection) -> None:
    assert registry.item(fleet, UUID(int=6), as_of=micros(5)) is None
    before = registry.item(fleet, UUID(int=6), as_of=micros(8))
    after = registry.item(fleet, UUID(int=6))
    assert before is not None
    assert after is not None
    assert (before.operator_id, after.operator_id) == (None, RUNNER)


def test_a_page_costs_three_statements_for_who_sees_little(fleet: Connection, queries: list[tuple[str, Any]]) -> None:
    queries.clear()
    registry.items(fleet, RegistryFilter(scope=MAKER, stage="released"), Window(limit=5))
    assert len(queries) == 3


def test_a_unit_of_a_unit_follows_what_was_above_both_then(log: Log, engine: Engine) -> None:
    facts = working((15, LaidUp()), stream=FIRST) + unit((11, into(FIRST)), (20, IN_STOCK), stream=SECOND)
    record(log, facts + unit((12, into(SECOND)), stream=THIRD, first=300))
    engine.catch_up()
    told = {11: "in_stock", 13: "in_service", 16: "laid_up", 21: "installed", None: "installed"}
    with engine.views.read() as connection:
        for hour, stage in told.items():
            as_of = None if hour is None else micros(hour)
            found = registry.item(connection, THIRD.id, as_of=as_of)
            assert found is not None
            assert found.stage == stage
            for each in told.values():
                listed = registry.items(connection, RegistryFilter(stage=each), Window(), as_of=as_of)
                assert (THIRD.id in {one.equipment_id for one in listed.items}) is (each == stage)


ORDERED = (
    ANY,
    RegistryFilter(stage="released"),
    RegistryFilter(model_id=MODEL_ID),
    RegistryFilter(manufacturer_id=MAKER),
    RegistryFilter(operator_id=RUNNER),
    RegistryFilter(parent_id=UUID(int=1)),
    RegistryFilter(came_from=UUID(int=1)),
    RegistryFilter(owner_id=RUNNER),
    RegistryFilter(serial_prefix="px"),
)


@pytest.mark.parametrize("wanted", ORDERED)
def test_a_page_is_read_from_an_index_in_its_order(
    fleet: Connection, queries: list[tuple[str, Any]], wanted: RegistryFilter
) -> None:
    explain = "EXPLAIN QUERY PLAN"
    if fleet.dialect.name == "postgresql":
        explain = "EXPLAIN"
        for ordinary in ("seqscan", "bitmapscan", "sort"):  # so small a table would be sorted
            fleet.execute(text(f"SET LOCAL enable_{ordinary} = off"))
    registry.items(fleet, wanted, Window(limit=5, after=("px-5", UUID(int=4))))
    statement, values = queries[-1]
    plan = str([row[-1] for row in fleet.exec_driver_sql(f"{explain} {statement}", values)])
    assert "SEARCH registry USING INDEX" in plan or "Index Scan using registry" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("stage", ["installed", "in_service", "laid_up"])
def test_items_of_a_stage_that_is_told_are_read_through_the_index_of_it(
    fleet: Connection, queries: list[tuple[str, Any]], stage: str
) -> None:
    explain = "EXPLAIN QUERY PLAN"
    if fleet.dialect.name == "postgresql":
        explain = "EXPLAIN"
        for ordinary in ("seqscan", "bitmapscan", "incremental_sort"):
            fleet.execute(text(f"SET LOCAL enable_{ordinary} = off"))
    queries.clear()
    registry.items(fleet, RegistryFilter(stage=stage), Window(limit=5, after=("px-5", UUID(int=4))))
    assert len(queries) == 3  # nothing was found that could tell the position with it
    statement, values = queries[-1]
    plan = [str(row[-1]) for row in fleet.exec_driver_sql(f"{explain} {statement}", values)]
    through = [line for line in plan if re.search(r"\(+told_stage ?= ?(\?|')", line)]
    scans = [line for line in plan if "SCAN registry" in line or "Seq Scan on registry" in line]
    assert (len(through), scans) == (1, []), "\n".join(plan)


def test_models_and_organisations_are_listed_by_name(log: Log, engine: Engine, queries: list[tuple[str, Any]]) -> None:
    names = ["Press", "press brake", "Änderung"]
    facts = [
        said(number, StreamRef("model", UUID(int=number)), ModelRegistered(designation=name, manufacturer_id=MAKER), 1)
        for number, name in enumerate(names, start=1)
    ]
    facts += [said(9, StreamRef("organisation", MAKER), OrganisationRegistered(name="Northern Works", country="NO"), 1)]
    record(log, facts)
    engine.catch_up()
    with engine.views.read() as connection:
        queries.clear()
        first = models.models(connection, Window(limit=2), manufacturer_id=MAKER)
        assert [each.designation for each in first.items] == ["Press", "press brake"]
        rest = models.models(connection, Window(limit=2, after=first.next), manufacturer_id=MAKER)
        assert [each.designation for each in rest.items] == ["Änderung"]
        assert models.models(connection, Window(), manufacturer_id=RUNNER).items == ()
        assert len(models.models(connection, Window(), discontinued=False).items) == 3
        assert models.models(connection, Window(), discontinued=True).items == ()
        (works,) = organisations.organisations(connection, Window()).items
        assert (works.organisation_id, works.name, works.country, works.members) == (MAKER, "Northern Works", "NO", 0)
        assert len(queries) == 12


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 1001}, {"after": (1,), "before": (1,)}])
def test_windows_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a page has"):
        Window(**wrong)
