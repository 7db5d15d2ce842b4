"""Where units sit by their own facts, and by those of items: what of it is said on one side alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC
from itertools import zip_longest
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Column, Index, LargeBinary, Text

from domain.equipment.custody import Found, Lost
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Installed, Released, Removed, TakenOver
from domain.equipment.state import Equipment
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.kernel.envelope import Recorded
from domain.kernel.moments import to_micros
from domain.log.columns import Id
from projections.read_model import Timeline, timeline_table
from projections.timeline import Values

TABLE = timeline_table(
    "disagreements",
    Column("parents", LargeBinary, nullable=False),
    Column("told", Text, nullable=False),
    Column("first_parent_id", Id, nullable=False),
    Column("second_parent_id", Id),
    Column("more_parents", Boolean, nullable=False),
    Index("disagreements_first_parent", "first_parent_id", "key"),
    Index("disagreements_second_parent", "second_parent_id", "key"),
    Index("disagreements_more_parents", "more_parents", "key"),
)
"""`told` holds what is said of the unit on one side alone, as JSON, and `parents` the items it is about, in the same
order, in 16 bytes each. Two of these items, of which there are seldom more, stand apart as well: by them the row is
found, and by that there are more."""

_PARENTS = ("first_parent_id", "second_parent_id")
_OWN = (Released, TakenOver, Installed, Removed, Lost, Found)
_LISTING = (Released, UnitInstalled, UnitRemoved)
"""What says in a unit's own stream where it sits, and in the stream of an item what sits there."""


class Difference(msgspec.Struct, frozen=True):
    """What one of the two says of a unit, and the other does not."""

    parent_id: UUID
    slot: str | None
    by_parent: bool
    since: int
    """In microseconds."""


Seat = tuple[UUID, str | None]


@dataclass(frozen=True, kw_only=True)
class Seats:
    """Where a unit sits, by its own facts and by those of items."""

    on_record: bool = False
    own: Seat | None = None
    listed: tuple[Seat, ...] = ()
    differences: tuple[Difference, ...] = ()


_write = msgspec.json.Encoder().encode


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the units of which a fact says where they sit."""
    if recorded.stream.kind != EQUIPMENT.kind:
        return ()
    own = [recorded.stream.id] if isinstance(recorded.fact, _OWN) else []
    return own + [unit for unit, _ in _listed(recorded)]


def evolve(before: Seats, recorded: Recorded, key: UUID) -> Seats:
    """Apply one fact as the rules of equipment do, to the unit and to what the item says of it."""
    fact, item = recorded.fact, recorded.stream.id
    on_record, own, listed = before.on_record, before.own, before.listed
    if item == key and isinstance(fact, _OWN):
        on_record = on_record or isinstance(fact, Released | TakenOver)
        unit = Equipment(parent_id=own and own[0], slot=own and own[1])
        unit = EQUIPMENT.evolve(unit, fact, recorded.occurred_at.astimezone(UTC))
        own = None if unit.parent_id is None else (unit.parent_id, unit.slot)
    said = [slot for unit, slot in _listed(recorded) if unit == key]
    if said:
        without = [seat for seat in listed if seat not in {(item, slot) for slot in said}]
        added = [] if isinstance(fact, UnitRemoved) else [(item, slot) for slot in dict.fromkeys(said)]
        listed = tuple(sorted([*without, *added], key=str))
    seats = Seats(on_record=on_record, own=own, listed=listed)
    return replace(seats, differences=_differences(before, seats, to_micros(recorded.occurred_at)))


def _listed(recorded: Recorded) -> list[tuple[UUID, str]]:
    """Return the units of which a fact says that they sit, or sit no longer, in the item; and where."""
    match recorded.fact:
        case UnitInstalled() | UnitRemoved() as fact:
            return [(fact.unit_id, fact.slot)]
        case Released(units=units):
            return [(unit, slot) for slot, unit in units]
    return []


def _differences(before: Seats, now: Seats, moment: int) -> tuple[Difference, ...]:
    """Return what is said on one side alone. A unit that is not on record says nothing that an item could rely on."""
    since = {(each.parent_id, each.slot, each.by_parent): each.since for each in before.differences}
    found = [(*seat, True) for seat in now.listed if seat != now.own or not now.on_record]
    if now.own is not None and now.own not in now.listed:
        found.append((*now.own, False))
    return tuple(
        Difference(parent, slot, by_parent, since.get((parent, slot, by_parent), moment))
        for parent, slot, by_parent in found
    )


def row(seats: Seats) -> Values | None:
    """Return what is said of a unit on one side alone; nothing where both say the same."""
    if not seats.differences:
        return None
    told = [(each.slot, each.by_parent, each.since) for each in seats.differences]
    parents = list(dict.fromkeys(each.parent_id for each in seats.differences))
    return {
        "parents": b"".join(each.parent_id.bytes for each in seats.differences),
        "told": _write(told).decode(),
        **dict(zip_longest(_PARENTS, parents[: len(_PARENTS)])),
        "more_parents": len(parents) > len(_PARENTS),
    }


DISAGREEMENTS = Timeline(
    name="disagreements", version=2, table=TABLE, initial=Seats(), keys=keys, evolve=evolve, row=row
)
