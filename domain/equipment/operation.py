"""The axis of operation: states, failures, faults and repairs. Names and fields of facts are a file format."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from domain.equipment.meters import initial_reading, ran_backwards
from domain.equipment.refusals import FailureNotOnRecord, NotInService, RepairAlreadyOpen, RepairNotStarted
from domain.equipment.state import Condition, Equipment
from domain.equipment.terms import (
    Cause,
    FailureMode,
    Measured,
    Mechanism,
    Parameter,
    Reason,
    Slot,
    Stage,
    Symbol,
    UnitId,
)
from domain.kernel.facts import event
from domain.kernel.marks import Example, Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.units import OperatingTime


@event("equipment.operational_state_changed")
class OperationalStateChanged:
    """An item in service without a fault went on in another way; externally disabled is not its own down time."""

    state: Annotated[
        str, Meaning("EN 13306: operating, standby, idle, degraded or externally_disabled."), Example("standby")
    ]
    reason: Reason | None = None


@event("equipment.condition_measured")
class ConditionMeasured:
    """Something was measured of the condition of the item, by a person or by monitoring."""

    parameter: Parameter
    value: Measured
    unit: Symbol
    slot: Slot | None = None


@event("equipment.failure_reported")
class FailureReported:
    """A required function was lost or impaired (EN 13306, failure), or the first sign of it was seen (incipient)."""

    failure_mode: FailureMode
    impact: Annotated[str, Meaning("ISO 14224: critical, degraded or incipient (no loss of function).")]
    detection: Annotated[str, Meaning("How it was noticed: operator, inspection, monitoring, maintenance or unknown.")]
    operating_time: OperatingTime | None = None
    unit_id: UnitId | None = None


@event("equipment.failure_diagnosed")
class FailureDiagnosed:
    """It was found why the item failed: by which mechanism, from which cause, at which of its positions."""

    failure_mode: FailureMode
    mechanism: Mechanism
    cause: Cause
    slot: Slot | None = None
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


OperationFact = (
    OperationalStateChanged | ConditionMeasured | FailureReported | FailureDiagnosed | RepairStarted | RepairCompleted
)

INCIPIENT = "incipient"


def evolve(item: Equipment, fact: OperationFact, at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case FailureReported():
            opened = frozenset() if fact.impact == INCIPIENT else frozenset({fact.failure_mode})
            failed = item.failed_units | {(mode, fact.unit_id) for mode in opened if fact.unit_id}
            item = initial_reading(item, fact.operating_time, at)
            return changed(
                item,
                faults=item.faults | opened,
                failed_units=failed,
                failures=item.failures | {fact.failure_mode},
                diagnoses=tuple(told for told in item.diagnoses if told[0] != fact.failure_mode),
            )
        case RepairStarted():
            return item if item.stage is None else changed(item, repair=fact.maintenance_type)
        case RepairCompleted():
            left = item.faults - frozenset(fact.restored) if fact.restored else frozenset()
            failed = frozenset(pair for pair in item.failed_units if pair[0] in left)
            return changed(item, repair=None, faults=left, failed_units=failed, uneconomic=False)
        case OperationalStateChanged():
            return changed(item, operational_state=fact.state)
        case ConditionMeasured():
            return changed(item, conditions=_measured(item.conditions, fact, at))
        case FailureDiagnosed():
            found = diagnosis(fact)
            others = [told for told in item.diagnoses if told != found]
            return changed(item, diagnoses=(*others, found))


def _measured(known: tuple[Condition, ...], fact: ConditionMeasured, at: datetime) -> tuple[Condition, ...]:
    """Return the last measurements with one more, which takes the place of the one before it at its position."""
    last = Condition(parameter=fact.parameter, slot=fact.slot, value=fact.value, unit=fact.unit, measured_at=at)
    others = [each for each in known if _measuring_point(each) != _measuring_point(last)]
    return tuple(sorted((*others, last), key=_measuring_point))


def _measuring_point(condition: Condition) -> tuple[str, bool, str]:
    return condition.parameter, condition.slot is not None, condition.slot or ""


def check(item: Equipment, fact: OperationFact, at: datetime) -> Refusal | None:
    """Return why the fact cannot be true of the item now, or None."""
    match fact:
        case FailureReported():
            if not works(item):
                return NotInService(stage=item.stage)
            return ran_backwards(item, fact.operating_time, at)
        case OperationalStateChanged() if item.stage is not Stage.IN_SERVICE and item.parent_id is None:
            return NotInService(stage=item.stage)
        case FailureDiagnosed() if fact.failure_mode not in item.failures:
            return FailureNotOnRecord()
        case RepairStarted():
            if item.stage is Stage.UNDER_REPAIR:
                return RepairAlreadyOpen()
            if item.stage is not Stage.IN_SERVICE:
                return NotInService(stage=item.stage)
        case RepairCompleted():
            if item.stage is not Stage.UNDER_REPAIR:
                return RepairNotStarted(stage=item.stage)
        case _:
            pass
    return None


def works(item: Equipment) -> bool:
    """Return whether the item works, or is repaired so that it does; of a unit only its parent can tell."""
    return item.stage in {Stage.IN_SERVICE, Stage.UNDER_REPAIR} or item.parent_id is not None


def diagnosis(fact: FailureDiagnosed) -> tuple[str, str, str, str | None, UUID | None]:
    """Return what was found of a failure, as the state of the item keeps it."""
    return fact.failure_mode, fact.mechanism, fact.cause, fact.slot, fact.unit_id
