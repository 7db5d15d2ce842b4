"""The window that figures are of, and its months, cut at the moment that is asked about. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from domain.kernel.moments import from_micros, to_micros

NO_MONTH = -1
MOST_MONTHS = 240
"""SQL takes few hundred parts of a window."""


class Slice(NamedTuple):
    """A part of the window, in microseconds."""

    begin: int
    end: int
    """Not in it any more; not later than the moment that is asked about."""
    last: int
    """What happened by then counts: the last moment of the slice, or the moment that is asked about."""
    month: int = NO_MONTH
    """When the month began of which it is."""


def whole(begin: int, end: int, moment: int) -> list[Slice]:
    """Return a window [begin, end) as one slice; there is none after the moment."""
    return [_cut(begin, end, moment, NO_MONTH)] if begin <= moment else []


def months(begin: int, end: int, moment: int) -> list[Slice]:
    """Return the months of a window [begin, end), in UTC; the first and the last one may be cut."""
    found = []
    for first, following in _months(begin, end):
        if (since := max(first, begin)) <= moment:
            found.append(_cut(since, min(following, end), moment, first))
    return found


def _months(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the months that a window touches: when each begins, and the one that follows."""
    first = from_micros(begin).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while to_micros(first) < end:
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        yield to_micros(first), to_micros(following)
        first = following


def _cut(begin: int, end: int, moment: int, month: int) -> Slice:
    return Slice(begin=begin, end=min(end, moment), last=min(end - 1, moment), month=month)
