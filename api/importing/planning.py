"""Plans: what all rows of the data become by a mapping, in units that stand or fall together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Self

from api.importing.entries import Place
from api.importing.faults import MappingFault, Wrong
from api.importing.forms import as_text
from api.importing.gathering import Gathered, Kept
from api.importing.lives import Bad, Hearing, Lives, Unit
from api.importing.rows import FileFault, Finding, Row, Unread
from api.importing.sources import ALONE, Source, Told, finding
from api.importing.understood import Understood
from domain.kernel.moments import to_micros

ReadFile = Callable[[Source], Iterator[tuple[int, Row | Unread]]]
"""Yields all rows of the files of one kind, each with the number of its file."""


class Plan:
    """What the rows of the data become. Not for several threads; the lanes are, each for one."""

    def __init__(self, understood: Understood, read: ReadFile, going_on: Callable[[], None] = lambda: None) -> None:
        """Take a mapping and what reads the data; nothing is read yet.

        Args:
            understood: the mapping.
            read: reads the data.
            going_on: is called now and then while nothing is read, and may raise what ends that.
        """
        self._mapping, self._read, self._going_on = understood, read, going_on
        self._numbers = {name: number for number, name in enumerate(understood.sources)}
        self._by_number = dict(enumerate(understood.sources.values()))
        self._lives = Lives(understood)
        self._stack = ExitStack()
        self._gathered: dict[tuple[int, bool], Gathered] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop what was gathered."""
        self._stack.close()

    def shared(self) -> Iterator[Unit]:
        """Yield what is once for the whole import.

        Raises:
            MappingFault: it cannot become what it is to become.
        """
        for becoming in self._mapping.becomings[None]:
            try:
                entries = list(becoming.entries(None, self._mapping.shared))
            except Wrong as wrong:
                raise MappingFault(f"records.{becoming.number + 1}", wrong.sentence) from None
            yield Unit(entries, ())

    def lanes(self, phase: int, hear: Hearing) -> Iterator[Iterable[Unit]]:
        """Yield lanes of units: what is in one lane follows each other, lanes do not rest on each other.

        Raises:
            FileFault: a file cannot be read on.
        """
        of_phase = [each for each in self._mapping.sources.values() if each.file.phase == phase]
        keyed = [each for each in of_phase if each.name in self._mapping.keys]
        # Gathered first: a row of which even the key is not known ends the import before any row is recorded.
        gathered = self._gather(phase, keyed, hear) if keyed else None
        if others := [each for each in of_phase if each.name not in self._mapping.keys]:
            yield self._row_by_row(phase, others, hear)
        if gathered is not None:
            for key, kept in gathered.by_key():
                yield self._lives.of_key(key, [(self._by_number[each.file], each.what) for each in kept], hear)

    def _row_by_row(self, phase: int, sources: Sequence[Source], hear: Hearing) -> Iterator[Unit]:
        if self._mapping.by_time:
            for kept in self._gather(phase, sources, hear).by_time():
                yield from self._lives.of_row(self._by_number[kept.file], kept.what, ALONE, hear)
            return
        for source in sources:
            for _, row in self._read(source):
                told = self._told(source, row, hear)
                if told is not None:
                    yield from self._lives.of_row(source, told, ALONE, hear)

    def _told(self, source: Source, row: Row | Unread, hear: Hearing) -> Told | None:
        """Return what a row says; None if it does not count or cannot be understood, which is heard."""
        found = _understood(source, row)
        if isinstance(found, Bad):
            hear.wrong(source.name, found.found, found.row)
            return None
        if found is None and isinstance(row, Row):
            hear.left_out(source.name, row)
        return found

    def _gather(self, phase: int, sources: Sequence[Source], hear: Hearing) -> Gathered:
        """Return the rows of files, gathered once."""
        keyed = sources[0].name in self._mapping.keys
        if (phase, keyed) not in self._gathered:
            gathered = self._stack.enter_context(Gathered(self._going_on))
            for source in sources:
                for number, row in self._read(source):
                    self._keep(gathered, source, (number, row), hear)
            self._gathered[phase, keyed] = gathered
        return self._gathered[phase, keyed]

    def _keep(self, gathered: Gathered, source: Source, read: tuple[int, Row | Unread], hear: Hearing) -> None:
        number, row = read
        place = row.place if isinstance(row, Row) else row.finding.place
        found = _understood(source, row)
        if found is None:
            assert isinstance(row, Row)
            hear.left_out(source.name, row)
            return
        key = self._key_of(source, found)
        moment = found.says.get(source.file.moment) if isinstance(found, Told) and source.file.moment else None
        if isinstance(found, Told) and (empty := _without_place(source, place, key, moment)):
            found = Bad(row, empty)
        if isinstance(found, Bad) and (key is None or not self._mapping.whole):
            hear.wrong(source.name, found.found, found.row)
            if key is None and self._mapping.whole:
                raise FileFault(_unknown_key(found.found))
            return
        assert key is not None
        at = 0 if moment is None else to_micros(moment)
        gathered.add(key, at, Kept(self._numbers[source.name], found), number, place)

    def _key_of(self, source: Source, found: Told | Bad) -> str | None:
        """Return what a row is about, also of one that is wrong in another column; None: that is not known."""
        key = self._mapping.keys.get(source.name)
        if key is None:
            return ""
        if isinstance(found, Bad):
            if isinstance(found.row, Unread):
                return None
            context = source.as_far_as_told(found.row)
        else:
            context = found.context()
        value = key(context)
        return None if value is None else as_text(value)


def _understood(source: Source, row: Row | Unread) -> Told | Bad | None:
    """Return what a row says; None: it does not count."""
    if isinstance(row, Unread):
        return Bad(row, row.finding)
    try:
        told = source.told(row)
        return told if source.keeps(told) else None
    except Wrong as wrong:
        return Bad(row, finding(row.place, wrong))


def _without_place(source: Source, place: Place, key: str | None, moment: Any) -> Finding | None:
    """Return what is wrong with a row that cannot be put in order among others."""
    if key is None:
        return Finding(place, "empty-key", "What the row is about is empty.")
    if source.file.moment and moment is None:
        return Finding(
            place, "empty-moment", f"The column {source.file.moment} is empty, by which rows are put in order."
        )
    return None


def _unknown_key(found: Finding) -> Finding:
    sentence = (
        f"{found.sentence} It is not known what the row is about, so something may be missing from any key: no row"
        " is recorded until this one is mended or taken out."
    )
    return Finding(found.place, found.code, sentence, found.column)
