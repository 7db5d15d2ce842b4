"""Errors in the record are corrected by declaring them: each organisation its own."""

from flask import Response
from flask_smorest import Blueprint

from api.commanding import ANSWERS, body_example, path_parameter
from api.documenting import COMMANDING, WRITING_HEADERS, endpoint
from api.http import accepts, execute, recorded
from api.refusals import NoSuchResource
from domain.kernel.commands import COMMANDS
from domain.kernel.errors import DeclareError
from domain.kernel.streams import StreamRef

_DECLARED = COMMANDS["error.declare"]
_STREAM = ("stream",)

blueprint = Blueprint("streams", __name__, url_prefix="/v1", description="The lines of facts, one for each thing.")


@endpoint(
    blueprint,
    "POST",
    "/streams/<stream>/declare-error",
    answers=ANSWERS,
    refusals=(*COMMANDING, NoSuchResource),
    headers=WRITING_HEADERS,
    parameters=[path_parameter(_DECLARED, "stream")],
    requestBody=body_example(_DECLARED, _STREAM),
)
@accepts(DeclareError, path=_STREAM)
def declare_error(command: DeclareError) -> Response:
    """Declare a recorded fact wrong: from now on every question leaves it out, and its history shows both.

    Always accepted for a fact that the key's own organisation recorded, and safe to retry; a key of all organisations
    declares any fact wrong. What the other facts of the stream then contradict is listed with its state. An error
    declaration may itself be declared wrong.
    """
    try:
        StreamRef.parse(command.stream)
    except ValueError:
        raise NoSuchResource from None
    return recorded(execute(command))
