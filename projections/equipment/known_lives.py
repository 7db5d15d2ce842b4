"""What is known of items that tells how much they did: where they stayed, what was read, what was reported. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

NEVER = -(2**63)
"""Before every moment, in microseconds."""


class Span(NamedTuple):
    """A time from one moment up to another, in microseconds."""

    begin: int
    end: int


_END = attrgetter("end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A time in which an item was at one stage and in one place of a structure."""

    begin: int
    end: int
    stage: str
    parent_id: UUID | None = None
    slot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an item had done by a moment at which its counter was read."""

    at: int
    total: Decimal
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What an item is said to have done in a time of which only this total is known."""

    begin: int
    end: int
    done: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known of one item: its stays and its readings in order of time, no two readings at one moment."""

    stays: Sequence[Stay] = ()
    readings: Sequence[Reading] = ()
    periods: Sequence[Period] = ()
    taken_over: bool = False
    """What it did before it came on record is not known."""

    @property
    def last_read(self) -> int:
        """When its counter was read last."""
        return self.readings[-1].at if self.readings else NEVER

    def measured(self, within: Span) -> list[Span]:
        """Return of which part of a time the item's own counter tells what it did.

        Up to its last reading; but of an item that was taken over, what it did before the first reading is known only
        as a whole, and only as of that reading or later.
        """
        if not self.readings:
            return []
        first = self.readings[0].at
        whole = not self.taken_over or (within.begin == NEVER and within.end >= first)
        return cut([Span(NEVER if whole else first, self.last_read)], within)


def counting(readings: Sequence[Reading], corrected: Mapping[int, int]) -> list[Reading]:
    """Return the readings that count: not those that a later one takes back, and one at each moment, the last said.

    Args:
        readings: in order of time.
        corrected: the moments of readings that were wrong, each with the moment from which on this was said.
    """
    counted: list[Reading] = []
    for reading in reversed(readings):
        wrong = corrected.get(reading.at, NEVER) > reading.at
        if wrong or (counted and (counted[-1].at == reading.at or counted[-1].total < reading.total)):
            continue
        counted.append(reading)
    return counted[::-1]


def during(stays: Iterable[Stay], times: Sequence[Span]) -> Iterable[tuple[Stay, Span]]:
    """Yield the stays in some times, each with its part of them."""
    for stay in stays:
        for span in cut(times, Span(stay.begin, stay.end)):
            yield stay, span


def cut(spans: Sequence[Span], within: Span) -> list[Span]:
    """Return the parts of times, which are in order and share nothing, that lie within another."""
    found = []
    for place in range(bisect_right(spans, within.begin, key=_END), len(spans)):
        span = spans[place]
        if span.begin >= within.end:
            break
        found.append(Span(max(span.begin, within.begin), min(span.end, within.end)))
    return [span for span in found if span.begin < span.end]


def without(spans: Sequence[Span], taken: Iterable[Span]) -> list[Span]:
    """Return times, which are in order and share nothing, without those that are taken, in one sweep."""
    gone = fresh(sorted(taken))
    left, place = [], 0
    for span in spans:
        begin = span.begin
        while place < len(gone) and gone[place].begin < span.end:
            left.append(Span(begin, min(gone[place].begin, span.end)))
            begin = max(begin, gone[place].end)
            if begin >= span.end:
                break  # it may reach into the next one
            place += 1
        left.append(Span(begin, span.end))
    return [span for span in left if span.begin < span.end]


def fresh(spans: Iterable[Span]) -> list[Span]:
    """Return of times, in order of their begin, what none before has: each time once; nothing is left of some."""
    found, frontier = [], NEVER
    for span in spans:
        begin = max(span.begin, frontier)
        found.append(Span(begin, max(begin, span.end)))
        frontier = max(frontier, span.end)
    return found
