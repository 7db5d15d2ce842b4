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

from api.services import noted, services

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
_encode = msgspec.json.Encoder(enc_hook=str).encode
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
        return _encode(told).decode()


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
    _write(event, level, told)


def _write(event: str, level: int, told: dict[str, Any]) -> None:
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
    own = noted()
    own.started = time.perf_counter()
    own.request_id = services().ids.fresh()
    given = request.environ.get("HTTP_TRACEPARENT")
    trace = None if given is None else _TRACEPARENT.fullmatch(given)
    own.correlation = UUID(hex=trace[1]) if trace else own.request_id
    own.trace_flags = trace[2] if trace else "00"


def end(answer: Response) -> Response:
    """Count and log the request, and tell its ids."""
    own = noted()
    seconds = time.perf_counter() - own.started
    rule, method = request.url_rule, request.method
    route = rule.rule if rule else "(none)"
    code = own.get("error_code")
    measured = services().metrics
    measured.request(method if rule else "(none)", route, answer.status_code, seconds)
    if code:
        measured.refusal(code)
    request_id, of_request = own.request_id, own.request_id.hex
    answer.headers["X-Request-Id"] = str(request_id)
    answer.headers["traceparent"] = f"00-{own.correlation.hex}-{of_request[16:]}-{own.trace_flags}"
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
