"""What is met of keys while facts are applied: their states and their rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic
from uuid import UUID

from projections.read_model import State
from projections.timeline import Span, Values


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
    held_up: bool = False
    """Whether facts are parked for the key: later ones wait behind them."""


@dataclass(slots=True)
class Line:
    """The rows of one key that were met so far."""

    key: UUID
    last: Span | None = None
    """The row without an end, if there is one."""
    spans: list[Span] = field(default_factory=list)


def once(keys: Iterable[UUID]) -> Sequence[UUID]:
    """Return keys, each of them once. Most facts touch a single one, and hashing it takes long."""
    found = tuple(keys)
    return found if len(found) < 2 else tuple(dict.fromkeys(found))  # noqa: PLR2004
