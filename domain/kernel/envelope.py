"""The envelope: who said a fact, when it happened and when it was recorded, for whom and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a fact was first recorded: the source (a URI) and its own id there, both kept verbatim."""

    source: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, for which organisation, and what led to it. All ids are random: nothing personal is in them."""

    actor: UUID
    organisation: UUID
    correlation: UUID
    causation: UUID | None = None


class Recorded(NamedTuple):
    """One fact as it is on record. Order of the log: `position`; order of life: `(occurred_at, position)`.

    A tuple: every fact of the log becomes one when a read model is built, and a frozen dataclass takes four times as
    long.
    """

    position: int
    sequence: int
    recorded_at: datetime
    id: UUID
    stream: StreamRef
    type: str
    version: int
    occurred_at: datetime
    actor: UUID
    organisation: UUID
    correlation: UUID
    causation: UUID | None
    subjects: tuple[StreamRef, ...]
    source: Provenance | None
    reason: str | None
    fact: Fact
