"""What the interface is given by the composition root, and how the code of a request gets at it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Request, current_app, g, request

from api.cursors import Cursors
from api.limits import Limits
from api.metrics import Metrics
from api.settings import Settings
from domain.application.keys import Keys
from domain.application.ledger import Ledger
from domain.kernel.ids import Ids
from domain.log.log import Log
from domain.log.vault import Vault
from projections.engine import Engine

_NAME = "aftercare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that requests use. Made once, by `app.py`; safe for threads."""

    settings: Settings
    log: Log
    ledger: Ledger
    vault: Vault
    keys: Keys
    projections: Engine
    now: Callable[[], datetime]
    ids: Ids
    cursors: Cursors
    limits: Limits
    metrics: Metrics


def services() -> Services:
    """Return what the running application was given."""
    found: Services = current_app._get_current_object().extensions[_NAME]  # type: ignore[attr-defined]  # noqa: SLF001  documented by Werkzeug
    return found


def asked_now() -> Request:
    """Return the request itself: what stands for it looks it up at every use."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  documented by Werkzeug
    return found


def noted() -> Any:
    """Return what is noted of the request, itself: what stands for it looks it up at every use."""
    return g._get_current_object()  # noqa: SLF001  documented by Werkzeug


def provide(app: Flask, given: Services) -> None:
    """Give an application what its requests use."""
    app.extensions[_NAME] = given
