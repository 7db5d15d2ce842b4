"""Copies of logs: facts read from one log, in order, and recorded word for word in another one.

A copy has the bodies, positions and sequences of its log. When each fact was recorded is said by the log that holds it,
so a copy says when it was recorded *there*; what the first log said of that stays in the lines, and in backups (ADR
20).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from domain.log.codec import SEALED
from domain.log.contract import Appended, Expectation, KeyTaken, NewFact, Proposal, Row, Stale
from domain.log.fact_lines import FactLines, Told, batches
from domain.log.log import Log

PAGE = 1_000
"""Facts that are read, or recorded, at once: all of them or none."""
PAGE_BYTES = 4 * 1024 * 1024

_SEALED = f'{{"{SEALED}":'.encode()
"""Stands in a body only where something is sealed: in a text, its quotation mark would be escaped."""


class CopyRefused(Exception):  # noqa: N818  a sentence, as refusals are
    """The log does not continue as the copy says; names where. What was recorded before that stays."""


class Examined(NamedTuple):
    """What a copy is, found out before anything of it is recorded."""

    facts: int
    sealed: int
    """Facts with personal fields: shut without the vault of the log that they are from."""
    whole: bool
    """Whether its last line is there."""


class Copied(NamedTuple):
    """What became of a copy so far."""

    on_record: int
    """Facts that were on record already."""
    recorded: int


def pages_of(
    log: Log, until: int, streams: Collection[UUID] = (), types: Collection[str] = ()
) -> Iterator[Sequence[Row]]:
    """Yield the facts up to a position page by page, or those of some streams and types only."""
    after = 0
    while rows := log.page(after, PAGE, until):
        after = rows[-1].position
        yield [row for row in rows if (not streams or row.stream in streams) and (not types or row.type in types)]


def examine(lines: FactLines) -> Examined:
    """Read a whole copy and say what it is.

    Raises:
        LinesRefused: it is not one that can be relied on.
    """
    facts = sealed = 0
    for each in lines:
        facts += 1
        sealed += _SEALED in each.row.body
    return Examined(facts, sealed, lines.ending is not None)


def record_copy(log: Log, lines: Iterable[Told], tell: Callable[[Copied], None]) -> None:
    """Record the facts of a copy at their positions, in batches; what is on record already must be the same.

    Tells what became of it after each batch.

    Raises:
        CopyRefused: the log holds something else, or goes on differently.
    """
    so_far = Copied(0, 0)
    for batch in batches(lines, PAGE, PAGE_BYTES):
        first, last = batch[0].row.position, batch[-1].row.position
        known = log.rows(first - 1, len(batch), last)
        for told, row in zip(batch, known, strict=False):
            if _lasting(told.row) != _lasting(row):
                raise CopyRefused(f"position {row.position} is another fact than line {told.number} of the copy")
        if new := batch[len(known) :]:
            _append(log, new)
        so_far = Copied(so_far.on_record + len(known), so_far.recorded + len(new))
        tell(so_far)


def _lasting(row: Row) -> Row:
    """Return a row without what each log says for itself."""
    return row._replace(recorded_at=0)


def _append(log: Log, batch: Sequence[Told]) -> None:
    after = batch[0].row.position - 1
    proposal = Proposal(tuple(map(_new_fact, batch)), _expected(batch), after=after)
    match log.append(proposal):
        case Appended():
            return
        case Stale(actual) if actual:
            told = next(each for each in batch if each.row.stream == actual[0][0])
            raise CopyRefused(
                f"line {told.number} has sequence {told.row.sequence}, but its stream is at version {actual[0][1]}"
            )
        case KeyTaken(taken):
            told = next(each for each in reversed(batch) if each.row.fact_key == taken[0][0])
            raise CopyRefused(f"line {told.number} repeats a fact that is on record under the same id")
        case _:
            raise CopyRefused(
                f"other facts were recorded behind position {after} meanwhile: the log is in use, and no copy any more"
            )


def _expected(batch: Sequence[Told]) -> tuple[Expectation, ...]:
    """Return the version at which each stream must be, whose facts follow each other without a gap."""
    versions: dict[UUID, int] = {}
    expected = []
    for number, row, _ in batch:
        if row.stream not in versions:
            expected.append(Expectation(row.stream, row.sequence - 1))
        elif row.sequence != versions[row.stream] + 1:
            raise CopyRefused(f"line {number} has sequence {row.sequence} after {versions[row.stream]}")
        versions[row.stream] = row.sequence
    return tuple(expected)


def _new_fact(told: Told) -> NewFact:
    row = told.row
    return NewFact(row.fact_key, row.stream, row.kind, row.type, row.occurred_at, row.body, told.subjects)
