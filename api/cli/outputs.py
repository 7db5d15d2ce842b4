"""Where an export goes: to standard output, or to a file that bears its name only once it is whole."""

import fcntl
import glob
import gzip
import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

import click
import zstandard

STANDARD_OUTPUT = "-"
GZIP, ZSTD = ".gz", ".zst"
_PART = ".part"

Write = Callable[[bytes], object]


class CannotWrite(Exception):  # noqa: N818  a sentence, as refusals are
    """The place that was named cannot take what is written to it."""


class FileIsThere(Exception):  # noqa: N818  a sentence, as refusals are
    """There is a file already where one was to be written."""


def file_of(output: str | None) -> Path | None:
    """Return the file that was named; None for standard output."""
    return None if output is None or output == STANDARD_OUTPUT else Path(output)


def format_suffix(file: Path) -> str:
    """Return the suffix by which a file says in which format it is, without that of a compression."""
    return Path(file.stem).suffix if file.suffix in {GZIP, ZSTD} else file.suffix


def require_known(file: Path | None, formats: Collection[str]) -> None:
    """See that the ending of a file says one of some formats, or nothing.

    Raises:
        UsageError: it says another one.
    """
    suffix = format_suffix(file) if file else ""
    if suffix.removeprefix(".") not in {"", *formats}:
        known = ", ".join(f".{each}" for each in formats)
        raise click.UsageError(
            f"{suffix} is no format that is written here: let FILE end with {known}, or say --format."
        )


@contextmanager
def output_to(file: Path | None, *, force: bool) -> Iterator[Write]:
    """Give what to write with. A file is compressed as its suffix says, and is there under its name as a whole or not.

    Until then it stands beside, hidden. What was killed leaves that; the next one to the same file removes it.

    Args:
        file: where to; None: standard output.
        force: whether a file that is there may be replaced.

    Raises:
        FileIsThere: the file is there already, or is no regular file.
        CannotWrite: the disk is full, the folder is missing, or nothing may be written there.
    """
    if file is None:
        with _refusing("Standard output"):
            yield sys.stdout.buffer.write
            sys.stdout.buffer.flush()
        return
    place = file.resolve()
    _refuse_existing(place, force=force)
    beside = place.with_name(f".{place.name}.{os.getpid()}{_PART}")
    _drop_abandoned(place)
    try:
        with _refusing(str(file)):
            with beside.open("xb") as opened:
                _lock(opened)
                with _packed(opened, place.suffix) as packed:
                    yield packed.write
                opened.flush()
                os.fsync(opened.fileno())
            _refuse_existing(place, force=force)
            beside.replace(place)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _drop_abandoned(place: Path) -> None:
    """Remove what exports to the same file left that were killed: their process is gone, and nobody writes there."""
    with suppress(OSError):
        for each in place.parent.glob(f".{glob.escape(place.name)}.*{_PART}"):
            number = each.name.removesuffix(_PART).rpartition(".")[2]
            if number.isdecimal() and _is_gone(int(number)):
                with each.open("rb+") as opened:
                    if _lock(opened):
                        each.unlink()


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _lock(opened: BinaryIO) -> bool:
    """Return whether this process alone has the file now; where files cannot be locked, none has."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _refuse_existing(place: Path, *, force: bool) -> None:
    if place.exists() and not place.is_file():
        raise FileIsThere(f"{place} is no regular file; -o - writes to standard output.")
    if place.exists() and not force:
        raise FileIsThere(f"{place} is there already; --force replaces it.")


@contextmanager
def _refusing(place: str) -> Iterator[None]:
    """Tell troubles of the disk in one line; of a reader that is gone nobody need be told."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotWrite(f"{place} cannot be written: {error.strerror or error}.") from error


@contextmanager
def _packed(opened: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    if suffix == GZIP:
        with gzip.GzipFile("", "wb", fileobj=opened, mtime=0) as packed:
            yield cast("BinaryIO", packed)
    elif suffix == ZSTD:
        with zstandard.ZstdCompressor().stream_writer(opened, closefd=False) as zstd:
            yield cast("BinaryIO", zstd)
    else:
        yield opened
