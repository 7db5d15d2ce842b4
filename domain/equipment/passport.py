"""What a passport states: an item as it was on record when its passport was issued, or revised, last."""

from collections.abc import Collection
from datetime import datetime

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.papers import PassportIssued, PassportRevised
from domain.equipment.state import Equipment
from domain.kernel.folding import Happening, after, in_order_of_life


def stated(happened: Collection[Happening], as_of: datetime | None = None) -> Equipment:
    """Return an item as the passport states it that was in force at a moment: right after the fact that issued it.

    What is learnt later of the time before counts, and what is declared wrong does not, as everywhere. What happened at
    the very moment of the issue counts if it was recorded before it. Without a passport it is empty.
    """
    lived = [each for each in in_order_of_life(happened) if as_of is None or each.occurred_at <= as_of]
    issues = (count for count, each in enumerate(lived, 1) if isinstance(each.fact, PassportIssued | PassportRevised))
    return after(EQUIPMENT, EQUIPMENT.initial, lived[: max(issues, default=0)])
