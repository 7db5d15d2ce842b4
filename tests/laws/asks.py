"""What random lives ask for: single commands, and courses of commands of which each prepares the next."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from domain.equipment import bulletin_commands as bulletins
from domain.equipment import configuration_commands as configuration
from domain.equipment import custody_commands as custody
from domain.equipment import ending_commands as ending
from domain.equipment import life_commands as life
from domain.equipment import meters_commands as meters
from domain.equipment import operation_commands as operation
from domain.equipment import papers_commands as papers
from domain.equipment import structure_commands as structure
from domain.kernel.commands import Command
from tests.application.desk import release
from tests.equipment.lives import MAKER, MODEL_ID, OPERATOR

BULLETIN_ID = UUID(int=77)
BULLETIN = bulletins.IssueBulletin(
    bulletin_id=BULLETIN_ID,
    number="SB-1",
    kind="service",
    title="Change the seal",
    manufacturer_id=MAKER,
    models=(MODEL_ID,),
)


class About(NamedTuple):
    """What is asked is about one item, one or two others as its units, a number and a period; in one of two slots."""

    item: UUID
    unit: UUID
    spare: UUID
    number: int
    begin: datetime
    at: datetime

    @property
    def slot(self) -> str:
        """The pump by even numbers."""
        return "valve" if self.number % 2 else "pump"

    @property
    def shown(self) -> Decimal:
        """What a counter shows."""
        return Decimal(self.number)


Ask = Callable[[About], Command]


def install_at_site(it: About) -> Command:
    return life.InstallEquipment(equipment_id=it.item, place="hall-1")


def commission(it: About) -> Command:
    return life.CommissionEquipment(equipment_id=it.item, operator_id=OPERATOR, act="ACT-1")


def remove_to_stock(it: About) -> Command:
    return life.RemoveEquipment(equipment_id=it.item, to="in_stock")


def certify(it: About) -> Command:
    return papers.CertifyEquipment(equipment_id=it.item, certificate="EC-2", authority="NB-1")


def certify_for_a_day(it: About) -> Command:
    day = it.at.date()
    return papers.CertifyEquipment(equipment_id=it.item, certificate="EC-3", authority="NB-1", valid_until=day)


def expire(it: About) -> Command:
    return papers.RecordCertificateExpiry(equipment_id=it.item, certificate="EC-3")


def stock(it: About) -> Command:
    return custody.StockEquipment(equipment_id=it.item, place="warehouse-1")


def ship(it: About) -> Command:
    return custody.ShipEquipment(equipment_id=it.item, place="site-1")


def deliver(it: About) -> Command:
    return custody.DeliverEquipment(equipment_id=it.item, recipient_id=OPERATOR)


def install_unit(it: About) -> Command:
    return structure.InstallUnit(equipment_id=it.item, unit_id=it.unit, slot=it.slot)


def install_spare(it: About) -> Command:
    return structure.InstallUnit(equipment_id=it.unit, unit_id=it.spare, slot=it.slot)


def remove_unit(it: About) -> Command:
    return structure.RemoveUnit(equipment_id=it.item, unit_id=it.unit, slot=it.slot, to="in_stock")


def exchange(it: About) -> Command:
    return structure.ExchangeUnit(
        equipment_id=it.item, slot=it.slot, unit_id=it.unit, replacement_id=it.spare, to="in_stock"
    )


def fail(it: About) -> Command:
    return operation.ReportFailure(equipment_id=it.item, failure_mode="leak")


def fail_with_a_reading(it: About) -> Command:
    return operation.ReportFailure(equipment_id=it.item, failure_mode="heat", operating_time=it.shown)


def notice(it: About) -> Command:
    return operation.ReportFailure(equipment_id=it.item, failure_mode="noise", impact="incipient")


def fail_by_a_unit(it: About) -> Command:
    return operation.ReportFailure(equipment_id=it.item, failure_mode="leak", unit_id=it.unit)


def diagnose(it: About) -> Command:
    return operation.DiagnoseFailure(equipment_id=it.item, failure_mode="leak", mechanism="wear", cause="age")


def start_repair(it: About) -> Command:
    return operation.StartRepair(equipment_id=it.item, maintenance_type="corrective")


def complete_repair(it: About) -> Command:
    return operation.CompleteRepair(equipment_id=it.item)


def stand_by(it: About) -> Command:
    return operation.ChangeOperationalState(equipment_id=it.item, state="standby")


def measure(it: About) -> Command:
    return operation.MeasureCondition(equipment_id=it.item, parameter="heat", value=it.shown, unit="Cel")


def fit_meter(it: About) -> Command:
    return meters.FitMeter(equipment_id=it.item, meter="operating-time", unit="h", modulus=Decimal(50))


def read(it: About) -> Command:
    return meters.RecordMeterReading(equipment_id=it.item, meter="operating-time", value=it.shown, unit="h")


def read_on(it: About) -> Command:
    return meters.RecordMeterReading(equipment_id=it.item, meter="operating-time", value=it.shown + 3, unit="h")


def read_after_zero(it: About) -> Command:
    return meters.RecordMeterReading(equipment_id=it.item, meter="operating-time", value=Decimal(2), unit="h", passes=1)


def correct(it: About) -> Command:
    return meters.CorrectMeterReading(equipment_id=it.item, meter="operating-time", value=it.shown + 1, unit="h")


def replace_meter(it: About) -> Command:
    return meters.ReplaceMeter(equipment_id=it.item, meter="operating-time", unit="h", shows=Decimal(1))


def report_period(it: About) -> Command:
    return meters.ReportPeriod(
        equipment_id=it.item, meter="operating-time", unit="h", begin=it.begin, end=it.at, up=it.shown
    )


def lay_up(it: About) -> Command:
    return life.LayUpEquipment(equipment_id=it.item)


def return_to_service(it: About) -> Command:
    return life.ReturnToService(equipment_id=it.item)


def order_option(it: About) -> Command:
    return configuration.OrderOption(equipment_id=it.item, feature="control", value=f"v{it.number}")


def start_upgrade(it: About) -> Command:
    return configuration.StartUpgrade(equipment_id=it.item, purpose="control")


def start_upgrade_by_bulletin(it: About) -> Command:
    return configuration.StartUpgrade(equipment_id=it.item, purpose="seal", bulletin_id=BULLETIN_ID)


def complete_upgrade(it: About) -> Command:
    return configuration.CompleteUpgrade(
        equipment_id=it.item, features=(("control", f"v{it.number}"),), document_revision=f"A{it.number}"
    )


def complete_upgrade_of_the_certified(it: About) -> Command:
    return configuration.CompleteUpgrade(
        equipment_id=it.item,
        features=(("control", f"w{it.number}"),),
        document_revision=f"B{it.number}",
        certification_affected=True,
    )


def lose(it: About) -> Command:
    return custody.ReportLoss(equipment_id=it.item)


def lose_unit(it: About) -> Command:
    return custody.ReportLoss(equipment_id=it.unit)


def find(it: About) -> Command:
    return custody.ReportFinding(equipment_id=it.item, place="yard")


def issue_passport(it: About) -> Command:
    return papers.IssuePassport(equipment_id=it.item, passport="PP-1")


def revise_passport(it: About) -> Command:
    return papers.RevisePassport(equipment_id=it.item, reason="changed")


def decommission(it: About) -> Command:
    return ending.DecommissionEquipment(equipment_id=it.item, reason="worn-out")


def give_up(it: About) -> Command:
    return ending.DeclareBeyondEconomicRepair(equipment_id=it.item)


def refurbish(it: About) -> Command:
    return ending.AuthoriseRefurbishment(equipment_id=it.item, authority="NB-1")


def dispose(it: About) -> Command:
    return ending.DisposeOfEquipment(equipment_id=it.item, method="recycled", waste_document="WD-1")


SINGLE: tuple[Ask, ...] = (
    *(install_at_site, commission, remove_to_stock, certify, stock, ship, deliver),
    *(install_unit, remove_unit, exchange, fail, fail_with_a_reading, notice, fail_by_a_unit, diagnose),
    *(start_repair, complete_repair, stand_by, measure, fit_meter, read, correct, replace_meter, report_period),
    *(lay_up, return_to_service, start_upgrade, complete_upgrade, lose, find, decommission),
    lambda it: papers.RefuseCertification(equipment_id=it.item, authority="NB-1", reason="crack"),
    lambda it: custody.LendEquipment(equipment_id=it.item, borrower_id=OPERATOR),
    lambda it: custody.MoveEquipment(equipment_id=it.item, place=f"hall-{it.number}"),
    lambda it: custody.TransferOwnership(equipment_id=it.item, owner_id=(MAKER, OPERATOR)[it.number % 2]),
    lambda it: configuration.ApplyBulletin(equipment_id=it.item, bulletin_id=BULLETIN_ID),
    lambda it: configuration.DeclareBulletinNotApplicable(
        equipment_id=it.item, bulletin_id=BULLETIN_ID, reason="other-seal"
    ),
    lambda it: release(it.item, f"S-{it.item}"),
    issue_passport,
    order_option,
)
COURSES: tuple[tuple[Ask, ...], ...] = (
    *((ask,) for ask in SINGLE),
    (install_at_site, commission),
    (remove_to_stock, install_at_site, commission),
    (install_unit, exchange, remove_unit),
    (install_unit, install_spare),
    (install_unit, lose_unit),
    (exchange, exchange),
    (read, read_on, correct, replace_meter, read),
    (fit_meter, read_on, read_after_zero),
    (lay_up, report_period, return_to_service, read_on),
    (fail, diagnose, start_repair, complete_repair),
    (start_repair, give_up, decommission),
    (start_repair, lay_up, start_upgrade),
    (order_option, start_upgrade, complete_upgrade),
    (start_upgrade, complete_upgrade_of_the_certified, certify),
    (start_upgrade_by_bulletin, complete_upgrade_of_the_certified),
    (issue_passport, install_unit, revise_passport),
    (lose, find, certify, stock),
    (certify_for_a_day, remove_to_stock, install_at_site, commission, expire),
    (decommission, refurbish, certify, stock),
    (decommission, dispose),
)
"""Each command of a course is told, whatever is refused on the way."""
