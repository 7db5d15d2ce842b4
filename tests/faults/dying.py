"""`aftercare serve` that kills its own processes at a named point of an append, once a file says that it is time."""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import app
from api.cli import aftercare
from domain import declared
from domain.log.log import Log
from tests.faults.points import Point, watch_commits


def main() -> None:
    """Serve; arguments are the point and the file."""
    point, switch = Point(sys.argv[1]), Path(sys.argv[2])
    declared.facts()
    program = app.Program(os.environ)
    program.worker = partial(worker, program.environ, point, switch)
    aftercare(["serve"], obj=program)


def worker(environ: Mapping[str, str], point: Point, switch: Path) -> Any:
    """Return the application of a worker that dies at a point."""

    def pass_by(at: Point) -> None:
        if at is point and switch.exists():
            for process in (os.getppid(), os.getpid()):
                os.kill(process, signal.SIGKILL)

    class Dying(app.Program):
        def log(self) -> Log:
            opened = super().log()
            watch_commits(opened, pass_by)
            return opened

    app.Program = Dying  # type: ignore[misc]
    made = app.worker(environ)

    def observed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        said: list[str] = []

        def start(status: str, *others: Any) -> Any:
            said.append(status)
            return start_response(status, *others)

        answer = made(environ, start)
        if said == ["201 CREATED"]:
            pass_by(Point.BEFORE_REPLY)
        return answer

    return observed
