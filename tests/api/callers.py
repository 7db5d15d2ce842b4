"""Callers of the interface, and the clock of the server that they call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass
class Clock:
    """A clock that tests turn."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.moment

    def turn(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass(frozen=True)
class Bearer:
    """A caller with a key."""

    client: FlaskClient
    token: str
    organisation: UUID | None
    principal: UUID

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=self._headers(headers))

    def post(self, path: str, body: object = None, **headers: str) -> TestResponse:
        return self.client.post(path, json={} if body is None else body, headers=self._headers(headers))

    def send(self, path: str, octets: bytes, **headers: str) -> TestResponse:
        given = {"Content-Type": "application/json"} | self._headers(headers)
        return self.client.post(path, data=octets, headers=given)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {self.token}"} | named


Issue = Callable[..., Bearer]
