"""How much a question of one organisation lets the database do."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, event, text

from projections.views import Views
from tests.projections.recording import RUNNER


def work(views: Views, ask: Callable[[Connection, UUID], Any]) -> int:
    """Return how much a question lets the database do: steps of SQLite's machine, rows that PostgreSQL reads."""
    with views.read() as connection:
        if views.is_sqlite:
            ask(connection, RUNNER)
            steps = [0]

            def note() -> None:
                steps[0] += 1

            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(note, 10)
            ask(connection, RUNNER)
            driver.set_progress_handler(None, 0)
            return steps[0]
        asked: list[tuple[str, Any]] = []

        def keep(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
            asked.append((statement, values))

        connection.execute(text("SET LOCAL enable_seqscan = off"))  # so small a table would be read whole
        event.listen(views.engines[1], "before_cursor_execute", keep)
        ask(connection, RUNNER)
        event.remove(views.engines[1], "before_cursor_execute", keep)
        plans = [
            connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar_one()
            for statement, values in asked
        ]
        return sum(rows(each[0]["Plan"] if isinstance(each, list) else json.loads(each)[0]["Plan"]) for each in plans)


def rows(plan: dict[str, Any]) -> int:
    """Return how many rows a plan and its parts touched."""
    names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck", "Rows Removed by Join Filter")
    own = sum(plan.get(name, 0) for name in names) * plan["Actual Loops"]
    return int(own) + sum(map(rows, plan.get("Plans", ())))


def analyze(views: Views) -> None:
    with views.engines[0].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
