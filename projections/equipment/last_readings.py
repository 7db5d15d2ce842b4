"""When the operating time of items was read last, and of which of them it should be: those that run, or sit in one."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Index

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import REMOVABLE, Released, TakenOver
from domain.equipment.stages import TABLE as STAGES
from domain.equipment.state import OPERATING_TIME, Equipment, Meter, Period
from domain.equipment.terms import Stage
from domain.kernel.envelope import Recorded
from domain.kernel.moments import to_micros
from domain.kernel.states import changed
from domain.log.columns import Id
from projections.equipment.known_lives import NEVER
from projections.equipment.meter_readings import reads, sensible
from projections.read_model import Following, Timeline, inside_index, timeline_table
from projections.timeline import Values
from projections.views import SortedText

TABLE = timeline_table(
    "last_readings",
    Column("serial", SortedText, nullable=False),
    Column("model_id", Id),
    Column("operator_id", Id),
    Column("parent_id", Id),
    Column("stage", SortedText, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    Column("runs", Boolean, nullable=False),
    Column("to_read", Boolean, nullable=False),
    Index("last_readings_due", "to_read", "valid_to", "read_at", "key"),
    Index("last_readings_ended", "ended_by"),
    inside_index("last_readings_inside", "parent_id"),
)
"""`read_at` is before every moment if nobody read it; `runs` says whether what an item sits in is in service, at its
very top; `to_read` whether the item is one whose counter should be read."""

_FACTS = frozenset({Released, TakenOver, *STAGES})


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rules of equipment know of an item, as far as its stage and its counter follow from it."""

    stage: Stage | None = None
    stage_before: Stage | None = None
    serial: str | None = None
    model_id: UUID | None = None
    operator_id: UUID | None = None
    parent_id: UUID | None = None
    upgrade: str | None = None
    recertify: bool = False
    meters: tuple[Meter, ...] = ()
    periods: tuple[Period, ...] = ()
    """The first one, which tells the unit where nothing else does."""


@dataclass(frozen=True, kw_only=True)
class LastReading:
    """What is known of one item."""

    known: Known = field(default_factory=Known)
    read_at: int = NEVER


_NAMES = [each.name for each in fields(Known)]
_NOBODY = Equipment()


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands, if it changes its stage or tells its operating time."""
    fact = recorded.fact
    tells = reads(fact) and getattr(fact, "meter", OPERATING_TIME) == OPERATING_TIME
    own = recorded.stream.kind == EQUIPMENT.kind and (tells or type(fact) in _FACTS)
    return (recorded.stream.id,) if own else ()


def evolve(before: LastReading, recorded: Recorded, _key: UUID) -> LastReading:
    """Apply one fact as the rules of equipment do."""
    at = recorded.occurred_at.astimezone(UTC)
    item = EQUIPMENT.evolve(changed(_NOBODY, **vars(before.known)), recorded.fact, at)
    known = {name: getattr(item, name) for name in _NAMES} | {"periods": item.periods[:1]}
    meter = item.meter(OPERATING_TIME) if reads(recorded.fact) else None
    read = meter is not None and meter.read_at == at and sensible(meter.total)
    return LastReading(known=Known(**known), read_at=to_micros(at) if read else before.read_at)


def row(last: LastReading) -> Values | None:
    """Return what an item says of itself; nothing before its release."""
    known = last.known
    if known.stage is None:
        return None
    return {
        "serial": known.serial or "",
        "model_id": known.model_id,
        "operator_id": known.operator_id,
        "parent_id": known.parent_id,
        "stage": known.stage.value,
        "read_at": last.read_at,
    }


def _tell(_key: UUID, own: Values, above: Values | None) -> Values:
    """Return whether what an item sits in runs, and whether to read it: a unit, if it has a counter of its own."""
    if own["parent_id"] is None:
        runs = own["stage"] == Stage.IN_SERVICE.value
        return {"runs": runs, "to_read": runs}
    runs = above is not None and above["runs"]
    has_one = own["stage"] in REMOVABLE and own["read_at"] > NEVER
    return {"runs": runs, "to_read": runs and has_one}


LAST_READINGS = Timeline(
    name="last_readings",
    version=1,
    table=TABLE,
    initial=LastReading(),
    keys=keys,
    evolve=evolve,
    row=row,
    following=Following(link="parent_id", above=lambda own: own["parent_id"], tell=_tell),
)
