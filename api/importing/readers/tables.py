"""The rows of one file, or of one member of an archive, in its format."""

import codecs
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from api.importing.mapping import Shape
from api.importing.readers.delimited import Delimited
from api.importing.readers.dialects import dialect_of
from api.importing.readers.faults import fault
from api.importing.readers.files import bare_name
from api.importing.readers.limits import Limits
from api.importing.readers.lines import Lines
from api.importing.readers.streams import Stream
from api.importing.readers.texts import Encoding, as_utf8, decoded, encoding_found, encoding_named
from api.importing.rows import Row, Unread

SAMPLE = 256 * 1024
"""Bytes at the beginning of a file from which is found out how it is written."""

_ENDINGS = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "ndjson": "ndjson",
    "jsonl": "ndjson",
    "json": "json",
    "xlsx": "xlsx",
}
_SEPARATORS = {"\t": "tab", " ": "blank"}


class Rows(Protocol):
    """Rows of one format."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""

    def rows(self) -> Iterator[Row | Unread]:
        """Yield the rows in order; `FileFault` where nothing more can be read."""


class Table(NamedTuple):
    """Rows, and how they are written."""

    content: Rows
    shape: Shape
    described: str


def table_of(file: str, stream: Stream, shape: Shape, limits: Limits) -> Table:
    """Return the rows of a file that is not packed.

    Raises:
        FileFault: it is empty, or cannot be read as what it is.
    """
    sample = stream.peek(SAMPLE)
    if not sample:
        if stream.broken:
            raise fault(file, 0, stream.broken.code, stream.broken.sentence)
        raise fault(file, 0, "empty-file", "The file has no bytes.")
    found = replace(shape, format=_format_of(file, sample, shape))
    return _FORMATS[found.format or "csv"](file, stream, found, limits)


def _format_of(file: str, sample: bytes, shape: Shape) -> str:
    """Return the format: what is said, what the name says, or what the file looks like."""
    ending = bare_name(file).lower().rpartition(".")[2]
    looks_like_json = sample.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:1] in (b"{", b"[")
    return shape.format or _ENDINGS.get(ending) or ("json" if looks_like_json else "csv")


def _delimited(file: str, stream: Stream, shape: Shape, limits: Limits) -> Table:
    encoding, lines, sample = _text(file, stream, shape, limits)
    for _ in range(shape.skip):
        sample = sample.partition("\n")[2]
    separator = "\t" if shape.format == "tsv" and shape.separator is None else shape.separator
    dialect = dialect_of(sample, separator, shape.quote, shape.escape)
    content = Delimited(file, lines, dialect, encoding, limits, skip=shape.skip, header=shape.header)
    found = replace(
        shape,
        encoding=encoding.name,
        separator=dialect.separator,
        quote=dialect.quote,
        escape=dialect.escape,
    )
    told = _SEPARATORS.get(dialect.separator, dialect.separator)
    described = f"CSV in {encoding}, cells separated by {told}, {len(content.columns)} columns"
    return Table(content, found, described)


def _text(file: str, stream: Stream, shape: Shape, limits: Limits) -> tuple[Encoding, Lines, str]:
    """Return the encoding of a text, its lines, and how it begins."""
    sample = stream.peek(SAMPLE)
    try:
        encoding = encoding_named(shape.encoding, sample) if shape.encoding else encoding_found(sample)
    except LookupError:
        raise fault(file, 0, "encoding-unknown", f"There is no encoding {shape.encoding}.") from None
    once = Stream(iter([sample]))
    beginning = decoded(b"".join(as_utf8(once, encoding)))[0]
    if len(sample) == SAMPLE:
        beginning = beginning[: max(beginning.rfind("\n"), beginning.rfind("\r")) + 1] or beginning
    return encoding, Lines(as_utf8(stream, encoding), limits.row, stream), beginning


_FORMATS: dict[str, Callable[[str, Stream, Shape, Limits], Table]] = {"csv": _delimited, "tsv": _delimited}
