"""Serves the page at /docs."""

from importlib.resources import files

from flask import Blueprint, Response

from api.refusals import NoSuchResource

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load and run: its own three files and the interface; nothing inline, nothing from elsewhere."""

_TYPES = {"index.html": "text/html", "docs.js": "text/javascript", "docs.css": "text/css"}
_FILES = {name: files("api.docs").joinpath(name).read_bytes() for name in _TYPES}

blueprint = Blueprint("docs", __name__)


@blueprint.get("/docs")
def page() -> Response:
    """The page itself."""
    return _file("index.html")


@blueprint.get("/docs/<name>")
def part(name: str) -> Response:
    """Its script and its style."""
    if name not in _FILES:
        raise NoSuchResource
    return _file(name)


def _file(name: str) -> Response:
    answer = Response(_FILES[name], content_type=f"{_TYPES[name]}; charset=utf-8")
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    return answer
