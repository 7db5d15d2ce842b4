"""What rows follow is found by keys: whatever the number of items, a fact costs what has to do with its own item."""

import re
from typing import Any

from sqlalchemy import event

from domain.log.log import Log
from projections.engine import Engine
from tests.projections.recording import FIRST, SECOND, record
from tests.projections.running import into, unit, working


def test_neighbours_are_found_by_keys_alone(log: Log, engine: Engine, database_kind: str) -> None:
    said: list[tuple[str, Any]] = []
    writer = engine.views.engines[0]

    @event.listens_for(writer, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "RECURSIVE" in statement:
            said.append((statement, values))

    record(log, [*working(), *unit((12, into(FIRST)), stream=SECOND)])
    engine.catch_up()
    event.remove(writer, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if database_kind == "sqlite" else "EXPLAIN"
    assert said
    with engine.views.write() as connection:
        for statement, values in said:
            plan = connection.exec_driver_sql(f"{explain} {statement}", values)
            steps = "\n".join(str(row[-1]) for row in plan)
            assert not re.search(r"Seq Scan|SCAN (each_row|item|unit|seed|first|former)\b", steps), steps
            assert not re.search(r"Index Cond: \(\(?valid_to", steps), steps
