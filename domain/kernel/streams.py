"""Streams: one immutable line of facts per thing, and the rules by which its state follows from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from domain.kernel.refusals import Refusal

State = TypeVar("State")


Course = Sequence[tuple[datetime, Any]]
"""States of one stream from a moment on, each with when it began; the last one is still so."""


class StreamRef(NamedTuple):
    """The name of one stream: its kind and its id."""

    kind: str
    id: UUID

    def __str__(self) -> str:
        """Return the stream as it is written in bodies and addresses: `equipment:0190…`."""
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "StreamRef":
        """Return the stream that a text names.

        Raises:
            ValueError: the text is not `<kind>:<uuid>` in its canonical form, or the kind is unknown.
        """
        kind, _, written = text.partition(":")
        stream = cls(kind, UUID(written))
        if kind not in KINDS or str(stream) != text:
            raise ValueError("a stream is written <kind>:<uuid>")
        return stream


@dataclass(frozen=True, slots=True)
class StreamKind(Generic[State]):
    """How the facts of one kind of stream add up to a state, and which may follow which.

    `evolve` and `check` are pure and total: (state, fact, when it happened). `check` returns the refusal that
    forbids the fact in that state, or None; it serves new facts, late facts and the search for contradictions.
    """

    kind: str
    initial: State
    evolve: Callable[[State, Any, datetime], State]
    check: Callable[[State, Any, datetime], Refusal | None]
    begun: Callable[[State], bool] | None = None
    """Whether the thing itself is on record, so that others may name it; without one, whatever counts will do."""
    reserves: bool = False
    """Its facts follow from others and hold whenever those happened: it is looked at as it stands, not as it was."""

    def names(self, state: State) -> bool:
        """Return whether a stream in this state may be named by a command."""
        return self.begun(state) if self.begun else state != self.initial


KINDS: dict[str, StreamKind[Any]] = {}
"""Every kind of stream by its name."""


def stream_kind(kind: StreamKind[State]) -> StreamKind[State]:
    """Register a kind of stream.

    Raises:
        TypeError: the name is taken.
    """
    if KINDS.setdefault(kind.kind, kind) is not kind:
        raise TypeError(f"{kind.kind} is declared twice")
    return kind
