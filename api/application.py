"""The web application: every request is seen, bounded, authenticated and decided on before it is answered."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request

from api import health, observability, problems, refusal_pages
from api.auth import authenticate, is_open
from api.services import Services, noted, provide, services


class _Application(Flask):
    """Flask for functions that are none of a coroutine: it would look at each one, seven times a request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is."""
        return func


def application(given: Services, register: Callable[[Flask], object] = lambda _app: None) -> Flask:
    """Return the application. Nothing is open to callers without a key but `auth.OPEN`.

    Args:
        given: what its requests use.
        register: adds the endpoints; called before errors are given their answers.
    """
    app = _Application("aftercare", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # an address with doubled slashes is another one: nothing is redirected
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's own provider
    provide(app, given)
    observability.install(app)
    app.before_request(_admit)
    app.after_request(_guard)
    app.teardown_request(_leave)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(refusal_pages.blueprint)
    register(app)
    problems.install(app)
    given.log.append_observer = given.metrics.append
    given.metrics.watch(lambda: given.log.head().position, given.projections.positions)
    return app


def _admit() -> None:
    """Bound what is worked on at once, find out who asks, and count it against his limit."""
    own = noted()
    limits = services().limits
    limits.enter()
    own.entered = True
    if request.path != "/metrics":
        authenticate()
    if asking := own.get("principal"):
        own.allowance = limits.take(asking.id)


def _guard(answer: Response) -> Response:
    """Give no answer on which nobody decided, and say what every answer says."""
    own = noted()
    undecided = not own.get("decided") and not is_open(request.path) and not own.get("error_code")
    if undecided and answer.status_code < 400 and request.method != "OPTIONS":  # noqa: PLR2004  not an error
        answer = problems.undecided()
    if allowance := own.get("allowance"):
        services().limits.describe(answer, allowance)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _leave(_error: BaseException | None) -> None:
    if g.pop("entered", False):
        services().limits.leave()
