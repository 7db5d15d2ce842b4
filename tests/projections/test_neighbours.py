"""What rows follow is found by keys: whatever the number of items, a fact costs what has to do with its own item."""

import re
from typing import Any

from sqlalchemy import event

from domain.log.log import Log
from projections.engine import Engine
from projections.equipment.registry import REGISTRY
from projections.read_model import Tables
from projections.statements import Statements
from tests.projections.recording import FIRST, SECOND, record
from tests.projections.running import into, unit, working


def test_neighbours_are_found_by_keys_alone(log: Log, engine: Engine, database_kind: str) -> None:
    record(log, [*working(), *unit((12, into(FIRST)), stream=SECOND)])
    engine.catch_up()
    explain = "EXPLAIN QUERY PLAN" if database_kind == "sqlite" else "EXPLAIN"
    writer = engine.views.engines[0]
    neighbours = Statements.of(REGISTRY, Tables.of(REGISTRY), writer.dialect).neighbours
    assert neighbours

    @event.listens_for(writer, "before_cursor_execute", retval=True)
    def explained(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> tuple[str, Any]:
        return f"{explain} {statement}", values

    with engine.views.write() as connection:
        found = connection.execute(neighbours.around.statement, {"its_keys": [SECOND.id]})
        steps = "\n".join(str(row[-1]) for row in found.cursor.fetchall())
    event.remove(writer, "before_cursor_execute", explained)
    assert "registry" in steps
    assert not re.search(r"Seq Scan|SCAN (each_row|item|unit|seed|first|former)\b", steps), steps
    assert not re.search(r"Index Cond: \(\(?valid_to", steps), steps
