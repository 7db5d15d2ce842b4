"""Lists taken whole: every member, as known at one position, as lines of JSON or as CSV, however many there are.

What is sent is read page by page; between two pages nothing is held but the last place: no transaction and no
connection, however slow the reader is. A reader who goes away ends it.

**NDJSON**: one member a line, and as the last line `{"end": members, "position": position}`. A stream without that
line was cut.

**CSV** (RFC 4180, UTF-8): the first line names the columns: the fields of a member, those of a member inside it behind
a dot. Lists, and values whose shape is not fixed, stand as JSON. `null` is an empty cell, an empty text is `""`. A cell
that a spreadsheet would take for a formula, as it begins with = + - @ (or their wide forms), a tab or a line end and is
no number, has an apostrophe put before it, and so has one that begins with an apostrophe: take one away when reading. A
list that could not be read to its end ends with a quoted cell that is never closed, which no reader of CSV takes for a
row; whoever asks for `count=true` has the number of rows in the header `X-Count` before the first.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

import msgspec
from flask import Flask, current_app, g, request
from marshmallow import Schema, fields
from werkzeug.datastructures import MIMEAccept

from api.observability import log_fault
from api.parsing import JSON
from api.refusals import NotAcceptable
from projections.paging import Page

NDJSON = "application/x-ndjson"
CSV = "text/csv"

_FORMULA = re.compile("['=+\\-@＝＋－＠\\t\\r\\n]")  # noqa: RUF001  spreadsheets take the wide forms too
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]+)?")
_QUOTED = re.compile('[",\\r\\n]|^ | $|^$')
_CUT = b'"The list was cut short here.'
_QUICKLY = 1
_GZIP = 31
"""What zlib takes for a stream with the head and the tail of gzip."""

_encode = msgspec.json.Encoder(decimal_format="string").encode


def media_type_asked() -> str:
    """Return in which media type a list is to be answered.

    Raises:
        NotAcceptable: in none that there is.
    """
    asked = MIMEAccept([(each.partition(";")[0].strip(), quality) for each, quality in request.accept_mimetypes])
    found = asked.best_match([JSON, NDJSON, CSV]) if asked else JSON
    if found is None:
        raise NotAcceptable
    return found


class Lines(Protocol):
    """How members are written."""

    content_type: str
    suffix: str
    """With which a file of them ends."""

    def head(self) -> bytes:
        """Return what comes before the first member."""

    def line(self, member: dict[str, Any]) -> bytes:
        """Return a member."""

    def end(self, members: int, position: int) -> bytes:
        """Return what comes after the last member of a list that is whole."""

    def cut(self) -> bytes:
        """Return what comes after the last member of a list that is not."""


class Ndjson:
    """One JSON object a line."""

    content_type = NDJSON
    suffix = "ndjson"

    def head(self) -> bytes:
        """Return nothing."""
        return b""

    def line(self, member: dict[str, Any]) -> bytes:
        """Return a member."""
        return _encode(member) + b"\n"

    def end(self, members: int, position: int) -> bytes:
        """Return the line by which it is known that nothing is missing."""
        return _encode({"end": members, "position": position}) + b"\n"

    def cut(self) -> bytes:
        """Return nothing: the last line is missing."""
        return b""


class Column(NamedTuple):
    """A column: where its value is found in a member, and whether it stands as JSON."""

    path: tuple[str, ...]
    as_json: bool


class Csv:
    """One row a line, with a column for each field."""

    content_type = f"{CSV}; charset=utf-8; header=present"
    suffix = "csv"

    def __init__(self, member: type[Schema]) -> None:
        """Take the schema of the members."""
        self.columns = columns(member)

    def head(self) -> bytes:
        """Return the names of the columns."""
        return _row(".".join(column.path) for column in self.columns)

    def line(self, member: dict[str, Any]) -> bytes:
        """Return a member."""
        return _row(_cell(_at(member, column.path), as_json=column.as_json) for column in self.columns)

    def end(self, _members: int, _position: int) -> bytes:
        """Return nothing: CSV has rows and nothing else."""
        return b""

    def cut(self) -> bytes:
        """Return the beginning of a cell that has no end."""
        return _CUT


def columns(member: type[Schema], above: tuple[str, ...] = ()) -> list[Column]:
    """Return the columns that the fields of a schema are, in order."""
    found = []
    for name, field in member().fields.items():
        path = (*above, field.data_key or name)
        if isinstance(field, fields.Nested) and not field.many:
            found += columns(type(field.schema), path)
        else:
            as_json = isinstance(field, fields.List | fields.Nested | fields.Dict) or type(field) is fields.Raw
            found.append(Column(path, as_json))
    return found


def _at(member: Mapping[str, Any] | None, path: Sequence[str]) -> Any:
    value: Any = member
    for name in path:
        if value is None:
            return None
        value = value.get(name)
    return value


def _cell(value: Any, *, as_json: bool) -> str | None:
    if value is None:
        return None
    told = msgspec.to_builtins(value)  # ids and times are texts
    if as_json or not isinstance(told, str):
        return _encode(value).decode()
    harmless = not _FORMULA.match(told) or _NUMBER.fullmatch(told)
    return told if harmless else f"'{told}"


def _row(cells: Iterable[str | None]) -> bytes:
    quoted = ("" if cell is None else _quoted(cell) for cell in cells)
    return (",".join(quoted) + "\r\n").encode()


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


def lines_of(media_type: str, member: type[Schema]) -> Lines:
    """Return how members are written in a media type."""
    return Ndjson() if media_type == NDJSON else Csv(member)


def written(pages: Iterator[Page[Any]], lines: Lines, shown: Callable[[Any], dict[str, Any]]) -> Iterator[bytes]:
    """Return a list as it is sent, a piece for each page.

    Raises (while it is read):
        Cut: a fault of ours in the middle, which is logged.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  as Flask documents it
    seen = {name: g.get(name) for name in ("request_id", "correlation")}

    def read() -> Page[Any] | None:
        with app.app_context():  # for one page: between the pages nothing is held
            return next(pages, None)

    return _written(read, lines, shown, seen)


def _written(
    read: Callable[[], Page[Any] | None],
    lines: Lines,
    shown: Callable[[Any], dict[str, Any]],
    seen: Mapping[str, object],
) -> Iterator[bytes]:
    yield lines.head()
    members, position = 0, 0
    try:
        while page := read():
            piece = b"".join(lines.line(shown(item)) for item in page.items)
            members, position = members + len(page.items), page.position
            yield piece
    except Exception as error:  # noqa: BLE001  whatever it is, it is told the same way
        log_fault(error, **seen)
        yield lines.cut()
        raise Cut from None
    yield lines.end(members, position)


class Cut(Exception):  # noqa: N818  what happened to the list
    """A list was not read to its end; what is known of it is logged."""


def sent(pieces: Iterable[bytes], end: Callable[[], None]) -> Iterator[bytes]:
    """Yield pieces as far as they come, and call what is to follow them."""
    try:
        with suppress(Cut):  # the server would end the stream as if it were whole, and log every word
            yield from pieces
    finally:
        end()


def compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces as gzip, each to be read by itself. A list that was cut has no end as gzip either."""
    packer = zlib.compressobj(_QUICKLY, zlib.DEFLATED, _GZIP)
    for piece in pieces:
        yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
