"""What refolding reads: all facts that concern a key, and which of them are declared wrong, as known at a position."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from domain.kernel.envelope import Recorded
from domain.kernel.errors import ErrorDeclared
from domain.kernel.moments import to_micros
from domain.log.codec import decode
from domain.log.contract import Row
from projections.round_trip import Plain, RoundTrip
from projections.statements import MOST_NAMED
from projections.views import adding_new, declaration, mention

_PAGE = 1_000

_DECLARED, _MENTIONED = Plain(adding_new(declaration)), Plain(adding_new(mention))
_ALL_NAMED = select(mention.c.fact, mention.c.position).where(mention.c.corrects.is_(None))
_NAMED = _ALL_NAMED.where(mention.c.fact.in_(bindparam("ids", expanding=True)))


class Source(Protocol):
    """What is read of the log."""

    def concerning(
        self, subject: UUID, after: tuple[int, int] = ..., limit: int = ..., until: int | None = None
    ) -> list[Row]:
        """Return rows of a stream and rows that name it, by (occurred_at, position)."""

    def by_keys(self, keys: Sequence[UUID]) -> dict[UUID, Row]:
        """Return the rows on record under these fact keys."""


class Declarations(NamedTuple):
    """The error declarations of one stream, in order of position, as known at some position."""

    wrong_facts: dict[UUID, UUID]
    """What each declaration says to be wrong."""

    def standing(self) -> dict[UUID, UUID]:
        """Return the facts that are declared wrong, each with the first declaration of it that stands."""
        wrong: dict[UUID, UUID] = {}
        for declared, fact in reversed(self.wrong_facts.items()):
            if declared not in wrong:
                wrong[fact] = declared
        return wrong

    def root(self, declared: UUID) -> UUID:
        """Return the fact that a declaration is about in the end, through declarations of declarations."""
        seen = set()
        while declared in self.wrong_facts and declared not in seen:
            seen.add(declared)
            declared = self.wrong_facts[declared]
        return declared


class Lived(NamedTuple):
    """A fact of a key's past, and the declaration that holds it wrong."""

    recorded: Recorded
    wrong_by: UUID | None

    @property
    def counts(self) -> bool:
        """Whether the fact adds to the state."""
        return self.wrong_by is None and not isinstance(self.recorded.fact, ErrorDeclared)


class Past:
    """The past of keys, read from the log and the error declarations met so far."""

    def __init__(self, log: Source, connection: Connection) -> None:
        """Take the log, and the views database in the transaction that is under way."""
        self._log = log
        self._connection = connection

    def declarations(self, stream: UUID, until: int) -> Declarations:
        """Return the error declarations of a stream up to a position."""
        query = (
            select(declaration.c.id, declaration.c.wrong_fact)
            .where(declaration.c.stream == stream, declaration.c.position <= until)
            .order_by(declaration.c.position)
        )
        return Declarations({each.id: each.wrong_fact for each in self._connection.execute(query)})

    def declared_wrong(self, declared: Recorded) -> Recorded | None:
        """Return the fact that a declaration is about in the end, if it is on record before it in the same stream."""
        root = self.declarations(declared.stream.id, declared.position).root(declared.id)
        row = self._log.by_keys([root]).get(root)
        if row is None or row.position >= declared.position or row.stream != declared.stream.id:
            return None
        return decode(row)

    def concerning(self, key: UUID, until: int) -> Iterator[Recorded]:
        """Yield the facts of a stream and those that name it, up to a position, in order of life."""
        after = (-(2**63), 0)
        while page := self._log.concerning(key, after, _PAGE, until):
            yield from map(decode, page)
            after = (page[-1].occurred_at, page[-1].position)
            if len(page) < _PAGE:
                return

    def lived(self, key: UUID, facts: Iterable[Recorded], until: int) -> list[Lived]:
        """Return facts of a key in order of life, with what is declared of them, also in other streams that name it."""
        known = list(facts)
        streams = {stream: self.declarations(stream, until) for stream in {fact.stream.id: None for fact in known}}
        known += self._from_elsewhere(key, known, streams)
        wrong: dict[UUID, dict[UUID, UUID]] = {stream: each.standing() for stream, each in streams.items()}
        lived = [Lived(fact, wrong[fact.stream.id].get(fact.id)) for fact in known]
        return sorted(lived, key=lambda each: (to_micros(each.recorded.occurred_at), each.recorded.position))

    def _from_elsewhere(
        self, key: UUID, known: Iterable[Recorded], streams: dict[UUID, Declarations]
    ) -> Iterator[Recorded]:
        """Yield the declarations about facts of other streams: they do not name the key themselves."""
        named = {(fact.stream.id, fact.id) for fact in known if fact.stream.id != key}
        declared = [
            each
            for stream, declarations in streams.items()
            for each in declarations.wrong_facts
            if (stream, each) not in named and (stream, declarations.root(each)) in named
        ]
        return map(decode, self._log.by_keys(declared).values()) if declared else iter(())


def note_declarations(trip: RoundTrip, facts: Iterable[Recorded]) -> None:
    """Remember the error declarations among facts, whatever read model they touch. Safe to repeat."""
    for each in facts:
        if isinstance(fact := each.fact, ErrorDeclared):
            found = {"id": each.id, "stream": each.stream.id, "position": each.position, "wrong_fact": fact.wrong_fact}
            trip.tell(_DECLARED, found)
            named = dict.fromkeys(fact.corrected_by, fact.wrong_fact) | {fact.wrong_fact: None}
            for name, corrects in named.items():
                said = {"fact": name, "declaration": each.id, "position": each.position, "corrects": corrects}
                trip.tell(_MENTIONED, said)


def named_before(connection: Connection, facts: Sequence[Recorded]) -> frozenset[UUID]:
    """Return which of the facts an error declaration named as wrong before they were on record themselves."""
    ids = [fact.id for fact in facts]
    few = connection.execute(_ALL_NAMED.limit(len(ids) + 1)).all()
    if len(few) <= len(ids):
        return before_themselves(facts, ((each.fact, each.position) for each in few))
    parts = [ids[start : start + MOST_NAMED] for start in range(0, len(ids), MOST_NAMED)]
    mentions = [(each.fact, each.position) for part in parts for each in connection.execute(_NAMED, {"ids": part})]
    return before_themselves(facts, mentions)


def before_themselves(facts: Sequence[Recorded], mentions: Iterable[tuple[UUID, int]]) -> frozenset[UUID]:
    """Return which of the facts are mentioned at a position before their own."""
    positions = {fact.id: fact.position for fact in facts}
    return frozenset(fact for fact, position in mentions if position < positions.get(fact, 0))
