"""What the log promises, in the plainest words: the model that real stores are held to."""

from dataclasses import dataclass, field
from uuid import UUID

from domain.log.contract import Answered, Appended, KeyTaken, Outcome, Proposal, Stale

Answer = tuple[object, ...]


@dataclass
class PlainLog:
    """One proposal after another against dictionaries."""

    position: int
    versions: dict[UUID, int] = field(default_factory=dict)
    positions: dict[UUID, int] = field(default_factory=dict)
    answers: dict[bytes, Answer] = field(default_factory=dict)
    rows: list[tuple[int, UUID, int, UUID]] = field(default_factory=list)

    def append(self, proposal: Proposal) -> Answer:
        request = proposal.request
        if request and request.key in self.answers:
            return self.answers[request.key]
        keys = [fact.fact_key for fact in proposal.facts]
        taken = {key: self.positions.get(key, 0) for key in keys if key in self.positions or keys.count(key) > 1}
        if taken:
            return "taken", taken
        expected = {each.stream: each.version for each in proposal.expected}
        stale = {
            stream: self.versions.get(stream, 0)
            for stream, version in expected.items()
            if version is not None and version != self.versions.get(stream, 0)
        }
        if stale:
            return "stale", stale
        first = self.position + 1 if proposal.facts else self.position
        for fact in proposal.facts:
            self.position += 1
            self.versions[fact.stream] = self.versions.get(fact.stream, 0) + 1
            self.positions[fact.fact_key] = self.position
            self.rows.append((self.position, fact.stream, self.versions[fact.stream], fact.fact_key))
        if request:
            self.answers[request.key] = ("answered", request, first, len(proposal.facts))
        named = {*expected, *(fact.stream for fact in proposal.facts)}
        return "appended", first, {stream: self.versions.get(stream, 0) for stream in named}


def comparable(outcome: Outcome) -> Answer:
    """Return an outcome without its times, and without an order where none is promised."""
    match outcome:
        case Appended(first, _, versions):
            return "appended", first, dict(versions)
        case Stale(actual):
            return "stale", dict(actual)
        case KeyTaken(taken):
            return "taken", dict(taken)
        case Answered(request, first, count, _):
            return "answered", request, first, count
