"""Which items are in which technical state, and since when; units as what is above them allows."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, false, select

from domain.equipment.technical_state import CATEGORIES, TechnicalState
from projections.equipment import registry
from projections.equipment.technical_state import TABLE, TECHNICAL_STATE, Fault, faults_of
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import OF_THE_SHAPE, prepared
from projections.views import followed

NEEDS = (TECHNICAL_STATE, registry.REGISTRY)
"""The read models from which the question is answered."""

Sort = Literal["serial", "-serial", "id", "-id", "since", "-since"]
"""Each is driven by an index; with - from the end to the beginning."""
_SORTS = {
    "serial": (TABLE.c.serial_normal, TABLE.c.key),
    "id": (TABLE.c.key,),
    "since": (TABLE.c.told_since, TABLE.c.key),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFilter:
    """Which items are asked for; what is None does not matter."""

    state: Annotated[str, OF_THE_SHAPE] | None = None
    category: Annotated[str, OF_THE_SHAPE] | None = None
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    operator_id: UUID | None = None
    place: str | None = None
    scope: UUID | None = None
    """Only items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemState:
    """The technical state of one item."""

    equipment_id: UUID
    serial: str
    model_id: UUID | None
    manufacturer_id: UUID | None
    operator_id: UUID | None
    """Of a unit in a parent: of the topmost item above it."""
    place: str | None
    """Of a unit in a parent: where the topmost item above it stands."""
    stage: str
    """As it is told: of an installed unit it follows from the topmost item above it."""
    parent_id: UUID | None
    slot: str | None
    state: str
    category: str
    since: int
    """In microseconds: since when it is in this state, or out of service at this stage."""
    faults: tuple[Fault, ...]
    repair: str | None
    """Maintenance type of the open repair."""
    repair_since: int | None


def states(
    connection: Connection,
    wanted: StateFilter,
    window: Window,
    *,
    sort: Sort = "serial",
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ItemState]:
    """Return a page of items with their technical states, as of a moment, as known at a position.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    return page(connection, _states(wanted, sort, as_of, position), window, position).of(_item)


@prepared
def _states(wanted: StateFilter, sort: Sort, as_of: int | None, position: int) -> Pages:
    query = select(TABLE).where(*_conditions(wanted, as_of, position))
    order, seen = _SORTS[sort.removeprefix("-")], registry.seen_by(wanted.scope)
    return pages(query, order, _parts(wanted), descending=sort.startswith("-"), seen=seen)


def state(
    connection: Connection, equipment_id: UUID, *, as_of: int | None = None, known_at: int | None = None
) -> tuple[ItemState | None, int]:
    """Return the technical state of one item, None if it was not on record, and as known at which position."""
    position = followed(connection, TECHNICAL_STATE.name, known_at)
    query = select(TABLE).where(*_conditions(StateFilter(), as_of, position), TABLE.c.key == equipment_id)
    found = connection.execute(query).first()
    return (None if found is None else _item(found)), position


def _parts(wanted: StateFilter) -> list[ColumnElement[bool]]:
    """Return the conditions for items in the states that are asked for: an item fits at most one of them."""
    if wanted.state is None and wanted.category is None:
        return []
    states = [
        state
        for state, category in CATEGORIES.items()
        if wanted.state in {None, state} and wanted.category in {None, category}
    ]
    return [TABLE.c.told_state == state.value for state in states] or [false()]  # no state is of another category


def _conditions(wanted: StateFilter, as_of: int | None, position: int) -> list[ColumnElement[bool]]:
    equal = {
        TABLE.c.model_id: wanted.model_id,
        TABLE.c.manufacturer_id: wanted.manufacturer_id,
        TABLE.c.told_operator_id: wanted.operator_id,
        TABLE.c.told_place: wanted.place,
    }
    conditions = [shown(TABLE, as_of, position)]
    conditions += [column == value for column, value in equal.items() if value is not None]
    return conditions


def _item(found: Any) -> ItemState:
    return ItemState(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        manufacturer_id=found.manufacturer_id,
        operator_id=found.told_operator_id,
        place=found.told_place,
        stage=found.told_stage,
        parent_id=found.parent_id,
        slot=found.slot,
        state=found.told_state,
        category=CATEGORIES[TechnicalState(found.told_state)].value,
        since=found.told_since,
        faults=faults_of(found),
        repair=found.repair,
        repair_since=found.repair_since,
    )
