"""Bodies of requests: read within limits, in front of everything that validates them.

Only `read(n)` is called on the input: the server's input loses lines with `readline` and by iteration.
"""

from typing import Any, BinaryIO

from flask import Request

from api.json_text import read_json
from api.refusals import BodyTooLarge, MalformedRequest, MediaTypeNotRead
from api.services import services

JSON = "application/json"
_PIECE = 64 * 1024


def json_body(request: Request, most_bytes: int, most_depth: int = 64) -> Any:
    """Return what the JSON body of a request holds.

    Raises:
        MediaTypeNotRead: the body is not announced as JSON in UTF-8.
        BodyTooLarge: it has more bytes than that; not more than so many were read.
        MalformedRequest: it ends before its announced length, or is not readable JSON.
        Overloaded: too many bodies are on their way.
    """
    if request.mimetype != JSON or request.mimetype_params.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise MediaTypeNotRead(f"Bodies are read as {JSON} in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise MediaTypeNotRead("Compressed bodies are not read.")
    with services().limits.reading():
        text = whole_body(request, most_bytes)
    return read_json(text, most_depth)


def whole_body(request: Request, most_bytes: int) -> bytes:
    """Return the body of a request. Raises as `json_body`."""
    source: BinaryIO = request.environ["wsgi.input"]
    length = announced_length(request)
    if length is not None:
        if length > most_bytes:
            raise _too_large(most_bytes)
        body = _read(source, length)
        if len(body) < length:
            raise MalformedRequest("The body ended before its announced length.", code="truncated")
        return body
    if not request.environ.get("wsgi.input_terminated"):
        return b""
    body = _read(source, most_bytes + 1)
    if len(body) > most_bytes:
        raise _too_large(most_bytes)
    return body


def announced_length(request: Request) -> int | None:
    """Return the length that the sender announced; None if he sends until he ends.

    Raises:
        MalformedRequest: it is not a number.
    """
    announced = request.environ.get("CONTENT_LENGTH") or None
    if announced is None or request.environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    if not (announced.isascii() and announced.isdigit()):
        raise MalformedRequest("Content-Length is not a number.", code="content-length")
    return int(announced)


def _read(source: BinaryIO, most: int) -> bytes:
    pieces = []
    while most > 0 and (piece := source.read(min(most, _PIECE))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _too_large(most_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"A body has at most {most_bytes} bytes here.", most_bytes=most_bytes)
