"""Small proposals for tests of the log, which does not look inside a body."""

from uuid import UUID, uuid4

from domain.log.contract import Expectation, NewFact, Proposal, Request

MOMENT = 1_700_000_000_000_000
"""When everything in these tests happens, in UTC microseconds."""


def new_fact(stream: UUID, *, key: UUID | None = None, body: bytes = b"{}") -> NewFact:
    """Return a fact to append; its key is fresh unless given."""
    return NewFact(key or uuid4(), stream, "equipment", "equipment.commissioned", MOMENT, body, ())


def proposal(
    stream: UUID | None = None,
    version: int | None = None,
    *,
    facts: int = 1,
    body: bytes = b"{}",
    request: Request | None = None,
) -> Proposal:
    """Return a proposal to append facts to one stream (a new one unless given), at a version if one is given."""
    stream = stream or uuid4()
    expected = (Expectation(stream, version),)
    return Proposal(tuple(new_fact(stream, body=body) for _ in range(facts)), expected, request)
