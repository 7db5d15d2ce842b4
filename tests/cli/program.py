"""The real program in processes of its own, as a person or a service manager runs it."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import psutil

from tests.servers import free_port, until

ROOT = Path(__file__).parents[2]
START = (sys.executable, "-c", "import sys; sys.argv[0] = 'aftercare'; from app import main; main()")


class Answer(NamedTuple):
    status: int
    body: Any


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Aftercare:
    """Aftercare in one home folder, which is its working folder too."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AFTERCARE_", "DATABASE_"))}
        self.environment = {**kept, "PYTHONPATH": str(ROOT), "AFTERCARE_HOME": str(home), **environment}

    def run(self, *arguments: str, **environment: str) -> Ran:
        done = subprocess.run(
            [*START, *arguments],
            env={**self.environment, **environment},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Run a command that the test ends."""
        return subprocess.Popen(
            [*START, *arguments],
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> Self:
        """Make the keys and the databases."""
        assert self.run("vault", "generate-key").code == 0
        assert self.run("migrate").code == 0
        return self

    def key(self) -> str:
        return self.run("key", "issue", "--role", "administrator").out.strip()

    def start(self, command: str = "serve", **environment: str) -> "Running":
        return Running(self, command, environment)


class Running:
    """A command that runs until it is stopped."""

    def __init__(self, program: Aftercare, command: str, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.output = program.home / f"{command}.out"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [*START, command],
                env={**program.environment, "AFTERCARE_PORT": str(self.port), **environment},
                cwd=program.home,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group of its own, as a shell gives to what it starts
            )
        self.watched = psutil.Process(self.process.pid)

    def __enter__(self) -> Self:
        try:
            until(self._answers, 60, "an answer of the server")
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Leave nothing running."""
        with suppress(psutil.NoSuchProcess):
            for each in (*self.watched.children(recursive=True), self.watched):
                each.kill()
        self.process.wait()

    @property
    def text(self) -> str:
        return self.output.read_text()

    @property
    def workers(self) -> Sequence[psutil.Process]:
        return list(self.watched.children())

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: str | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, json.loads(answer.read()))
        finally:
            connection.close()

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.text
        with suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/readyz", {}).status == 200
        return False
