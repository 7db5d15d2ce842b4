"""Lives: the rows of one key, or a row alone, and the units of entries that they become."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, Protocol, Self

from api.importing.around import Around
from api.importing.becoming import Become
from api.importing.entries import Entry, Place
from api.importing.expressions import seen
from api.importing.faults import Wrong
from api.importing.rounding import Rounded, is_rounded, require_exact, uses_rounded
from api.importing.rows import Finding, Row, Unread
from api.importing.sources import Beside, Source, Told, finding
from api.importing.understood import Understood
from domain.kernel.moments import to_micros


class Unit(tuple[Entry, ...]):  # noqa: SLOT001  a tuple has no room for more
    """Entries that stand or fall together, in order; and the rows that they come from."""

    rows: tuple[tuple[str, Row], ...]
    """Each with the name of its kind of file."""
    records: tuple[str, ...]
    """Of each entry, the record of the mapping that made it."""

    @property
    def place(self) -> Place:
        """Where it comes from; of what comes from no row, the id of its first entry."""
        return self.rows[0][1].place if self.rows else Place(self[0].source.id, 0)

    def __new__(cls, entries: Sequence[Become], rows: Sequence[tuple[str, Row]]) -> Self:
        """Return the unit of entries, put in order."""
        ordered = sorted(entries, key=lambda each: each.order)
        unit = super().__new__(cls, (each.entry for each in ordered))
        unit.rows, unit.records = tuple(rows), tuple(each.record for each in ordered)
        return unit

    @classmethod
    def again(cls, entries: Sequence[Entry], rows: tuple[tuple[str, Row], ...], records: tuple[str, ...]) -> Self:
        """Return a unit that was kept in parts."""
        unit = super().__new__(cls, entries)
        unit.rows, unit.records = rows, records
        return unit


class Hearing(Protocol):
    """Hears what becomes of rows that become nothing."""

    def left_out(self, file: str, row: Row) -> None:
        """A row does not count, as the mapping says."""

    def looked_at(self, times: int = 1) -> None:
        """What a row becomes is being found out; in view of all rows of its key, each is looked at twice."""

    def repeats(self, file: str, row: Row) -> None:
        """A row says what another one says."""

    def wrong(self, file: str, found: Finding, row: Row | Unread) -> None:
        """A row cannot be understood, or stands beside one that cannot."""


class Bad(NamedTuple):
    """A row that could not be understood."""

    row: Row | Unread
    found: Finding


class Lives:
    """What rows become, one key after another."""

    def __init__(self, understood: Understood) -> None:
        """Take a mapping."""
        self._mapping = understood

    def of_key(self, key: str, found: Sequence[tuple[Source, Told | Bad]], hear: Hearing) -> list[Unit]:
        """Return the units of one key: one, if what becomes of a row depends on the others."""
        if bad := [what for _, what in found if isinstance(what, Bad)]:
            _all_wrong(found, bad[0].found, hear)
            return []
        rows: dict[str, list[Told]] = defaultdict(list)
        for source, told in found:
            assert isinstance(told, Told)
            told.says["key"] = told.seen["key"] = key
            rows[source.name].append(told)
        for name, told_of in rows.items():
            rows[name] = _distinct(self._mapping.sources[name], told_of, hear)
        seen_of_key = Around({name: [each.seen for each in rows[name]] for name in self._mapping.keys})
        around = Beside(seen_of_key.lists, _rounded(rows[name] for name in self._mapping.keys))
        if not self._mapping.whole:
            return [
                unit
                for name, told_of in rows.items()
                for told in told_of
                for unit in self.of_row(self._mapping.sources[name], told, around, hear)
            ]
        return self._of_all(rows, seen_of_key, around, hear)

    def _of_all(
        self, rows: Mapping[str, Sequence[Told]], seen_of_key: Around, around: Beside, hear: Hearing
    ) -> list[Unit]:
        entries: list[Become] = []
        told: Told | None = None
        try:
            for name in self._mapping.sources:
                seen_of_key.grow(name, frozenset(each for each, _ in self._mapping.derived[name]))
                for told in rows.get(name, ()):
                    self._derive(self._mapping.sources[name], told, around)
                    hear.looked_at()
            seen_of_key.changed()
            for name in self._mapping.sources:
                becomings = self._mapping.becomings[name]
                firsts = [_firsts(becoming.record.per, rows.get(name, ())) for becoming in becomings]
                for told in rows.get(name, ()):
                    hear.looked_at()
                    for becoming, first in zip(becomings, firsts, strict=True):
                        if (these := first.get(id(told))) is not None:
                            entries += becoming.entries(told, told.context(around), these)
        except Wrong as wrong:
            assert told is not None
            sources = self._mapping.sources
            counting = [(sources[name], each) for name, told_of in rows.items() for each in told_of]
            _all_wrong(counting, finding(told.place, wrong), hear)
            return []
        counted = [(name, told.row) for name, told_of in rows.items() for told in told_of]
        if not entries:
            for name, row in counted:
                hear.left_out(name, row)
            return []
        return [Unit(entries, counted)]

    def of_row(self, source: Source, told: Told, around: Beside, hear: Hearing) -> Iterator[Unit]:
        """Yield the unit of one row."""
        try:
            self._derive(source, told, around)
            context = told.context(around)
            entries = [
                each
                for becoming in self._mapping.becomings[source.name]
                for each in becoming.entries(told, context, ())
            ]
        except Wrong as wrong:
            hear.wrong(source.name, finding(told.place, wrong), told.row)
            return
        if not entries:
            hear.left_out(source.name, told.row)
            return
        hear.looked_at(2)
        yield Unit(entries, [(source.name, told.row)])

    def _derive(self, source: Source, told: Told, around: Beside) -> None:
        """Add the columns that are derived, for those that come after it too."""
        for name, expression in self._mapping.derived[source.name]:
            context = told.context(around)
            value = expression.value(context.seen)
            told.says[name], told.seen[name] = value, seen(value) if not isinstance(value, float) else value
            if not isinstance(value, float):
                require_exact(expression, value, context)
            elif uses_rounded(expression, context):
                told.says[name] = Rounded(value)
                if around.rows:
                    around.rounded.add(name)


def _rounded(rows: Iterable[Sequence[Told]]) -> set[str]:
    """Return the columns of rows that have a number in which expressions see rounded."""
    return {name for told in chain(*rows) for name, value in told.says.items() if is_rounded(value)}


def _all_wrong(found: Sequence[tuple[Source, Told | Bad]], first: Finding, hear: Hearing) -> None:
    """Tell that all rows of a key are refused, as one of them is wrong."""
    beside = f"{first.place}, of the same key is wrong: it is all or none of them."
    for source, each in found:
        if isinstance(each, Bad):
            hear.wrong(source.name, each.found, each.row)
        elif each.place == first.place:
            hear.wrong(source.name, first, each.row)
        else:
            hear.wrong(source.name, Finding(each.place, "beside-a-wrong-row", beside), each.row)


def _distinct(source: Source, told: Sequence[Told], hear: Hearing) -> list[Told]:
    """Return rows of one key of which none says what another one says."""
    if not source.file.unique:
        return list(told)
    found: dict[tuple[Any, ...], Told] = {}
    for each in told:
        same = tuple(_same(each.says[name]) for name in source.file.unique)
        known = found.setdefault(same, each)
        if known is each:
            continue
        prefer = source.file.prefer
        better = prefer is not None and known.says[prefer] is None and each.says[prefer] is not None
        hear.repeats(source.name, (known if better else each).row)
        if better:
            found[same] = each
    return list(found.values())


def _firsts(per: Sequence[str], rows: Sequence[Told]) -> dict[int, Sequence[Told]]:
    """Return all rows of each combination of columns, by which of them is the first; without columns, each row."""
    if not per:
        return {id(each): () for each in rows}
    found: dict[tuple[Any, ...], list[Told]] = defaultdict(list)
    for each in rows:
        found[tuple(_same(each.says[name]) for name in per)].append(each)
    return {id(these[0]): these for these in found.values()}


def _same(value: Any) -> tuple[Any, ...]:
    """Return what is equal for values that say the same: exactly, unlike the doubles of which expressions see some."""
    match value:
        case datetime():
            return datetime, to_micros(value)
        case list():
            return list, *map(_same, value)
        case dict():
            return dict, repr(value)
        case _:
            return type(value), value
