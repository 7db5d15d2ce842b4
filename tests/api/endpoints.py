"""Endpoints by which the core of the interface is tested: one for each command, and a few questions."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue

from api.auth import Question, allow, allow_stream
from api.conditions import wait_for_log, wait_for_views
from api.cursors import Mark, Query
from api.http import accepts, execute, json_answer, recorded, state_answer, view_answer
from api.services import services
from domain import declared
from domain.kernel.commands import Command, CommandType
from domain.kernel.streams import StreamRef


def register(app: Flask) -> None:
    """Add the endpoints."""
    blueprint = Blueprint("tested", __name__, url_prefix="/v1")
    for command in declared.commands().values():
        if command.decides:
            _add(blueprint, command)
    blueprint.post("/organisations")(_made())
    blueprint.get("/equipment/<uuid:equipment_id>")(equipment)
    blueprint.get("/things")(things)
    blueprint.get("/waits")(waits)
    blueprint.get("/forgot")(forgot)
    blueprint.get("/broken")(broken)
    app.register_blueprint(blueprint)


def path_of(kind: str) -> str:
    """Return the plural under which items of a kind are posted to."""
    return kind if kind == "equipment" else f"{kind}s"


def _add(blueprint: Blueprint, command_type: CommandType) -> None:
    kind, _, verb = command_type.name.partition(".")

    @accepts(command_type.cls)
    def view(command: Command) -> ResponseReturnValue:
        return recorded(execute(command))

    path = f"/{path_of(kind)}/<uuid:{command_type.decides[0]}>/{verb.replace('_', '-')}"
    blueprint.add_url_rule(path, command_type.name.replace(".", "_"), view, methods=["POST"])


def _made() -> Any:
    @accepts(declared.commands()["organisation.register"].cls, path=(), fresh="organisation_id")
    def register_organisation(command: Command) -> ResponseReturnValue:
        return recorded(execute(command))

    return register_organisation


def equipment(equipment_id: UUID) -> Response:
    """Show the stage of an item."""
    stream = StreamRef("equipment", equipment_id)
    allow_stream(Question.EQUIPMENT, stream)
    wait_for_log()
    answer = services().ledger.state(stream)
    return state_answer({"stage": answer.state.stage}, answer.version)


def things() -> Response:
    """A page whose cursor is bound to the filter."""
    asking = allow(Question.EQUIPMENT)
    query = Query(question="things", filters={"colour": request.args.get("colour")}, scope=asking.scope)
    cursor = request.args.get("cursor")
    mark = services().cursors.open(cursor, query) if cursor else Mark(known_at=7, place=("a", 1))
    following = services().cursors.seal(query, Mark(known_at=mark.known_at, place=("b", 2)))
    return view_answer({"place": mark.place, "known_at": mark.known_at, "next": following}, 7)


def waits() -> Response:
    """An answer of all read models."""
    allow(Question.EQUIPMENT)
    wait_for_views()
    return json_answer({})


def forgot() -> Response:
    """An endpoint that forgot to ask who may have its answer."""
    return json_answer({"secret": True})


def broken() -> Response:
    """An endpoint with a fault."""
    allow(Question.EQUIPMENT)
    raise ZeroDivisionError("member-1@example.org")
