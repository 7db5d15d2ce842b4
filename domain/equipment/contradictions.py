"""Where the records of items do not agree: two streams that say different things of one unit."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from domain.equipment.state import Equipment


class Disagreement(NamedTuple):
    """A unit that one stream has in an item and the other has not."""

    parent_id: UUID
    slot: str | None
    unit_id: UUID
    said_by_parent: bool
    """Whether the parent lists the unit; otherwise only the unit says that it sits there."""


def disagreements(
    item_id: UUID, item: Equipment, claims: Mapping[UUID, str | None], parent: Equipment | None = None
) -> list[Disagreement]:
    """Return where an item, its units and its parent say different things of who sits where, in order of position.

    Args:
        item_id: the item.
        item: as its own stream has it.
        claims: units that say to sit in the item, and at which position.
        parent: the item in which it says to sit itself, if it does.
    """
    listed = {(unit, slot) for slot, unit in item.units}
    claimed = set(claims.items())
    found = [Disagreement(item_id, slot, unit, said_by_parent=True) for unit, slot in listed - claimed]
    found += [Disagreement(item_id, slot, unit, said_by_parent=False) for unit, slot in claimed - listed]
    if item.parent_id is not None and (parent is None or (item.slot, item_id) not in parent.units):
        found.append(Disagreement(item.parent_id, item.slot, item_id, said_by_parent=False))
    return sorted(found, key=lambda each: (str(each.parent_id), each.slot or "", str(each.unit_id)))
