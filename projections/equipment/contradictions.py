"""Which facts on record the rules would refuse at their place: of one item and of the fleet, since known when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Index, Select, and_, select

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.state import Equipment
from domain.kernel.envelope import Recorded
from domain.kernel.errors import ErrorDeclared
from domain.log.columns import Id
from projections.equipment import registry
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.prepared import prepared
from projections.read_model import Steps, steps_table
from projections.timeline import Values
from projections.views import SortedText, followed

TABLE = steps_table(
    "contradictions",
    Column("fact", Id, nullable=False),
    Column("code", SortedText, nullable=False),
    Index("contradictions_life", "valid_from", "position", "key"),
    Index("contradictions_code", "code", "valid_from", "position", "key"),
)


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands."""
    return (recorded.stream.id,) if recorded.stream.kind == EQUIPMENT.kind else ()


def evolve(item: Equipment, recorded: Recorded, _key: UUID) -> Equipment:
    """Apply one fact as the rules of equipment do."""
    return EQUIPMENT.evolve(item, recorded.fact, recorded.occurred_at.astimezone(UTC))


def step(before: Equipment, _after: Equipment, recorded: Recorded, wrong_by: UUID | None) -> Values | None:
    """Return why the rules would refuse a fact after all that happened before it; None: they would take it."""
    if wrong_by is not None or isinstance(recorded.fact, ErrorDeclared):
        return None
    refusal = EQUIPMENT.check(before, recorded.fact, recorded.occurred_at.astimezone(UTC))
    return {"position": recorded.position, "fact": recorded.id, "code": refusal.code} if refusal else None


CONTRADICTIONS = Steps(
    name="contradictions", version=1, table=TABLE, initial=Equipment(), keys=keys, evolve=evolve, step=step
)

NEEDS = (CONTRADICTIONS, registry.REGISTRY)
"""The read models from which the question is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionFilter:
    """Which facts are asked for; what is None does not matter."""

    code: str | None = None
    equipment_id: UUID | None = None
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    scope: UUID | None = None
    """Only of items in which this organisation takes part by now; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFact:
    """A fact on record that the rules would refuse at its place."""

    equipment_id: UUID
    serial: str | None
    """None, as of the model: the item was not on record at that moment, as its release was declared wrong."""
    model_id: UUID | None
    manufacturer_id: UUID | None
    fact: UUID
    position: int
    occurred_at: int
    """In microseconds."""
    code: str
    """Of the refusal."""
    known_since: int
    """Position of the fact after which this was so: its own, or that of a late fact or an error declaration."""


def contradictions(
    connection: Connection,
    wanted: ContradictionFilter,
    window: Window,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[RefusedFact]:
    """Return a page of facts that do not fit, the earliest first, as of a moment, as known at a position.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    return page(connection, _contradictions(wanted, as_of, position), window, position).of(_refused)


@prepared
def _contradictions(wanted: ContradictionFilter, as_of: int | None, position: int) -> Pages:
    order = (TABLE.c.valid_from, TABLE.c.position, TABLE.c.key)
    return pages(_found(wanted, as_of, position), order, seen=registry.seen_by(wanted.scope))


def _found(wanted: ContradictionFilter, as_of: int | None, position: int) -> Select[Any]:
    item = registry.TABLE
    query = select(TABLE, item.c.serial, item.c.model_id, item.c.manufacturer_id)
    equal = {
        TABLE.c.code: wanted.code,
        TABLE.c.key: wanted.equipment_id,
        item.c.model_id: wanted.model_id,
        item.c.manufacturer_id: wanted.manufacturer_id,
    }
    conditions: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    query = query.outerjoin(item, and_(item.c.key == TABLE.c.key, shown(item, as_of, position)))
    return query.where(shown(TABLE, as_of, position), *conditions)


def _refused(found: Any) -> RefusedFact:
    return RefusedFact(
        equipment_id=found.key,
        serial=found.serial,
        model_id=found.model_id,
        manufacturer_id=found.manufacturer_id,
        fact=found.fact,
        position=found.position,
        occurred_at=found.valid_from,
        code=found.code,
        known_since=found.known_from,
    )
