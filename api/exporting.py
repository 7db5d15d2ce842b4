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

**Parquet**: the columns of CSV, typed: moments in UTC, days, integers and truth values; decimal numbers as text, so
that they stay exact. A list that could not be read to its end has no footer, and no reader opens it.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import msgspec
from flask import Flask, Response, current_app, g, request
from marshmallow import Schema
from werkzeug.datastructures import MIMEAccept

from api.exporting_columns import Kind, columns_of
from api.observability import log_fault
from api.parsing import JSON
from api.refusals import NotAcceptable
from api.services import asked_now
from projections.paging import Page

NDJSON = "application/x-ndjson"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SENT = (JSON, NDJSON, CSV, PARQUET)
"""In which media types lists are sent. XLSX is there only when it is whole, so nothing is sent meanwhile, which clients
and proxies take for a dead server: it is written by `aftercare export` alone."""

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
    if "HTTP_ACCEPT" not in asked_now().environ:
        return JSON
    asked = MIMEAccept([(each.partition(";")[0].strip(), quality) for each, quality in request.accept_mimetypes])
    found = asked.best_match(g.get("media_types", SENT)) if asked else JSON
    if found is None:
        raise NotAcceptable
    return found


def encode_text(value: Any) -> str:
    """Return a value as JSON in a text."""
    return _encode(value).decode()


class Lines(Protocol):
    """How members are written."""

    content_type: str
    suffix: str
    """With which a file of them ends."""
    packed: bool
    """Whether they are compressed already."""

    @property
    def most(self) -> int | None:
        """How many there may be; None: any number."""

    def head(self) -> bytes:
        """Return what comes before the first member."""

    def line(self, member: dict[str, Any]) -> bytes:
        """Return a member."""

    def end(self, members: int, position: int) -> Iterator[bytes]:
        """Yield what comes after the last member of a list that is whole."""

    def cut(self) -> bytes:
        """Return what comes after the last member of a list that is not."""


class Ndjson:
    """One JSON object a line."""

    content_type = NDJSON
    suffix = "ndjson"
    most = None
    packed = False

    def head(self) -> bytes:
        """Return nothing."""
        return b""

    def line(self, member: dict[str, Any]) -> bytes:
        """Return a member."""
        return _encode(member) + b"\n"

    def end(self, members: int, position: int) -> Iterator[bytes]:
        """Yield the line by which it is known that nothing is missing."""
        yield _encode({"end": members, "position": position}) + b"\n"

    def cut(self) -> bytes:
        """Return nothing: the last line is missing."""
        return b""


class Csv:
    """One row a line, with a column for each field."""

    content_type = f"{CSV}; charset=utf-8; header=present"
    suffix = "csv"
    most = None
    packed = False

    def __init__(self, member: type[Schema]) -> None:
        """Take the schema of the members."""
        self._columns = columns_of(member)

    def head(self) -> bytes:
        """Return the names of the columns."""
        return _row(column.name for column in self._columns)

    def line(self, member: dict[str, Any]) -> bytes:
        """Return a member."""
        return _row(_cell(column.of(member), as_json=column.kind is Kind.JSON) for column in self._columns)

    def end(self, _members: int, _position: int) -> Iterator[bytes]:
        """Yield nothing: CSV has rows and nothing else."""
        yield from ()

    def cut(self) -> bytes:
        """Return the beginning of a cell that has no end."""
        return _CUT


def _cell(value: Any, *, as_json: bool) -> str | None:
    if value is None:
        return None
    return encode_text(value) if as_json or not isinstance(value, str) else harmless(value)


def harmless(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula; `as_it_was` takes it back."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def as_it_was(cell: str) -> str:
    """Return the text of which a harmless cell was made."""
    return cell.removeprefix("'")


def _row(cells: Iterable[str | None]) -> bytes:
    quoted = ("" if cell is None else _quoted(cell) for cell in cells)
    return (",".join(quoted) + "\r\n").encode()


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


def lines_of(media_type: str, member: type[Schema]) -> Lines:
    """Return how members are written in a media type."""
    # The libraries of tables take a moment and 80 MB to load: only in a process in which somebody asks for them.
    if media_type == PARQUET:
        from api.exporting_parquet import Parquet  # noqa: PLC0415

        return Parquet(member)
    if media_type == XLSX:
        from api.exporting_xlsx import Xlsx  # noqa: PLC0415

        return Xlsx(member)
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
    members, position = 0, 0
    try:
        yield lines.head()
        while page := read():
            piece = b"".join(lines.line(shown(item)) for item in page.items)
            members, position = members + len(page.items), page.position
            yield piece
        yield from lines.end(members, position)
    except NoPlaceForIt as error:
        lines.cut()
        raise Cut from error
    except Exception as error:
        log_fault(error, **seen)
        yield lines.cut()
        raise Cut from error
    except BaseException:  # the reader is gone, or the process is told to end
        lines.cut()
        raise


class Cut(Exception):  # noqa: N818  what happened to the list
    """A list was not read to its end; what is known of it is logged."""


class TooMany(Exception):  # noqa: N818  a sentence, as refusals are
    """A list has more members than a file of this kind can hold; nothing was written."""


class NoPlaceForIt(Exception):  # noqa: N818  a sentence, as refusals are
    """A member has a value that a file of this kind cannot hold; says where, and never the value."""


class Whole(Response):
    """A list that is taken whole."""

    automatically_set_content_length = False  # nobody knows it, also where the head alone is asked for
    pieces: Iterator[bytes] = iter(())
    """For those who take it within this process: as it is read, and `Cut` where it is not read to its end."""


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
