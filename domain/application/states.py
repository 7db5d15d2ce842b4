"""States: what one stream adds up to, now, as it was, or as it was known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.application.standings import BEFORE_ALL, Standings
from domain.kernel.errors import ErrorDeclared
from domain.kernel.folding import Contradiction, fold_and_check
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import KINDS, StreamRef
from domain.log.codec import happenings


@dataclass(frozen=True, slots=True, kw_only=True)
class StateAnswer:
    """The state of one stream: now, as it was, or as it was known."""

    stream: StreamRef
    state: Any
    version: int
    """Facts on record in the stream, as known then."""
    contradictions: tuple[Contradiction, ...]


def state_of(standings: Standings, stream: StreamRef, as_of: datetime | None, known_at: int | None) -> StateAnswer:
    """Return the state of a stream: now, as it was at a moment, as it was known at a position, or both.

    Raises:
        NotOnRecord: nothing had happened, or nothing was known by then.
    """
    standing = standings.current(stream) if known_at is None else None
    if standing is not None and (as_of is None or BEFORE_ALL < standing.newest <= as_of):  # all of it has happened
        if standing.version == 0:
            raise NotOnRecord
        return StateAnswer(
            stream=stream, state=standing.state, version=standing.version, contradictions=standing.contradictions
        )
    known = happenings([row for row in standings.history(stream) if known_at is None or row.position <= known_at])
    # A declaration counts from the moment it is known, whatever moment is asked for.
    lived = [
        each for each in known if as_of is None or each.occurred_at <= as_of or isinstance(each.fact, ErrorDeclared)
    ]
    kind = KINDS[stream.kind]
    folded = fold_and_check(kind, lived)
    if all(isinstance(each.fact, ErrorDeclared) for each in lived):
        raise NotOnRecord("Nothing had happened, or nothing was known of it, by then.")
    return StateAnswer(stream=stream, state=folded.state, version=len(known), contradictions=folded.contradictions)
