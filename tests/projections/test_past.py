"""What refolding reads: as many statements for a late fact of a long life as for one of a short life."""

from decimal import Decimal
from typing import Any

from sqlalchemy import event

from domain.equipment.meters import MeterReadingRecorded
from domain.kernel.errors import ErrorDeclared
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from tests.projections.recording import FIRST, SECOND, Said, fact_id, record, said
from tests.projections.test_history import RELEASED


def life(item: StreamRef, first: int, readings: int) -> list[Said]:
    """An item that was read at every even hour."""
    read = [MeterReadingRecorded(meter="operating-time", unit="h", value=Decimal(each)) for each in range(readings)]
    told = [said(first + number, item, fact, 2 * number) for number, fact in enumerate([RELEASED, *read])]
    return [*told, said(first + 98, item, ErrorDeclared(wrong_fact=fact_id(first + 1), explanation="wrong"), 90)]


def test_a_late_fact_of_a_long_life_costs_no_more_statements_than_one_of_a_short_life(log: Log, engine: Engine) -> None:
    statements = 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    record(log, [*life(FIRST, 100, 3), *life(SECOND, 200, 40)])
    engine.catch_up()
    event.listen(engine.views.engines[0], "before_cursor_execute", count)
    costs = []
    for number, item in enumerate((FIRST, SECOND)):
        statements = 0
        late = MeterReadingRecorded(meter="operating-time", unit="h", value=Decimal(1))
        record(log, [said(300 + number, item, late, 5)])
        engine.catch_up()
        costs.append(statements)
    assert costs[0] > 0
    assert costs[1] <= costs[0]
