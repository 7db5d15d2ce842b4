"""In which technical state by EN 13306 items are since when, with their open faults and the open repair."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Index, Text

from domain.equipment.custody import Moved
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import REMOVABLE, Released, TakenOver
from domain.equipment.operation import INCIPIENT, FailureReported, OperationalStateChanged
from domain.equipment.stages import TABLE as STAGES
from domain.equipment.state import Equipment
from domain.equipment.technical_state import DEGRADED_FAULT, GIVEN_UP, STOPPED, TechnicalState, own_state, told_state
from domain.equipment.terms import Stage
from domain.kernel.envelope import Recorded
from domain.kernel.ids import normal_text
from domain.kernel.moments import to_micros
from domain.kernel.states import changed
from domain.log.columns import Id
from projections.equipment.above import followed_by, told_stage
from projections.read_model import Following, Lasting, Timeline, inside_index, timeline_table
from projections.timeline import Values
from projections.views import SortedText

TABLE = timeline_table(
    "technical_state",
    Column("serial", SortedText, nullable=False),
    Column("serial_normal", SortedText, nullable=False),
    Column("model_id", Id),
    Column("manufacturer_id", Id),
    Column("operator_id", Id),
    Column("place", SortedText),
    Column("stage", SortedText, nullable=False),
    Column("parent_id", Id),
    Column("slot", SortedText),
    Column("state", SortedText, nullable=False),
    Column("repair", SortedText),
    Column("repair_since", BigInteger),
    Column("fault_since", BigInteger),
    Column("faults", Text),
    Column("told_state", SortedText, nullable=False),
    Column("told_since", BigInteger, nullable=False),
    Column("told_stage", SortedText, nullable=False),
    Column("told_operator_id", Id),
    Column("told_place", SortedText),
    Column("topmost", SortedText),
    Column("stopped_above", Boolean, nullable=False),
    Column("failed_above", Text),
    Column("before", SortedText),
    Column("before_since", BigInteger),
    Index("technical_state_serial", "serial_normal", "key"),
    Index("technical_state_state", "told_state", "serial_normal", "key"),
    Index("technical_state_model", "model_id", "serial_normal", "key"),
    Index("technical_state_manufacturer", "manufacturer_id", "serial_normal", "key"),
    Index("technical_state_operator", "told_operator_id", "serial_normal", "key"),
    Index("technical_state_place", "told_place", "serial_normal", "key"),
    Index("technical_state_since", "told_since", "key"),
    Index("technical_state_state_since", "told_state", "told_since", "key"),
    Index("technical_state_faults", "fault_since", "key"),
    inside_index("technical_state_inside", "parent_id"),
)
"""`state` is by the item's own facts, and so is all up to `faults`. `fault_since` is when the oldest open fault began;
`faults` holds them, as JSON. What is told of a unit in a parent follows from what is above it: `topmost` is the state
of the topmost item, null where there is none; `failed_above` the faults above it that name units, as JSON."""

FACTS = frozenset({Released, TakenOver, *STAGES, FailureReported, OperationalStateChanged, Moved})
"""After any other fact the item is in the same technical state, in the same place and hands."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault that is open: a failure was reported and no repair has ended it."""

    failure_mode: str
    since: int
    """When the failure was reported that opened it, in microseconds."""
    impact: str
    """critical or degraded: the worst that was reported of it."""
    units: tuple[UUID, ...] = ()
    """Of which units it was reported."""
    equipment_id: UUID | None = None
    """In whose life it was reported; None: in that of the item itself."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rules of equipment know of an item, as far as its technical state follows from it."""

    stage: Stage | None = None
    stage_before: Stage | None = None
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    serial: str | None = None
    operator_id: UUID | None = None
    place: str | None = None
    parent_id: UUID | None = None
    slot: str | None = None
    operational_state: str | None = None
    faults: frozenset[str] = frozenset()
    repair: str | None = None
    upgrade: str | None = None
    recertify: bool = False


@dataclass(frozen=True, kw_only=True)
class Technical:
    """The technical state of an item by its own facts."""

    known: Known = field(default_factory=Known)
    faults: tuple[Fault, ...] = ()
    """In the order in which they began."""
    state: TechnicalState = TechnicalState.NOT_IN_SERVICE
    repair_since: int | None = None


_NAMES = [each.name for each in fields(Known)]
_NOBODY = Equipment()
_read_faults = msgspec.json.Decoder(tuple[Fault, ...]).decode
_read_fault = msgspec.json.Decoder(Fault).decode
_write_faults = msgspec.json.Encoder(order="deterministic").encode


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands, if it can change its technical state."""
    own = recorded.stream.kind == EQUIPMENT.kind and type(recorded.fact) in FACTS
    return (recorded.stream.id,) if own else ()


def evolve(before: Technical, recorded: Recorded, _key: UUID) -> Technical:
    """Apply one fact as the rules of equipment do, and see what it makes of the technical state."""
    at, moment = recorded.occurred_at.astimezone(UTC), to_micros(recorded.occurred_at)
    item = EQUIPMENT.evolve(changed(_NOBODY, **vars(before.known)), recorded.fact, at)
    known = Known(**{name: getattr(item, name) for name in _NAMES})
    faults = _faults(before.faults, recorded.fact, known.faults, moment)
    state = own_state(
        known.stage,
        follows=known.parent_id is not None and known.stage in REMOVABLE,
        repair=known.repair,
        impacts=[fault.impact for fault in faults],
        told=known.operational_state,
    )
    goes_on = known.repair == before.known.repair and before.repair_since is not None
    repair_since = before.repair_since if goes_on else moment
    return Technical(
        known=known,
        faults=faults,
        state=state,
        repair_since=None if known.repair is None else repair_since,
    )


def _faults(before: tuple[Fault, ...], fact: object, open_modes: frozenset[str], moment: int) -> tuple[Fault, ...]:
    """Return the open faults after a fact; one that is reported again goes on, and gets no less severe."""
    if not isinstance(fact, FailureReported) or fact.impact == INCIPIENT:
        return tuple(fault for fault in before if fault.failure_mode in open_modes)
    former = next((fault for fault in before if fault.failure_mode == fact.failure_mode), None)
    units = {*(former.units if former else ()), *([fact.unit_id] if fact.unit_id else [])}
    critical = fact.impact != DEGRADED_FAULT or (former is not None and former.impact != DEGRADED_FAULT)
    fault = Fault(
        failure_mode=fact.failure_mode,
        since=former.since if former else moment,
        impact="critical" if critical else DEGRADED_FAULT,
        units=tuple(sorted(units)),
    )
    return (*before, fault) if former is None else tuple(fault if each is former else each for each in before)


def row(technical: Technical) -> Values | None:
    """Return what an item's own facts say of it; nothing before its release."""
    known = technical.known
    if known.stage is None:
        return None
    serial = known.serial or ""
    faults = () if known.stage in GIVEN_UP else technical.faults
    return {
        "serial": serial,
        "serial_normal": normal_text(serial),
        "model_id": known.model_id,
        "manufacturer_id": known.manufacturer_id,
        "operator_id": known.operator_id,
        "place": known.place,
        "stage": known.stage.value,
        "parent_id": known.parent_id,
        "slot": known.slot,
        "state": technical.state.value,
        "repair": known.repair,
        "repair_since": technical.repair_since,
        "fault_since": faults[0].since if faults else None,
        "faults": _write_faults(faults).decode() if faults else None,
    }


def _tell(key: UUID, own: Values, above: Values | None) -> Values:
    """Return what is told of an item: of a unit in a parent by the rule of `told_state`."""
    if followed_by(own) is None:
        return _told(state=own["state"], stage=own["stage"], hands=(own["operator_id"], own["place"]))
    stage = told_stage(own, above)
    is_topmost = above is not None and followed_by(above) is None
    topmost: str | None = None if above is None else above["state" if is_topmost else "topmost"]
    if above is None or topmost is None:
        return _told(state=TechnicalState.NOT_IN_SERVICE.value, stage=stage, hands=(own["operator_id"], own["place"]))
    stopped = above["stopped_above"] or above["state"] in STOPPED
    failed = _naming_units(own["parent_id"], above)
    state = told_state(
        TechnicalState(own["state"]),
        TechnicalState(topmost),
        stopped=stopped,
        failed=any(key in fault.units for fault in failed),
    )
    return {
        **_told(state=state.value, stage=stage, hands=(above["told_operator_id"], above["told_place"])),
        "topmost": topmost,
        "stopped_above": stopped,
        "failed_above": _write_faults(failed).decode() if failed else None,
    }


def _naming_units(parent_id: UUID, above: Values) -> tuple[Fault, ...]:
    """Return the critical faults that name units, of a parent and of what is above it."""
    own = (
        replace(fault, equipment_id=parent_id)
        for fault in faults_in(above["faults"])
        if fault.impact != DEGRADED_FAULT and fault.units
    )
    return (*own, *faults_in(above["failed_above"]))


def _told(*, state: str, stage: str, hands: tuple[UUID | None, str | None]) -> Values:
    operator_id, place = hands
    return {
        "told_state": state,
        "told_stage": stage,
        "told_operator_id": operator_id,
        "told_place": place,
        "topmost": None,
        "stopped_above": False,
        "failed_above": None,
    }


def _what_lasts(row: Values) -> str:
    """Return the state that is told; out of service, with the stage."""
    state: str = row["told_state"]
    return state if state != TechnicalState.NOT_IN_SERVICE else f"{state}:{row['told_stage']}"


TECHNICAL_STATE = Timeline(
    name="technical_state",
    version=4,
    table=TABLE,
    initial=Technical(),
    keys=keys,
    evolve=evolve,
    row=row,
    following=Following(
        link="parent_id",
        above=followed_by,
        tell=_tell,
        lasting=Lasting(_what_lasts, "told_since", "before", "before_since"),
    ),
)


def faults_in(stored: str | None) -> tuple[Fault, ...]:
    """Return the open faults as a row holds them."""
    return _read_faults(stored) if stored else ()


def faults_of(row: Any) -> tuple[Fault, ...]:
    """Return the open faults of an item: by its own facts, and those of what it sits in that name it."""
    named = (fault for fault in faults_in(row.failed_above) if row.key in fault.units)
    return tuple(sorted((*faults_in(row.faults), *named), key=lambda fault: fault.since))


def fault_in(stored: str) -> Fault:
    """Return one of the open faults that a row holds."""
    return _read_fault(stored)
