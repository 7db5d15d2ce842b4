"""`aftercare import --facts`: the facts of another log, word for word."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import click
import zstandard

from api.cli.checking import require_fit
from api.cli.interrupting import interruptible
from api.cli.program import Program
from api.cli.telling import pace
from domain.log.copying import Copied, CopyRefused, Examined, examine, record_copy
from domain.log.fact_lines import FactLines, Heading, LinesRefused

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def import_facts(program: Program, file: Path, *, partial: bool, from_environment: str | None) -> None:
    """Record the facts of a copy in the log, and say what became of it.

    Raises:
        LinesRefused: the copy is not to be relied on; nothing was recorded.
        CopyRefused: the log does not go on as the copy says.
        ClickException: it was interrupted; says how much of it is on record.
    """
    if not file.is_file():
        raise click.BadParameter("it is read twice, so it must be a regular file.", param_hint="FILE")
    require_fit(program)
    copied = Copied(0, 0)

    def tell(so_far: Copied) -> None:
        nonlocal copied
        copied = so_far
        told(sum(so_far), found.facts)

    try:
        with interruptible(), pace("Importing") as told:
            heading, found = _examined(file, from_environment or program.settings.environment, partial=partial)
            with program.log() as log, _lines_of(file) as lines:
                record_copy(log, lines, tell)
    except KeyboardInterrupt:
        with program.log() as log:
            position = log.head().position
        message = f"interrupted; the log ends at position {position}. The same command goes on from here"
        raise click.ClickException(message) from None
    except (CopyRefused, LinesRefused) as refused:
        if not copied.recorded:
            raise
        raise CopyRefused(f"{refused}. {copied.recorded:,} facts before it were recorded.") from refused
    _say(copied, heading, found)


def _examined(file: Path, environment: str, *, partial: bool) -> tuple[Heading, Examined]:
    """Return what a copy is.

    Raises:
        LinesRefused: it is not to be relied on, was cut, or is of another environment than is meant.
    """
    with _lines_of(file) as lines:
        of = lines.heading.environment
        if of != environment:
            raise LinesRefused(
                f"{file} is of the environment {of!r}, not {environment!r}: if it is meant, say --from-environment {of}"
            )
        found = examine(lines)
    if not found.whole and not partial:
        raise LinesRefused(
            f"{file} was cut behind {found.facts:,} facts: its last line is missing. Nothing was recorded; "
            "--partial records what is whole"
        )
    return lines.heading, found


def _say(copied: Copied, heading: Heading, found: Examined) -> None:
    click.echo(
        f"{copied.recorded:,} facts of log {heading.log} recorded, {copied.on_record:,} on record already. "
        "As recorded they count from now; the copy keeps when they were recorded first."
    )
    if not found.whole:
        click.echo("The copy was cut: nobody can tell from it whether these facts are as they were written.", err=True)
    if found.sealed:
        click.echo(
            f"{found.sealed:,} of the facts have sealed personal fields, which only the vault of log {heading.log} "
            "opens: here they stay sealed.",
            err=True,
        )


@contextmanager
def _lines_of(file: Path) -> Iterator[FactLines]:
    """Give the lines of a copy, unpacked if they are gzip or zstd.

    Raises:
        LinesRefused: what is packed is damaged.
    """
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_ZSTD))
            opened.seek(0)
            yield FactLines(_unpacked(opened, magic))
    except (zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise LinesRefused(f"{file} is damaged: it cannot be unpacked") from error


def _unpacked(opened: BinaryIO, magic: bytes) -> BinaryIO:
    if magic.startswith(_GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=opened))
    if magic == _ZSTD:
        return io.BufferedReader(cast("io.RawIOBase", zstandard.ZstdDecompressor().stream_reader(opened)))
    return opened
