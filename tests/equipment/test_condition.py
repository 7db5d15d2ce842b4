from dataclasses import replace
from decimal import Decimal

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.operation import (
    ConditionMeasured,
    FailureDiagnosed,
    FailureReported,
    OperationalStateChanged,
    RepairCompleted,
)
from domain.equipment.operation_commands import ChangeOperationalState, DiagnoseFailure, MeasureCondition
from domain.equipment.refusals import FailureNotOnRecord, NotInService
from domain.kernel.folding import fold
from projections.equipment.registry import REGISTRY
from tests.equipment.lives import FAILED, IN_SERVICE, ITEM, ITEM_ID, REPAIR_STARTED, UP_TO_INSTALLED
from tests.scenario import given

DIAGNOSE = DiagnoseFailure(
    equipment_id=ITEM_ID, failure_mode="leak", mechanism="corrosion", cause="operation", slot="seal"
)
DIAGNOSED = FailureDiagnosed(failure_mode="leak", mechanism="corrosion", cause="operation", slot="seal")
STANDBY = ChangeOperationalState(equipment_id=ITEM_ID, state="standby", reason="no-orders")
STOOD_BY = OperationalStateChanged(state="standby", reason="no-orders")
MEASURE = MeasureCondition(equipment_id=ITEM_ID, parameter="vibration-velocity", value=Decimal("2.8"), unit="mm/s")
MEASURED = ConditionMeasured(parameter="vibration-velocity", value=Decimal("2.8"), unit="mm/s")


def test_a_failure_is_diagnosed_while_its_fault_is_open_and_after_its_repair() -> None:
    given(ITEM, *IN_SERVICE, FAILED).when(DIAGNOSE).then(DIAGNOSED)
    given(ITEM, *IN_SERVICE, FAILED, REPAIR_STARTED, RepairCompleted()).when(DIAGNOSE).then(DIAGNOSED)


def test_a_first_sign_is_diagnosed_too() -> None:
    sign = FailureReported(failure_mode="leak", impact="incipient", detection="monitoring")
    given(ITEM, *IN_SERVICE, sign).when(DIAGNOSE).then(DIAGNOSED)


def test_what_never_failed_is_not_diagnosed() -> None:
    given(ITEM, *IN_SERVICE).when(DIAGNOSE).then_refused(FailureNotOnRecord)
    other = replace(DIAGNOSE, failure_mode="crack")
    given(ITEM, *IN_SERVICE, FAILED).when(other).then_refused(FailureNotOnRecord)


def test_a_diagnosis_is_recorded_once_for_each_failure() -> None:
    once = given(ITEM, *IN_SERVICE, FAILED, DIAGNOSED)
    once.when(DIAGNOSE).then()
    once.when(replace(DIAGNOSE, slot=None)).then(replace(DIAGNOSED, slot=None))
    again = once.given(ITEM, REPAIR_STARTED, RepairCompleted(), FAILED)
    again.when(DIAGNOSE).then(DIAGNOSED)


def test_an_item_in_service_goes_on_in_another_way() -> None:
    given(ITEM, *IN_SERVICE).when(STANDBY).then(STOOD_BY)
    given(ITEM, *IN_SERVICE, STOOD_BY).when(STANDBY).then()
    back = replace(STANDBY, state="operating", reason=None)
    given(ITEM, *IN_SERVICE).when(back).then()
    given(ITEM, *IN_SERVICE, STOOD_BY).when(back).then(OperationalStateChanged(state="operating"))


def test_a_state_of_operation_belongs_to_items_in_service() -> None:
    given(ITEM, *UP_TO_INSTALLED).when(STANDBY).then_refused(NotInService)
    given(ITEM, *IN_SERVICE, FAILED, REPAIR_STARTED).when(STANDBY).then_refused(NotInService)


def test_what_is_measured_stands_beside_the_last_of_other_parameters() -> None:
    higher = replace(MEASURED, value=Decimal("3.1"))
    heat = ConditionMeasured(parameter="temperature", value=Decimal(-5), unit="Cel")
    given(ITEM, *IN_SERVICE).when(MEASURE).then(MEASURED)
    given(ITEM, *IN_SERVICE, MEASURED).when(MEASURE).then(MEASURED)
    state = fold(EQUIPMENT, [each for _, each in given(ITEM, *IN_SERVICE, MEASURED, heat, higher).happened])
    assert [(each.parameter, each.value, each.unit) for each in state.conditions] == [
        ("temperature", Decimal(-5), "Cel"),
        ("vibration-velocity", Decimal("3.1"), "mm/s"),
    ]


def test_what_is_measured_at_one_position_stands_beside_the_last_of_other_positions() -> None:
    told = [("bearing-2", "2.9"), ("bearing-1", "2.8"), (None, "2.0"), ("bearing-2", "4.5"), ("", "1.0")]
    facts = [replace(MEASURED, slot=slot, value=Decimal(value)) for slot, value in told]
    happened = [each for _, each in given(ITEM, *IN_SERVICE, *facts).happened]
    last = fold(EQUIPMENT, happened).conditions
    assert [(each.slot, str(each.value)) for each in last] == [
        (None, "2.0"),
        ("", "1.0"),
        ("bearing-1", "2.8"),
        ("bearing-2", "4.5"),
    ]
    assert last[3].measured_at == happened[-2].occurred_at


def test_what_is_found_of_one_failure_at_two_places_is_kept_with_and_without_a_place() -> None:
    """Read models keep states in an order that does not depend on chance: a place that is not told has one too."""
    found = [FailureDiagnosed(failure_mode="leak", mechanism="wear", cause="age", slot=slot) for slot in ("seal", None)]
    item = fold(EQUIPMENT, [each for _, each in given(ITEM, *IN_SERVICE, FAILED, *found).happened])
    assert [told[3] for told in item.diagnoses] == ["seal", None]
    assert REGISTRY.decode(REGISTRY.encode(item)) == item
