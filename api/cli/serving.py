"""How Granian serves: worker processes that start only on what fits, and stop only after what they promised.

A worker closes the engine and the log itself, as soon as Granian's part has returned, with the requests under way
answered (ADR 8). Python's own ends of a process come too late: a worker ends by `os._exit`, before Python 3.13 without
`atexit`; since then multiprocessing's finalizers run only once all threads have ended, and those wait to be closed.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from multiprocessing import connection, parent_process
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from api.settings import Settings

_PATIENCE_SECONDS = 30
_CONNECTIONS_WAITING = 1024
_GLANCE_SECONDS = 0.05
_after_the_last_request = ExitStack()
"""Of this process. It is filled in workers only."""


class CannotServe(Exception):  # noqa: N818  a sentence, as refusals are
    """The address cannot be listened on."""


def require_free(host: str, port: int) -> None:
    """Refuse an address on which somebody listens: Granian would share it with him.

    Raises:
        CannotServe: with the reason.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CannotServe(f"Cannot listen on {host}, port {port}: {error.strerror}.") from None


def once_it_answers(settings: Settings, then: Callable[[], object]) -> None:
    """Do something, in a thread, as soon as the server that is about to start is ready."""

    def ask() -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError, HTTPException), closing(HTTPConnection(settings.host, settings.port)) as asking:
                asking.request("GET", "/readyz")
                if asking.getresponse().status == HTTPStatus.OK:
                    then()
                    return
            time.sleep(_GLANCE_SECONDS)

    threading.Thread(target=ask, name="until-it-answers", daemon=True).start()


def serve(settings: Settings, worker: Callable[[], Any]) -> None:
    """Serve until SIGTERM or SIGINT; exits with 1 if a worker ended by itself.

    Args:
        settings: where to listen, with how many processes and threads.
        worker: makes the application, in the worker.
    """
    server = Granian(
        "aftercare",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backpressure=max(settings.threads, settings.requests_at_once // settings.workers),
        backlog=_CONNECTIONS_WAITING,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=_PATIENCE_SECONDS,
    )
    server.serve(_one_worker, target_loader=_Loader(worker), wrap_loader=False)


def _one_worker(*given: Any) -> None:
    """Called by Granian as the whole of a new worker process: its own part, and then ours."""
    with _after_the_last_request:
        Granian._spawn_wsgi_worker(*given)  # noqa: SLF001  what it starts by itself, if it is not told what to start


class _Loader:
    """Called by Granian in each new worker process."""

    def __init__(self, worker: Callable[[], Any]) -> None:
        self._worker = worker

    def __call__(self) -> Any:
        # Until Granian sets its own handlers, the parent's are in force here, which only the parent understands.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Ctrl-C reaches the whole group of processes; the parent alone acts on it, and ends us in good order.
        os.setpgrp()
        threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
        return self._worker()


def _end_with_parent() -> None:
    """Stop in good order if the parent was killed: it would leave us on its port."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def at_end_of_worker(stop: Callable[[], Any]) -> None:
    """Have something done in this process after its last request."""
    _after_the_last_request.callback(stop)
