from uuid import UUID

import pytest

from domain.equipment.life import Installed, Removed
from domain.equipment.refusals import (
    CyclicAssembly,
    NotCertified,
    UnitNotInstalledHere,
    UnitSitsElsewhere,
)
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.equipment.structure_commands import ExchangeUnit
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef
from tests.equipment.lives import (
    CERTIFIED,
    IN_SERVICE,
    ITEM,
    ITEM_ID,
    OTHER,
    OTHER_ID,
    STOCKED,
    UNIT,
    UNIT_ID,
    UNIT_IN,
    UNIT_IN_STOCK,
    UNIT_RELEASED,
)
from tests.scenario import HOUR, Scenario, given

EXCHANGE = ExchangeUnit(
    equipment_id=ITEM_ID, slot="pump", unit_id=UNIT_ID, replacement_id=OTHER_ID, maintenance_type="corrective"
)
OUT = UnitRemoved(unit_id=UNIT_ID, slot="pump", maintenance_type="corrective")
IN = UnitInstalled(unit_id=OTHER_ID, slot="pump")
INTO_ITEM = Installed(parent_id=ITEM_ID, slot="pump")
AWAY = Removed(to="quarantined")

BUILT_IN = given(ITEM, *IN_SERVICE, UNIT_IN).given(UNIT, *UNIT_IN_STOCK, INTO_ITEM)
READY = BUILT_IN.given(OTHER, *UNIT_IN_STOCK)
EXCHANGED = READY.given(ITEM, OUT, IN).given(UNIT, AWAY).given(OTHER, INTO_ITEM)


def test_an_exchange_is_said_by_all_three_streams_in_one_append() -> None:
    READY.when(EXCHANGE).then_on((ITEM, OUT), (ITEM, IN), (UNIT, AWAY), (OTHER, INTO_ITEM))


def test_exchanging_what_was_exchanged_records_nothing() -> None:
    EXCHANGED.when(EXCHANGE).then()
    EXCHANGED.given(UNIT, CERTIFIED, STOCKED).when(EXCHANGE).then()


def test_a_unit_that_is_not_there_is_not_exchanged() -> None:
    bare = given(ITEM, *IN_SERVICE).given(UNIT, *UNIT_IN_STOCK).given(OTHER, *UNIT_IN_STOCK)
    bare.when(EXCHANGE).then_refused(UnitNotInstalledHere)


def test_an_exchange_before_the_unit_was_installed_is_refused() -> None:
    installed = next(each for _, each in READY.happened if each.fact == UNIT_IN)
    READY.when(EXCHANGE, at=installed.occurred_at - HOUR / 2).then_refused(UnitNotInstalledHere)


def test_the_new_unit_does_not_sit_elsewhere() -> None:
    elsewhere = READY.given(OTHER, Installed(place="hall-2"))
    elsewhere.when(EXCHANGE).then_refused(UnitSitsElsewhere)


def test_the_new_unit_is_not_in_the_item_already() -> None:
    twice = READY.given(ITEM, UnitInstalled(unit_id=OTHER_ID, slot="seal"))
    twice = twice.given(OTHER, Installed(parent_id=ITEM_ID, slot="seal"))
    twice.when(EXCHANGE).then_refused(UnitSitsElsewhere)


def test_the_new_unit_is_certified() -> None:
    BUILT_IN.given(OTHER, UNIT_RELEASED).when(EXCHANGE).then_refused(NotCertified)


def contained_in(whole: Scenario) -> Scenario:
    """The item is a unit of the replacement."""
    inside = whole.given(ITEM, Removed(to="in_stock"), Installed(parent_id=OTHER_ID, slot="press"))
    return inside.given(OTHER, UnitInstalled(unit_id=ITEM_ID, slot="press"))


@pytest.mark.parametrize("replacement", [ITEM_ID, OTHER_ID])
def test_an_exchange_does_not_close_an_assembly_into_a_ring(replacement: UUID) -> None:
    ring = ExchangeUnit(equipment_id=ITEM_ID, slot="pump", unit_id=UNIT_ID, replacement_id=replacement)
    contained_in(READY).when(ring).then_refused(CyclicAssembly)


def test_an_exchange_does_not_close_a_ring_of_three() -> None:
    middle = StreamRef("equipment", UUID(int=4))
    inside = READY.given(middle, *UNIT_IN_STOCK, Installed(parent_id=OTHER_ID, slot="frame"))
    inside = inside.given(OTHER, UnitInstalled(unit_id=middle.id, slot="frame"))
    inside = inside.given(middle, UnitInstalled(unit_id=ITEM_ID, slot="press"))
    inside = inside.given(ITEM, Removed(to="in_stock"), Installed(parent_id=middle.id, slot="press"))
    inside.when(EXCHANGE).then_refused(CyclicAssembly)


def test_what_was_never_in_the_item_was_not_exchanged() -> None:
    other = BUILT_IN.given(OTHER, *UNIT_IN_STOCK)
    backwards = ExchangeUnit(equipment_id=ITEM_ID, slot="pump", unit_id=OTHER_ID, replacement_id=UNIT_ID)
    other.when(backwards).then_refused(UnitNotInstalledHere)


def test_a_unit_does_not_replace_itself() -> None:
    itself = ExchangeUnit(equipment_id=ITEM_ID, slot="pump", unit_id=UNIT_ID, replacement_id=UNIT_ID, to="in_stock")
    READY.when(itself).then_refused(Nonsense)


def test_a_unit_that_only_the_item_lists_is_exchanged_in_two_streams() -> None:
    half = given(ITEM, *IN_SERVICE, UNIT_IN).given(UNIT, *UNIT_IN_STOCK).given(OTHER, *UNIT_IN_STOCK)
    half.when(EXCHANGE).then_on((ITEM, OUT), (ITEM, IN), (OTHER, INTO_ITEM))
