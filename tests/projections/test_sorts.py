"""Every order of a list is read off an index, whatever the number of rows: nothing is sorted to find a page."""

from collections.abc import Callable
from typing import Any, get_args

import pytest
from sqlalchemy import Connection

from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import configurations, contradictions, end_of_life, registry, technical_states
from projections.paging import Page, Window
from tests.projections.recording import record
from tests.projections.running import working

ONE = Window(limit=1)
LISTS: list[Callable[[Connection], Page[Any]]] = [
    *[
        lambda views, sort=sort: registry.items(views, registry.RegistryFilter(), ONE, sort=sort)
        for sort in get_args(registry.Sort)
    ],
    *[
        lambda views, sort=sort, state=state: technical_states.states(
            views, technical_states.StateFilter(state=state), ONE, sort=sort
        )
        for sort in get_args(technical_states.Sort)
        for state in (None, "fault")
        if (sort.removeprefix("-"), state) != ("id", "fault")
    ],
    *[
        lambda views, sort=sort: end_of_life.ends(views, end_of_life.EndFilter(), ONE, sort=sort)
        for sort in get_args(end_of_life.Sort)
    ],
    *[
        lambda views, sort=sort: configurations.configurations(
            views, configurations.ConfigurationFilter(), ONE, sort=sort
        )
        for sort in get_args(configurations.Sort)
    ],
    lambda views: contradictions.contradictions(views, contradictions.ContradictionFilter(), ONE),
    lambda views: contradictions.contradictions(views, contradictions.ContradictionFilter(code="not-certified"), ONE),
]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("asked", LISTS)
def test_a_page_is_read_off_an_index(
    log: Log, engine: Engine, queries: list[tuple[str, Any]], asked: Callable[[Connection], Page[Any]]
) -> None:
    record(log, working())
    engine.catch_up()
    queries.clear()
    with engine.views.read() as views:
        asked(views)
        statement, values = queries[-1]
        plan = [row[-1] for row in views.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert [line for line in plan if "TEMP B-TREE" in line] == []
