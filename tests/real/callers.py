"""A caller of the interface to a metro on record."""

import os
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from api import endpoints
from api.application import application
from api.cursors import Cursors
from api.limits import Limits
from api.metrics import Metrics
from api.services import Services
from api.settings import Settings
from domain.application.keys import Keys
from domain.kernel.ids import Ids
from tests.api.callers import Bearer
from tests.importing.books import now
from tests.real.metros import Metro


def administrator_of(metro: Metro, keys: Keys) -> Bearer:
    """Return a caller with a key to everything that is on record."""
    settings = Settings.from_environment({"DATABASE_URL": metro.url})
    services = Services(
        settings=settings,
        log=metro.book.log,
        ledger=metro.book.ledger,
        vault=metro.book.vault,
        keys=keys,
        projections=metro.engine,
        now=now,
        ids=Ids(now, os.urandom),
        cursors=Cursors(settings.cursor_secret),
        limits=Limits(
            rate=settings.rate, burst=settings.burst, at_once=settings.requests_at_once, clock=lambda: now().timestamp()
        ),
        metrics=Metrics(),
    )
    principal = uuid4()
    _, token = keys.issue(role="administrator", organisation=None, principal=principal, expires_at=None)
    return Bearer(application(services, endpoints.register).test_client(), token, None, principal)


def keys_of(log_url: str) -> Keys:
    """Open the keys beside a log."""
    return Keys(log_url, now=now, randomness=os.urandom, ttl=timedelta(days=1))


def answer(caller: Bearer, path: str, **question: object) -> dict[str, Any]:
    """Return the answer to a question."""
    got = caller.get(f"{path}?{urlencode(question)}" if question else path)
    assert got.status_code == 200, got.get_data(as_text=True)[:500]
    told: dict[str, Any] = got.get_json()
    return told
