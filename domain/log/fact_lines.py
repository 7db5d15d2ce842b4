"""The log as lines of JSON, so that it can be read by anybody and told again word for word.

The first line says which log it is, of which environment and in which format; `only` in it says that it is a selection.
Each further line is one fact: its position, its sequence and when it was recorded, and last of all its body as it is
stored, byte for byte, between `"body":` and the last brace. The last line tells how many facts there are, the position
up to which the log was read, and the SHA-256 of everything before that line: without it the lines were cut.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import BinaryIO, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from domain.kernel.moments import from_micros, to_micros
from domain.log.codec import canonical, written_moment
from domain.log.contract import Meta, Row
from domain.log.verify_facts import NotCanonical, document_of, entries_of, faults_of

FORMAT = 1
"""The format of lines. A reader that meets another one refuses to guess."""

LONGEST = 8 * 1024 * 1024
"""Most bytes of a line."""

Shape = TypeVar("Shape")
Only = Mapping[str, Sequence[str]]
"""Which facts a selection has: names of streams, and names of types."""


class LinesRefused(Exception):  # noqa: N818  a sentence, as refusals are
    """The lines are not a copy of a log that can be relied on; says where and why."""


class Heading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the first line says."""

    aftercare: str
    environment: str
    format: int
    log: UUID
    only: dict[str, list[str]] | None = None


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the last line says."""

    end: int
    position: int
    sha256: str


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    position: int
    sequence: int
    recorded_at: datetime
    body: msgspec.Raw


class _Columns(msgspec.Struct, frozen=True):
    """What columns repeat of a body."""

    id: UUID
    occurred_at: datetime
    stream: str
    type: str


class Told(NamedTuple):
    """A fact of a copy, and the line it stands in."""

    number: int
    row: Row
    subjects: tuple[UUID, ...]


_heading = msgspec.json.Decoder(Heading).decode
_ending = msgspec.json.Decoder(Ending).decode
_line = msgspec.json.Decoder(_Line).decode
_columns = msgspec.json.Decoder(_Columns).decode


def heading_line(meta: Meta, only: Only) -> bytes:
    """Return the first line."""
    told = {"aftercare": "facts", "environment": meta.environment, "format": FORMAT, "log": str(meta.log_id)}
    return canonical({**told, **({"only": only} if only else {})}) + b"\n"


def fact_line(row: Row) -> bytes:
    """Return the line of a fact."""
    recorded = written_moment(from_micros(row.recorded_at)).encode()
    beside = b'{"position":%d,"sequence":%d,"recorded_at":"%b","body":' % (row.position, row.sequence, recorded)
    return beside + row.body + b"}\n"


def lines_of_facts(heading: bytes, pages: Iterable[Sequence[Row]], until: int) -> Iterator[bytes]:
    """Yield a copy of facts, a piece for each page.

    Raises:
        LinesRefused: a body is damaged so that it does not fit in one line.
    """
    digest, count = sha256(heading), 0
    yield heading
    for rows in pages:
        if broken := next((row for row in rows if b"\n" in row.body), None):
            raise LinesRefused(f"the body at position {broken.position} is damaged; run `aftercare verify`")
        piece = b"".join(map(fact_line, rows))
        digest.update(piece)
        count += len(rows)
        yield piece
    yield canonical({"end": count, "position": until, "sha256": digest.hexdigest()}) + b"\n"


class FactLines:
    """A copy of a log, read line by line; what is wrong with it is told by the line."""

    def __init__(self, lines: BinaryIO) -> None:
        """Read the first line.

        Raises:
            LinesRefused: it is not the first line of a copy of a log, or of another format.
        """
        self._lines, self._digest, self._number = lines, sha256(), 0
        self.ending: Ending | None = None
        """What the last line says, once it was read; None: the lines were cut."""
        self.heading = self._first()

    def __iter__(self) -> Iterator[Told]:
        """Yield the facts in order of position.

        Raises:
            LinesRefused: names the line that is not what the log wrote, or not a fact that this version knows.
        """
        before = Row(0, UUID(int=0), "", 0, UUID(int=0), "", 0, 0, b"")
        while (line := self._next()) is not None:
            if line.startswith(b'{"end":'):
                self._end(line, before.position)
                return
            told = self._told(line)
            if told.row.position != before.position + 1:
                raise self._refused(f"position {told.row.position} does not follow {before.position}")
            if told.row.recorded_at < before.recorded_at:
                raise self._refused("it was recorded before the fact that stands before it")
            self._digest.update(line)
            before = told.row
            yield told

    def _first(self) -> Heading:
        line = self._next()
        if line is None:
            raise LinesRefused("the first line is missing: the file is empty, or was cut")
        heading = self._decoded(_heading, line, "it is not the first line of a copy of facts")
        if heading.aftercare != "facts" or heading.format != FORMAT:
            raise self._refused(f"the copy is of format {heading.format}; this version reads format {FORMAT}")
        if heading.only is not None:
            raise self._refused("the copy is a selection of facts, not a log from its first fact on")
        self._digest.update(line)
        return heading

    def _end(self, line: bytes, position: int) -> None:
        ending = self._decoded(_ending, line, "it is not the last line of a copy of facts")
        if (ending.end, ending.position) != (position, position):
            raise self._refused(f"it tells of {ending.end} facts up to position {ending.position}, not {position}")
        if ending.sha256 != self._digest.hexdigest():
            raise self._refused("the lines before it are not those that were written: their digest differs")
        if self._read():
            raise LinesRefused(f"line {self._number + 1}: something follows the last line")
        self.ending = ending

    def _told(self, line: bytes) -> Told:
        told = self._decoded(_line, line, "it is not a line of a copy of facts")
        body = bytes(told.body)
        try:
            document = document_of(body)
        except NotCanonical as why:
            raise self._refused(f"the body is not as the log writes it: {why}") from None
        said = self._decoded(_columns, body, "the body is not that of a fact")
        kind, _, stream = said.stream.partition(":")
        try:
            times = to_micros(said.occurred_at), to_micros(told.recorded_at)
            row = Row(told.position, UUID(stream), kind, told.sequence, said.id, said.type, *times, body)
        except (ValueError, TypeError):
            raise self._refused("the body names no stream, or a time has no zone") from None
        if fact_line(row) != line:
            raise self._refused("it is not written as the log writes it")
        if finding := next(iter(faults_of(row, document, None)), None):
            raise self._refused(f"{finding.fault}: {finding.detail}")
        return Told(self._number, row, tuple(each.subject for each in entries_of(row, document)))

    def _next(self) -> bytes | None:
        """Return the next line with its end; None after the last one that is whole."""
        line = self._read()
        if len(line) > LONGEST:
            raise LinesRefused(f"line {self._number + 1}: it is longer than {LONGEST:,} bytes")
        if not line.endswith(b"\n"):
            return None
        self._number += 1
        return line

    def _read(self) -> bytes:
        try:
            return self._lines.readline(LONGEST + 1)
        except EOFError:  # what is packed was cut
            return b""

    def _decoded(self, decode: Callable[[bytes], Shape], line: bytes, otherwise: str) -> Shape:
        try:
            return decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._refused(otherwise) from None

    def _refused(self, why: str) -> LinesRefused:
        return LinesRefused(f"line {self._number}: {why}")


def batches(told: Iterable[Told], most: int, most_bytes: int) -> Iterator[list[Told]]:
    """Yield facts in batches of at most so many, and of no more bytes than one fact beyond."""
    batch: list[Told] = []
    size = 0
    for each in told:
        batch.append(each)
        size += len(each.row.body)
        if len(batch) == most or size >= most_bytes:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
