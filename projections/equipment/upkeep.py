"""When items failed, and when repairs of them began and were completed: what is counted in figures of a fleet."""

from uuid import UUID

from sqlalchemy import BigInteger, Column, Index

from domain.equipment.operation import INCIPIENT, FailureReported, RepairCompleted
from domain.equipment.technical_state import DEGRADED_FAULT, PREVENTIVE
from domain.kernel.envelope import Recorded
from domain.kernel.moments import to_micros
from projections.equipment import technical_state
from projections.equipment.technical_state import Technical
from projections.read_model import Steps, steps_table
from projections.timeline import Values

TABLE = steps_table(
    "upkeep",
    Column("failures", BigInteger, nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("completed", BigInteger, nullable=False),
    Column("restoration", BigInteger),
    Index("upkeep_happened", "valid_from", "key"),
)
"""A row is a failure, the begin of a repair or its end: one of the three is 1, the others are 0. `restoration` is the
time to restoration, in microseconds; null of repairs that restored nothing."""


def step(before: Technical, after: Technical, recorded: Recorded, wrong_by: UUID | None) -> Values | None:
    """Return what a fact adds to the figures; nothing if it is declared wrong or none of these.

    First signs (incipient failures) are no failures. A repair begins if none was open, and is completed if one was.
    """
    if wrong_by is not None:
        return None
    fact, open_before, open_after = recorded.fact, before.known.repair, after.known.repair
    failed = isinstance(fact, FailureReported) and fact.impact != INCIPIENT
    begun = open_before is None and open_after is not None
    completed = isinstance(fact, RepairCompleted) and open_before is not None
    if not (failed or begun or completed):
        return None
    return {
        "position": recorded.position,
        "failures": int(failed),
        "begun": int(begun),
        "completed": int(completed),
        "restoration": _restoration(before, after, to_micros(recorded.occurred_at)) if completed else None,
    }


def _restoration(before: Technical, after: Technical, moment: int) -> int | None:
    """Return how long it took until a completed repair restored an item that was down for a fault (EN 13306).

    It begins with the oldest critical fault that the repair ended, or with the repair itself if that came first and was
    not preventive: then there was a fault that nobody had reported.
    """
    still = {fault.failure_mode for fault in after.faults}
    ended = (fault for fault in before.faults if fault.failure_mode not in still)
    begins = [fault.since for fault in ended if fault.impact != DEGRADED_FAULT]
    if before.known.repair != PREVENTIVE and before.repair_since is not None:
        begins.append(before.repair_since)
    return moment - min(begins) if begins else None


UPKEEP = Steps(
    name="upkeep",
    version=1,
    table=TABLE,
    initial=Technical(),
    keys=technical_state.keys,
    evolve=technical_state.evolve,
    step=step,
)
