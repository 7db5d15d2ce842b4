"""Laws of assemblies: of a unit and its parent the two streams say the same, at every moment of their lives."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given

from domain.equipment.contradictions import disagreements
from domain.equipment.custody_commands import ReportLoss
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.state import Equipment
from domain.equipment.structure_commands import InstallUnit
from domain.kernel.folding import Happening, in_order_of_life
from domain.kernel.refusals import ContradictsLaterFact
from domain.log.codec import happenings
from tests.application.desk import DAY, Desk
from tests.equipment.lives import ITEM_ID, UNIT_ID
from tests.laws.lives import STEPS, Step, history, live

Items = dict[UUID, Equipment]


def moments_of(desk: Desk, items: tuple[UUID, ...]) -> list[tuple[datetime, Items]]:
    """Return how the items stood after each moment at which something happened to one of them."""
    lived = {item: in_order_of_life(happenings(history(desk, item))) for item in items}
    states: Items = dict.fromkeys(items, EQUIPMENT.initial)
    told: list[tuple[datetime, Items]] = []
    for moment in sorted({each.occurred_at for facts in lived.values() for each in facts}):
        for item, facts in lived.items():
            states = {**states, item: _after(states[item], [each for each in facts if each.occurred_at == moment])}
        told.append((moment, states))
    return told


def _after(state: Any, facts: list[Happening]) -> Equipment:
    for each in facts:
        state = EQUIPMENT.evolve(state, each.fact, each.occurred_at)
    return state  # type: ignore[no-any-return]  # the state of an item


def require_one_story(items: Items) -> None:
    """Require that units and parents agree, that no unit is in two places, and that nothing contains itself."""
    for item, state in items.items():
        claims = {unit: told.slot for unit, told in items.items() if told.parent_id == item}
        assert disagreements(item, state, claims, items[state.parent_id] if state.parent_id else None) == []
        above, parent = {item}, state.parent_id
        while parent is not None:
            assert parent not in above, "a ring"
            above.add(parent)
            parent = items[parent].parent_id
    listed = [unit for state in items.values() for _, unit in state.units]
    filled = [(item, slot) for item, state in items.items() for slot, _ in state.units]
    assert len(set(listed)) == len(listed)
    assert len(set(filled)) == len(filled)


@given(steps=STEPS)
def test_unit_and_parent_agree_at_every_moment_unless_an_error_was_declared(desk: Desk, steps: list[Step]) -> None:
    life = live(desk, [step for step in steps if step.wrong is None])
    for _, items in moments_of(desk, life.items):
        require_one_story(items)


def test_a_late_installation_of_a_unit_that_was_lost_since_is_refused(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    desk.unit(UNIT_ID, "U-1")
    stocked = desk.clock.now
    desk.clock.turn(2 * DAY)
    desk.do(ReportLoss(equipment_id=UNIT_ID))
    with pytest.raises(ContradictsLaterFact):
        desk.do(InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump"), stocked + DAY)
