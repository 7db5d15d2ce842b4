"""What is seen from outside: one JSON line per request and fault, ids that follow a request, never what it holds."""

import logging
import re
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from threading import RLock
from typing import Any, TextIO
from uuid import UUID

import msgspec
from flask import Flask, Response, g, has_request_context

from api.services import asked_now, noted, services

FIELDS = (
    "ts",
    "level",
    "event",
    "request_id",
    "correlation",
    "method",
    "route",
    "status",
    "duration_ms",
    "principal",
    "organisation",
    "subjects",
    "code",
    "fault",
    "where",
)
"""Everything that a line may have. Bodies, addresses with queries, names, e-mails, keys and messages are not in it."""

_KNOWN = frozenset(FIELDS)
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?")
_encode = msgspec.json.Encoder(enc_hook=str).encode
_FRAMES = 5
_QUIET = {"/healthz", "/readyz"}


class _Lines:
    """Where lines go, one JSON object each, of the fixed fields only.

    What Python's `logging` does around a line takes three times as long as the line: it looks for who wants it.
    """

    def __init__(self, stream: TextIO | None, least: int) -> None:
        """Take a stream (None: where errors go), and from which level on lines are wanted."""
        self._stream, self._least = stream, least
        self._one_by_one = RLock()  # as a line may be written while one is: what is collected meanwhile may log

    def write(self, event: str, level: int, told: Mapping[str, Any]) -> None:
        """Write one line, if it is wanted. Of what is told, what is None is left out."""
        if level < self._least:
            return
        line = {
            "ts": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": logging.getLevelName(level).lower(),
            "event": event,
            **{name: each for name, each in told.items() if each is not None and name in _KNOWN},
        }
        text = _encode(line).decode() + "\n"
        stream = self._stream or sys.stderr
        with self._one_by_one, suppress(OSError, ValueError):  # what is answered does not depend on who reads this
            stream.write(text)
            stream.flush()


class _OfLibraries(logging.Handler):
    """What libraries log is known by their name only: a message of theirs may hold anything."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line."""
        _write(record.name, record.levelno, {})


_lines = _Lines(None, logging.WARNING)


def log_to(stream: TextIO | None = None, level: str = "info") -> None:
    """Send our lines, and the warnings of libraries, to a stream; None: where errors go."""
    global _lines  # noqa: PLW0603  as the loggers of libraries are, it is of the process
    _lines = _Lines(stream, logging.getLevelNamesMapping()[level.upper()])
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if not isinstance(each, _OfLibraries)]
    root.addHandler(_OfLibraries(logging.WARNING))


def tell(event: str, level: int = logging.INFO, **told: object) -> None:
    """Write one line.

    Args:
        event: what happened: a fixed name.
        level: of the logging module.
        told: fields of `FIELDS`.
    """
    if has_request_context():
        told = {"request_id": g.get("request_id"), "correlation": g.get("correlation"), **told}
    _write(event, level, told)


def _write(event: str, level: int, told: Mapping[str, Any]) -> None:
    _lines.write(event, level, told)


def log_fault(error: BaseException, **told: object) -> None:
    """Write a line about what nobody expected: its class and where, not its message, which may hold anything."""
    error = getattr(error, "original_exception", None) or error
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    tell("fault", logging.ERROR, fault=type(error).__name__, where=where, **told)


def begin() -> None:
    """Give the request its id and find the trace it belongs to (W3C Trace Context)."""
    own = noted()
    own.started = time.perf_counter()
    own.request_id = services().ids.fresh()
    given = asked_now().environ.get("HTTP_TRACEPARENT")
    trace = None if given is None else _TRACEPARENT.fullmatch(given)
    own.correlation = UUID(hex=trace[1]) if trace else own.request_id
    own.trace_flags = trace[2] if trace else "00"


def end(answer: Response) -> Response:
    """Count and log the request, and tell its ids."""
    own, asked = noted(), asked_now()
    seconds = time.perf_counter() - own.started
    rule, method = asked.url_rule, asked.method
    route = rule.rule if rule else "(none)"
    code = own.get("error_code")
    measured = services().metrics
    measured.request(method if rule else "(none)", route, answer.status_code, seconds)
    if code:
        measured.refusal(code)
    request_id, of_request = own.request_id, own.request_id.hex
    answer.headers.add("X-Request-Id", str(request_id))
    answer.headers.add("traceparent", f"00-{own.correlation.hex}-{of_request[16:]}-{own.trace_flags}")
    if route not in _QUIET:
        asking = own.get("principal")
        _write(
            "request",
            logging.INFO,
            {
                "request_id": request_id,
                "correlation": own.correlation,
                "method": method if rule else None,
                "route": route,
                "status": answer.status_code,
                "duration_ms": round(seconds * 1000, 3),
                "principal": asking and asking.id,
                "organisation": asking and asking.organisation,
                "code": code,
            },
        )
    return answer


def install(app: Flask) -> None:
    """Let every request of an application be seen. The first to be installed: it surrounds all others."""
    app.before_request(begin)
    app.after_request(end)
