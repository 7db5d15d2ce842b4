"""When items failed, and when repairs of them began and were completed: what is counted in figures of a fleet."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Index

from domain.equipment.operation import INCIPIENT, FailureReported, RepairCompleted
from domain.equipment.technical_state import CATEGORIES, DEGRADED_FAULT, PREVENTIVE, Category
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
    Column("of_unknown", Boolean, nullable=False),
    Index("upkeep_happened", "valid_from", "key"),
    Index("upkeep_of_unknown", "of_unknown", "key"),
)
"""A row is a failure, the begin of a repair or its end: one of the three is 1, the others are 0. `restoration` is the
time to restoration, in microseconds, as long as the item was down; null of repairs that restored nothing. Where
`of_unknown` is false the item was on record by then."""


@dataclass(frozen=True, kw_only=True)
class Upkept:
    """The technical state of an item by its own facts, and how long it was down. Times are microseconds."""

    technical: Technical = field(default_factory=Technical)
    since: int = 0
    """When the last fact happened that counts."""
    down: int = 0
    """By then."""
    down_at_fault: tuple[tuple[str, int], ...] = ()
    """Before each of the open faults was reported, by failure mode."""
    down_at_repair: int = 0
    """Before the open repair began."""

    def down_by(self, moment: int) -> int:
        """Return how long it was down by a moment, up to which nothing else happened."""
        now = CATEGORIES[self.technical.state] is Category.DOWN
        return self.down + (moment - self.since if now else 0)


def evolve(before: Upkept, recorded: Recorded, key: UUID) -> Upkept:
    """Apply one fact as the rules of equipment do, and take note of how long the item was down."""
    former, technical = before.technical, technical_state.evolve(before.technical, recorded, key)
    moment = to_micros(recorded.occurred_at)
    down, at_fault = before.down_by(moment), dict(before.down_at_fault)
    return Upkept(
        technical=technical,
        since=moment,
        down=down,
        down_at_fault=tuple((each.failure_mode, at_fault.get(each.failure_mode, down)) for each in technical.faults),
        down_at_repair=before.down_at_repair if technical.repair_since == former.repair_since else down,
    )


def step(before: Upkept, after: Upkept, recorded: Recorded, wrong_by: UUID | None) -> Values | None:
    """Return what a fact adds to the figures; nothing if it is declared wrong or none of these.

    First signs (incipient failures) are no failures. A repair begins if none was open, and is completed if one was.
    """
    if wrong_by is not None:
        return None
    fact, open_before, open_after = recorded.fact, before.technical.known.repair, after.technical.known.repair
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
        "of_unknown": after.technical.known.stage is None,
    }


def _restoration(before: Upkept, after: Upkept, moment: int) -> int | None:
    """Return how long an item was down for a fault until a completed repair restored it (EN 13306).

    It begins with the oldest critical fault that the repair ended, or with the repair itself if that came first and was
    not preventive: then there was a fault that nobody had reported. Time in which the item was not down, as it was lost
    or laid up meanwhile, does not count.
    """
    technical, still = before.technical, {fault.failure_mode for fault in after.technical.faults}
    ended = {fault.failure_mode for fault in technical.faults if fault.impact != DEGRADED_FAULT} - still
    begins = [down for mode, down in before.down_at_fault if mode in ended]
    if technical.known.repair != PREVENTIVE and technical.repair_since is not None:
        begins.append(before.down_at_repair)
    return before.down_by(moment) - min(begins) if begins else None


UPKEEP = Steps(
    name="upkeep",
    version=3,
    table=TABLE,
    initial=Upkept(),
    keys=technical_state.keys,
    evolve=evolve,
    step=step,
)
