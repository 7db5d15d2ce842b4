"""Repairs, failures and readings in the read models: found through an index, of those who take part, late facts too."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text, true

from domain.equipment.custody import Found, Lost
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.moments import FOREVER
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import failures, last_readings, open_repairs, overdue_readings, readings, repairs
from projections.equipment.failures import FailureFilter
from projections.equipment.repairs import RepairFilter
from projections.paging import Window
from tests.projections.recording import FIRST, MAKER, RUNNER, SECOND, fact_id, micros, record
from tests.projections.running import IN_STOCK, REPAIR, REPAIRED, read, told, working
from tests.projections.test_technical_state import failed

FACTS = [
    *working((20, failed()), (21, REPAIR), (25, REPAIRED), (30, REPAIR), (31, read("7"))),
    *working((22, REPAIR), stream=SECOND, first=200),
]


def states(engine: Engine, **asked: Any) -> list[tuple[int, str]]:
    past = {name: asked.pop(name) for name in ("as_of", "known_at") if name in asked}
    with engine.views.read() as connection:
        found = repairs.repairs(connection, RepairFilter(**asked), Window(), **past).items
    return [(each.begun, each.state) for each in found]


def test_a_completion_told_late_closes_a_repair_from_its_moment_on(log: Log, engine: Engine) -> None:
    record(log, FACTS)
    engine.catch_up()
    open_ = [(micros(22), "open"), (micros(30), "open")]
    assert states(engine) == [(micros(21), "completed"), *open_]
    assert states(engine, state="open") == open_
    record(log, told(1, FIRST, (33, REPAIRED)))
    record(log, told(2, SECOND, (23, REPAIRED)))
    engine.catch_up()
    assert states(engine, state="open") == []
    assert states(engine, state="open", as_of=micros(22)) == [(micros(21), "open"), (micros(22), "open")]
    assert states(engine, state="open", known_at=len(FACTS)) == open_
    wrong = ErrorDeclared(wrong_fact=fact_id(2), explanation="other-item")
    record(log, told(3, SECOND, (40, wrong)))
    engine.catch_up()
    assert states(engine, state="open") == open_[:1]
    assert states(engine, scope=RUNNER) == states(engine, scope=MAKER) == states(engine)
    assert states(engine, scope=fact_id(1)) == []


def test_a_repair_of_what_is_lost_is_given_up(log: Log, engine: Engine) -> None:
    record(log, working((20, REPAIR), (30, Lost())))
    engine.catch_up()
    assert states(engine) == [(micros(20), "given_up")]
    assert states(engine, as_of=micros(29)) == [(micros(20), "open")]


@pytest.mark.parametrize("away", [[IN_STOCK], [Lost(), Found(place="yard")]])
def test_nobody_runs_what_was_taken_away_when_it_is_repaired(log: Log, engine: Engine, away: list[Fact]) -> None:
    record(log, working(*((20 + number, fact) for number, fact in enumerate(away)), (30, REPAIR)))
    engine.catch_up()
    assert states(engine) == [(micros(30), "open")]
    assert states(engine, operator_id=RUNNER) == []


def test_the_length_and_the_begin_of_repairs_are_asked_for_to_the_microsecond(log: Log, engine: Engine) -> None:
    record(log, FACTS)
    engine.catch_up()
    took = micros(25) - micros(21)
    assert states(engine, state="completed", longer_than=took) == []
    assert states(engine, state="completed", longer_than=took - 1) == [(micros(21), "completed")]
    assert states(engine, state="open", open_before=micros(30)) == [(micros(22), "open")]
    assert states(engine, begun_from=micros(22), begun_to=micros(30)) == [(micros(22), "open")]


def test_a_reading_that_is_wrong_or_in_another_unit_tells_nothing(log: Log, engine: Engine) -> None:
    wrong = ErrorDeclared(wrong_fact=fact_id(106), explanation="other-item")
    record(log, working((20, read("5")), (20, read("6")), (30, read("900", unit="min")), (40, wrong)))
    engine.catch_up()
    with engine.views.read() as connection:
        listed = readings.readings(connection, log, FIRST.id, Window()).items
        (unread,) = overdue_readings.overdue(connection, micros(50), Window()).items
    assert [(each.shown, each.total) for each in listed] == [("5", "5"), ("6", None), ("900", None)]
    assert unread.last_read == micros(20)


ASKED: dict[str, Callable[[Any], object]] = {
    "repairs_": lambda views: repairs.repairs(views, RepairFilter(state="completed"), Window()),
    "open_repairs_": lambda views: repairs.repairs(views, RepairFilter(), Window(), sort="longest"),
    "failures_": lambda views: failures.failures(views, FailureFilter(), Window()),
    "last_readings_": lambda views: overdue_readings.overdue(views, micros(50), Window()),
}


ENDED_SINCE = {"open_repairs_", "last_readings_"}
"""What ended since is few: it is found by when it ended, and sorted."""
MANY, SOME = 3000, 500
NUMBERED = {"ranking", "begun", "failed_at", "read_at"}


def grown(connection: Connection) -> None:
    """Let tables have many rows that ended, and some that did not: PostgreSQL reads small ones whole, index or not."""
    for table in (repairs.TABLE, open_repairs.TABLE, failures.TABLE, last_readings.TABLE):
        for rows, times in ((table.c.valid_to < FOREVER, MANY), (table.c.valid_to == FOREVER, SOME)):
            number = func.generate_series(1, times).table_valued("number").render_derived()
            row = [each + number.c.number if each.name in NUMBERED else each for each in table.c if each.name != "key"]
            copies = select(func.gen_random_uuid(), *row).select_from(table.join(number, true())).where(rows)
            connection.execute(insert(table).from_select(list(table.c), copies))
        connection.execute(text(f"ANALYZE {table.name}"))


@pytest.mark.parametrize("index", ASKED)
def test_pages_are_read_through_an_index(log: Log, engine: Engine, queries: list[tuple[str, Any]], index: str) -> None:
    record(log, FACTS)
    engine.catch_up()
    on_sqlite = engine.views.is_sqlite
    if not on_sqlite:
        with engine.views.write() as connection:
            grown(connection)
    queries.clear()
    with engine.views.read() as connection:
        ASKED[index](connection)
        statement, values = next(each for each in queries if "ORDER BY" in each[0])
        explain = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", values)]
    using, whole = ("USING INDEX", "SCAN") if on_sqlite else ("Index Scan using", "Seq Scan")
    assert any(f"{using} {index}" in line for line in plan), plan
    of_parts = "SCAN anon_"  # of each part, no more than the page has
    assert not any(whole in line and using not in line and of_parts not in line for line in plan), plan
    if index in ENDED_SINCE:
        assert any("(ended_by>" in line or "Index Cond: ((ended_by >" in line for line in plan), plan
        assert any("MERGE (UNION ALL)" in line or "Merge Append" in line for line in plan), plan
    else:
        assert not any("TEMP B-TREE" in line or "Sort" in line for line in plan), plan
