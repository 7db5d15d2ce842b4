"""In which order the demonstration is told: by the day on which somebody typed it in, which may be long after."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
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


class Tale:
    """What is told of things that have to do with each other, such as a machine and its units."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.told: list[tuple[datetime, Entry]] = []
        """Each with the moment at which it is recorded."""
        self._typed_in: datetime | None = None

    def say(self, command: Command, at: datetime, key: str, reason: str | None = None) -> UUID:
        """Tell that something happened; return the id that its first fact will have."""
        entry = Entry(command, at, Provenance(source=SOURCE, id=key), reason=reason)
        self.told.append((max(at, self._typed_in or at), entry))
        return source_key(SOURCE, key)

    @contextmanager
    def typed_in(self, at: datetime) -> Iterator[None]:
        """Let what is told meanwhile be recorded at this moment only, if it happened before."""
        self._typed_in = at
        try:
            yield
        finally:
            self._typed_in = None


def in_order(tales: Iterable[Tale]) -> list[Entry]:
    """Return everything in the order of recording; of one moment, tale after tale."""
    told = (each for tale in tales for each in tale.told)
    return [entry for _, entry in sorted(told, key=lambda each: each[0])]


def moment(text: str) -> datetime:
    """Return a moment that is written without its zone, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
