"""Whether the server is up, ready and well: what load balancers and operators ask."""

from typing import Any

from flask import Blueprint, Response, g, request

from api.auth import Question, allow, authenticate
from api.http import json_answer
from api.metrics import CONTENT_TYPE
from api.observability import log_fault
from api.services import services
from migrations import WrongRevision, require_current

blueprint = Blueprint("health", __name__)
_LOOPBACK = {"127.0.0.1", "::1"}


@blueprint.get("/healthz")
def healthz() -> Response:
    """200 while the process answers. Asks nothing of any database."""
    return json_answer({"status": "up"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 while requests can be served: databases there and of this version, read models close behind; else 503."""
    reasons = _reasons()
    answer = json_answer({"status": "ready" if not reasons else "not ready", "reasons": reasons})
    answer.headers["Cache-Control"] = "no-store"
    if reasons:
        answer.status_code = 503
        answer.headers["Retry-After"] = "1"
    return answer


def _reasons() -> list[dict[str, Any]]:
    """Return why requests cannot be served. Names read models and nothing else: the answer needs no key."""
    given = services()
    try:
        given.log.head()
        require_current(given.settings.database_url)
        require_current(given.settings.vault_url, "vault")
        positions = given.projections.positions()
    except WrongRevision:
        return [{"code": "migration-needed"}]
    except Exception as error:  # noqa: BLE001  whatever keeps a database from answering
        log_fault(error)
        return [{"code": "database-unavailable"}]
    reasons: list[dict[str, Any]] = []
    for name, standing in positions.items():
        if standing.error:
            reasons.append({"code": "read-model-stopped", "read_model": name})
        elif standing.lag_seconds > given.settings.most_lag:
            reasons.append({"code": "read-model-behind", "read_model": name, "lag_facts": standing.lag_facts})
    return reasons


@blueprint.get("/metrics")
def metrics() -> Response:
    """Everything measured, as OpenMetrics text."""
    g.decided = True
    if not (services().settings.metrics == "loopback" and request.remote_addr in _LOOPBACK):
        authenticate()
        allow(Question.OPERATIONS)
    return Response(services().metrics.text(), content_type=CONTENT_TYPE)
