"""What the OpenAPI document says of an endpoint: what it takes, what it answers, and every refusal it can give."""

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import INCLUDE, Schema, fields
from werkzeug.http import HTTP_STATUS_CODES

from api import refusals as api_refusals
from api.conditions import PositionNotReached
from api.exporting import CSV, NDJSON, PARQUET
from api.limits import TooManyLists
from api.parsing import JSON
from api.problems import PAGES, UNAVAILABLE, status_of
from api.shapes import PageSchema, member_of
from domain.kernel import refusals as kernel
from domain.kernel.refusals import Refusal, Unavailable

PROBLEM = "application/problem+json"
View = Callable[..., ResponseReturnValue]

Refusals = Sequence[type[Refusal] | type[Unavailable]]

ANYWHERE: Refusals = (api_refusals.TooManyRequests, api_refusals.InternalFault)
"""What every address may answer."""

KEYED: Refusals = (*ANYWHERE, api_refusals.KeyNotValid, api_refusals.KeyExpired, api_refusals.NotAllowed)
"""What every address that needs a key may answer."""

READING: Refusals = (
    *KEYED,
    api_refusals.MalformedRequest,
    api_refusals.ShapeDiffers,
    kernel.Nonsense,
    Unavailable,
    PositionNotReached,
)
"""What every question may be answered."""

PAGING: Refusals = (*READING, api_refusals.CursorNotReadable, api_refusals.CursorOfAnotherQuery)
"""What every question with pages may be answered."""

TAKING_WHOLE: Refusals = (api_refusals.NotAcceptable, TooManyLists)
"""What may be answered, beside that, where a list may be taken whole."""

ASKING: Refusals = (
    *KEYED,
    api_refusals.MalformedRequest,
    api_refusals.ShapeDiffers,
    api_refusals.BodyTooLarge,
    api_refusals.MediaTypeNotRead,
    kernel.Nonsense,
    Unavailable,
    kernel.Overloaded,
)
"""What everything with a body may be answered."""

COMMANDING: Refusals = (
    *ASKING,
    kernel.NotOnRecord,
    kernel.UnknownReference,
    kernel.OccursInTheFuture,
    kernel.ContradictsLaterFact,
    kernel.VersionDiffers,
    api_refusals.PreconditionFailed,
    kernel.HistoryDiffers,
    kernel.KeyReused,
    kernel.AlreadyRecordedDifferently,
    kernel.OutcomeUnknown,
    kernel.ClockBehind,
)
"""What every command may be answered, whatever its rules say."""

WRITING_HEADERS = ("Idempotency-Key", "If-Match", "If-None-Match-Any", "traceparent")
READING_HEADERS = ("Min-Position", "If-None-Match", "traceparent")
"""Parameters that stand in headers, by their names among the components of the document."""


class ErrorSchema(Schema):
    """What is wrong with one value of a request."""

    pointer = fields.String(metadata={"description": "Where it stands in the body (JSON Pointer)."})
    parameter = fields.String(metadata={"description": "The parameter or header that holds it."})
    detail = fields.String(required=True, metadata={"description": "What is wrong; the value is not repeated."})
    code = fields.String(required=True, metadata={"description": "Stable code of the fault."})


class ProblemSchema(Schema):
    """A refusal or an error (RFC 9457). Further members tell what the refusal is about."""

    type = fields.String(
        required=True,
        metadata={"description": "The page that explains the refusal.", "examples": [f"{PAGES}/not-certified"]},
    )
    title = fields.String(required=True, metadata={"description": "The refusal, as a sentence."})
    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})
    detail = fields.String(required=True, metadata={"description": "What it says of this case."})
    instance = fields.String(metadata={"description": "This request, as it is named in the logs of the server."})
    accepted = fields.String(metadata={"description": "What would be accepted instead."})
    errors = fields.List(fields.Nested(ErrorSchema), metadata={"description": "What is wrong with single values."})
    expected_version = fields.Integer(metadata={"description": "The version that the request expected."})
    actual_version = fields.Integer(metadata={"description": "The version on record."})
    outcome = fields.String(
        metadata={
            "description": "Whether something was recorded, where the store did not answer.",
            "enum": ["not-recorded", "unknown", "not-read"],
        }
    )

    class Meta:
        """Each refusal has members of its own."""

        unknown = INCLUDE


class WholeSchema(Schema):
    """The last line of a list that was taken whole: a stream without it was cut."""

    end = fields.Integer(required=True, metadata={"description": "How many members stand before it."})
    position = fields.Integer(
        required=True, metadata={"description": "As known at this position of the log: the same for all members."}
    )


class Answer(NamedTuple):
    """One good answer of an endpoint."""

    status: int
    description: str
    schema: type[Schema] | dict[str, Any] | None = None
    headers: Sequence[str] = ()
    """Names of headers among the components of the document."""
    content_type: str = JSON


def endpoint(
    blueprint: Blueprint,
    method: str,
    address: str,
    *,
    answers: Sequence[Answer],
    refusals: Refusals,
    headers: Sequence[str] = (),
    parameters: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> Callable[[View], View]:
    """Let a blueprint answer at an address, and say in the document what. Stands outermost.

    The name of the function is the id of the operation; the first line of its docstring is the summary.

    Args:
        blueprint: where the endpoint goes.
        method: GET or POST.
        address: below the prefix of the blueprint.
        answers: the good ones.
        refusals: every one it can give.
        headers: parameters that stand in headers, by their names among the components.
        parameters: what the address says, documented.
        more: further members of the operation.
    """

    def decorate(view: View) -> View:
        query = getattr(view, "asks", None)
        asked: list[Any] = [{"in": "query", "schema": query}] if query else []
        given = (*refusals, *(TAKING_WHOLE if any(map(_is_list, answers)) else ()))
        doc: dict[str, Any] = {
            "operationId": view.__name__,
            "parameters": [*asked, *headers],
            "responses": {**{str(each.status): _answer(each) for each in answers}, **problems(given)},
            **more,
        }
        documented: View = Blueprint.doc(**doc)(view)
        lists = [member_of(each.schema) for each in answers if _is_list(each)]  # type: ignore[arg-type]  # as it says
        documented.members = lists[0] if lists else None  # type: ignore[attr-defined]  # read by whatever takes lists
        blueprint.add_url_rule(address, view.__name__, documented, methods=[method], parameters=list(parameters))
        return documented

    return decorate


def _answer(answer: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.description}
    names = answer.headers
    if answer.schema is not None:
        response["content"] = {answer.content_type: {"schema": answer.schema}}
    if _is_list(answer):
        response["content"] |= _whole(answer.schema)
        names = (*names, "X-Count", "Content-Disposition")
    if names:
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return response


def _is_list(answer: Answer) -> bool:
    """Return whether an answer is a page of a list."""
    return isinstance(answer.schema, type) and issubclass(answer.schema, PageSchema)


def _whole(pages: Any) -> dict[str, Any]:
    """Return what is said of a list that is taken whole."""
    line = {
        "description": "One of the lines: a member, or as the last one the number of members.",
        "anyOf": [member_of(pages), WholeSchema],
    }
    rows = {
        "description": "All members (RFC 4180): a column for each field, those of a member inside behind a dot; lists "
        "as JSON. An apostrophe stands before a text that a spreadsheet would take for a formula, and before one that "
        "begins with an apostrophe.",
        "type": "string",
    }
    table = {
        "description": "All members (Apache Parquet): the columns of CSV, moments in UTC, decimal numbers as text. "
        "XLSX is not sent, as it is there only when it is whole: `aftercare export` writes it.",
        "type": "string",
        "format": "binary",
    }
    return {NDJSON: {"schema": line}, CSV: {"schema": rows}, PARQUET: {"schema": table}}


def problems(refusals: Iterable[type[Refusal] | type[Unavailable]]) -> dict[str, Any]:
    """Return the responses that refusals are, by status, each naming the refusals it may be."""
    by_status: dict[int, dict[str, str]] = {}
    for refusal in refusals:
        status = UNAVAILABLE if issubclass(refusal, Unavailable) else status_of(refusal)
        by_status.setdefault(status, {})[refusal.code] = sentence(refusal)
    return {str(status): _problem(status, codes) for status, codes in sorted(by_status.items())}


def sentence(refusal: type[Refusal] | type[Unavailable]) -> str:
    """Return what a refusal says."""
    return (refusal.__doc__ or "").strip().split("\n", 1)[0]


def _problem(status: int, codes: dict[str, str]) -> dict[str, Any]:
    lines = [f"- `{code}`: {said}" for code, said in sorted(codes.items())]
    named = {"properties": {"type": {"enum": [f"{PAGES}/{code}" for code in sorted(codes)]}}}
    response: dict[str, Any] = {
        # The names of Python's own table changed with Python 3.13: the document is the same on every version.
        "description": "\n".join([f"{HTTP_STATUS_CODES[status]}:", *lines]),
        "content": {PROBLEM: {"schema": {"allOf": [ProblemSchema, named]}}},
    }
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        response["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return response
