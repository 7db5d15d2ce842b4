"""Up and down time and availability of an item (EN 13306), from its technical states and from reported periods. Pure.

Each microsecond of an item's time counts as one category: up, down, disabled, not in service. Which one, its technical
state says (`domain.equipment.technical_state`), and of as much time as a **reported period** has, the period. It takes
the place of what the states say of its time, as whoever reported it counted it:

- its up time is up, the rest of its total is down;
- what its total leaves of its own length counts as not in service: the item was not required to work;
- what its total has beyond its own length (clocks put back, a count by other hours) counts as reported, and is told as
  excess: up, down, disabled and not in service together are the time on record and the excess.

A period changes nothing if it has no total, is of another counter than the operating time in hours, or makes no sense:
it ends before it begins, more was up than the total, a number is none. Of two that share a time, only the one counts
that was reported first, in order of life: the other contradicts what was on record.

A period that is cut by a window, or by the moment that is asked about, counts by the part of its length that lies
inside, as `Share` reckons it: parts that touch add up to the whole, to the microsecond.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

HOUR = 3_600_000_000
"""Microseconds."""
_DIGITS = Decimal("0.000000000001")
_PRECISE = Context(prec=60, rounding=ROUND_HALF_EVEN)


def part_of(whole: int, part: int, length: int) -> int:
    """Return what falls to a part of a length, rounded down; nothing if there is no length.

    None of the numbers is negative, so that what falls to a greater part is never less.
    """
    return whole * part // length if length else 0


class Share(NamedTuple):
    """What falls to a part of a reported period, in microseconds."""

    up: int
    total: int

    @classmethod
    def until(cls, up: int, total: int, passed: int, length: int) -> "Share":
        """Return what falls to the first part of a period: first of its total, then of that its up time.

        So no part ever has more up time than total, nor a total beyond its length if the period has none.

        Args:
            up: of the period.
            total: of the period; not less.
            passed: how long the part is.
            length: how long the period is.
        """
        whole = part_of(total, passed, length)
        return cls(part_of(up, whole, total), whole)


def micros_of(hours: Decimal) -> int:
    """Return hours in microseconds, rounded to the next one (half to even)."""
    return int(_PRECISE.to_integral_value(_PRECISE.multiply(hours, Decimal(HOUR))))


def hours_of(micros: int) -> Decimal:
    """Return microseconds in hours, with 12 digits after the point: no two durations look the same."""
    return _PRECISE.quantize(_PRECISE.divide(Decimal(micros), Decimal(HOUR)), _DIGITS)


def availability(up: int, down: int) -> Decimal | None:
    """Return up ÷ (up + down), with 12 digits after the point; None if there is neither (EN 13306).

    Time that was disabled for an external reason, or in which the item was not in service, is left out.
    """
    if not up + down:
        return None
    return _PRECISE.quantize(_PRECISE.divide(Decimal(up), Decimal(up + down)), _DIGITS)
