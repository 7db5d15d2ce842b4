from domain.equipment.life import Installed, Removed
from domain.equipment.refusals import (
    CyclicAssembly,
    NotPossibleAtThisStage,
    SlotOccupied,
    UnitNotInstalledHere,
    UnitSitsElsewhere,
)
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.equipment.structure_commands import InstallUnit, RemoveUnit
from tests.equipment.lives import (
    DECOMMISSIONED,
    IN_SERVICE,
    ITEM,
    ITEM_ID,
    OTHER,
    OTHER_ID,
    RELEASED,
    UNIT,
    UNIT_ID,
    UNIT_IN,
    UNIT_IN_STOCK,
)
from tests.scenario import given

INSTALL_UNIT = InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump")
REMOVE_UNIT = RemoveUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump", maintenance_type="corrective")
INTO_ITEM = Installed(parent_id=ITEM_ID, slot="pump")
OUT = UnitRemoved(unit_id=UNIT_ID, slot="pump", maintenance_type="corrective")

BUILT_IN = given(ITEM, *IN_SERVICE, UNIT_IN).given(UNIT, *UNIT_IN_STOCK, INTO_ITEM)


def test_installing_a_unit_is_said_by_both_streams_in_one_append() -> None:
    scenario = given(ITEM, *IN_SERVICE).given(UNIT, *UNIT_IN_STOCK)
    scenario.when(INSTALL_UNIT).then_on((ITEM, UNIT_IN), (UNIT, INTO_ITEM))


def test_installing_the_unit_where_it_sits_records_nothing() -> None:
    BUILT_IN.when(INSTALL_UNIT).then()


def test_removing_a_unit_is_said_by_both_streams_in_one_append() -> None:
    BUILT_IN.when(REMOVE_UNIT).then_on((ITEM, OUT), (UNIT, Removed(to="quarantined")))


def test_a_unit_that_is_not_there_is_not_removed() -> None:
    scenario = given(ITEM, *IN_SERVICE).given(UNIT, *UNIT_IN_STOCK)
    scenario.when(REMOVE_UNIT).then_refused(UnitNotInstalledHere)


def test_one_unit_sits_in_one_parent_only() -> None:
    elsewhere = InstallUnit(equipment_id=OTHER_ID, unit_id=UNIT_ID, slot="pump")
    BUILT_IN.given(OTHER, RELEASED).when(elsewhere).then_refused(UnitSitsElsewhere)


def test_one_position_holds_one_unit() -> None:
    second = InstallUnit(equipment_id=ITEM_ID, unit_id=OTHER_ID, slot="pump")
    BUILT_IN.given(OTHER, *UNIT_IN_STOCK).when(second).then_refused(SlotOccupied)


def test_an_item_is_not_part_of_itself() -> None:
    itself = InstallUnit(equipment_id=ITEM_ID, unit_id=ITEM_ID, slot="pump")
    given(ITEM, *IN_SERVICE).when(itself).then_refused(CyclicAssembly)


def test_one_unit_fills_one_position_even_after_its_own_stream_lost_it() -> None:
    lost = given(ITEM, *IN_SERVICE, UNIT_IN).given(UNIT, *UNIT_IN_STOCK)
    second = InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="seal")
    lost.when(second).then_refused(UnitSitsElsewhere)


def test_an_assembly_does_not_close_into_a_ring() -> None:
    deeper = BUILT_IN.given(UNIT, UnitInstalled(unit_id=OTHER_ID, slot="seal"))
    deeper = deeper.given(OTHER, *UNIT_IN_STOCK, Installed(parent_id=UNIT_ID, slot="seal"))
    ring = InstallUnit(equipment_id=OTHER_ID, unit_id=ITEM_ID, slot="pump")
    deeper.when(ring).then_refused(CyclicAssembly)


def test_nothing_is_built_into_a_decommissioned_item() -> None:
    scenario = given(ITEM, *IN_SERVICE, DECOMMISSIONED).given(UNIT, *UNIT_IN_STOCK)
    scenario.when(INSTALL_UNIT).then_refused(NotPossibleAtThisStage)
