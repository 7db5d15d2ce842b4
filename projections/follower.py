"""What carries rows that follow others through a transaction: finds what is concerned, and turns or corrects it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Executable

from domain.kernel.moments import FOREVER
from projections.following import World, gone_through
from projections.met import Familiar, Line
from projections.neighbours import Neighbours
from projections.read_model import Following
from projections.round_trip import Answer, RoundTrip, round_trip
from projections.timeline import TIMES, Segment, Span, Values, correct, follow

_AT_ONCE = 500
"""Most keys in one statement."""


class Neighbourhood(NamedTuple):
    """What the database has of keys, of what follows them and of what they follow."""

    keys: Sequence[UUID]
    around: Answer
    left: Answer


class Follower:
    """Turns the rows of keys, and of what follows them, in one transaction."""

    def __init__(
        self, connection: Connection, rule: Following, neighbours: Neighbours, lines: dict[UUID, Line]
    ) -> None:
        """Take what rows follow by, and where the rows that are met are kept.

        Args:
            connection: of the views, in the transaction.
            rule: by which rows follow others.
            neighbours: finds them.
            lines: the rows of every key that was met.
        """
        self.connection, self._rule, self._neighbours = connection, rule, neighbours
        self._lines = lines
        self._world = World(rule)
        self._loaded: set[UUID] = set()
        self._left: dict[UUID, int] = {}
        self._unwritten: dict[UUID, dict[UUID, None]] = defaultdict(dict)
        """What follows a key, or did once, by rows that the database does not have yet."""
        self.familiar: Familiar | None = None
        """Of which keys the database has something, or of what follows them; None: that is not known."""

    def forget(self) -> None:
        """Forget what was met."""
        self._world = World(self._rule)
        self._loaded.clear()
        self._left.clear()
        self._unwritten.clear()

    def written(self) -> None:
        """Take note that the database has all rows."""
        if self.familiar is not None:
            self.familiar.add(self._unwritten)
        self._unwritten.clear()

    def load(self, keys: Iterable[UUID]) -> None:
        """Read the open rows of keys, of what follows them and of what all these follow, if that is still to do.

        Each key is named once.
        """
        missing = [key for key in keys if key not in self._loaded]
        known = missing if self.familiar is None else self.familiar.among(missing)
        for start in range(0, len(known), _AT_ONCE):
            with round_trip(self.connection) as trip:
                neighbours = self.ask(trip, known[start : start + _AT_ONCE])
            self.take(neighbours)
        if len(known) < len(missing):
            self._loaded.update(missing)
            for key in missing:
                if key not in self._lines:
                    self._lines[key] = Line(key)

    def ask(self, trip: RoundTrip, keys: Sequence[UUID]) -> "Neighbourhood":
        """Ask for what has to do with keys, of which none was loaded."""
        named = {"its_keys": list(keys)}
        return Neighbourhood(keys, trip.tell(self._neighbours.around, named), trip.tell(self._neighbours.left, named))

    def take(self, found: "Neighbourhood") -> None:
        """Take what was answered."""
        self._loaded.update(found.keys)
        for row in found.around.named():
            if row["key"] not in self._lines:
                span = span_of(row, without=("left",))
                self._lines[row["key"]] = Line(row["key"], span, [span])
                self._world.put(row["key"], span.values)
                self._leaves(row["key"], row["left"])
        for row in found.left.named():
            self._leaves(row["key"], row["left"])
        for key in found.keys:
            if key not in self._lines:
                self._lines[key] = Line(key)

    def turn(self, key: UUID, own: Values | None, moment: int, position: int) -> None:
        """Take note of the values that hold of a key after a fact in order of its life.

        Args:
            key: the key.
            own: its values, but for those that follow from others; None: nothing holds any more.
            moment: when the fact happened.
            position: where it stands in the log.
        """
        above = None if own is None else self._rule.followed(own, moment)
        keeps = own is not None and above is None and self._rule.above(own) is not None
        if above is None and not keeps and self._turn_alone(key, own, moment, position):
            return
        self.load((key,) if above is None or above == key else (key, above))
        alone = above is None and key not in self._left and not self._world.inside.get(key)
        changed = self._world.turned(key, own, moment)
        if not (self._began(key, moment) if alone else self._in_order(key, above, changed, moment)):
            course = _course(_live(self._rows_of([key])[key]))
            self.correct(key, _turned(course, moment, own), position)
            return
        for each, row in changed.items():
            self._turn_line(self._lines[each], row, moment, position)

    def _turn_alone(self, key: UUID, own: Values | None, moment: int, position: int) -> bool:
        """Turn the row of a key that follows nothing and that nothing follows, or ever did; return whether it is one.

        Most rows are so: it is the quick way.
        """
        if key not in self._loaded or self._world.inside.get(key) or (self._left and key in self._left):
            return False
        line = self._lines[key]
        if line.last is not None and line.last.valid_from > moment:
            return False
        self._turn_line(line, None if own is None else self._rule.told(key, own, None), moment, position)
        return True

    def _turn_line(self, line: Line, row: Values | None, moment: int, position: int) -> None:
        """Let the row of a key be followed by another one, in order of life."""
        link, former, above = self._rule.link, None, None
        if line.last is not None and (former := line.last.values[link]) is not None:
            self._leaves(former, moment)
        whole = row and self._lasting(line, row, moment)
        line.last = follow(line.last, whole, moment, position)
        if line.last is not None:
            if (above := line.last.values[link]) is not None:
                self._unwritten[above][line.key] = None
            line.spans.append(line.last)
        if former is above is None and whole is not None:
            self._world.rows[line.key] = whole  # it follows nothing, as before: the quick way
        else:
            self._world.put(line.key, whole)

    def _adds(self, key: UUID, span: Span) -> None:
        """Take note of a row that is to be added."""
        if (above := span.values[self._rule.link]) is not None:
            self._unwritten[above][key] = None

    def _lasting(self, line: Line, row: Values, moment: int) -> Values:
        """Return a row with what lasts from the one before it."""
        if self._rule.lasting is None:
            return row
        last = None if line.last is None else (line.last.valid_from, line.last.values)
        return row | self._rule.lasting.told(row, moment, last)

    def _began(self, key: UUID, moment: int) -> bool:
        """Return whether the open row of a key, if there is one, began by a moment."""
        line = self._lines.get(key)
        return line is None or line.last is None or line.last.valid_from <= moment

    def _in_order(self, key: UUID, above: UUID | None, changed: Collection[UUID], moment: int) -> bool:
        """Return whether nothing that happened later has to do with the rows that are to become others.

        What follows them and stays as it is says the same at every moment: what followed them once and is no more in
        its open row has left, and that is looked at.
        """
        if above is not None and above not in self._world.rows and self._was_there(above):
            return False
        left = self._left
        return all(self._began(each, moment) for each in (key, above, *changed) if each is not None) and all(
            left.get(each, moment) <= moment for each in changed
        )

    def _was_there(self, key: UUID) -> bool:
        """Return whether anything is known of a key that has no open row."""
        line = self._lines.get(key)
        return bool(line and line.spans) or bool(self._rows_of([key])[key])

    def correct(self, key: UUID, own: Sequence[Segment], position: int) -> None:
        """Correct the rows of a key, and of everything that ever followed it.

        Args:
            key: the key.
            own: what held of it by itself, as is known from now on.
            position: where the fact stands that changed what is known.
        """
        rows = self._rows_of(self._ever(key))
        courses = {each: _course(_live(spans)) for each, spans in rows.items()}
        courses[key] = list(own)
        self._add_above(courses)
        told = gone_through(self._rule, courses)
        for each, spans in rows.items():
            added = correct(_live(spans), told[each], position)
            for span in added:
                self._adds(each, span)
            self._met_anew(each, spans + added)

    def _ever(self, key: UUID) -> list[UUID]:
        """Return a key and those of everything that ever followed it."""
        found = ahead = {key: None}
        while ahead:
            keys = list(ahead)
            unwritten = (each for above in keys for each in self._unwritten.get(above, ()))
            written = (row["key"] for row in self._in_parts(self._neighbours.followed, keys))
            ahead = {each: None for each in (*unwritten, *written) if each not in found}
            found = found | ahead
        return list(found)

    def _rows_of(self, keys: Sequence[UUID]) -> dict[UUID, list[Span]]:
        """Return the rows of keys: those that were met as they are now, others that are not forgotten as stored."""
        met = {key: line.spans if (line := self._lines.get(key)) else [] for key in keys}
        found = {key: {(span.valid_from, span.known_from): span for span in spans} for key, spans in met.items()}
        for row in self._in_parts(self._neighbours.live, keys):
            spans, place = found[row["key"]], (row["valid_from"], row["known_from"])
            if place not in spans:
                spans[place] = span_of(row)
        return {key: list(spans.values()) for key, spans in found.items()}

    def _met_anew(self, key: UUID, spans: list[Span]) -> None:
        """Keep rows of a key as those that were met."""
        last = next((span for span in spans if span.is_open), None)
        self._lines[key] = Line(key, last, spans)
        self._world.put(key, last.values if last else None)
        for span in spans:
            if span.valid_to != FOREVER and (former := span.values[self._rule.link]) is not None:
                self._leaves(former, span.valid_to)

    def _add_above(self, courses: dict[UUID, list[Segment]]) -> None:
        """Add the courses of everything that keys ever followed."""
        while missing := [
            above
            for above in dict.fromkeys(
                self._rule.above(segment.values) for course in courses.values() for segment in course
            )
            if above is not None and above not in courses
        ]:
            courses |= {each: _course(_live(spans)) for each, spans in self._rows_of(missing).items()}

    def _leaves(self, key: UUID, moment: int | None) -> None:
        """Take note that something ceased to follow a key."""
        if moment is not None:
            self._left[key] = max(moment, self._left.get(key, moment))

    def _in_parts(self, statement: Executable, keys: Sequence[UUID]) -> Iterator[Any]:
        for start in range(0, len(keys), _AT_ONCE):
            found = self.connection.execute(statement, {"its_keys": keys[start : start + _AT_ONCE]})
            yield from found.mappings().all()


def span_of(found: Any, without: Sequence[str] = ()) -> Span:
    """Return a stored row of a read model."""
    others = {"key", *TIMES, *without}
    values = {name: value for name, value in found.items() if name not in others}
    return Span(values=values, stored=True, **{name: found[name] for name in TIMES})


def _live(spans: Iterable[Span]) -> list[Span]:
    """Return the rows that are not forgotten."""
    return [span for span in spans if span.known_to == FOREVER]


def _course(spans: Iterable[Span]) -> list[Segment]:
    """Return what held when, from rows that are not forgotten."""
    lasting = (
        Segment(each.valid_from, each.valid_to, each.values) for each in spans if each.valid_from < each.valid_to
    )
    return sorted(lasting, key=lambda segment: segment.valid_from)


def _turned(course: Sequence[Segment], moment: int, own: Values | None) -> list[Segment]:
    """Return a course in which other values hold from a moment on: nothing later is known of the key itself."""
    before = [each._replace(valid_to=min(each.valid_to, moment)) for each in course if each.valid_from < moment]
    return before if own is None else [*before, Segment(moment, FOREVER, own)]
