"""The limits of a page: the same rows by hand-written SQL, as JSON by msgspec, from the same server.

`house` is one more route of our own application, which does what it does around every endpoint: the check of the API
key, the limits, the log line, the metrics. `route` is a route of its own: Flask, its address and the check of the key.
`bare` is nothing but the rows. None of them reads a question, tags an answer or seals a cursor.
"""

import hmac
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from hashlib import sha256
from threading import local
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from flask import Flask, Response, abort, request
from sqlalchemy import create_engine, select
from sqlalchemy.engine import make_url

from api.auth import allow
from api.cli import serving
from api.roles import Question
from api.settings import Settings
from app import worker
from domain.application.keys import api_key
from tests.servers import libpq

_COLUMNS = (
    "key, serial, model_id, manufacturer_id, holder_id, operator_id, owner_id, stage, parent_id, former_parent_id, "
    "second_category, faults, certified, certified_until, valid_from"
)
_NAMES = _COLUMNS.split(", ")
_PAGE = f"""
    SELECT {_COLUMNS} FROM registry
    WHERE known_from <= (SELECT position FROM bookmark WHERE name = 'registry')
        AND known_to = 9223372036854775807 AND valid_to = 9223372036854775807
    ORDER BY serial_normal, key LIMIT 21"""
_HEADERS = [("Content-Type", "application/json")]
BY_HAND = "/v1/by-hand"
"""Where `house` has its rows."""
_mine = local()


def _of_sqlite(url: str) -> Callable[[], Sequence[Any]]:
    path = str(make_url(url).database)

    def rows() -> Sequence[Any]:
        if not hasattr(_mine, "connection"):
            _mine.connection = sqlite3.connect(path)
        found: Sequence[Any] = _mine.connection.execute(_PAGE).fetchall()
        return [[UUID(bytes=value) if isinstance(value, bytes) else value for value in row] for row in found]

    return rows


def _of_postgres(url: str) -> Callable[[], Sequence[Any]]:
    def rows() -> Sequence[Any]:
        if not hasattr(_mine, "connection"):
            _mine.connection = psycopg.connect(libpq(url), autocommit=True, options="-c search_path=views")
        found: Sequence[Any] = _mine.connection.execute(_PAGE, prepare=True).fetchall()
        return found

    return rows


def _body(url: str) -> Callable[[], bytes]:
    rows = (_of_sqlite if url.startswith("sqlite") else _of_postgres)(url)
    return lambda: msgspec.json.encode({"items": [dict(zip(_NAMES, row, strict=True)) for row in rows()[:20]]})


def route(url: str, log_url: str) -> Flask:
    """Return an application with the route alone, for those who have a key of a log."""
    app, body = Flask("plain", static_folder=None), _body(url)
    hashes = cache(partial(_hash_of, log_url))

    @app.get("/v1/equipment")
    def page() -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        _, prefix, secret = token.split("_")
        if scheme != "Bearer" or not hmac.compare_digest(sha256(secret.encode()).digest(), hashes(prefix)):
            abort(401)
        return Response(body(), content_type="application/json")

    return app


def house(url: str) -> Flask:
    """Return our application, as the environment says, with one more route."""
    app, body = worker(os.environ), _body(url)

    @app.get(BY_HAND)
    def page() -> Response:
        allow(Question.EQUIPMENT)
        return Response(body(), content_type="application/json")

    return app


def _hash_of(log_url: str, prefix: str) -> bytes:
    with create_engine(log_url).connect() as connection:
        query = select(api_key.c.secret_hash).where(api_key.c.prefix == prefix)
        found: bytes = connection.execute(query).scalar_one()
        return found


class Page:
    """The interface as a WSGI server calls it: one page, whatever is asked."""

    def __init__(self, url: str) -> None:
        """Take where the views are."""
        self._body = _body(url)

    def __call__(
        self, _environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], object]
    ) -> Iterable[bytes]:
        """Answer."""
        body = self._body()
        start("200 OK", [*_HEADERS, ("Content-Length", str(len(body)))])
        return [body]


def serve(what: str, url: str, log_url: str) -> None:
    """Serve as `aftercare serve` does, as the environment says."""
    made: dict[str, Callable[[], Any]] = {
        "house": partial(house, url),
        "route": partial(route, url, log_url),
        "bare": partial(Page, url),
    }
    serving.serve(Settings.from_environment(os.environ), made[what])


if __name__ == "__main__":
    serve(*sys.argv[1:])
