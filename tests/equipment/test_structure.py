from uuid import UUID

import pytest

from domain.equipment.custody import Lost
from domain.equipment.ending_commands import DisposeOfEquipment
from domain.equipment.life import Installed, Removed
from domain.equipment.refusals import (
    AlreadyDisposed,
    CyclicAssembly,
    NotPossibleAtThisStage,
    SlotOccupied,
    UnitNotInstalledHere,
    UnitsInside,
    UnitSitsElsewhere,
)
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.equipment.structure_commands import InstallUnit, RemoveUnit
from domain.kernel.facts import Fact
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamRef
from tests.equipment.lives import (
    DECOMMISSIONED,
    DISPOSED,
    IN_SERVICE,
    ITEM,
    ITEM_ID,
    OTHER,
    OTHER_ID,
    RELEASED,
    REMOVED,
    UNIT,
    UNIT_ID,
    UNIT_IN,
    UNIT_IN_STOCK,
)
from tests.scenario import HOUR, given

INSTALL_UNIT = InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump")
REMOVE_UNIT = RemoveUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump", maintenance_type="corrective")
DISPOSE = DisposeOfEquipment(equipment_id=ITEM_ID, method="recycled", waste_document="WTN-1")
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


@pytest.mark.parametrize(
    ("parent", "refusal"),
    [
        ((*IN_SERVICE, DECOMMISSIONED), NotPossibleAtThisStage),
        ((*IN_SERVICE, Lost()), NotPossibleAtThisStage),
        ((*IN_SERVICE, DECOMMISSIONED, DISPOSED), AlreadyDisposed),
    ],
)
def test_nothing_is_built_into_what_is_at_its_end_or_lost(parent: tuple[Fact, ...], refusal: type[Refusal]) -> None:
    given(ITEM, *parent).given(UNIT, *UNIT_IN_STOCK).when(INSTALL_UNIT).then_refused(refusal)


def test_an_item_is_not_disposed_of_with_units_inside() -> None:
    BUILT_IN.given(ITEM, DECOMMISSIONED).when(DISPOSE).then_refused(UnitsInside)


def test_a_unit_comes_out_of_a_decommissioned_item_which_then_is_disposed_of() -> None:
    ended = BUILT_IN.given(ITEM, DECOMMISSIONED)
    ended.when(REMOVE_UNIT).then_on((ITEM, OUT), (UNIT, Removed(to="quarantined")))
    ended.given(ITEM, OUT).given(UNIT, REMOVED).when(DISPOSE).then(DISPOSED)


def test_a_removal_before_its_installation_is_refused() -> None:
    early = next(each.occurred_at for _, each in BUILT_IN.happened if each.fact == UNIT_IN) - HOUR / 2
    BUILT_IN.when(REMOVE_UNIT, at=early).then_refused(UnitNotInstalledHere)


def test_trees_are_of_any_depth() -> None:
    deep, last = given(ITEM, *IN_SERVICE), ITEM
    for number in range(100, 150):
        unit = StreamRef("equipment", UUID(int=number))
        deep = deep.given(last, UnitInstalled(unit_id=unit.id, slot="pump"))
        deep, last = deep.given(unit, *UNIT_IN_STOCK, Installed(parent_id=last.id, slot="pump")), unit
    deeper = InstallUnit(equipment_id=last.id, unit_id=UNIT_ID, slot="pump")
    deep.given(UNIT, *UNIT_IN_STOCK).when(deeper).then(UNIT_IN, Installed(parent_id=last.id, slot="pump"))
    ring = InstallUnit(equipment_id=last.id, unit_id=ITEM_ID, slot="pump")
    deep.when(ring).then_refused(CyclicAssembly)


def test_a_late_installation_does_not_close_a_ring_of_three_with_what_happened_since() -> None:
    units = given(ITEM, *UNIT_IN_STOCK).given(UNIT, *UNIT_IN_STOCK).given(OTHER, *UNIT_IN_STOCK)
    moment = units.happened[-1][1].occurred_at + HOUR / 2
    since = units.given(OTHER, UnitInstalled(unit_id=ITEM_ID, slot="pump"))
    since = since.given(ITEM, Installed(parent_id=OTHER_ID, slot="pump"))
    open_still = InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump")
    since.when(open_still, at=moment).then(UNIT_IN, INTO_ITEM)
    closing = InstallUnit(equipment_id=UNIT_ID, unit_id=OTHER_ID, slot="pump")
    since.given(ITEM, UNIT_IN).given(UNIT, INTO_ITEM).when(closing, at=moment).then_refused(CyclicAssembly)


def test_an_assembly_that_was_a_ring_no_more_is_none() -> None:
    was = BUILT_IN.given(ITEM, OUT).given(UNIT, REMOVED).given(ITEM, Removed(to="in_stock"))
    other_way = InstallUnit(equipment_id=UNIT_ID, unit_id=ITEM_ID, slot="pump")
    was.when(other_way).then(UnitInstalled(unit_id=ITEM_ID, slot="pump"), Installed(parent_id=UNIT_ID, slot="pump"))


def test_where_one_stream_alone_has_the_unit_installing_it_brings_the_other_into_line() -> None:
    given(ITEM, *IN_SERVICE, UNIT_IN).given(UNIT, *UNIT_IN_STOCK).when(INSTALL_UNIT).then_on((UNIT, INTO_ITEM))
    given(ITEM, *IN_SERVICE).given(UNIT, *UNIT_IN_STOCK, INTO_ITEM).when(INSTALL_UNIT).then_on((ITEM, UNIT_IN))


def test_where_one_stream_alone_has_the_unit_removing_it_brings_that_into_line() -> None:
    given(ITEM, *IN_SERVICE, UNIT_IN).given(UNIT, *UNIT_IN_STOCK).when(REMOVE_UNIT).then_on((ITEM, OUT))
    alone = given(ITEM, *IN_SERVICE).given(UNIT, *UNIT_IN_STOCK, INTO_ITEM)
    alone.when(REMOVE_UNIT).then_on((UNIT, Removed(to="quarantined")))


def test_a_unit_that_was_lost_where_it_sat_is_taken_off_the_list_of_the_item() -> None:
    BUILT_IN.given(UNIT, Lost()).when(REMOVE_UNIT).then_on((ITEM, OUT))
