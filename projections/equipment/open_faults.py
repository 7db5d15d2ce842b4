"""Which faults are open: since when, how the item failed, of which units it was reported."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Integer, Select, Subquery, Text, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB

from projections.equipment import registry
from projections.equipment.technical_state import TABLE, TECHNICAL_STATE, fault_in
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.views import followed

NEEDS = (TECHNICAL_STATE, registry.REGISTRY)
"""The read models from which the question is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFilter:
    """Which faults are asked for; what is None does not matter."""

    failure_mode: str | None = None
    impact: str | None = None
    equipment_id: UUID | None = None
    unit_id: UUID | None = None
    """Only faults that were reported of this unit, in the life of what it sat in."""
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    operator_id: UUID | None = None
    place: str | None = None
    scope: UUID | None = None
    """Only of items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFault:
    """One fault of one item."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    operator_id: UUID | None
    place: str | None
    stage: str
    """As it is told: of an installed unit it follows from the topmost item above it."""
    failure_mode: str
    impact: str
    since: int
    """In microseconds."""
    units: tuple[UUID, ...]
    repair: str | None
    """Maintenance type of the repair of the item that is open."""


def faults(
    connection: Connection,
    wanted: FaultFilter,
    window: Window,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[OpenFault]:
    """Return a page of open faults, as of a moment, as known at a position.

    The item whose oldest fault is the oldest comes first, with all its faults in the order in which they began: pages
    are read through an index, whatever the number of items without a fault.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    unit, on_sqlite = None if wanted.unit_id is None else str(wanted.unit_id), connection.dialect.name == "sqlite"
    return page(connection, _pages(wanted, unit, as_of, position, on_sqlite=on_sqlite), window, position).of(_fault)


@prepared
def _pages(wanted: FaultFilter, unit: str | None, as_of: int | None, position: int, *, on_sqlite: bool) -> Pages:
    found = _faults(wanted, as_of, position, on_sqlite=on_sqlite)
    query = select(found).where(*_conditions(found, wanted, unit))
    order = (found.c.fault_since, found.c.key, found.c.number)
    return pages(query, order, seen=registry.seen_by(wanted.scope), spread=True)


def _faults(wanted: FaultFilter, as_of: int | None, position: int, *, on_sqlite: bool) -> Subquery:
    """Return the open faults of items, one a row: `number` counts those of an item, `fault` is one as it is stored."""
    each: Any
    if on_sqlite:
        each = func.json_each(TABLE.c.faults).table_valued(column("key", Integer), column("value", Text))
        number, fault = each.c.key, each.c.value
        mode, impact = (func.json_extract(fault, f"$.{name}") for name in ("failure_mode", "impact"))
    else:
        stored = func.jsonb_array_elements(cast(TABLE.c.faults, JSONB))
        each = stored.table_valued(column("value", JSONB), with_ordinality="number").render_derived()
        number, fault = cast(each.c.number, Integer), cast(each.c.value, Text)
        mode, impact = (each.c.value[name].astext for name in ("failure_mode", "impact"))
    query: Select[Any] = select(
        TABLE.c.key,
        TABLE.c.serial,
        TABLE.c.model_id,
        TABLE.c.told_operator_id,
        TABLE.c.told_place,
        TABLE.c.told_stage,
        TABLE.c.repair,
        TABLE.c.fault_since,
        number.label("number"),
        fault.label("fault"),
        mode.label("failure_mode"),
        impact.label("impact"),
    )
    query = query.select_from(TABLE.join(each, TABLE.c.faults.is_not(None)))
    return query.where(*_items(wanted, as_of, position)).subquery()


def _items(wanted: FaultFilter, as_of: int | None, position: int) -> list[ColumnElement[bool]]:
    equal = {
        TABLE.c.key: wanted.equipment_id,
        TABLE.c.model_id: wanted.model_id,
        TABLE.c.manufacturer_id: wanted.manufacturer_id,
        TABLE.c.told_operator_id: wanted.operator_id,
        TABLE.c.told_place: wanted.place,
    }
    conditions = [TABLE.c.fault_since.is_not(None), shown(TABLE, as_of, position)]
    conditions += [field == value for field, value in equal.items() if value is not None]
    return conditions


def _conditions(found: Subquery, wanted: FaultFilter, unit: str | None) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.failure_mode is not None:
        conditions.append(found.c.failure_mode == wanted.failure_mode)
    if wanted.impact is not None:
        conditions.append(found.c.impact == wanted.impact)
    if unit is not None:
        conditions.append(found.c.fault.contains(unit))
    return conditions


def _fault(found: Any) -> OpenFault:
    fault = fault_in(found.fault)
    return OpenFault(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        operator_id=found.told_operator_id,
        place=found.told_place,
        stage=found.told_stage,
        failure_mode=fault.failure_mode,
        impact=fault.impact,
        since=fault.since,
        units=fault.units,
        repair=found.repair,
    )
