"""What carries rows that follow others through a transaction: finds what is concerned, and turns or corrects it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Executable, Table, bindparam, func, or_, select

from domain.kernel.moments import FOREVER
from projections.following import World, gone_through
from projections.read_model import Following
from projections.timeline import TIMES, Segment, Span, Values, correct, follow

_AT_ONCE = 500
"""Most keys in one statement."""


@dataclass(slots=True)
class Line:
    """The rows of one key that were met so far."""

    key: UUID
    last: Span | None = None
    """The row without an end, if there is one."""
    spans: list[Span] = field(default_factory=list)


@dataclass(frozen=True)
class Neighbours:
    """The statements that find the rows of keys, of what follows them and of what they follow."""

    around: Executable
    """The open rows of keys, of what follows them and of what all these follow; `left` is when something left last."""
    left: Executable
    """When something last ceased to follow keys, of those that anything ever followed."""
    ever: Executable
    """The keys of everything that ever followed a key, as is known now."""
    live: Executable
    """The rows of keys that are not forgotten."""

    @classmethod
    def of(cls, rows: Table, link: str) -> "Neighbours":
        """Build the statements for the rows of a read model.

        Args:
            rows: the table, with an index by what is followed and by the end of rows.
            link: the column that has what a row follows.
        """
        its_keys: Any = bindparam("its_keys", expanding=True)
        seed, unit, item, each = rows.alias("seed"), rows.alias("unit"), rows.alias("item"), rows.alias("each_row")
        below = select(seed.c.key).where(_is_open(seed), or_(seed.c.key.in_(its_keys), seed.c[link].in_(its_keys)))
        beneath = below.cte("below", recursive=True)
        beneath = beneath.union(select(unit.c.key).join(beneath, unit.c[link] == beneath.c.key).where(_is_open(unit)))
        around = select(beneath.c.key).cte("around", recursive=True)
        over = select(item.c[link]).join(around, item.c.key == around.c.key)
        around = around.union(over.where(_is_open(item)))
        former = rows.alias("former")
        ended = (former.c.valid_to < FOREVER,)
        left = select(func.max(former.c.valid_to)).where(former.c[link] == each.c.key, *ended).scalar_subquery()
        key, first = bindparam("its_key", type_=rows.c.key.type), rows.alias("first")
        ever = select(first.c.key).where(first.c[link] == key, first.c.known_to == FOREVER).cte("ever", recursive=True)
        inner = select(unit.c.key).join(ever, unit.c[link] == ever.c.key).where(unit.c.known_to == FOREVER)
        ever = ever.union(inner)
        return cls(
            around=select(each, left.label("left")).join(around, around.c.key == each.c.key).where(_is_open(each)),
            left=select(former.c[link].label("key"), func.max(former.c.valid_to).label("left"))
            .where(former.c[link].in_(its_keys), *ended)
            .group_by(former.c[link]),
            ever=select(ever.c.key),
            live=select(rows).where(rows.c.key.in_(its_keys), rows.c.known_to == FOREVER),
        )


def _is_open(rows: Any) -> Any:
    """Return whether a row is open; in a form for which no index is used, or all open rows might be gone through."""
    return (rows.c.valid_to + 0 == FOREVER) & (rows.c.known_to == FOREVER)


class Follower:
    """Turns the rows of keys, and of what follows them, in one transaction."""

    def __init__(
        self,
        connection: Connection,
        rule: Following,
        neighbours: Neighbours,
        lines: dict[UUID, Line],
        flush: Callable[[], None],
    ) -> None:
        """Take what rows follow by, and where the rows that are met are kept.

        Args:
            connection: of the views, in the transaction.
            rule: by which rows follow others.
            neighbours: finds them.
            lines: the rows of every key that was met.
            flush: writes what of them is not written yet.
        """
        self._connection, self._rule, self._neighbours = connection, rule, neighbours
        self._lines, self._flush = lines, flush
        self._world = World(rule)
        self._loaded: set[UUID] = set()
        self._left: dict[UUID, int] = {}

    def load(self, keys: Iterable[UUID]) -> None:
        """Read the open rows of keys, of what follows them and of what all these follow, if that is still to do."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._loaded]
        if not missing:
            return
        self._loaded.update(missing)
        for found in self._in_parts(self._neighbours.around, missing):
            if found["key"] not in self._lines:
                span = span_of(found, without=("left",))
                self._lines[found["key"]] = Line(found["key"], span, [span])
                self._world.put(found["key"], span.values)
                self._leaves(found["key"], found["left"])
        unknown = [key for key in missing if key not in self._lines]
        for found in self._in_parts(self._neighbours.left, unknown):
            self._leaves(found["key"], found["left"])
        for key in unknown:
            self._lines[key] = Line(key)

    def turn(self, key: UUID, own: Values | None, moment: int, position: int) -> None:
        """Take note of the values that hold of a key after a fact in order of its life.

        Args:
            key: the key.
            own: its values, but for those that follow from others; None: nothing holds any more.
            moment: when the fact happened.
            position: where it stands in the log.
        """
        above = None if own is None else self._rule.above(own)
        self.load([key] if above is None else [key, above])
        alone = above is None and key not in self._left and not self._world.inside.get(key)
        changed = self._world.turned(key, own)
        if not (self._began(key, moment) if alone else self._in_order(key, above, changed, moment)):
            course = [Segment(each.valid_from, each.valid_to, each.values) for each in self._live_of(key)]
            self.correct(key, _turned(course, moment, own), position)
            return
        for each, row in changed.items():
            line = self._lines[each]
            if line.last is not None and (former := line.last.values[self._rule.link]) is not None:
                self._leaves(former, moment)
            whole = row and self._lasting(line, row, moment)
            line.last = follow(line.last, whole, moment, position)
            line.spans += [line.last] if line.last else []
            self._world.put(each, whole)

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
        return bool(line and line.spans) or any(self._in_parts(self._neighbours.live, [key]))

    def correct(self, key: UUID, own: Sequence[Segment], position: int) -> None:
        """Correct the rows of a key, and of everything that ever followed it.

        Args:
            key: the key.
            own: what held of it by itself, as is known from now on.
            position: where the fact stands that changed what is known.
        """
        self._flush()
        ever = self._connection.execute(self._neighbours.ever, {"its_key": key}).scalars()
        affected = list(dict.fromkeys((key, *ever)))
        live: dict[UUID, list[Span]] = {each: [] for each in affected}
        for found in self._in_parts(self._neighbours.live, affected):
            live[found["key"]].append(span_of(found))
        courses = {each: _course(spans) for each, spans in live.items()}
        courses[key] = list(own)
        self._add_above(courses)
        told = gone_through(self._rule, courses)
        for each in affected:
            added = correct(live[each], told[each], position)
            self._met_anew(each, live[each] + added)

    def _met_anew(self, key: UUID, spans: list[Span]) -> None:
        """Keep rows of a key as those that were met."""
        last = next((span for span in spans if span.valid_to == FOREVER and span.known_to == FOREVER), None)
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
            spans: dict[UUID, list[Span]] = {each: [] for each in missing}
            for found in self._in_parts(self._neighbours.live, missing):
                spans[found["key"]].append(span_of(found))
            courses |= {each: _course(found) for each, found in spans.items()}

    def _live_of(self, key: UUID) -> list[Span]:
        """Return the rows of a key that are not forgotten, in order of time."""
        self._flush()
        found = map(span_of, self._in_parts(self._neighbours.live, [key]))
        return sorted((span for span in found if span.valid_from < span.valid_to), key=lambda span: span.valid_from)

    def _leaves(self, key: UUID, moment: int | None) -> None:
        """Take note that something ceased to follow a key."""
        if moment is not None:
            self._left[key] = max(moment, self._left.get(key, moment))

    def _in_parts(self, statement: Executable, keys: Sequence[UUID]) -> Iterator[Any]:
        for start in range(0, len(keys), _AT_ONCE):
            found = self._connection.execute(statement, {"its_keys": keys[start : start + _AT_ONCE]})
            yield from found.mappings().all()


def span_of(found: Any, without: Sequence[str] = ()) -> Span:
    """Return a stored row of a read model."""
    others = {"key", *TIMES, *without}
    values = {name: value for name, value in found.items() if name not in others}
    return Span(values=values, stored=True, **{name: found[name] for name in TIMES})


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
