"""What is told of a unit follows from the topmost item above it."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.equipment.refusals import NotInService
from domain.equipment.state import Equipment
from domain.equipment.structure import ancestors, require_service_above, told_stage
from domain.equipment.terms import Stage
from tests.equipment.lives import ITEM_ID, OTHER_ID, UNIT_ID

UNIT = Equipment(stage=Stage.INSTALLED, parent_id=ITEM_ID, slot="pump")
FOLLOWED = [
    (Stage.IN_SERVICE, Stage.IN_SERVICE),
    (Stage.UNDER_REPAIR, Stage.IN_SERVICE),
    (Stage.UNDER_MODERNISATION, Stage.IN_SERVICE),
    (Stage.LAID_UP, Stage.LAID_UP),
    (Stage.LOST, Stage.LOST),
    (Stage.DECOMMISSIONED, Stage.DECOMMISSIONED),
    *((stage, Stage.INSTALLED) for stage in (Stage.INSTALLED, Stage.DELIVERED, Stage.IN_STOCK, Stage.QUARANTINED)),
]


@pytest.mark.parametrize(("topmost", "told"), FOLLOWED)
def test_a_unit_is_told_as_what_is_above_it(topmost: Stage, told: Stage) -> None:
    assert told_stage(UNIT, [Equipment(stage=topmost)]) is told
    assert told_stage(UNIT, [replace(UNIT, parent_id=OTHER_ID), Equipment(stage=topmost)]) is told


def test_a_unit_follows_the_assembly_that_was_lost_out_of_its_parent() -> None:
    lost = Equipment(stage=Stage.LOST, parent_id=OTHER_ID)
    assert told_stage(UNIT, [lost, Equipment(stage=Stage.IN_SERVICE)]) is Stage.LOST


@pytest.mark.parametrize("stage", [None, *Stage])
def test_what_is_in_no_parent_is_told_as_its_own_stream_has_it(stage: Stage | None) -> None:
    assert told_stage(Equipment(stage=stage), []) is stage


def test_a_lost_unit_is_lost_whatever_is_above_it() -> None:
    assert told_stage(replace(UNIT, stage=Stage.LOST), [Equipment(stage=Stage.IN_SERVICE)]) is Stage.LOST


def test_a_unit_of_which_nothing_above_is_known_is_installed() -> None:
    assert told_stage(UNIT, []) is told_stage(UNIT, [Equipment()]) is Stage.INSTALLED


@pytest.mark.parametrize("topmost", [Stage.INSTALLED, Stage.LAID_UP, Stage.DECOMMISSIONED, Stage.LOST])
def test_a_unit_does_not_work_in_what_is_not_in_service(topmost: Stage) -> None:
    with pytest.raises(NotInService):
        require_service_above(UNIT, [Equipment(stage=topmost)])


def test_a_unit_works_in_what_is_in_service_and_what_is_no_unit_is_asked_nothing() -> None:
    require_service_above(UNIT, [Equipment(stage=Stage.IN_SERVICE)])
    require_service_above(Equipment(stage=Stage.LAID_UP), [])


def test_what_is_above_a_unit_is_looked_up_once_each_in_order() -> None:
    known = {ITEM_ID: replace(UNIT, parent_id=OTHER_ID), OTHER_ID: Equipment(stage=Stage.IN_SERVICE)}
    asked: list[UUID] = []

    def look(each: UUID) -> Equipment:
        asked.append(each)
        return known[each]

    assert ancestors(UNIT, look) == (known[ITEM_ID], known[OTHER_ID])
    assert asked == [ITEM_ID, OTHER_ID]


def test_looking_up_ends_in_a_ring() -> None:
    ring = {ITEM_ID: replace(UNIT, parent_id=UNIT_ID), UNIT_ID: UNIT}
    assert len(ancestors(UNIT, ring.__getitem__)) == 2


def test_the_stage_of_a_unit_follows_however_deep_it_sits() -> None:
    def look(each: UUID) -> Equipment:
        return replace(UNIT, parent_id=UUID(int=each.int + 1)) if each.int < 2_000 else Equipment(stage=Stage.LAID_UP)

    unit = replace(UNIT, parent_id=UUID(int=1))
    assert told_stage(unit, ancestors(unit, look)) is Stage.LAID_UP
