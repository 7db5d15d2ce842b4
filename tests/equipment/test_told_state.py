"""What is told of a unit in a parent, line by line: from its own state and the states of what is above it."""

from typing import Any

import pytest

from domain.equipment.technical_state import TechnicalState, told_state

S = TechnicalState


@pytest.mark.parametrize(
    ("own", "topmost", "above", "expected"),
    [
        (S.OPERATING, S.OPERATING, {}, S.OPERATING),
        (S.STANDBY, S.OPERATING, {}, S.STANDBY),
        (S.OPERATING, None, {}, S.NOT_IN_SERVICE),
        (S.FAULT, None, {"failed": True}, S.NOT_IN_SERVICE),
        (S.FAULT, S.NOT_IN_SERVICE, {"failed": True}, S.NOT_IN_SERVICE),
        (S.FAULT, S.OPERATING, {}, S.FAULT),
        (S.FAULT, S.FAULT, {"stopped": True}, S.FAULT),
        (S.FAULT, S.PREVENTIVE_MAINTENANCE, {"stopped": True}, S.FAULT),
        (S.FAULT, S.EXTERNALLY_DISABLED, {"stopped": True}, S.FAULT),
        (S.OPERATING, S.FAULT, {"stopped": True, "failed": True}, S.FAULT),
        (S.OPERATING, S.PREVENTIVE_MAINTENANCE, {"stopped": True, "failed": True}, S.FAULT),
        (S.OPERATING, S.PREVENTIVE_MAINTENANCE, {"stopped": True}, S.PREVENTIVE_MAINTENANCE),
        (S.STANDBY, S.FAULT, {"stopped": True}, S.EXTERNALLY_DISABLED),
        (S.STANDBY, S.OPERATING, {"stopped": True}, S.EXTERNALLY_DISABLED),
        (S.EXTERNALLY_DISABLED, S.OPERATING, {}, S.EXTERNALLY_DISABLED),
    ],
)
def test_the_first_line_that_holds_says_the_state_of_a_unit(
    own: TechnicalState, topmost: TechnicalState | None, above: dict[str, Any], expected: TechnicalState
) -> None:
    assert told_state(own, topmost, **{"stopped": False, "failed": False, **above}) is expected
