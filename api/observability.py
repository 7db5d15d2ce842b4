"""What is seen from outside: one JSON line per request and fault, ids that follow a request, never what it holds."""

import logging
import re
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO
from uuid import UUID

import msgspec
from flask import Flask, Response, g, has_request_context, request

from api.services import services

LOGGER = logging.getLogger("aftercare")
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

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?")
_FRAMES = 5
_QUIET = {"/healthz", "/readyz"}


class JsonLines(logging.Formatter):
    """One JSON object per line, of the fixed fields only."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. The message of a record of anyone else is left out: it may hold anything."""
        told: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.msg if record.name == LOGGER.name else record.name,
        }
        given: dict[str, Any] = getattr(record, "told", {})
        told |= {name: given[name] for name in FIELDS if given.get(name) is not None}
        return msgspec.json.encode(told, enc_hook=str).decode()


def log_to(stream: TextIO = sys.stderr, level: str = "info") -> None:
    """Send our lines, and the warnings of libraries, to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    LOGGER.handlers[:] = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(level.upper())


def tell(event: str, level: int = logging.INFO, **told: object) -> None:
    """Write one line.

    Args:
        event: what happened: a fixed name.
        level: of the logging module.
        told: fields of `FIELDS`.
    """
    if has_request_context():
        told = {"request_id": g.get("request_id"), "correlation": g.get("correlation"), **told}
    if LOGGER.isEnabledFor(level):
        # Made here: the logger would look through the stack for the caller, which no line tells.
        record = logging.LogRecord(LOGGER.name, level, "", 0, event, None, None)
        record.told = told
        LOGGER.handle(record)


def log_fault(error: BaseException, **told: object) -> None:
    """Write a line about what nobody expected: its class and where, not its message, which may hold anything."""
    error = getattr(error, "original_exception", None) or error
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    tell("fault", logging.ERROR, fault=type(error).__name__, where=where, **told)


def begin() -> None:
    """Give the request its id and find the trace it belongs to (W3C Trace Context)."""
    g.started = time.perf_counter()
    ids = services().ids
    g.request_id = ids.fresh()
    trace = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    g.correlation = UUID(hex=trace[1]) if trace else g.request_id
    g.trace_flags = trace[2] if trace else "00"


def end(answer: Response) -> Response:
    """Count and log the request, and tell its ids."""
    seconds = time.perf_counter() - g.started
    route = str(request.url_rule) if request.url_rule else "(none)"
    code = g.get("error_code")
    measured = services().metrics
    measured.request(request.method if request.url_rule else "(none)", route, answer.status_code, seconds)
    if code:
        measured.refusal(code)
    answer.headers["X-Request-Id"] = str(g.request_id)
    answer.headers["traceparent"] = f"00-{g.correlation.hex}-{g.request_id.hex[16:]}-{g.trace_flags}"
    if route not in _QUIET:
        asking = g.get("principal")
        tell(
            "request",
            method=request.method if request.url_rule else None,
            route=route,
            status=answer.status_code,
            duration_ms=round(seconds * 1000, 3),
            principal=asking and asking.id,
            organisation=asking and asking.organisation,
            code=code,
        )
    return answer


def install(app: Flask) -> None:
    """Let every request of an application be seen. The first to be installed: it surrounds all others."""
    app.before_request(begin)
    app.after_request(end)
