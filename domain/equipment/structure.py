"""The axis of structure: which units sit where. Names and fields of facts are a file format: add, never edit.

A unit in a parent keeps the stage `installed` in its own stream; what is told of it follows from what is above it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from domain.equipment.life import REMOVABLE
from domain.equipment.refusals import (
    CyclicAssembly,
    NotInService,
    NotPossibleAtThisStage,
    SlotOccupied,
    UnitNotInstalledHere,
    UnitSitsElsewhere,
)
from domain.equipment.state import Equipment
from domain.equipment.terms import Reason, Slot, Stage, UnitId
from domain.kernel.facts import event
from domain.kernel.marks import Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.streams import Course, StreamRef


@event("equipment.unit_installed")
class UnitInstalled:
    """A serialised unit was built into the item; the unit's own stream says the same in the same append."""

    unit_id: UnitId
    slot: Slot


@event("equipment.unit_removed")
class UnitRemoved:
    """A serialised unit was taken out of the item; the unit's own stream says the same in the same append."""

    unit_id: UnitId
    slot: Slot
    maintenance_type: (
        Annotated[str, Meaning("EN 13306: corrective after a failure of this unit, preventive before one.")] | None
    ) = None
    reason: Reason | None = None


StructureFact = UnitInstalled | UnitRemoved


def evolve(item: Equipment, fact: StructureFact, _at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case UnitInstalled():
            return changed(item, units=tuple(sorted({*item.units, (fact.slot, fact.unit_id)})))
        case UnitRemoved():
            return changed(item, units=tuple(pair for pair in item.units if pair != (fact.slot, fact.unit_id)))


def check(item: Equipment, fact: StructureFact, _at: datetime) -> Refusal | None:
    """Return why the structure of the item forbids the fact now, or None."""
    match fact:
        case UnitInstalled():
            if fact.unit_id == item.parent_id:
                return CyclicAssembly()
            if any(unit == fact.unit_id for _, unit in item.units) and item.unit_in(fact.slot) is None:
                return UnitSitsElsewhere(parent=None)
            if item.stage in {Stage.DECOMMISSIONED, Stage.LOST}:
                return NotPossibleAtThisStage(stage=item.stage, possible=["equipment.unit_removed"])
            if item.unit_in(fact.slot) is not None:
                return SlotOccupied(slot=fact.slot)
        case UnitRemoved():
            if item.unit_in(fact.slot) != fact.unit_id:
                return UnitNotInstalledHere(slot=fact.slot)
    return None


FOLLOWED = {
    Stage.IN_SERVICE: Stage.IN_SERVICE,
    Stage.UNDER_REPAIR: Stage.IN_SERVICE,
    Stage.UNDER_MODERNISATION: Stage.IN_SERVICE,
    Stage.LAID_UP: Stage.LAID_UP,
    Stage.LOST: Stage.LOST,
    Stage.DECOMMISSIONED: Stage.DECOMMISSIONED,
}
"""What is told of an installed unit, by the stage of the topmost item above it; of any other it is `installed`."""


def told_stage(item: Equipment, above: Sequence[Equipment]) -> Stage | None:
    """Return the stage that is told of an item: of an installed unit it follows from what is above it.

    Args:
        item: as its own stream has it.
        above: its parent, the parent of that, and so on, as they were at the same moment.
    """
    if not _follows(item):
        return item.stage
    topmost = next((each for each in above if not _follows(each)), None)
    stage = topmost and topmost.stage
    return FOLLOWED.get(stage, Stage.INSTALLED) if stage else Stage.INSTALLED


def require_service_above(item: Equipment, above: Sequence[Equipment], since: datetime | None = None) -> None:
    """Refuse what only an item in service can do, of a unit in a parent that is not.

    Args:
        item: the unit; what is no unit in a parent is asked nothing.
        above: its parent, the parent of that, and so on.
        since: a moment after which it is enough to have been in service at any time; None: it is to be so now.

    Raises:
        NotInService: what is above the unit is not in service, and was not.
    """
    stage = told_stage(item, above)
    if item.parent_id is None or stage in {Stage.IN_SERVICE, Stage.UNDER_REPAIR}:
        return
    left = (each.left_service_at for each in (item, *above))
    if since is None or not any(each is not None and each > since for each in left):
        raise NotInService(stage=stage)


def next_above(*chain: Equipment) -> tuple[StreamRef, ...]:
    """Return the stream of the parent of the last of a chain of items: what a command asks for by `also`."""
    parent = chain[-1].parent_id
    return () if parent is None else (StreamRef("equipment", parent),)


def ancestors(item: Equipment, look: Callable[[UUID], Equipment]) -> tuple[Equipment, ...]:
    """Return the parent of an item, the parent of that, and so on; a ring that is on record ends where it closes."""
    above: dict[UUID, Equipment] = {}
    last = item
    while (parent := last.parent_id) is not None and parent not in above:
        last = above[parent] = look(parent)
    return tuple(above.values())


def in_the_hands_of(item: Equipment, look: Callable[[UUID, datetime | None], Equipment]) -> tuple[Equipment, ...]:
    """Return the items whose parties have an item: those above it, and that out of which one of them was taken.

    That one, and what is above it, count as they were at the moment of the removal: whoever gets them later gets no
    part of what had gone by then.

    Args:
        item: as it is now.
        look: from an id, an item as it was after all that happened by a moment; None: as it is now.
    """
    above: dict[tuple[UUID, datetime | None], Equipment] = {}
    last, at = item, None
    while (parent := last.parent_id or last.taken_out_of) is not None:
        at = last.taken_out_at or at
        if (parent, at) in above:
            break
        last = above[parent, at] = look(parent, at)
    return tuple(above.values())


def require_no_ring(unit: UUID, item_id: UUID, course: Callable[[StreamRef], Course]) -> None:
    """Refuse a unit that is the item, or above it at any time from its installation on.

    Raises:
        CyclicAssembly: it is.
    """
    if _is_above(unit, item_id, lambda each: course(StreamRef("equipment", each))):
        raise CyclicAssembly


def _is_above(unit: UUID, item_id: UUID, course: Callable[[UUID], Course]) -> bool:
    """Return whether a unit is an item, or was above it at any time.

    Args:
        unit: the unit.
        item_id: the item.
        course: the states of an item from the moment on from which it is asked.
    """
    todo: list[tuple[UUID, datetime | None, datetime | None]] = [(item_id, None, None)]
    done = set()
    while todo:
        part = todo.pop()
        if part[0] == unit:
            return True
        if part not in done:
            done.add(part)
            todo += _stays(course(part[0]), *part[1:])
    return False


def _stays(
    course: Course, begin: datetime | None, end: datetime | None
) -> Iterator[tuple[UUID, datetime | None, datetime | None]]:
    """Yield in which parents an item was within a time, and from when until when within it; None: without a limit."""
    ends = [moment for moment, _ in course[1:]]
    for (since, item), until in zip(course, (*ends, None), strict=True):
        first = since if begin is None else max(begin, since)
        last = until if end is None else end if until is None else min(end, until)
        if item.parent_id is not None and (last is None or first < last):
            yield item.parent_id, first, last


def _follows(item: Equipment) -> bool:
    return item.stage in REMOVABLE and item.parent_id is not None
