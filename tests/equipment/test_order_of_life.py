from datetime import UTC, date, datetime

import pytest

from domain.equipment.custody import Delivered
from domain.equipment.custody_commands import DeliverEquipment, ShipEquipment, StockEquipment
from domain.equipment.ending import BeyondEconomicRepairDeclared
from domain.equipment.ending_commands import DecommissionEquipment, DisposeOfEquipment
from domain.equipment.equipment import evolve
from domain.equipment.life import Installed, Removed
from domain.equipment.life_commands import CommissionEquipment, InstallEquipment, RemoveEquipment
from domain.equipment.operation import RepairStarted
from domain.equipment.papers import Certified
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.refusals import (
    AlreadyDisposed,
    CertificateNotValid,
    NotCertified,
    NotDecommissioned,
    NotInstalled,
    NotPossibleAtThisStage,
    NotReleased,
    ShippingWhileInService,
    UnitSitsElsewhere,
)
from domain.equipment.state import Equipment
from domain.kernel.commands import Command
from domain.kernel.facts import Fact
from domain.kernel.refusals import ContradictsLaterFact, Nonsense, Refusal
from tests.equipment.lives import (
    CERTIFIED,
    COMMISSIONED,
    DECOMMISSIONED,
    DELIVERED,
    DISPOSED,
    IN_SERVICE,
    INSTALLED,
    ITEM,
    ITEM_ID,
    OPERATOR,
    OTHER_ID,
    RELEASED,
    REMOVED,
    REPAIR_STARTED,
    SHIPPED,
    STOCKED,
    UP_TO_DELIVERED,
    UP_TO_INSTALLED,
)
from tests.scenario import BEGIN, HOUR, Scenario, given, nothing

CERTIFY = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1", valid_until=date(2030, 12, 31))
RECERTIFY = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-2", authority="NB-1")
STOCK = StockEquipment(equipment_id=ITEM_ID, place="warehouse-1")
SHIP = ShipEquipment(equipment_id=ITEM_ID, place="site-1")
DELIVER = DeliverEquipment(equipment_id=ITEM_ID, recipient_id=OPERATOR, place="site-1")
INSTALL = InstallEquipment(equipment_id=ITEM_ID, place="hall-1")
COMMISSION = CommissionEquipment(
    equipment_id=ITEM_ID, operator_id=OPERATOR, act="ACT-1", operating_time=COMMISSIONED.operating_time
)
REMOVE = RemoveEquipment(equipment_id=ITEM_ID, to="in_stock")
DECOMMISSION = DecommissionEquipment(equipment_id=ITEM_ID, reason="worn-out")
DISPOSE = DisposeOfEquipment(equipment_id=ITEM_ID, method="recycled", waste_document="WTN-1")

OUT_OF_SERVICE = (*IN_SERVICE, DECOMMISSIONED)


@pytest.mark.parametrize(
    ("before", "command", "fact"),
    [
        ((RELEASED,), CERTIFY, CERTIFIED),
        ((RELEASED, CERTIFIED), STOCK, STOCKED),
        ((RELEASED, CERTIFIED), SHIP, SHIPPED),
        ((RELEASED, CERTIFIED, STOCKED), SHIP, SHIPPED),
        ((RELEASED, CERTIFIED, SHIPPED), DELIVER, DELIVERED),
        (UP_TO_DELIVERED, INSTALL, INSTALLED),
        (UP_TO_INSTALLED, COMMISSION, COMMISSIONED),
        (IN_SERVICE, REMOVE, REMOVED),
        (IN_SERVICE, DECOMMISSION, DECOMMISSIONED),
        ((*IN_SERVICE, REPAIR_STARTED, BeyondEconomicRepairDeclared()), DECOMMISSION, DECOMMISSIONED),
        (OUT_OF_SERVICE, DISPOSE, DISPOSED),
    ],
)
def test_each_step_of_life_follows_the_one_before(before: tuple[Fact, ...], command: Command, fact: Fact) -> None:
    given(ITEM, *before).when(command).then(fact)


@pytest.mark.parametrize(
    ("before", "command"),
    [
        ((RELEASED, CERTIFIED), CERTIFY),
        ((RELEASED, CERTIFIED, STOCKED), STOCK),
        ((RELEASED, CERTIFIED, SHIPPED), SHIP),
        (UP_TO_DELIVERED, DELIVER),
        (UP_TO_INSTALLED, INSTALL),
        (IN_SERVICE, COMMISSION),
        (OUT_OF_SERVICE, DECOMMISSION),
        ((*OUT_OF_SERVICE, DISPOSED), DISPOSE),
    ],
)
def test_asking_for_what_is_true_already_records_nothing(before: tuple[Fact, ...], command: Command) -> None:
    given(ITEM, *before).when(command).then()


@pytest.mark.parametrize(
    ("before", "command", "refusal"),
    [
        ((), CERTIFY, NotReleased),
        ((RELEASED,), STOCK, NotCertified),
        ((RELEASED,), SHIP, NotCertified),
        ((RELEASED, CERTIFIED), DELIVER, NotPossibleAtThisStage),
        ((RELEASED, CERTIFIED), INSTALL, NotPossibleAtThisStage),
        (UP_TO_DELIVERED, COMMISSION, NotInstalled),
        (IN_SERVICE, SHIP, ShippingWhileInService),
        (IN_SERVICE, INSTALL, UnitSitsElsewhere),
        (IN_SERVICE, DISPOSE, NotDecommissioned),
        (UP_TO_INSTALLED, DECOMMISSION, NotPossibleAtThisStage),
        ((RELEASED,), REMOVE, NotPossibleAtThisStage),
        ((*OUT_OF_SERVICE, DISPOSED), RECERTIFY, AlreadyDisposed),
        ((*OUT_OF_SERVICE, DISPOSED), DECOMMISSION, AlreadyDisposed),
    ],
)
def test_the_order_of_life_is_kept(before: tuple[Fact, ...], command: Command, refusal: type[Refusal]) -> None:
    (given(ITEM, *before) if before else nothing()).when(command).then_refused(refusal)


def certified_until(day: date | None) -> Scenario:
    return given(
        ITEM, RELEASED, Certified(certificate="EC-1", authority="NB-1", valid_until=day), SHIPPED, DELIVERED, INSTALLED
    )


def test_a_certificate_is_valid_to_the_end_of_its_last_day_in_utc() -> None:
    scenario = certified_until(date(2024, 6, 30))
    scenario.when(COMMISSION, at=datetime(2024, 6, 30, 23, 59, 59, tzinfo=UTC)).then(COMMISSIONED)
    scenario.when(COMMISSION, at=datetime(2024, 7, 1, tzinfo=UTC)).then_refused(CertificateNotValid)


def test_a_certificate_without_end_stays_valid() -> None:
    certified_until(None).when(COMMISSION).then(COMMISSIONED)
    certified_until(date.max).when(COMMISSION).then(COMMISSIONED)


def test_disposal_needs_its_waste_document() -> None:
    with pytest.raises(Nonsense, match="waste_document"):
        DisposeOfEquipment(equipment_id=ITEM_ID, method="recycled", waste_document="")


def test_a_renewed_certificate_does_not_change_the_stage() -> None:
    renewed = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-2", authority="NB-1")
    given(ITEM, *IN_SERVICE).when(renewed).then(Certified(certificate="EC-2", authority="NB-1"))


def test_what_was_set_aside_is_certified_again_even_by_the_same_certificate() -> None:
    given(ITEM, *IN_SERVICE, Removed(to="quarantined")).when(CERTIFY).then(CERTIFIED)


def test_a_unit_leaves_its_parent_before_it_is_decommissioned() -> None:
    inside = given(ITEM, RELEASED, CERTIFIED, STOCKED, Installed(parent_id=OTHER_ID, slot="pump"), COMMISSIONED)
    inside.when(DECOMMISSION).then_refused(NotPossibleAtThisStage)


@pytest.mark.parametrize(
    "fact", [Removed(to="in_stock"), RepairStarted(maintenance_type="corrective"), *IN_SERVICE[1:]]
)
def test_what_was_never_released_has_no_stage(fact: Fact) -> None:
    assert evolve(Equipment(), fact, BEGIN).stage is None  # type: ignore[arg-type]  # a fact of equipment


def test_nothing_happens_before_the_release() -> None:
    given(ITEM, RELEASED).when(CERTIFY, at=BEGIN).then_refused(NotReleased)


def test_a_late_fact_takes_its_place() -> None:
    late = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-0", authority="NB-1")
    fact = Certified(certificate="EC-0", authority="NB-1")
    given(ITEM, *IN_SERVICE).when(late, at=BEGIN + HOUR * 3 / 2).then(fact)


def test_a_late_fact_that_makes_a_later_one_impossible_is_refused() -> None:
    between_shipping_and_delivery = BEGIN + HOUR * 7 / 2
    also_delivered = DeliverEquipment(equipment_id=ITEM_ID, recipient_id=OPERATOR)
    scenario = given(ITEM, *IN_SERVICE).when(also_delivered, at=between_shipping_and_delivery)
    scenario.then_refused(ContradictsLaterFact)


def test_what_would_be_accepted_is_told() -> None:
    with pytest.raises(NotPossibleAtThisStage) as caught:
        given(ITEM, RELEASED, CERTIFIED).when(DELIVER).then(Delivered(recipient_id=OPERATOR))
    assert caught.value.facts["possible"] == [
        "equipment.certification_refused",
        "equipment.certified",
        "equipment.lost",
        "equipment.shipped",
        "equipment.stocked",
    ]
