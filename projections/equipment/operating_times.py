"""What the items of a fleet had done by any moment, each by the rules by which a single one is told."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from domain.equipment.state import OPERATING_TIME
from domain.kernel.moments import FOREVER
from projections.equipment import operating_time, registry
from projections.equipment.known_lives import Reading
from projections.equipment.operating_time import OperatingTime
from projections.equipment.registry import RegisteredItem, RegistryFilter
from projections.paging import Page, Window
from projections.views import followed

NEEDS = operating_time.NEEDS
"""The read models from which the question is answered."""

Sort = Literal["serial", "-serial", "id", "-id"]
"""Each is driven by an index; with - from the end to the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOperatingTime:
    """What one item of a fleet had done."""

    item: RegisteredItem
    done: OperatingTime
    last_read: Reading | None
    """The last reading of its own counter by the moment that is asked about; None: there was none."""


def operating_times(
    connection: Connection,
    wanted: RegistryFilter,
    window: Window,
    *,
    meter: str = OPERATING_TIME,
    sort: Sort = "serial",
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[ItemOperatingTime]:
    """Return a page of items with what they had done by a moment, as known at a position.

    Up to seven statements for a page of up to 500 items, and three more for a larger one.

    Args:
        connection: of the views.
        wanted: which items.
        window: which page; places are as the registry has them.
        meter: which counter.
        sort: in which order.
        as_of: microseconds; None: after everything on record.
        known_at: a position; None: as is known by now.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    found = registry.items(connection, wanted, window, sort=sort, as_of=as_of, known_at=position)
    ids = [item.equipment_id for item in found.items]
    done = operating_time.operating_times(connection, ids, position, meter=meter, as_of=as_of)
    return found.of(lambda item: _of(item, done[item.equipment_id], FOREVER if as_of is None else as_of))


def _of(item: RegisteredItem, done: OperatingTime, moment: int) -> ItemOperatingTime:
    last_read = next((reading for reading in done.readings if reading.at <= moment), None)
    return ItemOperatingTime(item=item, done=done, last_read=last_read)
