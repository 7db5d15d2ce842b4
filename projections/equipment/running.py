"""How much items did up to a moment, from what is known of them. Pure; the rule stands at `Lives`."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from domain.equipment.terms import Stage
from projections.equipment.known_lives import NEVER, Life, Span, cut, during, fresh, without

_IN_PARENT = frozenset({Stage.INSTALLED, Stage.IN_SERVICE})


class Basis(IntEnum):
    """What a figure rests on at the worst of its places."""

    READ = 0
    """Readings at the very moments."""
    INTERPOLATED = 1
    """Readings before and after."""
    LAST_READ = 2
    """The last reading: nobody has read the counter since."""
    UNKNOWN = 3
    """Nothing: nobody measured it."""


class Part(NamedTuple):
    """What was measured of a unit inside one parent; None: of some of that time nobody knows."""

    span: Span
    parent_id: UUID
    slot: str | None
    done: Fraction | None


class Done(NamedTuple):
    """What an item had done by a moment."""

    value: Fraction | None
    """What was measured of its whole life; None: of some of it nobody knows."""
    basis: Basis
    parts: tuple[Part, ...]
    known: Fraction | None
    """What was measured of those times in which anything was; None: of none."""
    reported: Fraction | None
    """What is said to have been done in times of which nothing was measured; None: nothing is said of them."""

    @property
    def total(self) -> Fraction | None:
        """What was measured and what is reported together; None: nothing is known."""
        if self.value is None and self.known is None and self.reported is None:
            return None
        return (self.known or Fraction(0)) + (self.reported or Fraction(0))


Path = tuple[UUID, ...]
"""Units from the outermost to the innermost: what contains itself adds nothing to itself."""


class _Slice(NamedTuple):
    """A time in which the counter of one item, the first of the path, tells what an item did, or no counter does."""

    span: Span
    path: Path
    part: int
    """Of the item's stays in parents; -1: outside of them."""
    basis: Basis
    """READ: counted. Otherwise nothing is added: LAST_READ after the last reading, or UNKNOWN."""


class Lives:
    """What is known of an item and of every item in which it or they sat, and what follows from it.

    Measured. Of each time at most one counter tells what an item did: its own up to its last reading; after that, or if
    it was never read, that of the parent in which it sat, by the same rule. What a counter has done grows linearly
    between two readings, but only while the item was in service: under repair, laid up or not yet commissioned it does
    nothing. It begins with 0 at the first time in service. Where two readings differ and the item was not in service
    between them, it grows linearly all the time. After its last reading, what sits in nothing did nothing more. Nobody
    knows what it did in service without parent and without any reading.

    Taken over. What such an item did before it came on record is told by its first reading, as a whole, as of that
    moment and later. As of a moment before, that reading tells nothing: nobody knows what was done, but what was
    measured in parents and what is reported up to there stays known. From the first reading on it includes both, and
    neither is added to it.

    Reported. The total of a period counts only in times of which nothing was measured, and each time once: where two
    periods overlap, by the one that began first. A period that was measured in part counts with the share of its time
    in service that was not measured, or of its time at all if the item was never in service in it. Of times of which a
    unit has no total of its own, it did what its parent is said to have done.

    Together. The total is what was measured in the times in which anything was, and what is reported of the others. A
    time of which neither is known adds nothing: the item did that much at least.
    """

    def __init__(self, lives: Mapping[UUID, Life]) -> None:
        """Take the lives: of the items that are asked about, and of all in which they or their parents ever sat.

        Of readings that are not at or beside the moments of `looks_at`, the first and the last one will do.
        """
        self._lives = lives

    def looks_at(self, item: UUID, upto: int) -> set[tuple[UUID, int]]:
        """Return at which moments it matters what whose counter showed, to tell what an item had done by a moment."""
        slices, _ = self._slices(item, Span(NEVER, upto))
        told = [(each.path[0], each.span) for each in slices if each.basis is Basis.READ]
        return {(owner, moment) for owner, span in told for moment in span}

    def done(self, item: UUID, upto: int) -> Done:
        """Return what an item had done by a moment, in microseconds."""
        within = Span(NEVER, upto)
        slices, parts = self._slices(item, within)
        counted: list[Span] = []
        amounts = [Fraction(0)] * (len(parts) + 1)  # the last is the one outside of parents
        doubtful, basis = set(), Basis.READ
        for each in slices:
            how = each.basis
            if how is Basis.READ:
                amount, how = self._counted(each.path, each.span)
                amounts[each.part] += amount
                counted.append(each.span)
            elif how is Basis.UNKNOWN:
                doubtful.add(each.part)
            basis = max(basis, how)
        known = sum(amounts, Fraction(0))
        return Done(
            value=None if doubtful else known,
            basis=basis,
            parts=tuple(
                part._replace(done=None if number in doubtful else amounts[number]) for number, part in enumerate(parts)
            ),
            known=known if counted else None,
            reported=self._reported(item, without([within], counted)),
        )

    def _slices(self, item: UUID, within: Span) -> tuple[list[_Slice], list[Part]]:
        """Return whose counter tells what an item did, time by time, and where it sat while its own does not."""
        slices: list[_Slice] = []
        parts: list[Part] = []
        ahead: list[tuple[Path, Span, int]] = [((item,), within, -1)]
        while ahead:
            path, time, part = ahead.pop()
            life = self._lives[path[0]]
            own = life.measured(time)
            slices += [_Slice(span, path, part, Basis.READ) for span in own]
            rest, inside = without([time], own), False
            if life.taken_over and time.begin == NEVER and not own:
                slices.append(_Slice(time, path, part, Basis.UNKNOWN))
            for stay, span in during(life.stays, rest):
                later = bool(life.readings) and span.begin >= life.last_read
                if stay.parent_id is None:
                    if stay.stage == Stage.IN_SERVICE:
                        slices.append(_Slice(span, path, part, Basis.LAST_READ if later else Basis.UNKNOWN))
                elif stay.parent_id in path:
                    slices.append(_Slice(span, path, part, Basis.LAST_READ))
                else:
                    inside = inside or later
                    ahead.append(((stay.parent_id, *path), span, len(parts) if len(path) == 1 else part))
                    parts += [Part(span, stay.parent_id, stay.slot, None)] if len(path) == 1 else []
            if life.readings and not inside and any(span.begin >= life.last_read for span in rest):
                slices.append(_Slice(rest[-1], path, part, Basis.LAST_READ))
        return slices, parts

    def _counted(self, path: Path, span: Span) -> tuple[Fraction, Basis]:
        """Return what the counter of the first of a path did in a time that it measured."""
        upto, exact = self._shown(path, span.end)
        if span.begin == NEVER:
            return upto, Basis.READ if exact else Basis.INTERPOLATED
        before, exact_too = self._shown(path, span.begin)
        return upto - before, Basis.READ if exact and exact_too else Basis.INTERPOLATED

    def _shown(self, path: Path, at: int) -> tuple[Fraction, bool]:
        """Return what an item had done by a moment that its counter measured, and whether it was read just then."""
        readings = self._lives[path[0]].readings
        place = bisect_right(readings, at, key=lambda reading: reading.at)
        if place and readings[place - 1].at == at:
            return Fraction(readings[place - 1].total), True
        later = readings[place]
        if place:
            earlier = readings[place - 1]
            share = self._share(path, Span(earlier.at, at), Span(earlier.at, later.at))
            return Fraction(earlier.total) + share * Fraction(later.total - earlier.total), False
        ran = self._length(path, Span(NEVER, later.at))
        return (self._length(path, Span(NEVER, at)) * Fraction(later.total) / ran if ran else Fraction(0)), False

    def _share(self, path: Path, part: Span, whole: Span) -> Fraction:
        """Return which share of its work in the whole an item did in a part of it."""
        ran = self._length(path, whole)
        if ran:
            return Fraction(self._length(path, part), ran)
        return Fraction(part.end - part.begin, whole.end - whole.begin)

    def _length(self, path: Path, within: Span) -> int:
        """Return for how long the first of a path was in service; a unit inside a parent is while the parent is."""
        length = 0
        ahead = [(path, within)]
        while ahead:
            path, time = ahead.pop()
            for stay, span in during(self._lives[path[0]].stays, [time]):
                if stay.parent_id is None:
                    length += span.end - span.begin if stay.stage == Stage.IN_SERVICE else 0
                elif stay.stage in _IN_PARENT and stay.parent_id not in path:
                    ahead.append(((stay.parent_id, *path), span))
        return length

    def _reported(self, item: UUID, free: Sequence[Span]) -> Fraction | None:
        """Return what an item is said to have done in times of which nothing was measured; None: nothing is said."""
        done: Fraction | None = None
        ahead: list[tuple[Path, Sequence[Span]]] = [((item,), free)]
        while ahead and any(life.periods for life in self._lives.values()):
            path, times = ahead.pop()
            life = self._lives[path[0]]
            wholes = [Span(period.begin, period.end) for period in life.periods]
            own = fresh(wholes)
            for period, whole, first_told in zip(life.periods, wholes, own, strict=True):
                for part in cut(times, first_told):
                    done = (done or Fraction(0)) + Fraction(period.done) * self._share(path, part, whole)
            times = without(times, own)
            for stay in life.stays:
                within = cut(times, Span(stay.begin, stay.end))
                if within and stay.parent_id is not None and stay.parent_id not in path:
                    ahead.append(((stay.parent_id, *path), within))
        return done
