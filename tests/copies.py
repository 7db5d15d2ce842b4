"""Copies of logs in memory: made, changed, and recorded in another log."""

import io
from collections.abc import Callable, Sequence
from hashlib import sha256

from domain.log.contract import Row
from domain.log.copying import Copied, pages_of, record_copy
from domain.log.fact_lines import FactLines, heading_line, lines_of_facts
from domain.log.log import Log


def copy_of(log: Log, until: int | None = None) -> bytes:
    """Return the facts of a log, up to a position, as `aftercare export facts` writes them."""
    end = log.head().position if until is None else until
    return b"".join(lines_of_facts(heading_line(log.meta(), {}), pages_of(log, end), end))


def record(log: Log, octets: bytes, tell: Callable[[Copied], None] = lambda _: None) -> Copied:
    """Record a copy; return what became of it."""
    told = [Copied(0, 0)]

    def hear(so_far: Copied) -> None:
        told.append(so_far)
        tell(so_far)

    record_copy(log, FactLines(io.BytesIO(octets)), hear)
    return told[-1]


def signed(lines: Sequence[bytes]) -> bytes:
    """Return lines with a last one that fits them: as somebody would write them who knows how."""
    text = b"".join(lines)
    told = len(lines) - 1
    return text + b'{"end":%d,"position":%d,"sha256":"%b"}\n' % (told, told, sha256(text).hexdigest().encode())


def lasting(log: Log) -> list[Row]:
    """Return everything of a log that a copy has too."""
    return [row._replace(recorded_at=0) for row in log.rows(0, 1_000_000)]
