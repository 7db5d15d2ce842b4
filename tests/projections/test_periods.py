"""Periods of which only totals are known: one by one, the earliest first, as of any moment and as was known."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, text

from domain.equipment.meters import PeriodReported
from domain.kernel.errors import ErrorDeclared
from domain.kernel.refusals import Unavailable
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.periods import ReportedPeriod, periods
from projections.paging import Page, Window
from tests.projections.recording import FIRST, SECOND, fact_id, micros, moment, record, said
from tests.projections.running import LIFE, SERVICE, read, told


def reported(begin: int, end: int, up: str, total: str | None = None, meter: str = "operating-time") -> PeriodReported:
    possible = None if total is None else Decimal(total)
    return PeriodReported(meter=meter, unit="h", begin=moment(begin), end=moment(end), up=Decimal(up), total=possible)


@pytest.fixture
def life(log: Log, engine: Engine) -> Iterator[Connection]:
    """An item of which the later period was reported first, one is a slip of a pen, and one of another counter."""
    facts = told(100, FIRST, *LIFE, *SERVICE, (40, reported(20, 30, "5.50", "10")), (41, reported(10, 20, "7")))
    facts += [said(200, FIRST, reported(11, 19, "1", meter="starts"), 41), said(201, FIRST, read("20"), 42)]
    facts += [said(202, FIRST, reported(30, 30, "1"), 43), said(203, FIRST, reported(31, 39, "NaN"), 43)]
    facts += [said(204, SECOND, reported(10, 20, "3"), 43)]
    facts += [said(205, FIRST, reported(30, 35, "2", "Infinity"), 44), said(206, FIRST, reported(35, 39, "9"), 45)]
    facts += [said(207, FIRST, ErrorDeclared(wrong_fact=fact_id(206), explanation="wrong"), 46)]
    record(log, facts)
    engine.catch_up()
    with engine.views.read() as connection:
        yield connection


def amounts(page: Page[ReportedPeriod]) -> list[str]:
    return [each.done for each in page.items]


def test_periods_are_told_as_they_were_reported_the_earliest_first(life: Connection) -> None:
    first, starts, second, third = periods(life, FIRST.id, Window()).items
    assert second == ReportedPeriod(
        position=6, meter="operating-time", unit="h", begin=micros(20), end=micros(30), done="5.50", possible="10"
    )
    assert (first.done, first.possible, first.position) == ("7", None, 7)
    assert (starts.meter, third.done, third.possible) == ("starts", "2", None)


def test_periods_are_told_of_one_counter_of_any_moment_and_as_was_known(life: Connection) -> None:
    assert amounts(periods(life, FIRST.id, Window(), meter="starts")) == ["1"]
    assert amounts(periods(life, FIRST.id, Window(), as_of=micros(40))) == ["5.50"]
    assert amounts(periods(life, FIRST.id, Window(), meter="operating-time", known_at=15)) == ["7", "5.50", "2"]
    last = periods(life, FIRST.id, Window()).position
    assert amounts(periods(life, FIRST.id, Window(), known_at=last - 1)) == ["7", "1", "5.50", "2", "9"]
    with pytest.raises(Unavailable):
        periods(life, FIRST.id, Window(), known_at=last + 1)


def test_pages_of_periods_go_forwards_and_backwards(life: Connection) -> None:
    first = periods(life, FIRST.id, Window(limit=2))
    rest = periods(life, FIRST.id, Window(limit=2, after=first.next))
    assert (amounts(first), amounts(rest), rest.next) == (["7", "1"], ["5.50", "2"], None)
    assert periods(life, FIRST.id, Window(limit=2, before=rest.previous)).items == first.items


def test_a_page_of_periods_is_read_from_an_index_in_two_statements(
    life: Connection, queries: list[tuple[str, Any]]
) -> None:
    explain = "EXPLAIN QUERY PLAN"
    if life.dialect.name == "postgresql":
        explain = "EXPLAIN"
        for ordinary in ("seqscan", "bitmapscan", "sort"):  # so small a table would be sorted
            life.execute(text(f"SET LOCAL enable_{ordinary} = off"))
    queries.clear()
    periods(life, FIRST.id, Window(limit=1, after=(micros(10), 7)))
    assert len(queries) == 2
    statement, values = queries[-1]
    plan = str([row[-1] for row in life.exec_driver_sql(f"{explain} {statement}", values)])
    assert "SEARCH meter_readings USING INDEX meter_readings_" in plan or "Index Scan using meter_readings_" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
