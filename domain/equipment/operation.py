"""The axis of operation: failures, faults and repairs. Names and fields of facts are a file format: add, never edit."""

from datetime import datetime
from typing import Annotated

from domain.equipment.life import ran_backwards
from domain.equipment.refusals import NotInService, RepairAlreadyOpen, RepairNotStarted
from domain.equipment.state import Equipment
from domain.equipment.terms import Detection, EquipmentId, FailureMode, Impact, MaintenanceType, Stage, UnitId
from domain.kernel.commands import command
from domain.kernel.facts import event
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.units import OperatingTime


@event("equipment.failure_reported")
class FailureReported:
    """A required function was lost or impaired (EN 13306, failure), or the first sign of it was seen (incipient)."""

    failure_mode: FailureMode
    impact: Annotated[str, Meaning("ISO 14224: critical, degraded or incipient (no loss of function).")]
    detection: Annotated[str, Meaning("How it was noticed: operator, inspection, monitoring, maintenance or unknown.")]
    operating_time: OperatingTime | None = None
    unit_id: UnitId | None = None


@event("equipment.repair_started")
class RepairStarted:
    """Work on the item began; it is down from now on."""

    maintenance_type: Annotated[str, Meaning("EN 13306: corrective or preventive."), Example("corrective")]


@event("equipment.repair_completed")
class RepairCompleted:
    """The work was finished and the item is back at the stage before it."""

    restored: Annotated[
        tuple[FailureMode, ...], Meaning("Failure modes whose faults ended with this repair; empty: all of them.")
    ] = ()


OperationFact = FailureReported | RepairStarted | RepairCompleted

INCIPIENT = "incipient"


def evolve(item: Equipment, fact: OperationFact, _at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case FailureReported():
            opened = frozenset() if fact.impact == INCIPIENT else frozenset({fact.failure_mode})
            reading = item.operating_time if fact.operating_time is None else fact.operating_time
            failed = item.failed_units | {(mode, fact.unit_id) for mode in opened if fact.unit_id}
            return changed(item, faults=item.faults | opened, failed_units=failed, operating_time=reading)
        case RepairStarted() if item.stage is None:
            return item
        case RepairStarted():
            before = item.stage_before_repair if item.stage is Stage.UNDER_REPAIR else item.stage
            return changed(item, stage=Stage.UNDER_REPAIR, stage_before_repair=before, repair=fact.maintenance_type)
        case RepairCompleted():
            stage = (item.stage_before_repair or item.stage) if item.stage is Stage.UNDER_REPAIR else item.stage
            left = item.faults - frozenset(fact.restored) if fact.restored else frozenset()
            failed = frozenset(pair for pair in item.failed_units if pair[0] in left)
            return changed(item, stage=stage, stage_before_repair=None, repair=None, faults=left, failed_units=failed)


def check(item: Equipment, fact: OperationFact, _at: datetime) -> Refusal | None:
    """Return why the fact cannot be true of the item now, or None."""
    match fact:
        case FailureReported():
            if item.stage not in {Stage.IN_SERVICE, Stage.UNDER_REPAIR}:
                return NotInService(stage=item.stage)
            return ran_backwards(item, fact.operating_time)
        case RepairStarted():
            if item.stage is Stage.UNDER_REPAIR:
                return RepairAlreadyOpen()
            if item.stage is not Stage.IN_SERVICE:
                return NotInService(stage=item.stage)
        case RepairCompleted():
            if item.stage is not Stage.UNDER_REPAIR:
                return RepairNotStarted(stage=item.stage)
    return None


@command("equipment.report_failure", decides=("equipment_id",))
class ReportFailure:
    """Report that a required function was lost or impaired, or the first sign of it seen.

    Safe to retry while the fault is open; signs without loss of function open no fault: retry those with a key.
    """

    equipment_id: EquipmentId
    failure_mode: FailureMode
    impact: Impact = "critical"
    detection: Detection = "unknown"
    operating_time: OperatingTime | None = None
    unit_id: UnitId | None = None

    def decide(self, item: Equipment) -> list[FailureReported]:
        """Return the facts to record; none if this fault is open already, for a unit of this unit."""
        known = self.unit_id is None or (self.failure_mode, self.unit_id) in item.failed_units
        if known and self.impact != INCIPIENT and self.failure_mode in item.faults:
            return []
        return [
            FailureReported(
                failure_mode=self.failure_mode,
                impact=self.impact,
                detection=self.detection,
                operating_time=self.operating_time,
                unit_id=self.unit_id,
            )
        ]


@command("equipment.start_repair", decides=("equipment_id",))
class StartRepair:
    """Begin work on the item; it is down from now on."""

    equipment_id: EquipmentId
    maintenance_type: MaintenanceType

    def decide(self, _item: Equipment) -> list[RepairStarted]:
        """Return the start; a second one is refused, as two open repairs of one item cannot both be true."""
        return [RepairStarted(maintenance_type=self.maintenance_type)]


@command("equipment.complete_repair", decides=("equipment_id",))
class CompleteRepair:
    """Finish the open repair; the item is back at the stage before it."""

    equipment_id: EquipmentId
    restored: Annotated[
        tuple[FailureMode, ...],
        Length(0, 100),
        Meaning("Failure modes whose faults ended with this repair; empty: all of them."),
    ] = ()

    def decide(self, _item: Equipment) -> list[RepairCompleted]:
        """Return the completion; refused where no repair is open."""
        return [RepairCompleted(restored=self.restored)]
