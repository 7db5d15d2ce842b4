"""The web application: every request is seen, bounded, authenticated and decided on before it is answered."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response
from werkzeug.routing import MapAdapter

from api import health, observability, problems, refusal_pages
from api.auth import authenticate, is_open
from api.services import Services, asked_now, noted, provide, services
from domain.log.recent import Recent


class _Application(Flask):
    """Flask for functions that are none of a coroutine: it would look at each one, seven times a request."""

    _hosts: Recent[str, bool] = Recent(100)
    """What was given as host, and can be one."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what finds the endpoint of a request. Of the host it is only seen, once, whether it can be one."""
        host = None if request is None else request.environ.get("HTTP_HOST")
        if request is None or host is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        if self._hosts.get(host) is None:
            adapter = super().create_url_adapter(request)
            self._hosts.put(host, True)
            return adapter
        return MapAdapter(self.url_map, host, request.root_path, "", request.scheme, request.path, request.method, None)


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
    if asked_now().path != "/metrics":
        authenticate()
    if asking := own.get("principal"):
        own.allowance = limits.take(asking.id)


def _guard(answer: Response) -> Response:
    """Give no answer on which nobody decided, and say what every answer says."""
    own, asked = noted(), asked_now()
    undecided = not own.get("decided") and not is_open(asked.path) and not own.get("error_code")
    if undecided and answer.status_code < 400 and asked.method != "OPTIONS":  # noqa: PLR2004  not an error
        answer = problems.undecided()
    if allowance := own.get("allowance"):
        services().limits.describe(answer, allowance)
    answer.headers.add("X-Content-Type-Options", "nosniff")
    return answer


def _leave(_error: BaseException | None) -> None:
    if noted().pop("entered", False):
        services().limits.leave()
