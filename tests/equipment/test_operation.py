from dataclasses import replace
from decimal import Decimal

import pytest

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life_commands import CommissionEquipment
from domain.equipment.operation import FailureReported, OperationalStateChanged, RepairCompleted
from domain.equipment.operation_commands import CompleteRepair, ReportFailure, StartRepair
from domain.equipment.refusals import MeterRanBackwards, NotInService, RepairAlreadyOpen, RepairNotStarted
from domain.equipment.terms import Stage
from domain.kernel.folding import fold
from domain.kernel.refusals import Nonsense
from tests.equipment.lives import (
    FAILED,
    IN_SERVICE,
    INSTALLED,
    ITEM,
    ITEM_ID,
    OPERATOR,
    OTHER_ID,
    REMOVED,
    REPAIR_STARTED,
    UNIT_ID,
    UP_TO_INSTALLED,
)
from tests.scenario import given

REPORT = ReportFailure(
    equipment_id=ITEM_ID, failure_mode="leak", impact="critical", detection="operator", operating_time=Decimal(900)
)
SIGN = ReportFailure(equipment_id=ITEM_ID, failure_mode="noise", impact="incipient", detection="monitoring")
SIGN_SEEN = FailureReported(failure_mode="noise", impact="incipient", detection="monitoring")
START = StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective")
COMPLETE = CompleteRepair(equipment_id=ITEM_ID)


def test_a_failure_of_an_item_in_service_is_recorded() -> None:
    given(ITEM, *IN_SERVICE).when(REPORT).then(FAILED)


def test_reporting_a_failure_whose_fault_is_open_records_nothing() -> None:
    given(ITEM, *IN_SERVICE, FAILED).when(REPORT).then()


def test_a_first_sign_opens_no_fault_and_may_be_seen_again() -> None:
    scenario = given(ITEM, *IN_SERVICE, SIGN_SEEN)
    scenario.when(SIGN).then(SIGN_SEEN)
    state = fold(EQUIPMENT, [happening for _, happening in scenario.happened])
    assert state.faults == frozenset()


def test_failures_belong_to_items_in_service() -> None:
    given(ITEM, *UP_TO_INSTALLED).when(REPORT).then_refused(NotInService)


def test_a_counter_does_not_run_backwards() -> None:
    lower = ReportFailure(equipment_id=ITEM_ID, failure_mode="crack", operating_time=Decimal("899.9"))
    given(ITEM, *IN_SERVICE, FAILED).when(lower).then_refused(MeterRanBackwards)


def test_the_first_reading_of_a_commissioning_does_not_run_backwards() -> None:
    again = given(ITEM, *IN_SERVICE, FAILED, REMOVED, INSTALLED)
    lower = CommissionEquipment(equipment_id=ITEM_ID, operator_id=OPERATOR, act="ACT-2", operating_time=Decimal(899))
    again.when(lower).then_refused(MeterRanBackwards)


def test_a_fault_of_one_unit_is_not_that_of_another() -> None:
    of_unit = ReportFailure(equipment_id=ITEM_ID, failure_mode="leak", unit_id=UNIT_ID)
    seen = FailureReported(failure_mode="leak", impact="critical", detection="unknown", unit_id=UNIT_ID)
    given(ITEM, *IN_SERVICE, FAILED).when(of_unit).then(seen)
    known = given(ITEM, *IN_SERVICE, FAILED, seen)
    known.when(of_unit).then()
    known.when(REPORT).then()
    known.when(replace(of_unit, unit_id=OTHER_ID)).then(replace(seen, unit_id=OTHER_ID))
    repaired = known.given(ITEM, REPAIR_STARTED, RepairCompleted())
    repaired.given(ITEM, FAILED).when(of_unit).then(seen)


@pytest.mark.parametrize("reading", ["NaN", "-1", "Infinity", "1e999999", "10000000.1"])
def test_operating_time_is_a_possible_number_of_hours(reading: str) -> None:
    with pytest.raises(Nonsense, match="operating_time"):
        ReportFailure(equipment_id=ITEM_ID, failure_mode="leak", operating_time=Decimal(reading))


def test_a_repair_starts_once() -> None:
    given(ITEM, *IN_SERVICE, FAILED).when(START).then(REPAIR_STARTED)
    given(ITEM, *IN_SERVICE, REPAIR_STARTED).when(START).then_refused(RepairAlreadyOpen)


def test_only_an_item_in_service_is_repaired() -> None:
    given(ITEM, *UP_TO_INSTALLED).when(START).then_refused(NotInService)


def test_a_repair_that_never_started_is_not_completed() -> None:
    given(ITEM, *IN_SERVICE).when(COMPLETE).then_refused(RepairNotStarted)


def test_a_completed_repair_ends_the_faults_and_brings_the_item_back() -> None:
    scenario = given(ITEM, *IN_SERVICE, FAILED, REPAIR_STARTED)
    scenario.when(COMPLETE).then(RepairCompleted())
    state = fold(EQUIPMENT, [each for _, each in scenario.given(ITEM, RepairCompleted()).happened])
    assert (state.stage, state.faults, state.repair) == (Stage.IN_SERVICE, frozenset(), None)


def test_a_told_state_of_operation_ends_with_the_stage() -> None:
    scenario = given(ITEM, *IN_SERVICE, OperationalStateChanged(state="standby"))
    for fact, state in [(None, "standby"), (REPAIR_STARTED, None), (RepairCompleted(), "operating")]:
        scenario = scenario if fact is None else scenario.given(ITEM, fact)
        assert fold(EQUIPMENT, [each for _, each in scenario.happened]).operational_state == state


def test_a_repair_may_end_some_faults_and_leave_others() -> None:
    other = FailureReported(failure_mode="crack", impact="degraded", detection="inspection")
    scenario = given(ITEM, *IN_SERVICE, FAILED, other, REPAIR_STARTED, RepairCompleted(restored=("leak",)))
    assert fold(EQUIPMENT, [each for _, each in scenario.happened]).faults == {"crack"}
