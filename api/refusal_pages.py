"""Pages that explain refusals: what the `type` of every problem leads to. For people in HTML, for programs in JSON."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from api.http import json_answer
from api.problems import PAGES, UNAVAILABLE, status_of
from api.refusals import NoSuchResource
from domain.kernel.refusals import REFUSALS, Unavailable

blueprint = Blueprint("refusals", __name__, template_folder="templates")
_HTML = "text/html"

REFUSED_BY = "aftercare.refused-by"
"""Where an application keeps which operations may be answered by each refusal, by code."""


@blueprint.get(PAGES)
def refusals() -> Response:
    """Every refusal there is, by code."""
    every = [page_of(code) for code in sorted({*REFUSALS, *_states()})]
    return _shown("refusals.html", {"refusals": every})


@blueprint.get(f"{PAGES}/<code>")
def refusal(code: str) -> Response:
    """One refusal: what it says, what would be accepted instead, its HTTP status, and which requests it may answer."""
    if code not in REFUSALS and code not in _states():
        raise NoSuchResource
    used: Mapping[str, Any] = current_app.extensions.get(REFUSED_BY, {})
    return _shown("refusal.html", {**page_of(code), "given_by": used.get(code, [])})


def page_of(code: str) -> dict[str, Any]:
    """Return what there is to say about a refusal."""
    state = _states().get(code)
    if state is not None:
        title = (state.__doc__ or "").partition("\n")[0]
        return {
            "type": f"{PAGES}/{code}",
            "code": code,
            "title": title,
            "status": UNAVAILABLE,
            "accepted": "The same request after the seconds in the header Retry-After.",
        }
    found = REFUSALS[code]
    return {
        "type": f"{PAGES}/{code}",
        "code": code,
        "title": found.sentence(),
        "status": status_of(found),
        "accepted": found.accepted,
    }


def _states(kind: type[Unavailable] = Unavailable) -> dict[str, type[Unavailable]]:
    """Return every state of the store in which nothing is accepted, by code."""
    found = {kind.code: kind}
    for narrower in kind.__subclasses__():
        found |= _states(narrower)
    return found


def _shown(template: str, page: dict[str, Any]) -> Response:
    best = request.accept_mimetypes.best_match(["application/json", _HTML], default="application/json")
    answer = Response(render_template(template, **page), content_type=f"{_HTML}; charset=utf-8")
    if best != _HTML:
        answer = json_answer(page)
    answer.headers["Vary"] = "Accept"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
