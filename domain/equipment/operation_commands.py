"""What may be said of the operation of an item."""

from typing import Annotated

from domain.equipment.operation import (
    INCIPIENT,
    ConditionMeasured,
    FailureDiagnosed,
    FailureReported,
    OperationalStateChanged,
    RepairCompleted,
    RepairStarted,
    diagnosis,
)
from domain.equipment.state import Equipment
from domain.equipment.structure import next_above, require_service_above, told_stage
from domain.equipment.terms import (
    Cause,
    Detection,
    EquipmentId,
    FailureMode,
    Impact,
    MaintenanceType,
    Measured,
    Mechanism,
    OperationalState,
    Parameter,
    Reason,
    Slot,
    Stage,
    Symbol,
    UnitId,
)
from domain.kernel.commands import command
from domain.kernel.marks import Length, Meaning
from domain.kernel.streams import StreamRef
from domain.kernel.units import OperatingTime


@command("equipment.report_failure", decides=("equipment_id",), tells=FailureReported)
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

    def also(self, item: Equipment, *above: Equipment) -> tuple[StreamRef, ...]:
        """What was above a unit: it works only where that is in service."""
        return next_above(item, *above)

    def known(self, item: Equipment, *_above: Equipment) -> bool:
        """Whether this fault is open, for a unit of this unit."""
        told = self.unit_id is None or (self.failure_mode, self.unit_id) in item.failed_units
        return told and self.impact != INCIPIENT and self.failure_mode in item.faults

    def decide(self, item: Equipment, *above: Equipment) -> list[FailureReported]:
        """Return the report.

        Raises:
            NotInService: the item is a unit, and what is above it is not in service.
        """
        require_service_above(item, above)
        return [
            FailureReported(
                failure_mode=self.failure_mode,
                impact=self.impact,
                detection=self.detection,
                operating_time=self.operating_time,
                unit_id=self.unit_id,
            )
        ]


@command("equipment.start_repair", decides=("equipment_id",), tells=RepairStarted)
class StartRepair:
    """Begin work on the item; it is down from now on."""

    equipment_id: EquipmentId
    maintenance_type: MaintenanceType

    def decide(self, _item: Equipment) -> list[RepairStarted]:
        """Return the start; a second one is refused, as two open repairs of one item cannot both be true."""
        return [RepairStarted(maintenance_type=self.maintenance_type)]


@command("equipment.complete_repair", decides=("equipment_id",), tells=RepairCompleted)
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


@command("equipment.diagnose_failure", decides=("equipment_id",), tells=FailureDiagnosed)
class DiagnoseFailure:
    """Say why the item failed, while the fault is open or after its repair. Safe to retry."""

    equipment_id: EquipmentId
    failure_mode: FailureMode
    mechanism: Mechanism
    cause: Cause
    slot: Slot | None = None
    unit_id: UnitId | None = None

    def known(self, item: Equipment) -> bool:
        """Whether this was found of the last failure of that mode."""
        return diagnosis(self._found()) in item.diagnoses

    def decide(self, _item: Equipment) -> list[FailureDiagnosed]:
        """Return the diagnosis."""
        return [self._found()]

    def _found(self) -> FailureDiagnosed:
        return FailureDiagnosed(
            failure_mode=self.failure_mode,
            mechanism=self.mechanism,
            cause=self.cause,
            slot=self.slot,
            unit_id=self.unit_id,
        )


@command("equipment.change_operational_state", decides=("equipment_id",), tells=OperationalStateChanged)
class ChangeOperationalState:
    """Say how an item in service goes on: operating, standby, idle, degraded or externally disabled. Safe to retry.

    It holds until another one is told, or the stage of life changes, as by a repair: an item that comes into service,
    or back, is operating. Say it again if that is not so.
    """

    equipment_id: EquipmentId
    state: OperationalState
    reason: Reason | None = None

    def also(self, item: Equipment, *above: Equipment) -> tuple[StreamRef, ...]:
        """What was above a unit: it works only where that is in service."""
        return next_above(item, *above)

    def known(self, item: Equipment, *above: Equipment) -> bool:
        """Whether it is in that state, and still works."""
        return item.operational_state == self.state and told_stage(item, above) is Stage.IN_SERVICE

    def decide(self, item: Equipment, *above: Equipment) -> list[OperationalStateChanged]:
        """Return the change.

        Raises:
            NotInService: the item is a unit, and what is above it is not in service.
        """
        require_service_above(item, above)
        return [OperationalStateChanged(state=self.state, reason=self.reason)]


@command("equipment.measure_condition", decides=("equipment_id",), tells=ConditionMeasured)
class MeasureCondition:
    """Record what was measured of the condition of the item. Each measurement is one of its own: retry with a key."""

    equipment_id: EquipmentId
    parameter: Parameter
    value: Measured
    unit: Symbol
    slot: Slot | None = None

    def decide(self, _item: Equipment) -> list[ConditionMeasured]:
        """Return the measurement."""
        return [ConditionMeasured(parameter=self.parameter, value=self.value, unit=self.unit, slot=self.slot)]
