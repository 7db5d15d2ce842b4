"""Problem details (RFC 9457): every "no" becomes an answer here, and only here a refusal gets its status."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from api import refusals as api_refusals
from api.fields import faults
from api.observability import log_fault
from api.refusals import Fault, InternalFault, MalformedRequest, ShapeDiffers
from domain.kernel import refusals
from domain.kernel.refusals import Nonsense, Refusal, Unavailable
from domain.log.vault import SealBroken

PAGES = "/v1/refusals"
"""Where each refusal has its page: the `type` of a problem is an address below it."""

STATUS: Mapping[type[Refusal], int] = {
    Refusal: 409,
    Nonsense: 422,
    refusals.NotOnRecord: 404,
    refusals.VersionDiffers: 412,
    refusals.KeyReused: 422,
    api_refusals.PreconditionFailed: 412,
    MalformedRequest: 400,
    ShapeDiffers: 422,
    api_refusals.BodyTooLarge: 413,
    api_refusals.MediaTypeNotRead: 415,
    api_refusals.NotAcceptable: 406,
    api_refusals.NoSuchResource: 404,
    api_refusals.MethodNotAllowed: 405,
    api_refusals.KeyNotValid: 401,
    api_refusals.KeyExpired: 401,
    api_refusals.NotAllowed: 403,
    api_refusals.TooManyRequests: 429,
    api_refusals.CursorOfAnotherQuery: 400,
    api_refusals.CursorNotReadable: 400,
    api_refusals.SealedValueDamaged: 500,
    InternalFault: 500,
}
"""What a refusal is in HTTP; one that is not named here is what the nearest class above it is."""

UNAVAILABLE = 503
"""What every `Unavailable` is, with Retry-After and `outcome`: whether something was recorded."""

_OF_HTTP: Mapping[int, type[Refusal]] = {
    400: MalformedRequest,
    404: api_refusals.NoSuchResource,
    405: api_refusals.MethodNotAllowed,
    406: api_refusals.NotAcceptable,
    413: api_refusals.BodyTooLarge,
    415: api_refusals.MediaTypeNotRead,
    429: api_refusals.TooManyRequests,
}
_CHALLENGE = 'Bearer realm="aftercare"'
_encode = msgspec.json.Encoder(decimal_format="string", enc_hook=str).encode


def status_of(refusal: type[Refusal]) -> int:
    """Return the HTTP status of a refusal."""
    return next(STATUS[cls] for cls in refusal.__mro__ if cls in STATUS)


def problem_of(refusal: Refusal | Unavailable) -> Response:
    """Return the answer that tells a refusal."""
    if isinstance(refusal, Unavailable):
        members: dict[str, Any] = {"outcome": refusal.outcome}
        title = (type(refusal).__doc__ or "").split("\n", 1)[0]
        answer = _problem(refusal.code, title, UNAVAILABLE, refusal.detail, members)
        answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer
    status = status_of(type(refusal))
    answer = _problem(refusal.code, refusal.sentence(), status, refusal.detail, _members(refusal))
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = _CHALLENGE
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = str(refusal.facts.get("retry_after", 1))
    return answer


def told(refusal: Refusal, place: str = "") -> dict[str, Any]:
    """Return what a refusal tells, as it stands inside an answer that is none itself.

    Args:
        refusal: of a part of the request.
        place: where that part stands in the body (JSON Pointer).
    """
    return _body(refusal.code, refusal.sentence(), status_of(type(refusal)), refusal.detail, _members(refusal, place))


def _members(refusal: Refusal, place: str = "") -> dict[str, Any]:
    members = {name: _plain(value) for name, value in refusal.facts.items()}
    if refusal.accepted:
        members["accepted"] = refusal.accepted
    if errors := errors_of(refusal):
        placed = [each._replace(pointer=place + each.pointer) if each.pointer is not None else each for each in errors]
        members["errors"] = [
            {name: each for name, each in error._asdict().items() if each is not None} for error in placed
        ]
    return members


def errors_of(refusal: Refusal) -> Sequence[Fault]:
    """Return what is wrong with single values of the request."""
    if isinstance(refusal, Nonsense):
        return (Fault("/" + refusal.field, refusal.why, "nonsense"),)
    found: Sequence[Fault] = getattr(refusal, "errors", ())
    return found


def install(app: Flask) -> None:
    """Let every error of an application be answered as a problem. Call it after anything that handles errors too."""
    app.register_error_handler(Refusal, problem_of)
    app.register_error_handler(Unavailable, problem_of)
    app.register_error_handler(SealBroken, _damaged)
    app.register_error_handler(HTTPException, _of_framework)
    app.register_error_handler(Exception, _unexpected)


def _of_framework(error: HTTPException) -> Response:
    if isinstance(error, RequestRedirect) or error.response is not None:
        return error.get_response()  # type: ignore[return-value]  # Flask's class: it made the request
    messages = getattr(error, "data", {}).get("messages") if hasattr(error, "data") else None
    if messages:
        return problem_of(shape_differs(messages))
    status = error.code or 500
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(error)
    kind = _OF_HTTP.get(status, MalformedRequest)
    detail = kind.sentence()
    answer = _problem(kind.code, detail, status, detail, {"accepted": kind.accepted} if kind.accepted else {})
    allowed: Sequence[str] = getattr(error, "valid_methods", None) or ()
    if allowed:
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def shape_differs(messages: Mapping[str, Any]) -> ShapeDiffers:
    """Return the refusal for what marshmallow found, sorted by where the values stand: query, headers, json."""
    found = []
    for location, inner in messages.items():
        for fault in faults(inner):
            if location == "json":
                found.append(Fault(fault.pointer, fault.detail, code_of(fault.detail)))
            else:
                parameter = fault.pointer.lstrip("/").split("/")[0]
                found.append(Fault(None, fault.detail, code_of(fault.detail), parameter))
    return ShapeDiffers(found)


def code_of(detail: str) -> str:
    """Return the stable code of a fault of shape."""
    return {"is missing": "missing", "may not be null": "null", "is not a field of this request": "unknown"}.get(
        detail, "invalid"
    )


def undecided() -> Response:
    """Return the answer of an endpoint that forgot to ask who may have its answer: a fault of ours."""
    return _unexpected(LookupError())


def _damaged(error: SealBroken) -> Response:
    """Say which value does not open: by ids and the name of its field, which are nothing personal."""
    log_fault(error)
    stream, fact, field = error.place
    return problem_of(api_refusals.SealedValueDamaged(stream=stream, fact=str(fact), field=field))


def _unexpected(error: Exception) -> Response:
    log_fault(error)
    fault = InternalFault()
    return _problem(fault.code, fault.sentence(), 500, fault.detail, {"accepted": fault.accepted})


def _problem(code: str, title: str, status: int, detail: str, members: Mapping[str, Any]) -> Response:
    if request_id := getattr(g, "request_id", None):
        members = {"instance": f"urn:uuid:{request_id}", **members}
    body = _body(code, title, status, detail, members)
    g.error_code = code
    answer = Response(_encode(body), status, content_type="application/problem+json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _body(code: str, title: str, status: int, detail: str, members: Mapping[str, Any]) -> dict[str, Any]:
    body = {"type": f"{PAGES}/{code}", "title": title, "status": status, "detail": detail}
    return {**members, **body} if members.keys() & body.keys() else {**body, **members}


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
