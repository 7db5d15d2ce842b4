"""Every repair, open or ended: of which item and type, how long it took, what it restored and exchanged."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Index,
    Select,
    Text,
    and_,
    cast,
    null,
    select,
    type_coerce,
)

from domain.equipment.operation import RepairCompleted
from domain.kernel.envelope import Recorded
from domain.kernel.moments import FOREVER, to_micros
from domain.log.columns import Id
from projections.equipment import open_repairs, registry
from projections.equipment.open_repairs import FACTS, OPEN_REPAIRS, Exchange, Upkeep, said_of, touching, units_in
from projections.page_statements import Pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Steps, steps_table
from projections.timeline import Values
from projections.views import SortedText, followed

TABLE = steps_table(
    "repairs",
    Column("serial", SortedText, nullable=False),
    Column("model_id", Id),
    Column("operator_id", Id),
    Column("maintenance_type", SortedText, nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("began_by", BigInteger, nullable=False),
    Column("ranking", BigInteger, nullable=False),
    Column("uneconomic", Boolean, nullable=False),
    Column("units", Text, nullable=False),
    Column("ended", BigInteger, nullable=False),
    Column("state", SortedText, nullable=False),
    Column("restored", Text, nullable=False),
    Index("repairs_begun", "begun", "began_by"),
    Index("repairs_longest", "ranking", "began_by"),
    Index("repairs_item", "key", "begun", "began_by"),
    Index("repairs_model", "model_id", "begun", "began_by"),
    Index("repairs_operator", "operator_id", "begun", "began_by"),
)
"""A row is a repair that ended, with the fact that ended it. `ranking` is minus the time that it took."""

_SAID = ("serial", "model_id", "operator_id", "maintenance_type", "begun", "began_by", "ranking", "uneconomic", "units")
_read_modes = msgspec.json.Decoder(tuple[str, ...]).decode

State = Literal["open", "completed", "given_up"]
Sort = Literal["begun", "longest"]


def step(before: Upkeep, after: Upkeep, recorded: Recorded, _wrong_by: UUID | None) -> Values | None:
    """Return what is said of the repair that ended with a fact; nothing if none did."""
    repair = before.repair
    if repair is None or (after.repair is not None and after.repair.began_by == repair.began_by):
        return None
    ended = to_micros(recorded.occurred_at)
    restored = [mode for mode in before.modes if mode not in after.modes]
    return {
        "position": recorded.position,
        **said_of(before, repair, repair.begun - ended),
        "ended": ended,
        "state": "completed" if isinstance(recorded.fact, RepairCompleted) else "given_up",
        "restored": msgspec.json.encode(restored).decode(),
    }


REPAIRS = Steps(
    name="repairs",
    version=1,
    table=TABLE,
    initial=Upkeep(),
    keys=lambda recorded: touching(recorded, FACTS),
    evolve=open_repairs.evolve,
    step=step,
)

NEEDS = (REPAIRS, OPEN_REPAIRS, registry.REGISTRY)
"""The read models from which the question is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairFilter:
    """Which repairs are asked for; what is None does not matter."""

    state: State | None = None
    maintenance_type: str | None = None
    equipment_id: UUID | None = None
    model_id: UUID | None = None
    operator_id: UUID | None = None
    """The organisation that ran the item when the repair began."""
    begun_from: int | None = None
    begun_to: int | None = None
    """Only what began from the one moment on and before the other, in microseconds."""
    longer_than: int | None = None
    """Only what took longer than this, in microseconds; of what is open, only what began before `open_before`."""
    open_before: int | None = None
    scope: UUID | None = None
    """Only of items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRepair:
    """One repair of one item."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    operator_id: UUID | None
    maintenance_type: str
    state: str
    begun: int
    """In microseconds."""
    began_by: int
    """The position of the fact that began it: no two repairs have the same."""
    ended: int | None
    """When it was completed or given up."""
    restored: tuple[str, ...]
    """The failure modes whose faults it ended."""
    units: tuple[Exchange, ...]
    """The units that were taken out or built in while it was open, in order of life."""
    uneconomic: bool
    """Whether it was declared in it that the item is beyond economic repair."""

    @property
    def duration(self) -> int | None:
        """How long it took, in microseconds; None while it is open."""
        return None if self.ended is None else self.ended - self.begun


def repairs(
    connection: Connection,
    wanted: RepairFilter,
    window: Window,
    *,
    sort: Sort = "begun",
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ItemRepair]:
    """Return a page of repairs, as of a moment, as known at a position.

    Args:
        connection: of the views.
        wanted: which repairs.
        window: which page; places are pairs of numbers, the second one a position.
        sort: the one that began first comes first, or the longest: then all open ones come before those that ended.
        as_of: microseconds; None: after everything on record.
        known_at: a position; None: as is known by now.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    return page(connection, _repairs(wanted, sort, as_of, position), window, position).of(_repair)


@prepared
def _repairs(wanted: RepairFilter, sort: Sort, as_of: int | None, position: int) -> Pages:
    parts = _parts(wanted, as_of, position)
    names = ("begun" if sort == "begun" else "ranking", "began_by")
    queries = ((each, [each.selected_columns[name] for name in names]) for each in parts)
    return Pages(*queries, seen=registry.seen_by(wanted.scope))


def _parts(wanted: RepairFilter, as_of: int | None, position: int) -> list[Select[Any]]:
    """Return the repairs that are asked for, in parts that are read through indexes of their own."""
    parts = []
    if wanted.state != "open":
        parts.append(_ended(wanted).where(shown(TABLE, as_of, position)))
    if wanted.state in {None, "open"}:
        item = open_repairs.TABLE
        still = [shown(item, as_of, position)]
        if as_of is None:
            # What ended is kept as well, and most of it began long before what is open: that is read apart.
            ended_since = and_(item.c.ended_by > position, item.c.ended_by < FOREVER)
            known = and_(item.c.known_from <= position, item.c.known_to > position)
            still = [and_(known, item.c.valid_to == FOREVER), and_(known, ended_since)]
        parts += [_open(wanted).where(each) for each in still]
    return parts


def _ended(wanted: RepairFilter) -> Select[Any]:
    said = [TABLE.c[name] for name in ("key", *_SAID, "ended", "state", "restored")]
    conditions = _conditions(TABLE, wanted)
    if wanted.state is not None:
        conditions.append(TABLE.c.state == wanted.state)
    if wanted.longer_than is not None:
        conditions.append(TABLE.c.ranking < -type_coerce(wanted.longer_than, BigInteger))
    return select(*said).where(*conditions)


def _open(wanted: RepairFilter) -> Select[Any]:
    item = open_repairs.TABLE
    # With casts: the columns of all parts are of the same types.
    ended = (cast(null(), BigInteger).label("ended"), cast("open", Text).label("state"))
    restored = cast(null(), Text).label("restored")
    conditions = _conditions(item, wanted)
    if wanted.open_before is not None:
        conditions.append(item.c.begun < wanted.open_before)
    return select(*(item.c[name] for name in ("key", *_SAID)), *ended, restored).where(*conditions)


def _conditions(table: FromClause, wanted: RepairFilter) -> list[ColumnElement[bool]]:
    equal = {
        table.c.maintenance_type: wanted.maintenance_type,
        table.c.key: wanted.equipment_id,
        table.c.model_id: wanted.model_id,
        table.c.operator_id: wanted.operator_id,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if wanted.begun_from is not None:
        conditions.append(table.c.begun >= wanted.begun_from)
    if wanted.begun_to is not None:
        conditions.append(table.c.begun < wanted.begun_to)
    return conditions


def _repair(found: Any) -> ItemRepair:
    return ItemRepair(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        operator_id=found.operator_id,
        maintenance_type=found.maintenance_type,
        state=found.state,
        begun=found.begun,
        began_by=found.began_by,
        ended=found.ended,
        restored=_read_modes(found.restored) if found.restored else (),
        units=units_in(found.units),
        uneconomic=found.uneconomic,
    )
