"""A unit in a parent works only while what is above it is in service."""

from datetime import date
from decimal import Decimal

import pytest

from domain.equipment.life import Installed, LaidUp
from domain.equipment.life_commands import CommissionEquipment, LayUpEquipment
from domain.equipment.meters import MeterReadingRecorded
from domain.equipment.meters_commands import RecordMeterReading
from domain.equipment.operation import FailureReported, OperationalStateChanged
from domain.equipment.operation_commands import ChangeOperationalState, ReportFailure, StartRepair
from domain.equipment.papers import CertificateExpired, CertificationRefused, Certified
from domain.equipment.refusals import CertificateNotValid, NotInService, NotPossibleAtThisStage, UnitSitsElsewhere
from domain.equipment.structure import UnitInstalled
from domain.equipment.structure_commands import InstallUnit
from domain.kernel.commands import Command
from domain.kernel.facts import Fact
from domain.kernel.refusals import Refusal
from tests.equipment.lives import (
    COMMISSIONED,
    DELIVERED,
    IN_SERVICE,
    ITEM,
    ITEM_ID,
    OPERATOR,
    OTHER,
    OTHER_ID,
    SHIPPED,
    STOCKED,
    UNIT,
    UNIT_ID,
    UNIT_IN,
    UNIT_IN_STOCK,
    UNIT_RELEASED,
    UP_TO_INSTALLED,
)
from tests.scenario import HOUR, Scenario, given

INTO_ITEM = Installed(parent_id=ITEM_ID, slot="pump")
READ = MeterReadingRecorded(meter="cycles", value=Decimal(5), unit="1")
READ_MORE = MeterReadingRecorded(meter="cycles", value=Decimal(9), unit="1")
LEAK = FailureReported(failure_mode="leak", impact="critical", detection="unknown")
ASKED: list[tuple[Command, Fact]] = [
    (ReportFailure(equipment_id=OTHER_ID, failure_mode="leak"), LEAK),
    (ChangeOperationalState(equipment_id=OTHER_ID, state="standby"), OperationalStateChanged(state="standby")),
    (RecordMeterReading(equipment_id=OTHER_ID, meter="cycles", value=Decimal(9), unit="1"), READ_MORE),
]


def in_a_tree(*item: Fact) -> Scenario:
    """A unit, of which a counter was read, in a unit, in an item that has lived through this."""
    tree = given(ITEM, *item, UNIT_IN).given(UNIT, *UNIT_IN_STOCK, INTO_ITEM)
    tree = tree.given(UNIT, UnitInstalled(unit_id=OTHER_ID, slot="seal"))
    return tree.given(OTHER, *UNIT_IN_STOCK, Installed(parent_id=UNIT_ID, slot="seal"), READ)


@pytest.mark.parametrize(("asked", "recorded"), ASKED)
def test_a_unit_works_in_an_item_in_service(asked: Command, recorded: Fact) -> None:
    in_a_tree(*IN_SERVICE).when(asked).then(recorded)


@pytest.mark.parametrize("asked", [asked for asked, _ in ASKED])
@pytest.mark.parametrize("item", [UP_TO_INSTALLED, (*IN_SERVICE, LaidUp())])
def test_a_unit_does_not_work_in_an_item_that_is_not_in_service(asked: Command, item: tuple[Fact, ...]) -> None:
    in_a_tree(*item).when(asked).then_refused(NotInService)


@pytest.mark.parametrize("asked", [asked for asked, _ in ASKED])
def test_what_is_above_a_unit_is_looked_at_as_it_was(asked: Command) -> None:
    tree = in_a_tree(*UP_TO_INSTALLED)
    before = tree.happened[-1][1].occurred_at + HOUR / 2
    tree.given(ITEM, COMMISSIONED).when(asked, at=before).then_refused(NotInService)


def test_a_counter_of_a_unit_may_be_read_after_it_ran() -> None:
    asked, recorded = ASKED[-1]
    in_a_tree(*IN_SERVICE).given(ITEM, LaidUp()).when(asked).then(recorded)


def test_a_counter_of_a_unit_may_show_the_same_in_an_item_that_does_not_work() -> None:
    same = RecordMeterReading(equipment_id=OTHER_ID, meter="cycles", value=Decimal(5), unit="1")
    in_a_tree(*UP_TO_INSTALLED).when(same).then(READ)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (CommissionEquipment(equipment_id=OTHER_ID, operator_id=OPERATOR, act="ACT-2"), UnitSitsElsewhere),
        (LayUpEquipment(equipment_id=OTHER_ID), NotPossibleAtThisStage),
        (StartRepair(equipment_id=OTHER_ID, maintenance_type="corrective"), NotInService),
    ],
)
def test_a_unit_goes_into_and_out_of_service_with_its_parent_only(asked: Command, refusal: type[Refusal]) -> None:
    in_a_tree(*IN_SERVICE).when(asked).then_refused(refusal)


ENDED = Certified(certificate="EC-1", authority="NB-1", valid_until=date(2023, 12, 31))


@pytest.mark.parametrize(
    "unit",
    [
        (UNIT_RELEASED, ENDED, STOCKED),
        (UNIT_RELEASED, ENDED, STOCKED, CertificateExpired(certificate="EC-1")),
        (*UNIT_IN_STOCK, SHIPPED, CertificationRefused(authority="NB-1", reason="leak"), DELIVERED),
    ],
)
def test_a_unit_goes_into_an_item_only_with_a_certificate_that_is_valid(unit: tuple[Fact, ...]) -> None:
    install = InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump")
    given(ITEM, *IN_SERVICE).given(UNIT, *unit).when(install).then_refused(CertificateNotValid)
