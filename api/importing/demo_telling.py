"""In which order the demonstration is told: by the day on which somebody typed it in, which may be long after."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from api.importing.entries import Entry
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.kernel.ids import source_key

SOURCE = "urn:aftercare:demo"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGIN = datetime(2023, 7, 1, 6, tzinfo=UTC)
END = datetime(2026, 6, 30, 18, tzinfo=UTC)
"""Fixed, so that the fleet is the same on every day; whatever is recorded by hand comes after it."""

Stage = list[list[Entry]]
"""Lanes that rest on nothing in each other."""


class Tale:
    """What is told of things that have to do with each other, such as a machine and its units."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._told: list[tuple[datetime, Entry]] = []
        self._typed_in: datetime | None = None

    def say(self, command: Command, at: datetime, key: str, reason: str | None = None) -> UUID:
        """Tell that something happened; return the id that its first fact will have."""
        entry = Entry(command, at, Provenance(source=SOURCE, id=key), reason=reason)
        self._told.append((max(at, self._typed_in or at), entry))
        return source_key(SOURCE, key)

    @contextmanager
    def typed_in(self, at: datetime) -> Iterator[None]:
        """Let what is told meanwhile be recorded at this moment only, if it happened before."""
        self._typed_in = at
        try:
            yield
        finally:
            self._typed_in = None

    def between(self, begin: datetime, end: datetime) -> list[Entry]:
        """Return what is recorded within a time, in the order of recording."""
        told = sorted(self._told, key=lambda each: each[0])
        return [entry for typed_in, entry in told if begin <= typed_in < end]


def in_stages(shared: Tale, others: Iterable[Tale], borders: list[datetime]) -> list[Stage]:
    """Return everything in stages that are to be recorded one after another.

    For each time between two borders there is one with what is shared, and one with all else, side by side: so the
    same facts are on record at the end of each stage in every run.
    """
    tales = list(others)
    times = [(lanes, begin, end) for begin, end in pairwise(borders) for lanes in ([shared], tales)]
    stages = ([tale.between(begin, end) for tale in lanes] for lanes, begin, end in times)
    return [[lane for lane in stage if lane] for stage in stages if any(stage)]


def moment(text: str) -> datetime:
    """Return a moment that is written without its zone, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
