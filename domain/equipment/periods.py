"""Periods of which only totals are known: kept in order, so that one that shares a time with another is soon found."""

from bisect import bisect_left, bisect_right
from datetime import datetime

from domain.equipment.state import Equipment, Period
from domain.kernel.states import changed


def with_period(item: Equipment, period: Period) -> Equipment:
    """Return the item with one more period. Never refuses: one that overlaps others is noted to do so."""
    known = item.periods
    place = bisect_right(known, _place(period), key=_place)
    overlap = item.periods_overlap or period.begin >= period.end or overlaps(item, period)
    return changed(item, periods=(*known[:place], period, *known[place:]), periods_overlap=overlap)


def overlaps(item: Equipment, period: Period) -> bool:
    """Return whether a period shares a time with another of the same counter.

    Where no two of those known do, they end in the order in which they begin, and the last one that begins before the
    end of this one tells of all. Else each of them is looked at.
    """
    place = bisect_left(item.periods, (period.meter, period.end), key=_begin)
    first = 0 if item.periods_overlap else max(0, place - 1)
    return any(each.meter == period.meter and period.begin < each.end for each in item.periods[first:place])


def _begin(period: Period) -> tuple[str, datetime]:
    return period.meter, period.begin


def _place(period: Period) -> tuple[str, datetime, datetime]:
    return period.meter, period.begin, period.end
