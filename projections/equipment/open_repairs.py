"""Which repairs are open: of which items and type, since when, and which units were exchanged in them so far."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Index, Text

from domain.equipment.custody import Found, Lost
from domain.equipment.ending import BeyondEconomicRepairDeclared, Decommissioned, RefurbishmentAuthorised
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Commissioned, Released, Removed, TakenOver
from domain.equipment.operation import INCIPIENT, FailureReported, RepairCompleted, RepairStarted
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.kernel.envelope import Recorded
from domain.kernel.moments import to_micros
from domain.log.columns import Id
from projections.read_model import Timeline, timeline_table
from projections.timeline import Values
from projections.views import SortedText

TABLE = timeline_table(
    "open_repairs",
    Column("serial", SortedText, nullable=False),
    Column("model_id", Id),
    Column("operator_id", Id),
    Column("maintenance_type", SortedText, nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("began_by", BigInteger, nullable=False),
    Column("ranking", BigInteger, nullable=False),
    Column("uneconomic", Boolean, nullable=False),
    Column("units", Text, nullable=False),
    Index("open_repairs_begun", "valid_to", "begun", "began_by"),
    Index("open_repairs_longest", "valid_to", "ranking", "began_by"),
    Index("open_repairs_ended", "ended_by"),
)
"""`began_by` is the position of the fact that began the repair. `ranking` puts open repairs before all that ended, the
longest first."""

_BEFORE_ALL = -(2**62)
"""Below minus any time, so that what is ranked by it comes before all that took some time."""

FACTS: frozenset[type] = frozenset(
    {
        *(Released, TakenOver, Commissioned, Removed, FailureReported, RepairStarted, RepairCompleted),
        *(UnitInstalled, UnitRemoved, BeyondEconomicRepairDeclared, Decommissioned, RefurbishmentAuthorised),
        *(Lost, Found),
    }
)
"""No other fact says anything of repairs, nor of whom they are."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A unit that was taken out of the item, or built into it."""

    unit_id: UUID
    slot: str
    installed: bool
    at: int
    """In microseconds."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A repair that is open."""

    maintenance_type: str
    begun: int
    """In microseconds."""
    began_by: int
    operator_id: UUID | None
    """The organisation that ran the item when the repair began."""
    uneconomic: bool = False
    units: tuple[Exchange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """What is known of the failures and repairs of one item."""

    on_record: bool = False
    serial: str = ""
    model_id: UUID | None = None
    operator_id: UUID | None = None
    repair: Repair | None = None
    faults: tuple[tuple[str, int], ...] = ()
    """Failures whose faults are open: pairs of mode and position of the fact, in order of life."""
    last: tuple[tuple[str, int], ...] = ()
    """The last failure of each mode."""

    @property
    def modes(self) -> tuple[str, ...]:
        """The failure modes whose faults are open."""
        return tuple(dict.fromkeys(mode for mode, _ in self.faults))


_read_units = msgspec.json.Decoder(tuple[Exchange, ...]).decode
_write_units = msgspec.json.Encoder(order="deterministic").encode


def touching(recorded: Recorded, facts: Collection[type]) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands, if it is one of those."""
    own = recorded.stream.kind == EQUIPMENT.kind and type(recorded.fact) in facts
    return (recorded.stream.id,) if own else ()


def evolve(before: Upkeep, recorded: Recorded, _key: UUID) -> Upkeep:
    """Apply one fact. A repair that is begun anew goes on if it is of the same type; else another takes its place."""
    fact, moment = recorded.fact, to_micros(recorded.occurred_at)
    match fact:
        case Released():
            return replace(before, on_record=True, serial=fact.serial, model_id=fact.model_id)
        case TakenOver():
            known = replace(before, on_record=True, serial=fact.serial, model_id=fact.model_id)
            return replace(known, operator_id=fact.operator_id)
        case Commissioned():
            return replace(before, operator_id=fact.operator_id)
        case Removed() | Found():
            return replace(before, operator_id=None)
        case FailureReported():
            return _failed(before, fact, recorded.position)
        case RepairStarted():
            goes_on = before.repair is not None and before.repair.maintenance_type == fact.maintenance_type
            if goes_on or not before.on_record:
                return before
            begun = Repair(
                maintenance_type=fact.maintenance_type,
                begun=moment,
                began_by=recorded.position,
                operator_id=before.operator_id,
            )
            return replace(before, repair=begun)
        case RepairCompleted():
            left = tuple(fault for fault in before.faults if fact.restored and fault[0] not in fact.restored)
            return replace(before, repair=None, faults=left)
        case Decommissioned() | Lost():
            return replace(before, repair=None)
        case RefurbishmentAuthorised():
            return replace(before, operator_id=None, faults=())
    return before if before.repair is None else replace(before, repair=_gone_on(before.repair, fact, moment))


def _failed(before: Upkeep, fact: FailureReported, position: int) -> Upkeep:
    told = (fact.failure_mode, position)
    opened = () if fact.impact == INCIPIENT else (told,)
    others = tuple(each for each in before.last if each[0] != fact.failure_mode)
    return replace(before, faults=(*before.faults, *opened), last=(*others, told))


def _gone_on(repair: Repair, fact: object, moment: int) -> Repair:
    """Return an open repair after a fact: what was exchanged while it was open was exchanged in it."""
    match fact:
        case UnitInstalled() | UnitRemoved():
            installed = isinstance(fact, UnitInstalled)
            unit = Exchange(unit_id=fact.unit_id, slot=fact.slot, installed=installed, at=moment)
            return replace(repair, units=(*repair.units, unit))
        case BeyondEconomicRepairDeclared():
            return replace(repair, uneconomic=True)
    return repair


def row(upkeep: Upkeep) -> Values | None:
    """Return what is said of the open repair of an item; nothing if there is none."""
    repair = upkeep.repair
    return None if repair is None else said_of(upkeep, repair, repair.begun + _BEFORE_ALL)


def said_of(upkeep: Upkeep, repair: Repair, ranking: int) -> Values:
    """Return what is said of a repair, whether it is open or ended."""
    return {
        "serial": upkeep.serial,
        "model_id": upkeep.model_id,
        "operator_id": repair.operator_id,
        "maintenance_type": repair.maintenance_type,
        "begun": repair.begun,
        "began_by": repair.began_by,
        "ranking": ranking,
        "uneconomic": repair.uneconomic,
        "units": _write_units(repair.units).decode(),
    }


def units_in(stored: str) -> tuple[Exchange, ...]:
    """Return the units that were exchanged in a repair, as a row holds them."""
    return _read_units(stored)


OPEN_REPAIRS = Timeline(
    name="open_repairs",
    version=1,
    table=TABLE,
    initial=Upkeep(),
    keys=lambda recorded: touching(recorded, FACTS),
    evolve=evolve,
    row=row,
)
