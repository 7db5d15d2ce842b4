"""The rows of one file, or of one member of an archive, in its format."""

import codecs
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple, Protocol

from msgspec.structs import replace

from api.importing.mapping import Shape
from api.importing.readers.binary import kind_of_binary
from api.importing.readers.delimited import Delimited
from api.importing.readers.dialects import dialect_of
from api.importing.readers.documents import Document
from api.importing.readers.faults import fault
from api.importing.readers.files import bare_name
from api.importing.readers.limits import Limits
from api.importing.readers.lines import Lines
from api.importing.readers.objects import LineTexts, MemberTexts, Objects
from api.importing.readers.packed import packing_of
from api.importing.readers.rejected import FIRST, HEAD, Rejected, positions, shape_of_rejects
from api.importing.readers.sheets import Sheet
from api.importing.readers.streams import Counted, Stream
from api.importing.readers.texts import Encoding, as_utf8, decoded, encoding_found, encoding_named
from api.importing.readers.workbooks import is_workbook
from api.importing.rows import Row, Unread

_ENDINGS = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "ndjson": "ndjson",
    "jsonl": "ndjson",
    "json": "json",
    "xlsx": "xlsx",
}
_LINES = re.compile(rb"\s*\{[^\r\n]*\}[ \t]*[\r\n]+\s*\{")
"""A file that is called JSON, and holds one object a line."""
_LINE_END = re.compile("\r\n|\n|\r")
_MOST_ROWS = 200
"""Whose names are the columns of a file without a header."""
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
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

    file: str
    content: Rows
    shape: Shape
    described: str
    typed: bool
    """Whether cells may be more than text."""


def table_of(file: str, stream: Stream, shape: Shape, limits: Limits, source: Counted) -> Table:
    """Return the rows of a file that is not packed, or no longer.

    Raises:
        FileFault: it is empty, or cannot be read as what it is.
    """
    sample = stream.peek(limits.sample)
    if not sample:
        if stream.broken:
            raise fault(file, 0, stream.broken.code, stream.broken.sentence)
        raise fault(file, 0, "empty-file", "The file has no bytes.")
    # Rejects are written in one way, whatever the rows in them came from; of packed ones it shows only now.
    if rejects := shape_of_rejects(sample[:HEAD]):
        shape, limits = rejects, limits._replace(cell=limits.row, row=4 * limits.row)
    if packing_of(sample) == "zip":
        return sheet_of(file, _held(file, stream, limits), shape, limits, source)
    if packing_of(sample) != "none":
        raise fault(file, 0, "packed-twice", "It is packed inside of what is packed; unpack it first.")
    if sample.startswith(_OLE):
        raise fault(file, 0, "not-xlsx", "It is an old workbook, or one with a password; save it as XLSX without one.")
    if kind := kind_of_binary(sample):
        raise fault(file, 0, "no-rows", f"It is {kind}; rows are read from CSV, TSV, NDJSON, JSON and XLSX.")
    found = replace(shape, format=_format_of(file, sample, shape))
    if found.format == "xlsx":
        raise fault(file, 0, "not-xlsx", "It is called a workbook and is none.")
    return _FORMATS[found.format or "csv"](file, stream, found, limits)


def sheet_of(file: str, workbook: BinaryIO, shape: Shape, limits: Limits, source: Counted) -> Table:
    """Return the rows of a sheet.

    Raises:
        FileFault: it is no workbook, or has no such sheet.
    """
    content = Sheet(file, workbook, source, shape, limits)
    others = f" (not {', '.join(content.others)})" if content.others else ""
    described = f"XLSX, sheet {content.name}{others}, {_columns(content.columns)}"
    return Table(file, content, replace(shape, format="xlsx", sheet=content.name), described, typed=True)


def _held(file: str, stream: Stream, limits: Limits) -> BinaryIO:
    """Return a workbook that stands in something packed, which can be read in one direction only, in memory."""
    held = io.BytesIO()
    while piece := stream.read():
        held.write(piece)
        if held.tell() > limits.held:
            sentence = f"A packed workbook may have {limits.held} bytes; unpack it first."
            raise fault(file, 0, "unpacks-to-too-much", sentence)
    if stream.broken:
        raise fault(file, 0, stream.broken.code, stream.broken.sentence)
    if zipfile.is_zipfile(held) and not is_workbook(held):
        raise fault(file, 0, "zip-in-zip", "It is an archive inside of what is packed; unpack it first.")
    return held


def _format_of(file: str, sample: bytes, shape: Shape) -> str:
    """Return the format: what is said, what the name says, or what the file looks like."""
    ending = bare_name(file).lower().rpartition(".")[2]
    looks_like_json = sample.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:1] in (b"{", b"[")
    return shape.format or _ENDINGS.get(ending) or ("json" if looks_like_json else "csv")


def _delimited(file: str, stream: Stream, shape: Shape, limits: Limits) -> Table:
    encoding, pieces, beginning = _text(file, stream, shape, limits)
    sample = decoded(beginning)[0]
    if shape.skip:
        sample = "".join(_LINE_END.split(sample, shape.skip)[shape.skip :])
    separator = "\t" if shape.format == "tsv" and shape.separator is None else shape.separator
    dialect = dialect_of(sample, separator, shape.quote, shape.escape)
    lines = Lines(pieces, limits.row, stream)
    if shape_of_rejects(stream.peek(HEAD)):
        wider = limits._replace(columns=limits.columns + len(FIRST) + 3)
        rejected = Rejected(Delimited(file, lines, dialect, encoding, wider, named=positions))
        return Table(file, rejected, shape, f"rejects, {_columns(rejected.columns)}", rejected.typed)
    content = Delimited(file, lines, dialect, encoding, limits, skip=shape.skip, header=shape.header)
    found = replace(
        shape,
        encoding=encoding.name,
        separator=dialect.separator,
        quote=dialect.quote,
        escape=dialect.escape,
    )
    told = _SEPARATORS.get(dialect.separator, dialect.separator)
    described = f"CSV in {encoding}, cells separated by {told}, {_columns(content.columns)}"
    return Table(file, content, found, described, typed=False)


def _text(file: str, stream: Stream, shape: Shape, limits: Limits) -> tuple[Encoding, Iterator[bytes], bytes]:
    """Return the encoding of a text, its pieces in UTF-8, and how it begins: whole lines, if there are any."""
    sample = stream.peek(limits.sample)
    try:
        guessing = shape.format not in ("json", "ndjson")
        encoding = (
            encoding_named(shape.encoding, sample) if shape.encoding else encoding_found(sample, guessing=guessing)
        )
    except LookupError:
        raise fault(file, 0, "encoding-unknown", f"There is no encoding {shape.encoding}.") from None
    beginning = b"".join(as_utf8(Stream(iter([sample])), encoding))
    if len(sample) == limits.sample:
        beginning = beginning[: max(beginning.rfind(b"\n"), beginning.rfind(b"\r")) + 1] or beginning
    return encoding, as_utf8(stream, encoding), beginning


def _objects(file: str, stream: Stream, shape: Shape, limits: Limits) -> Table:
    encoding, pieces, sample = _text(file, stream, shape, limits)
    if shape.format == "json" and not shape.members and _LINES.match(sample):
        shape = replace(shape, format="ndjson")
    texts, first = _texts(pieces, stream, shape, limits), _texts(iter([sample]), Stream(iter(())), shape, limits)
    content = Objects(file, texts, islice(first, _MOST_ROWS), limits)
    place = f" under {shape.members}" if shape.members else ""
    kind = "one JSON object a line" if shape.format == "ndjson" else f"JSON, a list of objects{place}"
    described = f"{kind}, in {encoding}, {_columns(content.columns)}"
    return Table(file, content, replace(shape, encoding=encoding.name), described, typed=True)


def _texts(pieces: Iterator[bytes], stream: Stream, shape: Shape, limits: Limits) -> LineTexts | MemberTexts:
    if shape.format == "ndjson":
        return LineTexts(Lines(pieces, limits.row, stream), shape.skip)
    return MemberTexts(Document(pieces, limits.row, lambda: stream.broken), shape.members)


def _columns(columns: Sequence[str]) -> str:
    return f"{len(columns)} column{'' if len(columns) == 1 else 's'}"


_FORMATS: dict[str, Callable[[str, Stream, Shape, Limits], Table]] = {
    "csv": _delimited,
    "tsv": _delimited,
    "ndjson": _objects,
    "json": _objects,
}
