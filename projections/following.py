"""Rows that follow the rows of other keys: what is told of a unit follows from what it sits in.

A fact of one key may change the rows of others: of what follows it, of what follows those, and so on. In order of life
only rows that are open change; a late fact, or one of a key that something has left since, lets the course of all keys
concerned be gone through again. What follows only up to a moment is as the other was after all of that moment. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from domain.kernel.moments import FOREVER
from projections.read_model import Following
from projections.timeline import Segment, Values, segments


class World:
    """Which row is open of each key, and which keys follow it: as it is at one moment."""

    def __init__(self, rule: Following) -> None:
        """Take the rule by which rows follow others; there are none yet."""
        self._rule = rule
        self.rows: dict[UUID, Values] = {}
        self.inside: dict[UUID, dict[UUID, None]] = defaultdict(dict)

    def put(self, key: UUID, row: Values | None) -> None:
        """Let a row be the open one of a key; None: it has none any more."""
        before = self.rows.get(key)
        if row is not None:
            self.rows[key] = row
        elif before is not None:
            del self.rows[key]
        former = None if before is None else self._rule.above(before)
        above = None if row is None else self._rule.above(row)
        if former != above:
            if former is not None:
                self.inside[former].pop(key, None)
            if above is not None:
                self.inside[above][key] = None

    def turned(self, key: UUID, own: Values | None, moment: int) -> dict[UUID, Values | None]:
        """Return which rows become others if the own values of a key do: its own row, and those of what follows it.

        Args:
            key: the key.
            own: its values from a moment on; None: it has no row any more.
            moment: that moment: what follows the key only up to an earlier one stays as it is.
        """
        ring = self._ring(key, own, moment)
        cut = [each for each in ring if self._rule.loosely(self._own(each, key, own))] or ring
        changed: dict[UUID, Values | None] = {
            each: self._rule.told(each, self._own(each, key, own), None) for each in cut
        } or {key: None if own is None else self._rule.told(key, own, self._above(key, own, moment))}
        if not self.inside.get(key):
            return changed
        everything = bool(ring or self._ring(key, self.rows.get(key), moment))
        ahead = list(changed)
        met = set(ahead)
        for each in ahead:
            for unit in self._following(each, key, own, moment):
                if unit not in met:
                    its_own = self._own(unit, key, own)
                    told = self._rule.told(unit, its_own, changed[each] if each in changed else self.rows[each])
                    if told != self.rows.get(unit):
                        changed[unit] = told
                    if everything or unit in changed:
                        met.add(unit)
                        ahead.append(unit)
        return {each: row for each, row in changed.items() if each == key or row != self.rows.get(each)}

    def _own(self, each: UUID, key: UUID, own: Values | None) -> Values:
        """Return the values of a key, while one becomes another."""
        values = own if each == key else self.rows[each]
        assert values is not None
        return values

    def _following(self, each: UUID, key: UUID, own: Values | None, moment: int) -> list[UUID]:
        """Return what follows a key, while one becomes another."""
        inside = (unit for unit in self.inside.get(each, ()) if unit != key)
        found = [unit for unit in inside if self._rule.until(self.rows[unit]) >= moment]
        return [*found, key] if own is not None and self._rule.followed(own, moment) == each else found

    def _above(self, key: UUID, own: Values, moment: int) -> Values | None:
        """Return the row that a key follows with some own values; once it follows no longer, what it kept of it."""
        if moment > self._rule.until(own):
            return self._rule.kept_by(own, self.rows.get(key))
        above = self._rule.above(own)
        return None if above is None else self.rows.get(above)

    def _ring(self, key: UUID, own: Values | None, moment: int) -> list[UUID]:
        """Return the keys of which each follows the next and the last one the first, from a key on; none: no ring."""
        ring: dict[UUID, None] = {}
        above: UUID | None = key
        while above is not None and above not in ring:
            ring[above] = None
            row = own if above == key else self.rows.get(above)
            above = None if row is None else self._rule.followed(row, moment)
        return list(ring) if above == key else []


def gone_through(rule: Following, courses: Mapping[UUID, Iterable[Segment]]) -> dict[UUID, list[Segment]]:
    """Return the rows of keys in order of time, from what held of each key by itself; rows of keys that touch stay so.

    Args:
        rule: by which rows follow others.
        courses: of each key its own values, in order of time; columns that follow from others do not matter.
    """
    turns: list[tuple[int, UUID, Values | None]] = []
    for key, course in courses.items():
        end = None
        for segment in course:
            if end is not None and end != segment.valid_from:
                turns.append((end, key, None))
            turns.append((segment.valid_from, key, _bare(rule, segment.values)))
            end = segment.valid_to
        if end is not None and end != FOREVER:
            turns.append((end, key, None))
    world = World(rule)
    points: dict[UUID, list[tuple[int, Values | None]]] = defaultdict(list)
    for moment, key, own in sorted(turns, key=lambda turn: turn[0]):
        for each, row in world.turned(key, own, moment).items():
            world.put(each, row)
            points[each].append((moment, row))
    return {key: lasted(rule, segments(points[key])) for key in courses}


def lasted(rule: Following, course: list[Segment]) -> list[Segment]:
    """Return rows in order of time with what lasts from one to the next."""
    if rule.lasting is None:
        return course
    found: list[Segment] = []
    for segment in course:
        last = found[-1] if found and found[-1].valid_to == segment.valid_from else None
        more = rule.lasting.told(segment.values, segment.valid_from, last and (last.valid_from, last.values))
        found.append(segment._replace(values=segment.values | more))
    return found


def _bare(rule: Following, values: Values) -> Values:
    """Return a row without what lasts from the one before it."""
    if rule.lasting is None:
        return values
    return {name: value for name, value in values.items() if name not in rule.lasting[1:]}
