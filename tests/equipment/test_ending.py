from decimal import Decimal

import pytest

from domain.equipment.custody import Found, Lost
from domain.equipment.custody_commands import LendEquipment, ShipEquipment, StockEquipment
from domain.equipment.ending import BeyondEconomicRepairDeclared, Disposed, RefurbishmentAuthorised
from domain.equipment.ending_commands import (
    AuthoriseRefurbishment,
    DeclareBeyondEconomicRepair,
    DecommissionEquipment,
    DisposeOfEquipment,
)
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life_commands import InstallEquipment
from domain.equipment.operation import RepairCompleted
from domain.equipment.papers import Certified
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.refusals import NotPossibleAtThisStage, NotRegraded, Quarantined, UnitsInside
from domain.equipment.terms import Stage
from domain.kernel.commands import Command
from domain.kernel.folding import fold
from domain.kernel.refusals import Nonsense, Refusal
from tests.equipment.lives import (
    DECOMMISSIONED,
    FAILED,
    IN_SERVICE,
    ITEM,
    ITEM_ID,
    OPERATOR,
    REPAIR_STARTED,
    STOCKED,
    UNIT_IN,
)
from tests.scenario import given

UNECONOMIC = BeyondEconomicRepairDeclared(reason="frame-cracked")
DECLARE = DeclareBeyondEconomicRepair(equipment_id=ITEM_ID, reason="frame-cracked")
DECOMMISSION = DecommissionEquipment(equipment_id=ITEM_ID, reason="worn-out")
REFURBISH = AuthoriseRefurbishment(equipment_id=ITEM_ID, authority="NB-1")
REFURBISHED = RefurbishmentAuthorised(authority="NB-1")
REGRADE = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1/2", authority="NB-1")
REGRADED = Certified(certificate="EC-1/2", authority="NB-1")
STOCK = StockEquipment(equipment_id=ITEM_ID, place="warehouse-1")
OPEN_REPAIR = (*IN_SERVICE, FAILED, REPAIR_STARTED)
OUT = (*IN_SERVICE, DECOMMISSIONED)
MATERIALS = (("steel", Decimal("900.5")), ("copper", Decimal("99.5")))


def dispose(mass: Decimal | None = Decimal(1000)) -> DisposeOfEquipment:
    return DisposeOfEquipment(
        equipment_id=ITEM_ID,
        method="recycled",
        waste_document="WTN-1",
        mass=mass,
        waste_code="16 02 14",
        materials=MATERIALS,
    )


def disposed(mass: Decimal | None = Decimal(1000)) -> Disposed:
    return Disposed(method="recycled", waste_document="WTN-1", mass=mass, waste_code="16 02 14", materials=MATERIALS)


def test_only_an_item_under_repair_is_beyond_economic_repair() -> None:
    given(ITEM, *OPEN_REPAIR).when(DECLARE).then(UNECONOMIC)
    given(ITEM, *OPEN_REPAIR, UNECONOMIC).when(DECLARE).then()
    given(ITEM, *IN_SERVICE).when(DECLARE).then_refused(NotPossibleAtThisStage)


def test_an_item_under_repair_is_given_up_only_where_the_repair_is_not_worth_its_cost() -> None:
    given(ITEM, *OPEN_REPAIR, UNECONOMIC).when(DECOMMISSION).then(DECOMMISSIONED)
    with pytest.raises(NotPossibleAtThisStage) as caught:
        given(ITEM, *OPEN_REPAIR).when(DECOMMISSION).then()
    possible = caught.value.facts["possible"]
    assert isinstance(possible, list)
    assert "equipment.beyond_economic_repair_declared" in possible
    assert "equipment.decommissioned" not in possible


def test_a_repair_that_was_completed_after_all_was_worth_its_cost() -> None:
    repaired = (*OPEN_REPAIR, UNECONOMIC, RepairCompleted(), REPAIR_STARTED)
    given(ITEM, *repaired).when(DECOMMISSION).then_refused(NotPossibleAtThisStage)


def test_a_decommissioned_item_lives_again_as_second_category() -> None:
    given(ITEM, *OUT).when(REFURBISH).then(REFURBISHED)
    given(ITEM, *OUT, REFURBISHED).when(REFURBISH).then()
    given(ITEM, *IN_SERVICE).when(REFURBISH).then_refused(NotPossibleAtThisStage)
    again = (*OUT, REFURBISHED, REGRADED, STOCKED, DECOMMISSIONED)
    given(ITEM, *again).when(REFURBISH).then(REFURBISHED)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (STOCK, NotRegraded),
        (ShipEquipment(equipment_id=ITEM_ID, place="site-1"), NotRegraded),
        (InstallEquipment(equipment_id=ITEM_ID, place="hall-1"), NotRegraded),
        (LendEquipment(equipment_id=ITEM_ID, borrower_id=OPERATOR), Quarantined),
    ],
)
def test_second_category_is_used_only_after_a_new_certificate(command: Command, refusal: type[Refusal]) -> None:
    given(ITEM, *OUT, REFURBISHED).when(command).then_refused(refusal)
    given(ITEM, *OUT, REFURBISHED).when(REGRADE).then(REGRADED)
    given(ITEM, *OUT, REFURBISHED, REGRADED).when(STOCK).then(STOCKED)
    state = fold(EQUIPMENT, [each for _, each in given(ITEM, *OUT, REFURBISHED, REGRADED, STOCKED).happened])
    assert (state.stage, state.second_category) == (Stage.IN_STOCK, True)


def test_a_disposal_says_what_became_of_which_material() -> None:
    given(ITEM, *OUT).when(dispose()).then(disposed())
    given(ITEM, *OUT, disposed()).when(dispose()).then()


def test_materials_do_not_weigh_more_than_the_whole() -> None:
    with pytest.raises(Nonsense, match="materials"):
        given(ITEM, *OUT).when(dispose(Decimal("999.9"))).then()
    given(ITEM, *OUT).when(dispose(None)).then(disposed(None))


def test_units_leave_an_item_before_its_disposal() -> None:
    given(ITEM, *IN_SERVICE, UNIT_IN, DECOMMISSIONED).when(dispose()).then_refused(UnitsInside)


def test_what_was_given_up_and_lost_and_found_is_given_up_still() -> None:
    found = given(ITEM, *IN_SERVICE, DECOMMISSIONED, Lost(), Found(place="hall-1"))
    certify = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-2", authority="NB-1")
    found.when(certify).then_refused(NotPossibleAtThisStage)
    refurbished = found.given(ITEM, DECOMMISSIONED, RefurbishmentAuthorised(authority="NB-1"))
    refurbished.when(certify).then(Certified(certificate="EC-2", authority="NB-1"))
