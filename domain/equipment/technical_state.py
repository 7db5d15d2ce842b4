"""In which technical state an item is, by EN 13306: what its own facts say, and what is told of a unit in a parent."""

from collections.abc import Collection
from enum import StrEnum

from domain.equipment.terms import Stage

DEGRADED_FAULT = "degraded"
PREVENTIVE = "preventive"


class TechnicalState(StrEnum):
    """States of an item by EN 13306, and that it is not in service."""

    OPERATING = "operating"
    STANDBY = "standby"
    IDLE = "idle"
    DEGRADED = "degraded"
    FAULT = "fault"
    PREVENTIVE_MAINTENANCE = "preventive_maintenance"
    EXTERNALLY_DISABLED = "externally_disabled"
    NOT_IN_SERVICE = "not_in_service"


class Category(StrEnum):
    """As what the time of an item counts."""

    UP = "up"
    DOWN = "down"
    DISABLED = "disabled"
    NOT_IN_SERVICE = "not_in_service"


S = TechnicalState
CATEGORIES = {
    S.OPERATING: Category.UP,
    S.STANDBY: Category.UP,
    S.IDLE: Category.UP,
    S.DEGRADED: Category.UP,
    S.FAULT: Category.DOWN,
    S.PREVENTIVE_MAINTENANCE: Category.DOWN,
    S.EXTERNALLY_DISABLED: Category.DISABLED,
    S.NOT_IN_SERVICE: Category.NOT_IN_SERVICE,
}
STOPPED = frozenset({S.FAULT, S.PREVENTIVE_MAINTENANCE, S.EXTERNALLY_DISABLED})
"""States of an item in which its units do not work."""
_TOLD = {state.value: state for state in (S.OPERATING, S.STANDBY, S.IDLE, S.DEGRADED, S.EXTERNALLY_DISABLED)}
GIVEN_UP = frozenset({Stage.DECOMMISSIONED, Stage.DISPOSED})
"""Stages at which nobody waits for a repair: faults are told no more."""


def own_state(
    stage: Stage | None, *, follows: bool, repair: str | None, impacts: Collection[str], told: str | None
) -> TechnicalState:
    """Return the technical state of an item by its own facts. Never refuses: history must always load.

    | Stage                         | Repair     | Worst open fault | State told          | → technical state      |
    |-------------------------------|------------|------------------|---------------------|------------------------|
    | in service, or unit in parent | —          | critical         | any                 | fault                  |
    | in service, or unit in parent | —          | degraded         | operating or none   | degraded               |
    | in service, or unit in parent | —          | degraded or none | any other           | as told                |
    | in service, or unit in parent | —          | none             | none, or no state   | operating              |
    | under repair                  | preventive | degraded or none | —                   | preventive maintenance |
    | under repair                  | preventive | critical         | —                   | fault                  |
    | under repair                  | any other  | any              | —                   | fault                  |
    | any other                     | —          | any              | —                   | not in service         |

    A fault lasts from the failure up to the completed repair, whatever is told of the operation meanwhile. Not in
    service, and so neither up nor down, is what is not yet or no more required to work: what was not commissioned yet,
    is stored, on its way, set aside, laid up or lost, or came to its end; and what is being modernised, as that is a
    planned action other than maintenance.

    Args:
        stage: of its life, by its own facts.
        follows: whether it is a unit in a parent, and so works if that does.
        repair: the maintenance type of the open repair.
        impacts: of the open faults; an incipient failure opens none. What is not degraded is critical.
        told: the operational state, as it was told last; each change of the stage ends it.
    """
    critical = any(impact != DEGRADED_FAULT for impact in impacts)
    if stage is Stage.UNDER_REPAIR:
        return S.PREVENTIVE_MAINTENANCE if repair == PREVENTIVE and not critical else S.FAULT
    if stage is not Stage.IN_SERVICE and not follows:
        return S.NOT_IN_SERVICE
    state = _TOLD.get(told or "", S.OPERATING)
    if critical:
        return S.FAULT
    return S.DEGRADED if impacts and state is S.OPERATING else state


def told_state(own: TechnicalState, topmost: TechnicalState | None, *, stopped: bool, failed: bool) -> TechnicalState:
    """Return the technical state that is told of a unit in a parent, from those above it by their own facts.

    The first line that holds says it:

    1. The topmost item above it is not in service: not in service.
    2. It has a critical fault, by its own facts or as the unit that such a fault above it names: fault.
    3. The topmost item is down for preventive maintenance: so is the unit.
    4. Any item above it is down or externally disabled: externally disabled, as it could work.
    5. By its own facts.

    Args:
        own: its state by its own facts.
        topmost: that of the topmost item above it; None: there is none, as in a ring, or nothing is on record of it.
        stopped: whether any item above it is in one of the states `STOPPED`.
        failed: whether a critical fault of an item above names it.
    """
    if topmost is None or topmost is S.NOT_IN_SERVICE:
        return S.NOT_IN_SERVICE
    if own is S.FAULT or failed:
        return S.FAULT
    if topmost is S.PREVENTIVE_MAINTENANCE:
        return S.PREVENTIVE_MAINTENANCE
    return S.EXTERNALLY_DISABLED if stopped else own
