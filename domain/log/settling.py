"""What happens to each proposal of a group: pure, the same for every database."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from domain.log.contract import Answered, Appended, Head, KeyTaken, NewFact, Outcome, Proposal, Request, Stale

TWICE = 0
"""In place of a position: the key is not on record, the proposal itself names it twice."""


class Known(NamedTuple):
    """What is on record that may forbid a proposal. Streams that are left out have no facts."""

    versions: Mapping[UUID, int]
    keys: Mapping[UUID, int]
    answers: Mapping[bytes, Answered]
    head: int = 0
    """The position before the group."""


class AnsweredNow(NamedTuple):
    """A request that this group answers; its facts are counted from the first of the group."""

    request: Request
    offset: int
    size: int


class _Accepted(NamedTuple):
    offset: int
    size: int
    grown: tuple[tuple[UUID, int], ...]


class _Stale(NamedTuple):
    grown: tuple[tuple[UUID, int], ...]


class _Taken(NamedTuple):
    on_record: tuple[tuple[UUID, int], ...]
    in_group: tuple[tuple[UUID, int], ...]


_Verdict = _Accepted | _Stale | _Taken | AnsweredNow | Answered


@dataclass(slots=True)
class Settlement:
    """What of a group is to be stored, and what each caller will hear once its place in the log is known."""

    facts: list[NewFact]
    """The facts to store, in order."""
    ordinals: list[int]
    """The sequence of each fact, counted from the version of its stream before the group."""
    answered: list[AnsweredNow]
    verdicts: list[_Verdict]
    """In order of the proposals; they become outcomes once the place of the group is known."""

    @property
    def needs_keys(self) -> bool:
        """Whether a refusal is final only if all keys were looked up: a repeat is answered before it is stale."""
        return any(isinstance(verdict, _Stale | _Taken) for verdict in self.verdicts)

    def outcomes(self, before: Head, recorded_at: int, versions: Mapping[UUID, int]) -> list[Outcome]:
        """Return the outcome of each proposal.

        Args:
            before: the end of the log before the group.
            recorded_at: when the group was recorded.
            versions: of every stream that the group names, before the group.
        """
        return [_outcome(verdict, before.position, recorded_at, versions) for verdict in self.verdicts]


def streams_of(group: Iterable[Proposal]) -> list[UUID]:
    """Return every stream that a group names, each once."""
    streams: dict[UUID, None] = {}
    for proposal in group:
        for each in proposal.expected:
            streams[each.stream] = None
        for fact in proposal.facts:
            streams[fact.stream] = None
    return list(streams)


def assumed(group: Sequence[Proposal]) -> dict[UUID, int | None]:
    """Return the version at which each stream must be for its first expectation to hold; None where any will do."""
    versions: dict[UUID, int | None] = dict.fromkeys(streams_of(group))
    if len(group) == 1:
        versions.update((each.stream, each.version) for each in group[0].expected)
        return versions
    grown: Counter[UUID] = Counter()
    for proposal in group:
        for each in proposal.expected:
            if each.version is not None and versions[each.stream] is None:
                versions[each.stream] = each.version - grown[each.stream]
        grown.update(fact.stream for fact in proposal.facts)
    return versions


def settle(group: Sequence[Proposal], known: Known) -> Settlement:
    """Decide each proposal of a group as if they were appended one after another.

    Each is held first against answered requests, then against fact keys on record, then against versions.
    """
    settlement = Settlement([], [], [], [])
    grown: dict[UUID, int] = {}
    keys: dict[UUID, int] = {}
    answered: dict[bytes, AnsweredNow] = {}
    for proposal in group:
        verdict = (
            _answered(proposal.request, known, answered)
            or _taken(proposal.facts, known, keys)
            or _stale(proposal, known, grown, known.head + len(settlement.facts))
            or _accept(proposal, settlement, grown, keys)
        )
        settlement.verdicts.append(verdict)
        if proposal.request and isinstance(verdict, _Accepted):
            now = AnsweredNow(proposal.request, verdict.offset, verdict.size)
            settlement.answered.append(now)
            answered[proposal.request.key] = now
    return settlement


def _answered(
    request: Request | None, known: Known, answered: Mapping[bytes, AnsweredNow]
) -> Answered | AnsweredNow | None:
    return (known.answers.get(request.key) or answered.get(request.key)) if request else None


def _taken(facts: tuple[NewFact, ...], known: Known, keys: Mapping[UUID, int]) -> _Taken | None:
    if not known.keys and not keys and len(facts) <= 1:
        return None
    named = {fact.fact_key for fact in facts}
    on_record, in_group = known.keys.keys() & named, keys.keys() & named
    if not on_record and not in_group and len(named) == len(facts):
        return None
    order = list(dict.fromkeys(fact.fact_key for fact in facts))
    positions = [(key, known.keys[key]) for key in order if key in on_record]
    if len(named) < len(facts):
        counted = Counter(fact.fact_key for fact in facts)
        positions += [(key, TWICE) for key in order if counted[key] > 1 and key not in on_record | in_group]
    return _Taken(tuple(positions), tuple((key, keys[key]) for key in order if key in in_group))


def _stale(proposal: Proposal, known: Known, grown: Mapping[UUID, int], head: int) -> _Stale | None:
    differing = tuple(
        (each.stream, grown.get(each.stream, 0))
        for each in proposal.expected
        if each.version is not None and each.version != known.versions.get(each.stream, 0) + grown.get(each.stream, 0)
    )
    return _Stale(differing) if differing or proposal.after not in {None, head} else None


def _accept(proposal: Proposal, settlement: Settlement, grown: dict[UUID, int], keys: dict[UUID, int]) -> _Accepted:
    offset = len(settlement.facts)
    ordinals = settlement.ordinals
    for number, fact in enumerate(proposal.facts, offset):
        ordinal = grown.get(fact.stream, 0) + 1
        grown[fact.stream] = ordinal
        ordinals.append(ordinal)
        keys[fact.fact_key] = number
    settlement.facts.extend(proposal.facts)
    named = tuple((stream, grown.get(stream, 0)) for stream in streams_of((proposal,)))
    return _Accepted(offset, len(proposal.facts), named)


def _outcome(verdict: _Verdict, head: int, recorded_at: int, versions: Mapping[UUID, int]) -> Outcome:
    """Put a verdict at its place in the log."""
    match verdict:
        case _Accepted(offset, size, grown):
            first = head + offset + (1 if size else 0)
            return Appended(first, recorded_at, tuple((each, versions.get(each, 0) + more) for each, more in grown))
        case _Stale(grown):
            return Stale(tuple((each, versions.get(each, 0) + more) for each, more in grown))
        case _Taken(on_record, in_group):
            return KeyTaken(on_record + tuple((key, head + offset + 1) for key, offset in in_group))
        case AnsweredNow(request, offset, size):
            return Answered(request, head + offset + (1 if size else 0), size, recorded_at)
        case Answered():
            return verdict
