"""How much items did between two moments, from what is known of them. Pure; the rule stands at `Lives.done`."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from domain.equipment.terms import Stage

NEVER = -(2**63)
"""Before every moment, in microseconds."""

_IN_PARENT = frozenset({Stage.INSTALLED, Stage.IN_SERVICE})


class Span(NamedTuple):
    """A time from one moment up to another, in microseconds."""

    begin: int
    end: int


class Basis(IntEnum):
    """What a figure rests on at the worst of its places."""

    READ = 0
    """Readings at the very moments."""
    INTERPOLATED = 1
    """Readings before and after."""
    LAST_READ = 2
    """The last reading: nobody has read the counter since."""


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


class Part(NamedTuple):
    """What a unit did inside one parent."""

    span: Span
    parent_id: UUID
    slot: str | None
    done: Fraction | None


class Done(NamedTuple):
    """What was measured of an item between two moments; None: nobody knows."""

    value: Fraction | None
    basis: Basis
    parts: tuple[Part, ...] = ()


Path = tuple[UUID, ...]


class Lives:
    """What is known of an item and of every item in which it or they sat."""

    def __init__(self, lives: Mapping[UUID, Life]) -> None:
        """Take the lives; what is not among them is not known."""
        self._lives = lives

    def done(self, item: UUID, begin: int, end: int, path: Path = ()) -> Done:
        """Return what was measured of an item after one moment and up to another.

        What a counter has done grows linearly between two readings, but only while the item was in service: under
        repair, laid up or not yet commissioned it does nothing. It begins with 0 at the first time in service. Where
        two readings differ and the item was not in service between them, it grows linearly all the time. After the
        last reading, a unit did what its parents did while it sat in them, and so did one whose counter was never
        read; everything else did what it had done when it was read. In service without parent and without any
        reading, or before it was taken over and read: nobody knows.

        Args:
            item: one of the lives.
            begin: the moment from which on, in microseconds; NEVER: since it was new.
            end: the moment up to which.
            path: the units inside which the item is asked about: what contains itself adds nothing to itself.
        """
        life = self._lives.get(item)
        if life is None:
            return Done(None, Basis.LAST_READ)
        value: Fraction | None = Fraction(0)
        basis, last = Basis.READ, life.last_read
        if begin < last:
            value, basis = self._counted(item, life, Span(begin, min(end, last)), path)
        elif begin == NEVER and life.taken_over:
            value = None
        if end <= last:
            return Done(value, basis)
        parts = []
        for stay, span in _during(life.stays, Span(max(begin, last), end)):
            if stay.parent_id in (item, *path):
                basis = Basis.LAST_READ
            elif stay.parent_id is not None:
                inside = self.done(stay.parent_id, span.begin, span.end, (item, *path))
                parts.append(Part(span, stay.parent_id, stay.slot, inside.value))
                value = None if value is None or inside.value is None else value + inside.value
                basis = max(basis, inside.basis)
            elif stay.stage == Stage.IN_SERVICE:
                value, basis = value if life.readings else None, Basis.LAST_READ
        if life.readings and not parts:
            basis = Basis.LAST_READ
        return Done(value, basis, tuple(parts))

    def _counted(self, item: UUID, life: Life, span: Span, path: Path) -> tuple[Fraction | None, Basis]:
        """Return what the item's own counter did in a time up to its last reading."""
        moments = [reading.at for reading in life.readings]
        upto, exact = self._shown(item, life, moments, span.end, path)
        before, exact_too = (Fraction(0), True)
        if span.begin != NEVER:
            shown = self._shown(item, life, moments, span.begin, path)
            if shown[0] is None:
                return None, Basis.INTERPOLATED
            before, exact_too = shown[0], shown[1]
        basis = Basis.READ if exact and exact_too else Basis.INTERPOLATED
        return (None if upto is None else upto - before), basis

    def _shown(
        self, item: UUID, life: Life, moments: Sequence[int], at: int, path: Path
    ) -> tuple[Fraction | None, bool]:
        """Return what the item had done by a moment up to its last reading, and whether it was read just then."""
        place = bisect_right(moments, at)
        if place and (moments[place - 1] == at or place == len(moments)):
            return Fraction(life.readings[place - 1].total), moments[place - 1] == at
        later = life.readings[place]
        if place:
            earlier = life.readings[place - 1]
            share = self._share(item, Span(earlier.at, at), Span(earlier.at, later.at), path)
            return Fraction(earlier.total) + share * Fraction(later.total - earlier.total), False
        if life.taken_over:
            return None, False
        ran = self._length(item, Span(NEVER, later.at), path)
        return (self._length(item, Span(NEVER, at), path) * Fraction(later.total) / ran if ran else Fraction(0)), False

    def _share(self, item: UUID, part: Span, whole: Span, path: Path) -> Fraction:
        """Return which share of its work in the whole an item did in a part of it."""
        ran = self._length(item, whole, path)
        if ran:
            return Fraction(self._length(item, part, path), ran)
        return Fraction(part.end - part.begin, whole.end - whole.begin)

    def _length(self, item: UUID, within: Span, path: Path) -> int:
        return sum(span.end - span.begin for span in self.in_service(item, within, path))

    def in_service(self, item: UUID, within: Span, path: Path = ()) -> list[Span]:
        """Return when an item was in service; a unit inside a parent is while the parent is."""
        life = self._lives.get(item)
        spans = []
        for stay, span in _during(life.stays if life else (), within):
            if stay.parent_id is None:
                spans += [span] if stay.stage == Stage.IN_SERVICE else []
            elif stay.stage in _IN_PARENT and stay.parent_id not in (item, *path):
                spans += self.in_service(stay.parent_id, span, (item, *path))
        return spans

    def measured(self, item: UUID, within: Span, path: Path = ()) -> list[Span]:
        """Return of which times it was measured what the item did: up to its last reading, and those of its parents."""
        life = self._lives.get(item)
        if life is None:
            return []
        own = _cut([Span(NEVER, life.last_read)], within)
        for stay, span in _during(life.stays, Span(max(within.begin, life.last_read), within.end)):
            if stay.parent_id is not None and stay.parent_id not in (item, *path):
                own += self.measured(stay.parent_id, span, (item, *path))
        return own

    def reported(self, item: UUID, within: Span, path: Path = ()) -> Fraction:
        """Return what an item is said to have done in times of which nothing was measured, each time counted once.

        A period that was measured in part counts with the share of its time in service that was not. Where a unit has
        no total of its own, it did what its parent is said to have done.
        """
        life = self._lives.get(item)
        if life is None:
            return Fraction(0)
        free = _without([within], self.measured(item, within, path))
        done = Fraction(0)
        for period in life.periods:
            whole = Span(period.begin, period.end)
            for part in _cut(free, whole):
                done += Fraction(period.done) * self._share(item, part, whole, path)
            free = _without(free, [whole])
        for stay in life.stays:
            if stay.parent_id is not None and stay.parent_id not in (item, *path):
                for part in _cut(free, Span(stay.begin, stay.end)):
                    done += self.reported(stay.parent_id, part, (item, *path))
        return done


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


def _during(stays: Iterable[Stay], within: Span) -> Iterable[tuple[Stay, Span]]:
    for stay in stays:
        for span in _cut([Span(stay.begin, stay.end)], within):
            yield stay, span


def _cut(spans: Iterable[Span], within: Span) -> list[Span]:
    """Return the parts of times that lie within another."""
    cut = [Span(max(span.begin, within.begin), min(span.end, within.end)) for span in spans]
    return [span for span in cut if span.begin < span.end]


def _without(spans: Sequence[Span], taken: Iterable[Span]) -> list[Span]:
    """Return times without those that are taken."""
    left = list(spans)
    for each in taken:
        left = [rest for span in left for rest in _cut([Span(NEVER, each.begin), Span(each.end, span.end)], span)]
    return left
