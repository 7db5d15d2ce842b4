"""Operating times of a fleet: each as it is told of the item, in as few statements as one, filtered, sorted, paged."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import pytest
from sqlalchemy import Connection

from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import operating_time as single
from projections.equipment import operating_times as question
from projections.equipment.operating_times import ItemOperatingTime
from projections.equipment.registry import RegistryFilter
from projections.paging import MOST, Page, Window
from projections.statements import MOST_NAMED
from tests.projections.recording import FIRST, RUNNER, SECOND, THIRD, Said, micros, record, said
from tests.projections.running import LIFE, into, read, reported, told, unit, working

ALL = RegistryFilter()
PRESS = working((20, read("10")), (40, read("30")))
STARTS = working((20, read("900", "starts", "1")), (41, reported(10, 40, "12")), stream=THIRD, first=300)


def fleet(size: int) -> list[Said]:
    """Return an item that runs, and units, each of which sits in the one before it or in the first."""
    units = [StreamRef("equipment", UUID(int=1_000 + number)) for number in range(size)]
    parents = [FIRST if number % 3 == 0 else units[number - 1] for number in range(size)]
    pairs = enumerate(zip(units, parents, strict=True))
    built_in = [told(1_000 + 2 * n, inner, LIFE[0], (20, into(outer))) for n, (inner, outer) in pairs]
    return [*PRESS, *(fact for facts in built_in for fact in facts)]


def listed(connection: Connection, limit: int = 20, **more: Any) -> Page[ItemOperatingTime]:
    wanted = more.pop("wanted", ALL)
    return question.operating_times(connection, wanted, Window(limit=limit, counted=True), **more)


@pytest.mark.parametrize("size", [1, 30])
def test_a_page_costs_few_statements_however_many_items_it_has(
    log: Log, engine: Engine, queries: list[tuple[str, Any]], size: int
) -> None:
    record(log, fleet(size))
    engine.catch_up()
    with engine.views.read() as connection:
        queries.clear()
        page = question.operating_times(connection, ALL, Window(limit=100), as_of=micros(30))
        assert len(queries) == 6
    assert {(each.item.equipment_id, each.done.measured) for each in page.items if each.item.parent_id} == {
        (UUID(int=1_000 + number), Decimal(10)) for number in range(size)
    }


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_largest_page_costs_two_statements_more(log: Log, engine: Engine, queries: list[tuple[str, Any]]) -> None:
    others = [StreamRef("equipment", UUID(int=1_000 + number)) for number in range(MOST)]
    record(log, [said(1_000 + number, each, LIFE[0][1], 0) for number, each in enumerate(others)])
    last = told(9_000, others[-1], (1, read("7")))
    record(log, last)
    engine.catch_up()
    with engine.views.read() as connection:
        queries.clear()
        page = question.operating_times(connection, ALL, Window(limit=MOST), sort="id")
        assert (len(page.items), len(queries), MOST // MOST_NAMED) == (MOST, 7, 2)
    assert [each.done.measured for each in page.items[-2:]] == [Decimal(0), Decimal(7)]
    assert len({each.item.equipment_id for each in page.items}) == MOST


def test_each_figure_is_the_one_that_is_told_of_the_item(log: Log, engine: Engine) -> None:
    record(log, [*PRESS, *unit((20, into(FIRST)), (25, read("9"))), *STARTS])
    engine.catch_up()
    with engine.views.read() as connection:
        for meter in ("operating-time", "starts", "none"):
            for as_of, known_at in ((None, None), (micros(30), None), (None, 7), (micros(30), 7)):
                asked: dict[str, Any] = {"meter": meter, "as_of": as_of, "known_at": known_at}
                page = listed(connection, **asked)
                assert page.count == len(page.items) == (1 if known_at else 3)
                for each in page.items:
                    assert each.done == single.operating_time(connection, each.item.equipment_id, **asked)


def test_units_of_measurement_of_items_are_told_apart(log: Log, engine: Engine) -> None:
    inner = unit((12, read("5", "way", "mi")), (13, into(THIRD)))
    outer = working((20, read("100", "way", "km")), stream=THIRD, first=300)
    record(log, [*inner, *outer, *working((20, read("60", "way", "mi")))])
    engine.catch_up()
    with engine.views.read() as connection:
        for sort in get_args(question.Sort):
            page = listed(connection, sort=sort, meter="way")
            figures = {each.item.equipment_id: (str(each.done.total), each.done.unit) for each in page.items}
            assert figures == {FIRST.id: ("60", "mi"), SECOND.id: ("5", "mi"), THIRD.id: ("100", "km")}


def test_the_last_reading_is_the_last_one_by_the_moment(log: Log, engine: Engine) -> None:
    record(log, [*PRESS, *unit((12, into(FIRST)))])
    engine.catch_up()
    with engine.views.read() as connection:

        def last(hour: int | None) -> list[int | None]:
            page = listed(connection, sort="id", as_of=None if hour is None else micros(hour))
            return [None if each.last_read is None else each.last_read.at for each in page.items]

        assert [last(hour) for hour in (19, 20, 39, 40, None)] == [
            [None, None],
            [micros(20), None],
            [micros(20), None],
            [micros(40), None],
            [micros(40), None],
        ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ALL, [FIRST, SECOND, THIRD]),
        (replace(ALL, operator_id=RUNNER), [FIRST, THIRD]),
        (replace(ALL, parent_id=FIRST.id), [SECOND]),
        (replace(ALL, stage="in_service"), [FIRST, SECOND, THIRD]),
        (replace(ALL, model_id=UUID(int=1)), []),
        (replace(ALL, scope=RUNNER), [FIRST, SECOND, THIRD]),
        (replace(ALL, scope=UUID(int=1)), []),
    ],
)
def test_items_are_chosen_as_in_the_registry(
    log: Log, engine: Engine, wanted: RegistryFilter, expected: list[StreamRef]
) -> None:
    record(log, [*PRESS, *unit((20, into(FIRST))), *STARTS])
    engine.catch_up()
    with engine.views.read() as connection:
        page = listed(connection, wanted=wanted, sort="id")
    assert ([each.item.equipment_id for each in page.items], page.count) == (
        [each.id for each in expected],
        len(expected),
    )


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sort", get_args(question.Sort))
def test_nothing_but_rows_of_the_page_is_read(
    log: Log, engine: Engine, queries: list[tuple[str, Any]], sort: question.Sort
) -> None:
    record(log, [*PRESS, *unit((20, into(FIRST)))])
    engine.catch_up()
    queries.clear()
    with engine.views.read() as connection:
        question.operating_times(connection, ALL, Window(limit=1), sort=sort)
        explained = [
            [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            for statement, values in [*queries]
        ]
    page, *rest = explained[-3:]
    assert [line for line in page if "TEMP B-TREE" in line] == []
    scanned = {line.split()[1] for plan in rest for line in plan if line.startswith("SCAN")}
    assert scanned <= {"above", "turn", "units"}, "rows that are found through an index"
