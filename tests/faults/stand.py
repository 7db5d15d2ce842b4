"""A whole Aftercare in processes of its own, to be killed; and those who watch what is left of its log."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import psutil
from sqlalchemy import select

from api.cli.keyring import keyring
from api.roles import Role
from api.settings import Settings
from domain import declared
from domain.application.keys import Keys
from domain.log.codec import decode
from domain.log.contract import Head, Row
from domain.log.log import Log, open_log
from domain.log.tracking import BOOKMARK
from domain.log.vault import Vault, new_wrapping_key, open_vault
from domain.log.verify import Verdict, verify
from projections.engine import Engine
from projections.read_models import READ_MODELS
from projections.views import Views
from tests.conftest import ENVIRONMENT
from tests.faults.callers import Line, Lost, NotSent
from tests.faults.invariants import check_followed, check_views, recovery_seconds
from tests.faults.points import Point
from tests.projections.recording import rows_of
from tests.servers import free_port, until

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
_SERVE = ("import sys; sys.argv[0] = 'aftercare'; from app import main; main()", "serve")
_DIE = ("from tests.faults.dying import main; main()",)


def now() -> datetime:
    return datetime.now(UTC)


class Follower:
    """A subscriber in a process that nobody kills. It may leave and come back, and goes on where it was."""

    def __init__(self, url: str) -> None:
        self.seen: list[Row] = []
        self._url = url
        self._log: Log | None = None
        self._thread: threading.Thread | None = None

    def come(self) -> None:
        if self._log is not None:
            return
        self._log = open_log(self._url, now=now)
        subscription = self._log.subscribe(self.seen[-1].position if self.seen else 0)

        def follow() -> None:
            for rows in subscription:
                self.seen += rows

        self._thread = threading.Thread(target=follow)
        self._thread.start()

    def leave(self) -> None:
        log, self._log = self._log, None
        if log is not None and self._thread is not None:
            log.close()
            self._thread.join()

    def check(self, rows: Sequence[Row]) -> None:
        """I6, once it had the time to see everything."""
        self.come()
        until(lambda: len(self.seen) >= len(rows), PATIENCE_SECONDS, "the last fact at a subscriber")
        check_followed(self.seen, rows)


class Stand:
    """One Aftercare on databases of its own."""

    def __init__(self, home: Path, log_url: str, vault_url: str, more: Mapping[str, str] | None = None) -> None:
        """Take a folder, where the databases are (migrated, and still empty), and more settings."""
        declared.facts()
        environment = {
            "DATABASE_URL": log_url,
            "AFTERCARE_VAULT_URL": vault_url,
            "AFTERCARE_VAULT_KEYS": new_wrapping_key("one"),
            "AFTERCARE_ENVIRONMENT": ENVIRONMENT,
            **(more or {}),
        }
        self.home, self.switch = home, home / "die"
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AFTERCARE_", "DATABASE_"))}
        self.environment = {**own, **environment, "PYTHONPATH": str(ROOT), "AFTERCARE_HOME": str(home)}
        self.settings = Settings.from_environment(self.environment)
        self.key = self._issue()
        self.port = 0
        self.follower = Follower(self.settings.database_url)
        self._process: subprocess.Popen[bytes] | None = None
        self._family: list[psutil.Process] = []

    def _issue(self) -> str:
        with closing(Keys(self.settings.database_url, now=now, randomness=os.urandom)) as keys:
            return keys.issue(role=Role.ADMINISTRATOR, organisation=None, principal=UUID(int=1))[1]

    def start(self, point: Point | None = None) -> float:
        """Start it, ready to be killed or to die at a point; return after how many seconds it was ready (I9)."""
        self.switch.unlink(missing_ok=True)
        self.port = free_port()
        command = _SERVE if point is None else (*_DIE, point, str(self.switch))
        started = time.monotonic()
        with (self.home / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", *command],
                env={**self.environment, "AFTERCARE_PORT": str(self.port)},
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        until(self.is_ready, recovery_seconds(), f"a server that is ready ({self.home / 'output'})")
        parent = psutil.Process(self._process.pid)
        self._family = [parent, *parent.children(recursive=True)]
        return time.monotonic() - started

    def kill(self) -> None:
        """End all its processes with SIGKILL, at once."""
        for process in reversed(self._family):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.await_death()

    def let_die(self, still_asked: Callable[[], bool]) -> None:
        """Let it die when it next comes to its point, and wait for that: those who ask bring it there."""
        self.switch.touch()
        process = self._process
        assert process is not None
        until(lambda: process.poll() is not None or not still_asked(), PATIENCE_SECONDS, "its death")
        self.await_death()

    def await_death(self) -> None:
        if self._process is not None:
            try:
                code: int | None = self._process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                code = None
            assert code == -signal.SIGKILL, (self.home / "output").read_text()[-4000:]
            assert not psutil.wait_procs(self._family, PATIENCE_SECONDS)[1]
            self._process = None

    def close(self) -> None:
        self.kill()
        self.follower.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def line(self) -> Line:
        """A connection for one caller."""
        return Line(self.port, self.key)

    def is_ready(self) -> bool:
        line = self.line()
        try:
            return line.ask("GET", "/readyz").status == 200
        except (NotSent, Lost):
            return False
        finally:
            line.close()

    def vault(self) -> Vault:
        return open_vault(self.settings.vault_url, keyring(self.settings))

    def stored(self) -> tuple[list[Row], Head]:
        """Return everything on record."""
        with open_log(self.settings.database_url, now=now) as log:
            return log.rows(0, 1_000_000), log.head()

    def check_bodies(self) -> None:
        """Whatever is on record is whole in itself: canonical bytes, subjects, keys, order."""
        with closing(self.vault()) as vault:
            report = verify(self.settings.database_url, vault)
        assert report.verdict is Verdict.CLEAN, report

    def check_read_models(self, head: Head) -> None:
        """I7, once the live ones had the time to follow."""
        with closing(Views(self.settings.views_url)) as views:
            until(lambda: min(_bookmarks(views).values()) >= head.position, PATIENCE_SECONDS, "read models at the head")
            live = _answers(views)
        file = self.home / "rebuilt.views.db"
        with (
            open_log(self.settings.database_url, now=now) as log,
            closing(Engine(log, f"sqlite:///{file}", READ_MODELS)) as engine,
        ):
            engine.catch_up()
            rebuilt = _answers(engine.views)
        for left in self.home.glob(f"{file.name}*"):
            left.unlink()
        check_views(live, rebuilt)


def read_with(vault: Vault) -> Any:
    """Return how to read the mark and the content of a stored fact."""

    def read(row: Row) -> tuple[UUID, object]:
        recorded = decode(row, vault)
        return recorded.correlation, recorded.fact

    return read


def _bookmarks(views: Views) -> dict[str, int]:
    with views.read() as connection:
        return {row.name: row.position for row in connection.execute(select(BOOKMARK))}


def _answers(views: Views) -> dict[str, list[Any]]:
    """Return everything that read models answer from."""
    with views.read() as connection:
        return {model.name: rows_of(connection, model) for model in READ_MODELS}
