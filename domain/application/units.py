"""Units: entries that stand or fall together, and what becomes of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.kernel.facts import Fact
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import fact_id_of
from domain.log.contract import NewFact

MOST_FACTS = 1_000
MOST_BYTES = 4 * 1024 * 1024
"""What one append takes; a larger unit goes in several."""


class Entry(Protocol):
    """A command that outside records or a generator tell: recorded once for ever by its source."""

    @property
    def command(self) -> Command:
        """What is told."""

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""

    @property
    def source(self) -> Provenance:
        """Where it was recorded first."""

    @property
    def reason(self) -> str | None:
        """Why, as a code."""


Unit = Sequence[Entry]
"""Entries that stand or fall together, in the order in which they are decided."""

AnyUnit = TypeVar("AnyUnit", bound=Unit)


class Said(NamedTuple):
    """A fact that was recorded of a unit."""

    entry: int
    """Which entry it is of, the first being 0."""
    stream: StreamRef
    fact: Fact


class Booked(NamedTuple):
    """The unit is on record now."""

    facts: tuple[Said, ...]
    """What was recorded, in order; what of the unit was on record before is left out."""
    position: int
    """Everything up to this position of the log is part of what its caller may expect to read."""


class Repeated(NamedTuple):
    """All that the unit says is on record already; nothing was recorded."""


class Refused(NamedTuple):
    """A rule forbids one of the entries; nothing of the unit was recorded."""

    number: int
    """Which entry, the first being 0."""
    refusal: Refusal


Outcome = Booked | Repeated | Refused


class Weighed(NamedTuple):
    """What a unit comes to: each of its entries that says something new, as facts ready to be appended."""

    outcome: Outcome
    entries: list[list[NewFact]]
    facts: int
    """How many they are."""
    size: int
    """Bytes of their bodies."""


def first_keys(unit: Unit) -> list[UUID]:
    """Return the ids of the first facts of entries: by them a repeat is known."""
    return [fact_id_of(entry.source, 0) for entry in unit]


class Keyed(NamedTuple, Generic[AnyUnit]):
    """A unit, and the ids of the first facts of its entries: they are made once on its way to the log."""

    unit: AnyUnit
    keys: list[UUID]

    @classmethod
    def of(cls, unit: AnyUnit) -> "Keyed[AnyUnit]":
        """Return a unit with its keys."""
        return cls(unit, first_keys(unit))


def parts_of(entries: Sequence[list[NewFact]]) -> Iterator[list[NewFact]]:
    """Yield facts in portions of what one append takes; those of one entry stay together."""
    part: list[NewFact] = []
    size = 0
    for entry in entries:
        added = size_of(entry)
        if part and (len(part) + len(entry) > MOST_FACTS or size + added > MOST_BYTES):
            yield part
            part, size = [], 0
        part += entry
        size += added
    if part:
        yield part


def size_of(facts: Sequence[NewFact]) -> int:
    """Return the bytes of the bodies of facts."""
    return sum(len(fact.body) for fact in facts)
