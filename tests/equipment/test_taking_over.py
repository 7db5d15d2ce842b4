from dataclasses import replace
from datetime import date

import pytest

from domain.equipment.beginning_commands import ReleaseEquipment, TakeOverEquipment
from domain.equipment.custody import Moved
from domain.equipment.custody_commands import LendEquipment, MoveEquipment, ShipEquipment
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import LaidUp, ReturnedToService, TakenOver
from domain.equipment.life_commands import LayUpEquipment, ReturnToService
from domain.equipment.operation import RepairCompleted
from domain.equipment.operation_commands import CompleteRepair, StartRepair
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.refusals import (
    AlreadyReleased,
    NotCertified,
    NotPossibleAtThisStage,
    NotReleased,
    NotTheMaker,
    SerialTaken,
)
from domain.equipment.serials import SerialReserved, serial_stream
from domain.equipment.terms import Stage
from domain.kernel.folding import fold
from domain.kernel.refusals import Nonsense, UnknownReference
from tests.equipment.lives import (
    CERTIFIED,
    IN_SERVICE,
    ITEM,
    ITEM_ID,
    MAKER,
    MODEL_ID,
    MODEL_REGISTERED,
    OPERATOR,
    OTHER,
    OTHER_ID,
    RELEASED,
    REPAIR_STARTED,
    STRANGER,
    THE_MODEL,
)
from tests.scenario import BEGIN, given, nothing

TAKE_OVER = TakeOverEquipment(
    equipment_id=ITEM_ID,
    model_id=MODEL_ID,
    manufacturer_id=MAKER,
    serial="PX-1",
    stage="in_service",
    operator_id=OPERATOR,
    place="hall-1",
    configuration=(("hood", "steel"),),
)
TAKEN_OVER = TakenOver(
    model_id=MODEL_ID,
    manufacturer_id=MAKER,
    serial="PX-1",
    stage="in_service",
    operator_id=OPERATOR,
    place="hall-1",
    configuration=(("hood", "steel"),),
)
SERIAL = serial_stream(MAKER, "PX-1")
RESERVED = SerialReserved(serial="PX-1", equipment_id=ITEM_ID)
KNOWN = given(THE_MODEL, MODEL_REGISTERED)
BEGUN = KNOWN.given(ITEM, TAKEN_OVER).given(SERIAL, RESERVED)
LAY_UP = LayUpEquipment(equipment_id=ITEM_ID, reason="season")
RETURN = ReturnToService(equipment_id=ITEM_ID)


def test_a_life_may_begin_in_the_middle() -> None:
    KNOWN.when(TAKE_OVER).then_on((ITEM, TAKEN_OVER), (SERIAL, RESERVED))
    item = fold(EQUIPMENT, [each for stream, each in BEGUN.happened if stream == ITEM])
    assert (item.stage, item.operator_id, item.place, item.taken_over) == (Stage.IN_SERVICE, OPERATOR, "hall-1", True)
    assert item.operational_state == "operating"


def test_the_first_known_fact_after_it_may_be_a_repair() -> None:
    BEGUN.when(StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective")).then(REPAIR_STARTED)
    repaired = BEGUN.given(ITEM, REPAIR_STARTED)
    repaired.when(CompleteRepair(equipment_id=ITEM_ID)).then(RepairCompleted())
    found_so = replace(TAKEN_OVER, stage="under_repair")  # as another system may have it
    item = fold(EQUIPMENT, [each for _, each in given(ITEM, found_so, RepairCompleted()).happened])
    assert item.stage is Stage.IN_SERVICE


def test_taking_over_the_same_item_again_records_nothing_whatever_happened_since() -> None:
    BEGUN.when(TAKE_OVER).then()
    BEGUN.given(ITEM, REPAIR_STARTED, Moved(place="hall-2")).when(TAKE_OVER).then()


def test_an_item_begins_once_and_in_one_way() -> None:
    BEGUN.when(replace(TAKE_OVER, stage="in_stock")).then_refused(AlreadyReleased)
    release = ReleaseEquipment(equipment_id=ITEM_ID, model_id=MODEL_ID, manufacturer_id=MAKER, serial="PX-1")
    BEGUN.when(release).then_refused(AlreadyReleased)
    KNOWN.given(ITEM, RELEASED).given(SERIAL, RESERVED).when(TAKE_OVER).then_refused(AlreadyReleased)


def test_a_serial_number_is_reserved_as_by_a_release() -> None:
    taken = SerialReserved(serial="px-1", equipment_id=OTHER_ID)
    KNOWN.given(OTHER, RELEASED).given(SERIAL, taken).when(TAKE_OVER).then_refused(SerialTaken)
    KNOWN.when(replace(TAKE_OVER, manufacturer_id=STRANGER)).then_refused(NotTheMaker)
    nothing().when(TAKE_OVER).then_refused(UnknownReference)


@pytest.mark.parametrize("stage", ["under_repair", "under_modernisation", "lost", "disposed"])
def test_what_is_a_fact_of_its_own_is_not_told_by_taking_over(stage: str) -> None:
    with pytest.raises(Nonsense, match="stage"):
        replace(TAKE_OVER, stage=stage)  # type: ignore[arg-type]  # one of the stages


def test_an_item_that_was_taken_over_is_shipped_only_with_its_certificate_on_record() -> None:
    stocked = KNOWN.given(ITEM, replace(TAKEN_OVER, stage="in_stock"))
    stocked.when(ShipEquipment(equipment_id=ITEM_ID, place="site-1")).then_refused(NotCertified)
    certify = CertifyEquipment(
        equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1", valid_until=date(2030, 12, 31)
    )
    stocked.when(LendEquipment(equipment_id=ITEM_ID, borrower_id=OPERATOR)).then_refused(NotCertified)
    stocked.when(certify).then(CERTIFIED)


def test_nothing_is_told_of_the_time_before_it() -> None:
    BEGUN.when(MoveEquipment(equipment_id=ITEM_ID, place="hall-2"), at=BEGIN).then_refused(NotReleased)


def test_an_item_in_service_is_laid_up_and_returns() -> None:
    laid_up = (*IN_SERVICE, LaidUp(reason="season"))
    given(ITEM, *IN_SERVICE).when(LAY_UP).then(LaidUp(reason="season"))
    given(ITEM, *laid_up).when(LAY_UP).then()
    given(ITEM, *laid_up).when(RETURN).then(ReturnedToService())
    given(ITEM, *laid_up, ReturnedToService()).when(RETURN).then()
    given(ITEM, RELEASED, CERTIFIED).when(LAY_UP).then_refused(NotPossibleAtThisStage)
    given(ITEM, RELEASED, CERTIFIED).when(RETURN).then_refused(NotPossibleAtThisStage)
