from datetime import date

import pytest

from domain.equipment.custody import Found, Lent, Lost, Moved, OwnershipTransferred
from domain.equipment.custody_commands import (
    LendEquipment,
    MoveEquipment,
    ReportFinding,
    ReportLoss,
    ShipEquipment,
    StockEquipment,
    TransferOwnership,
)
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Installed, Removed
from domain.equipment.life_commands import RemoveEquipment
from domain.equipment.papers import CertificationRefused
from domain.equipment.refusals import (
    AlreadyIssued,
    DoesNotGoThere,
    NotCertified,
    NotPossibleAtThisStage,
    Quarantined,
    UnitSitsElsewhere,
)
from domain.equipment.state import Equipment, Loan
from domain.equipment.structure import UnitRemoved
from domain.equipment.terms import Stage
from domain.kernel.commands import Command
from domain.kernel.facts import Fact
from domain.kernel.folding import fold
from tests.equipment.lives import (
    CERTIFIED,
    COMMISSIONED,
    IN_SERVICE,
    INSTALLED,
    ITEM,
    ITEM_ID,
    OPERATOR,
    RELEASED,
    REPAIR_STARTED,
    SHIPPED,
    STOCKED,
    STRANGER,
    UNIT,
    UNIT_ID,
    UNIT_IN,
    UNIT_IN_STOCK,
    UP_TO_DELIVERED,
    UP_TO_INSTALLED,
)
from tests.scenario import given

LEND = LendEquipment(equipment_id=ITEM_ID, borrower_id=OPERATOR, until=date(2030, 1, 1), place="site-1")
LENT = Lent(borrower_id=OPERATOR, until=date(2030, 1, 1), place="site-1")
SHIP = ShipEquipment(equipment_id=ITEM_ID, place="site-1")
STOCK = StockEquipment(equipment_id=ITEM_ID, place="warehouse-1")
MOVE = MoveEquipment(equipment_id=ITEM_ID, place="hall-2")
SELL = TransferOwnership(equipment_id=ITEM_ID, owner_id=STRANGER)
LOSE = ReportLoss(equipment_id=ITEM_ID, reason="stolen")
LOSE_UNIT = ReportLoss(equipment_id=UNIT_ID, reason="stolen")
LOST = Lost(reason="stolen")
TAKEN = Removed(to="quarantined", reason="stolen")
FIND = ReportFinding(equipment_id=ITEM_ID, place="yard")
FOUND = Found(place="yard")
REFUSED = CertificationRefused(authority="NB-1", reason="test-failed")
IN_STOCK = (RELEASED, CERTIFIED, STOCKED)
INSIDE = Installed(parent_id=ITEM_ID, slot="pump")


def state_after(*facts: Fact) -> Equipment:
    item: Equipment = fold(EQUIPMENT, [each for _, each in given(ITEM, *facts).happened])
    return item


def test_an_item_is_lent_from_a_stock_once() -> None:
    given(ITEM, *IN_STOCK).when(LEND).then(LENT)
    given(ITEM, *IN_STOCK, LENT).when(LEND).then()
    item = state_after(*IN_STOCK, LENT)
    assert (item.stage, item.holder_id, item.loan) == (
        Stage.DELIVERED,
        OPERATOR,
        Loan(borrower_id=OPERATOR, until=LENT.until),
    )


@pytest.mark.parametrize("before", [(*IN_STOCK, LENT), UP_TO_DELIVERED, (RELEASED, CERTIFIED, SHIPPED), IN_SERVICE])
def test_what_is_in_other_hands_is_not_lent(before: tuple[Fact, ...]) -> None:
    other = LendEquipment(equipment_id=ITEM_ID, borrower_id=STRANGER)
    given(ITEM, *before).when(other).then_refused(AlreadyIssued)


@pytest.mark.parametrize(("command", "refusal"), [(LEND, Quarantined), (SHIP, NotCertified), (STOCK, NotCertified)])
def test_what_is_set_aside_is_neither_lent_nor_shipped_nor_stocked(command: Command, refusal: type) -> None:
    for aside in ((RELEASED, REFUSED), (*IN_SERVICE, Removed(to="quarantined")), (*IN_STOCK, LOST, FOUND)):
        given(ITEM, *aside).when(command).then_refused(refusal)


def test_what_lost_its_certificate_on_the_way_is_not_taken_into_a_stock() -> None:
    given(ITEM, RELEASED, CERTIFIED, SHIPPED, REFUSED).when(STOCK).then_refused(NotCertified)


def test_a_loan_ends_when_the_item_is_back_in_a_stock() -> None:
    given(ITEM, *IN_STOCK, LENT).when(STOCK).then(STOCKED)
    assert state_after(*IN_STOCK, LENT, STOCKED).loan is None


def test_a_loan_ends_when_the_item_is_taken_out_of_the_place_of_the_borrower_into_a_stock() -> None:
    back = (*IN_STOCK, LENT, INSTALLED, COMMISSIONED, Removed(to="in_stock"))
    assert state_after(*back).loan is None
    given(ITEM, *back).when(LEND).then(LENT)


def test_an_item_is_moved_in_the_same_hands() -> None:
    given(ITEM, *IN_SERVICE).when(MOVE).then(Moved(place="hall-2"))
    given(ITEM, *IN_SERVICE, Moved(place="hall-2")).when(MOVE).then()
    given(ITEM, *IN_SERVICE, LOST).when(MOVE).then_refused(NotPossibleAtThisStage)


def test_a_unit_moves_with_its_parent() -> None:
    inside = given(ITEM, *IN_SERVICE, UNIT_IN).given(UNIT, *UNIT_IN_STOCK, INSIDE)
    inside.when(MoveEquipment(equipment_id=UNIT_ID, place="hall-2")).then_refused(UnitSitsElsewhere)


def test_an_item_belongs_to_one_owner_wherever_it_stands() -> None:
    given(ITEM, *IN_SERVICE).when(SELL).then(OwnershipTransferred(owner_id=STRANGER))
    given(ITEM, *IN_SERVICE, OwnershipTransferred(owner_id=STRANGER)).when(SELL).then()


def test_a_lost_item_is_lost_once_and_set_aside_when_it_is_found() -> None:
    given(ITEM, *IN_SERVICE, REPAIR_STARTED).when(LOSE).then(LOST)
    given(ITEM, *IN_SERVICE, LOST).when(LOSE).then()
    given(ITEM, *IN_SERVICE, LOST).when(FIND).then(FOUND)
    given(ITEM, *IN_SERVICE, LOST, FOUND).when(FIND).then()
    given(ITEM, *IN_SERVICE).when(FIND).then_refused(NotPossibleAtThisStage)
    item = state_after(*IN_SERVICE, REPAIR_STARTED, LOST, FOUND)
    assert (item.stage, item.place, item.repair, item.operator_id) == (Stage.QUARANTINED, "yard", None, None)


def test_a_lost_unit_leaves_its_parent_in_the_same_append() -> None:
    inside = given(ITEM, *IN_SERVICE, UNIT_IN).given(UNIT, *UNIT_IN_STOCK, INSIDE)
    out = UnitRemoved(unit_id=UNIT_ID, slot="pump", reason="stolen")
    inside.when(LOSE_UNIT).then_on((UNIT, TAKEN), (UNIT, LOST), (ITEM, out))
    lost = inside.given(UNIT, TAKEN, LOST).given(ITEM, out)
    lost.when(LOSE_UNIT).then()
    unit = fold(EQUIPMENT, [each for stream, each in lost.happened if stream == UNIT])
    assert (unit.parent_id, unit.slot, unit.former_parent_id) == (None, None, ITEM_ID)


def test_a_lost_unit_that_its_parent_does_not_list_is_lost_all_the_same() -> None:
    alone = given(ITEM, *IN_SERVICE).given(UNIT, *UNIT_IN_STOCK, INSIDE)
    alone.when(LOSE_UNIT).then_on((UNIT, TAKEN), (UNIT, LOST))


@pytest.mark.parametrize(
    ("before", "to", "possible"),
    [
        (UP_TO_INSTALLED, "in_stock", ["delivered"]),
        (IN_SERVICE, "delivered", ["in_stock", "in_transit", "quarantined"]),
    ],
)
def test_where_an_item_may_go_depends_on_whether_it_was_commissioned(
    before: tuple[Fact, ...], to: str, possible: list[str]
) -> None:
    remove = RemoveEquipment(equipment_id=ITEM_ID, to=to)  # type: ignore[arg-type]  # one of the destinations
    with pytest.raises(DoesNotGoThere) as caught:
        given(ITEM, *before).when(remove).then()
    assert caught.value.facts["possible"] == possible
