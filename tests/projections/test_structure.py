"""What is inside an item, where a question that it is answered from fails on a fact."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.equipment.life import Installed
from domain.equipment.model import BillRevised, ModelRegistered
from domain.kernel.envelope import Recorded
from domain.kernel.errors import ErrorDeclared
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import structure, technical_state
from projections.equipment.structure import NEEDS
from projections.equipment.technical_state import TECHNICAL_STATE
from projections.paging import Window
from projections.views import views_url
from tests.projections.recording import FIRST, MAKER, MODEL_ID, SECOND, fact_id, record, said
from tests.projections.test_history import RELEASED


def failing_on_the_unit(state: Any, recorded: Recorded, key: UUID) -> Any:
    if recorded.stream == SECOND:
        raise ZeroDivisionError
    return technical_state.evolve(state, recorded, key)


def test_a_unit_whose_technical_state_is_parked_is_told_without_it(log: Log, database_url: str) -> None:
    models = [each for each in NEEDS if each != TECHNICAL_STATE]
    failing = replace(TECHNICAL_STATE, evolve=failing_on_the_unit)
    engine = Engine(log, views_url(database_url), (*models, failing))
    seat = Installed(parent_id=FIRST.id, slot="pump")
    record(log, [said(1, FIRST, RELEASED, 0), said(2, SECOND, replace(RELEASED, serial="B-1"), 0)])
    record(log, [said(3, SECOND, seat, 1)])
    engine.catch_up()
    assert [each.read_model for each in engine.parked()] == ["technical_state"]
    with engine.views.read() as connection:
        told = structure.structure(connection, FIRST.id, Window()).items
    states = [each.condition and (each.condition.serial, each.condition.state) for each in told]
    assert states == [("A-1", "not_in_service"), ("B-1", None)]
    engine.close()


@pytest.mark.parametrize("hour", [1, 2], ids=["at the same moment", "later"])
def test_a_bill_whose_fact_is_declared_wrong_is_known_no_more(log: Log, engine: Engine, hour: int) -> None:
    design = StreamRef("model", MODEL_ID)
    model = ModelRegistered(designation="M", manufacturer_id=MAKER, maintainable_items=("pump",))
    record(log, [said(1, design, model, 0), said(2, FIRST, replace(RELEASED, bill_revision="B"), 4)])
    record(log, [said(3, design, BillRevised(revision="B", maintainable_items=("pump", "wrong")), 1)])
    record(log, [said(4, design, BillRevised(revision="C", maintainable_items=("pump", "valve")), hour)])
    record(log, [said(5, design, ErrorDeclared(wrong_fact=fact_id(3), explanation="other-model"), 5)])
    engine.catch_up()
    with engine.views.read() as connection:
        known = [structure.structure(connection, FIRST.id, Window(), known_at=each).items[0].empty for each in (3, 5)]
    assert known == [("pump", "wrong"), None]
