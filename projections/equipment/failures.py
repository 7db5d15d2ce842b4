"""Every failure reported: how and of which unit an item failed, why by what was found, and which repair ended it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Index, Text, and_, cast, func, literal, select

from domain.equipment.custody import Lost
from domain.equipment.ending import Decommissioned, RefurbishmentAuthorised
from domain.equipment.life import Released, TakenOver
from domain.equipment.operation import INCIPIENT, FailureDiagnosed, FailureReported, RepairCompleted, RepairStarted
from domain.kernel.envelope import Recorded
from domain.kernel.moments import FOREVER, to_micros
from domain.log.columns import Id
from projections.equipment import open_repairs, registry
from projections.equipment.known_lives import NEVER
from projections.equipment.open_repairs import Upkeep, touching
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Steps, steps_table
from projections.timeline import Values
from projections.views import SortedText, followed

TABLE = steps_table(
    "failures",
    Column("serial", SortedText),
    Column("model_id", Id),
    Column("failed_at", BigInteger),
    Column("failure_mode", SortedText),
    Column("impact", SortedText),
    Column("detection", SortedText),
    Column("operating_time", SortedText),
    Column("unit_id", Id),
    Column("failure", BigInteger),
    Column("mechanism", SortedText),
    Column("cause", SortedText),
    Column("slot", SortedText),
    Column("ended_at", BigInteger),
    Column("ends", Text),
    Column("maintenance_type", SortedText),
    Column("begun", BigInteger),
    Column("began_by", BigInteger),
    Index("failures_time", "failed_at", "position"),
    Index("failures_item", "key", "failed_at", "position"),
    Index("failures_model", "model_id", "failed_at", "position"),
    Index("failures_mode", "failure_mode", "failed_at", "position"),
    Index("failures_unit", "unit_id", "failed_at", "position"),
    Index("failures_diagnosed", "failure", "position"),
    Index("failures_mechanism", "mechanism", "failure"),
    Index("failures_cause", "cause", "failure"),
    Index("failures_ended", "key", "ended_at"),
)
"""A row is a failure (`failed_at` is not null), a diagnosis of the failure at the position `failure`, the completed
repair that ended the faults of the failures at the positions in `ends`, each between commas."""

FACTS: frozenset[type] = frozenset(
    {
        *(Released, TakenOver, FailureReported, FailureDiagnosed),
        *(RepairStarted, RepairCompleted, Decommissioned, RefurbishmentAuthorised, Lost),
    }
)
_NEAR = 8
"""So many of the next completed repairs are looked at first."""
_NOTHING = dict.fromkeys(column.name for column in TABLE.c if column.nullable)


def step(before: Upkeep, after: Upkeep, recorded: Recorded, wrong_by: UUID | None) -> Values | None:
    """Return what a fact says of a failure; nothing if it is declared wrong, or the item is not on record."""
    fact, moment = recorded.fact, to_micros(recorded.occurred_at)
    said: Values = {"position": recorded.position, **_NOTHING}
    if wrong_by is not None or not before.on_record:
        return None
    match fact:
        case FailureReported():
            told = {name: getattr(fact, name) for name in ("failure_mode", "impact", "detection", "unit_id")}
            hours = None if fact.operating_time is None else str(fact.operating_time)
            known = {"serial": before.serial, "model_id": before.model_id}
            said |= {**known, **told, "operating_time": hours, "failed_at": moment}
        case FailureDiagnosed():
            found = {name: getattr(fact, name) for name in ("mechanism", "cause", "slot", "unit_id")}
            said |= {**found, "failure": dict(before.last).get(fact.failure_mode)}
        case RepairCompleted():
            ended = [str(position) for mode, position in before.faults if (mode, position) not in after.faults]
            said |= {"ended_at": moment, "ends": f",{','.join(ended)}," if ended else None}
            if before.repair is not None:
                said |= {name: getattr(before.repair, name) for name in ("maintenance_type", "begun", "began_by")}
        case _:
            return None
    return said


FAILURES = Steps(
    name="failures",
    version=2,
    table=TABLE,
    initial=Upkeep(),
    keys=lambda recorded: touching(recorded, FACTS),
    evolve=open_repairs.evolve,
    step=step,
)

NEEDS = (FAILURES, registry.REGISTRY)
"""The read models from which the question is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureFilter:
    """Which failures are asked for; what is None does not matter."""

    failure_mode: str | None = None
    mechanism: str | None = None
    cause: str | None = None
    """Only failures of which this was found, one diagnosis of both where both are asked for."""
    impact: str | None = None
    equipment_id: UUID | None = None
    unit_id: UUID | None = None
    """Only failures that were reported of this unit, in the life of what it sat in."""
    model_id: UUID | None = None
    failed_from: int | None = None
    failed_to: int | None = None
    """Only from the one moment on and before the other, in microseconds."""
    scope: UUID | None = None
    """Only of items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found of a failure."""

    mechanism: str
    cause: str
    slot: str | None
    unit_id: UUID | None
    found_at: int
    """In microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingRepair:
    """The repair that ended the fault of a failure."""

    ended: int
    """In microseconds."""
    maintenance_type: str | None
    begun: int | None
    began_by: int | None
    """None of the three is known of what was completed without having begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure of one item, as it was reported."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    failure_mode: str
    impact: str
    detection: str
    operating_time: str | None
    """In hours, as told."""
    unit_id: UUID | None
    failed_at: int
    """In microseconds."""
    position: int
    """Where the fact stands in the log."""
    diagnoses: tuple[Diagnosis, ...]
    repair: EndingRepair | None
    """None: the fault is open, or the failure opened none."""


def failures(
    connection: Connection,
    wanted: FailureFilter,
    window: Window,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[Failure]:
    """Return a page of failures in order of time, as of a moment, as known at a position.

    Places of the window are pairs of microseconds and position.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    found = page(connection, _failures(wanted, as_of, position), window, position)
    diagnoses = _diagnoses(connection, [row.position for row in found.items], as_of, position)
    repairs = _repairs(connection, found.items, as_of, position)
    return found.of(lambda row: _failure(row, diagnoses.get(row.position, ()), repairs.get(row.position)))


@prepared
def _failures(wanted: FailureFilter, as_of: int | None, position: int) -> Pages:
    query, order = select(TABLE).where(*_conditions(wanted, as_of, position)), (TABLE.c.failed_at, TABLE.c.position)
    return pages(query, order, seen=registry.seen_by(wanted.scope))


def _conditions(wanted: FailureFilter, as_of: int | None, position: int) -> list[ColumnElement[bool]]:
    equal = {
        TABLE.c.failure_mode: wanted.failure_mode,
        TABLE.c.impact: wanted.impact,
        TABLE.c.key: wanted.equipment_id,
        TABLE.c.unit_id: wanted.unit_id,
        TABLE.c.model_id: wanted.model_id,
    }
    conditions = [TABLE.c.failed_at > NEVER, shown(TABLE, as_of, position)]  # of other rows it is null
    conditions += [column == value for column, value in equal.items() if value is not None]
    if wanted.failed_from is not None:
        conditions.append(TABLE.c.failed_at >= wanted.failed_from)
    if wanted.failed_to is not None:
        conditions.append(TABLE.c.failed_at < wanted.failed_to)
    found = TABLE.alias("found")
    asked = {found.c.mechanism: wanted.mechanism, found.c.cause: wanted.cause}
    if given := [column == value for column, value in asked.items() if value is not None]:
        diagnosed = select(found.c.failure).where(found.c.failure.is_not(None), shown(found, as_of, position), *given)
        conditions.append(TABLE.c.position.in_(diagnosed))
    return conditions


def _diagnoses(
    connection: Connection, failures: Sequence[int], as_of: int | None, position: int
) -> dict[int, list[Diagnosis]]:
    """Return what was found of each of some failures, in order of life."""
    query = select(TABLE).where(TABLE.c.failure.in_(failures), shown(TABLE, as_of, position))
    told: dict[int, list[Diagnosis]] = {}
    for row in connection.execute(query.order_by(TABLE.c.valid_from, TABLE.c.position)) if failures else ():
        said = {name: getattr(row, name) for name in ("mechanism", "cause", "slot", "unit_id")}
        told.setdefault(row.failure, []).append(Diagnosis(**said, found_at=row.valid_from))
    return told


def _repairs(
    connection: Connection, failures: Sequence[Any], as_of: int | None, position: int
) -> dict[int, EndingRepair]:
    """Return for each of some failures the repair that ended its fault, if one did.

    As a rule it is one of the next few. Only where none of those is, all that were completed later are looked at: as
    long as a fault is open while others are repaired, or if a refurbishment ended it. First signs open no fault.
    """
    found: dict[int, EndingRepair] = {}
    for near in (True, False):
        if left := [row for row in failures if row.impact != INCIPIENT and row.position not in found]:
            found |= _among(connection, left, as_of, position, near=near)
    return found


def _among(
    connection: Connection, failures: Sequence[Any], as_of: int | None, position: int, *, near: bool
) -> dict[int, EndingRepair]:
    """Return the repairs that ended the faults of failures, among the next few of each, or all."""
    failed, ending, later_one = TABLE.alias("failed"), TABLE.alias("ending"), TABLE.alias("later_one")
    named = ending.c.ends.contains(literal(",").concat(cast(failed.c.position, Text)).concat(","))
    later = [ending.c.key == failed.c.key, ending.c.ended_at >= failed.c.failed_at, named]
    if near:
        following = (later_one.c.key == failed.c.key, later_one.c.ended_at >= failed.c.failed_at)
        last = select(later_one.c.ended_at).where(*following).order_by(later_one.c.ended_at).limit(1).offset(_NEAR)
        last = last.correlate(failed)
        later.append(ending.c.ended_at <= func.coalesce(last.scalar_subquery(), literal(FOREVER, BigInteger)))
    query = select(failed.c.position, ending.c.ended_at, ending.c.maintenance_type, ending.c.begun, ending.c.began_by)
    query = query.join_from(failed, ending, onclause=and_(*later))
    query = query.where(failed.c.key.in_({row.key for row in failures}))
    query = query.where(failed.c.position.in_([row.position for row in failures]))
    query = query.where(shown(failed, as_of, position), shown(ending, as_of, position))
    return {
        row.position: EndingRepair(
            ended=row.ended_at, maintenance_type=row.maintenance_type, begun=row.begun, began_by=row.began_by
        )
        for row in connection.execute(query)
    }


def _failure(row: Any, diagnoses: Sequence[Diagnosis], repair: EndingRepair | None) -> Failure:
    told = {each.name for each in fields(Failure)} - {"equipment_id", "diagnoses", "repair"}
    said = {name: getattr(row, name) for name in told}
    return Failure(equipment_id=row.key, diagnoses=tuple(diagnoses), repair=repair, **said)
