"""Answers with a body that is there as a whole: what their headers say is known, and is sent as it stands."""

from http import HTTPStatus
from typing import Any

from flask import Response
from werkzeug.datastructures import Headers

from api.parsing import JSON


class JsonAnswer(Response):
    """An answer in JSON, without what Werkzeug does for others: it copies the headers, looking at each for mending."""

    def __init__(self, body: bytes, status: int = HTTPStatus.OK) -> None:
        """Take the body."""
        super().__init__(body, status, content_type=JSON)

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        """Return the headers as they are sent."""
        return self.headers if self.status_code < HTTPStatus.MULTIPLE_CHOICES else super().get_wsgi_headers(environ)
