"""What is met of keys while facts are applied: their states and their rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic
from uuid import UUID

from projections.read_model import State
from projections.timeline import Span, Values

_MARKS = 2**23


@dataclass(slots=True)
class Entry(Generic[State]):
    """What is known of one key while facts are applied to it."""

    key: UUID
    state: State
    newest: int | None = None
    """When the latest fact that counts happened; an earlier one is late."""
    row: Values | None = None
    """What a timeline shows of the state."""
    dirty: bool = False
    """Whether the database does not have the state so."""
    stored: bool = False
    """Whether the database has any state of the key."""
    held_up: bool = False
    """Whether facts are parked for the key: later ones wait behind them."""


@dataclass(slots=True)
class Line:
    """The rows of one key that were met so far."""

    key: UUID
    last: Span | None = None
    """The row without an end, if there is one."""
    spans: list[Span] = field(default_factory=list)


class Familiar:
    """Which keys a rebuild may have met since its first fact: of any other the database has nothing, and is not asked.

    Of a fixed size, however many keys there are: some are taken for met that were not, one in eight at a million.
    """

    def __init__(self) -> None:
        """None was met yet."""
        self._marks = bytearray(_MARKS // 8)

    def add(self, keys: Iterable[UUID]) -> None:
        """Take note of keys of which something is written: states, rows, or rows that follow them."""
        marks = self._marks
        for key in keys:
            place = key.int % _MARKS
            marks[place >> 3] |= 1 << (place & 7)

    def among(self, keys: Iterable[UUID]) -> list[UUID]:
        """Return those of the keys that may have been met."""
        marks = self._marks
        return [key for key in keys if marks[(key.int % _MARKS) >> 3] >> (key.int & 7) & 1]


def once(keys: Iterable[UUID]) -> Sequence[UUID]:
    """Return keys, each of them once. Most facts touch a single one, and hashing it takes long."""
    found = tuple(keys)
    return found if len(found) < 2 else tuple(dict.fromkeys(found))  # noqa: PLR2004
