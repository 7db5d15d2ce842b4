"""Rows with two times: when something was so, and since when we knew. Pure; the engine stores what follows from it.

A row is shown as of a moment T, as known at a position P of the log, if

    valid_from ≤ T  and  known_from ≤ P < known_to  and  (T < valid_to or P < ended_by).

A fact in order of life writes little: it sets `valid_to` and `ended_by` on the last row, which those who ask for an
earlier P still see without an end. A late fact or an error declaration sets `known_to` on the rows that it changes and
adds new ones. One position does at most one of these things to a key, so no row is ever known for no time at all; a
row may be valid for no time at all, where two facts happened at the same moment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.kernel.moments import FOREVER

Values = dict[str, Any]
"""The columns of a read model that are its own, by name."""

TIMES = ("valid_from", "valid_to", "known_from", "known_to", "ended_by")
"""The columns of the two times."""


@dataclass(slots=True, kw_only=True)
class Span:
    """Values that held for a time, and for how long that was known. Times in microseconds, positions of the log."""

    valid_from: int
    valid_to: int = FOREVER
    known_from: int
    known_to: int = FOREVER
    ended_by: int = FOREVER
    """Position of the fact that set `valid_to`; before it the row has no end."""
    values: Values
    stored: bool = False
    """Whether the database has the row already."""
    changed: bool = False
    """Whether the database has it in an earlier form."""

    @property
    def is_open(self) -> bool:
        """Whether the values hold without an end, as is known now."""
        return self.valid_to == FOREVER and self.known_to == FOREVER

    def shown(self, as_of: int, known_at: int) -> bool:
        """Return whether the values held as of a moment, as known at a position."""
        if not (self.valid_from <= as_of and self.known_from <= known_at < self.known_to):
            return False
        return as_of < self.valid_to or known_at < self.ended_by

    def end(self, valid_to: int, position: int) -> None:
        """Take note, in order, that the values hold no longer."""
        self.valid_to = valid_to
        self.ended_by = position
        self.changed = True

    def forget(self, position: int) -> None:
        """Take note that the values never held as the row says."""
        self.known_to = position
        self.changed = True


class Segment(NamedTuple):
    """Values that hold from one moment to the next, as is known now."""

    valid_from: int
    valid_to: int
    values: Values


def follow(last: Span | None, values: Values | None, moment: int, position: int) -> Span | None:
    """Return the row that follows the last open one after a fact in order; ends that one.

    Args:
        last: the row without an end, if there is one.
        values: what holds from now on; None if nothing does. They differ from those of the last row.
        moment: when the fact happened, not before the last row began.
        position: where the fact stands in the log.
    """
    if last is not None:
        last.end(moment, position)
    if values is None:
        return None
    return Span(valid_from=moment, known_from=position, values=values)


def segments(points: Iterable[tuple[int, Values | None]]) -> list[Segment]:
    """Return what held when, from the values after each fact in order of life; None where nothing held."""
    turns: list[tuple[int, Values | None]] = []
    for moment, values in points:
        if turns and turns[-1][0] == moment:
            turns.pop()
        if (turns[-1][1] if turns else None) != values:
            turns.append((moment, values))
    ends = ([moment for moment, _ in turns] + [FOREVER])[1:]
    return [
        Segment(moment, end, values) for (moment, values), end in zip(turns, ends, strict=True) if values is not None
    ]


def correct(live: Sequence[Span], wanted: Sequence[Segment], position: int) -> list[Span]:
    """Return the rows to add so that from this position on only the wanted segments are shown; ends or forgets others.

    Args:
        live: the rows of one key that are not forgotten.
        wanted: what is known from now on.
        position: where the fact stands that changed what is known.
    """
    standing = {span.valid_from: span for span in live if span.valid_from < span.valid_to}
    added = []
    for segment in wanted:
        span = standing.get(segment.valid_from)
        if span is not None and span.values == segment.values:
            if span.valid_to == segment.valid_to:
                del standing[segment.valid_from]
                continue
            if span.valid_to == FOREVER:
                span.end(segment.valid_to, position)
                del standing[segment.valid_from]
                continue
        added.append(_known_from(position, segment))
    for span in standing.values():
        span.forget(position)
    return added


def correct_steps(
    live: Sequence[Span], points: Sequence[tuple[int, Values | None]], position: int, learnt: Values | None = None
) -> list[Span]:
    """Return the steps to add so that from this position on only these are shown; forgets those that read otherwise.

    Args:
        live: the rows of one key that are not forgotten.
        points: the steps that are known from now on.
        position: where the fact stands that changed what is known.
        learnt: columns that the step of that fact has, and every step keeps as they were when it was told first.
    """
    standing = {span.values["position"]: span for span in live}
    added = []
    for moment, values in points:
        if values is None:
            continue
        span = standing.get(values["position"])
        if learnt is not None:
            told = span.values if span else learnt if values["position"] == position else {}
            values |= {name: told.get(name) for name in learnt}
        if span is None or span.values != values:
            added.append(Span(valid_from=moment, known_from=position, values=values))
        else:
            del standing[values["position"]]
    for span in standing.values():
        span.forget(position)
    return added


def _known_from(position: int, segment: Segment) -> Span:
    ended_by = FOREVER if segment.valid_to == FOREVER else position
    return Span(
        valid_from=segment.valid_from,
        valid_to=segment.valid_to,
        known_from=position,
        ended_by=ended_by,
        values=segment.values,
    )
