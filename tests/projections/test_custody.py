"""Custody and seats: read through an index on both databases, and what was declared wrong tells nothing of them."""

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text

from domain.equipment.custody import OwnershipTransferred
from domain.kernel.errors import ErrorDeclared
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import custody, installations, structure
from projections.equipment.custody import CustodyFilter
from projections.equipment.installations import Installation, UnitFilter
from projections.paging import Page, Window
from tests.projections.recording import FIRST, MAKER, MODEL_ID, RUNNER, SECOND, THIRD, fact_id, micros, record
from tests.projections.running import IN_STOCK, into, told, unit, working

FACTS = [
    *working((15, OwnershipTransferred(owner_id=RUNNER))),
    *unit((20, into(FIRST)), (30, IN_STOCK), (30, into(FIRST))),
]
ONE = Window(limit=5, after=("a-1", FIRST.id))

IN_ORDER: dict[str, tuple[CustodyFilter, custody.Sort]] = {
    "serial_normal": (CustodyFilter(lent=False), "serial"),
    "told_holder_id": (CustodyFilter(holder_id=MAKER), "serial"),
    "told_operator_id": (CustodyFilter(operator_id=RUNNER), "serial"),
    "told_owner_id": (CustodyFilter(owner_id=RUNNER), "serial"),
    "told_place": (CustodyFilter(place="hall-1"), "serial"),
    "model_id": (CustodyFilter(model_id=MODEL_ID), "serial"),
    "key": (CustodyFilter(), "id"),
}
"""The first column of each index, and a question that is read off it in its order."""


def plans(connection: Connection, queries: list[tuple[str, Any]], *, without: tuple[str, ...]) -> list[str]:
    """Return how the database reads the tables of all statements run so far."""
    asked, explain = [*queries], "EXPLAIN QUERY PLAN"
    if connection.dialect.name == "postgresql":
        explain = "EXPLAIN"
        for ordinary in without:  # so small a table would be read whole
            connection.execute(text(f"SET LOCAL enable_{ordinary} = off"))
    return [
        str(row[-1])
        for statement, values in asked
        for row in connection.exec_driver_sql(f"{explain} {statement}", values)
    ]


def searched(column: str, plan: list[str]) -> list[str]:
    """Return where an index is searched, not run through, by its first column; SQLite may make one for a question."""
    by_index = re.compile(rf"(SEARCH \w+ USING (COVERING )?INDEX |Index Cond: )[^=<>]*\(+(ROW\()?{column}\b")
    return [line for line in plan if by_index.search(line)]


@pytest.mark.parametrize("past", [{}, {"as_of": micros(25), "known_at": 12}])
@pytest.mark.parametrize("column", IN_ORDER)
def test_a_page_of_custody_is_read_off_an_index_in_its_order(
    log: Log, engine: Engine, queries: list[tuple[str, Any]], column: str, past: Any
) -> None:
    record(log, FACTS)
    engine.catch_up()
    wanted, sort = IN_ORDER[column]
    window = ONE if sort == "serial" else Window(limit=5, after=(FIRST.id,))
    with engine.views.read() as connection:
        queries.clear()
        custody.items(connection, wanted, window, sort=sort, **past)
        plan = plans(connection, queries[-1:], without=("seqscan", "bitmapscan", "sort"))
    assert searched(column, plan), plan
    assert [line for line in plan if "TEMP B-TREE" in line or "Sort" in line] == []


OF_ROWS_FOUND = re.compile(r"SCAN (anon_\d+|\(subquery-\d+\)|inside|chain|CONSTANT ROW)$")
"""What SQLite reads once more of the rows that it found."""

OF_AN_ITEM: dict[str, Callable[[Connection, Log, Any], Page[Any]]] = {
    "structure": lambda views, _, past: structure.structure(views, FIRST.id, Window(), **past),
    "installations": lambda views, log, past: installations.installations(views, log, SECOND.id, Window(), **past),
    "units": lambda views, log, past: installations.units(views, log, FIRST.id, UnitFilter(), Window(), **past),
    "holdings": lambda views, _, past: custody.holdings(views, SECOND.id, Window(), **past),
}


@pytest.mark.parametrize("past", [{}, {"as_of": micros(25), "known_at": len(FACTS)}])
@pytest.mark.parametrize(
    "asked",
    [("structure", "parent_id"), ("installations", "key"), ("units", "parent_id"), ("holdings", "key")],
)
def test_no_question_about_one_item_reads_a_table_whole(
    log: Log, engine: Engine, queries: list[tuple[str, Any]], asked: tuple[str, str], past: Any
) -> None:
    record(log, FACTS)
    engine.catch_up()
    question, column = asked
    with engine.views.read() as connection:
        queries.clear()
        assert OF_AN_ITEM[question](connection, log, past).items
        plan = plans(connection, queries, without=("seqscan", "bitmapscan", "hashjoin", "mergejoin"))
    assert searched(column, plan), plan
    assert [line for line in plan if "AUTOMATIC" in line] == []
    assert [line for line in plan if line.startswith("SCAN") and not OF_ROWS_FOUND.match(line)] == []
    scans = [after for line, after in itertools.pairwise([*plan, ""]) if re.search("Scan using|Seq Scan on", line)]
    assert [line for line in scans if "Index Cond" not in line] == []


def seats(log: Log, engine: Engine, **past: Any) -> list[Installation]:
    engine.catch_up()
    with engine.views.read() as connection:
        return list(installations.installations(connection, log, SECOND.id, Window(), **past).items)


def test_who_put_a_unit_in_is_never_a_fact_that_was_declared_wrong(log: Log, engine: Engine) -> None:
    wrong = ErrorDeclared(wrong_fact=fact_id(203), explanation="other-hour")
    record(log, unit((20, into(FIRST))))
    record(log, told(1, SECOND, (40, wrong), (20, into(FIRST)), (30, IN_STOCK)))
    (stay,) = seats(log, engine)
    assert (stay.installed and stay.installed.fact, stay.removed and stay.removed.fact) == (fact_id(2), fact_id(3))
    (then,) = seats(log, engine, known_at=4)
    assert (then.installed and then.installed.fact, then.removed) == (fact_id(203), None)
    assert seats(log, engine, known_at=5) == []


def test_of_what_happened_at_one_moment_the_first_took_a_unit_out_and_the_last_put_it_in(
    log: Log, engine: Engine
) -> None:
    moved = [(30, IN_STOCK), (30, into(THIRD)), (30, IN_STOCK), (30, into(THIRD))]
    record(log, unit((20, into(FIRST)), *moved))
    first, second = seats(log, engine)
    assert (first.parent_id, second.parent_id) == (FIRST.id, THIRD.id)
    words = [first.installed, first.removed, second.installed, second.removed]
    assert [word and word.position for word in words] == [4, 5, 8, None]


def test_a_unit_that_came_back_sat_there_twice_and_one_put_back_at_once_never_left(log: Log, engine: Engine) -> None:
    at_once, later = [(30, IN_STOCK), (30, into(FIRST))], [(40, IN_STOCK), (50, into(FIRST))]
    record(log, unit((20, into(FIRST)), *at_once, *later))
    assert [(each.begin, each.end) for each in seats(log, engine)] == [(micros(20), micros(40)), (micros(50), None)]
    assert [(each.begin, each.end) for each in seats(log, engine, as_of=micros(39))] == [(micros(20), None)]
