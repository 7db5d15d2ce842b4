"""The composition root: the only place that knows every part. Importing it does nothing, and nobody imports it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any

try:
    from flask import Flask

    from api import observability
    from api.cli import aftercare
    from api.cli.keyring import keyring
    from api.cli.serving import at_end_of_worker
    from api.endpoints import create_app
    from api.providing import services_of
    from api.settings import Settings
    from domain import declared
    from domain.application.housekeeping import Housekeeping
    from domain.application.keys import Keys
    from domain.application.ledger import Ledger
    from domain.application.receipts import Requests
    from domain.application.snapshots import SnapshotShelf
    from domain.kernel.ids import Ids
    from domain.log.log import Log, open_log
    from domain.log.vault import Vault, open_vault
    from projections.engine import Engine
    from projections.read_models import READ_MODELS
    from projections.readers import answering
except KeyboardInterrupt:  # nothing is begun yet
    raise SystemExit(1) from None


def main() -> None:
    """Run the command line."""
    os.umask(0o077)  # databases, keys and backups are their owner's alone
    declared.facts()  # loads every subdomain: only who knows its facts can read a log
    aftercare(obj=Program(os.environ))


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class Program:
    """Aftercare, put together as an environment says. Whatever is opened is closed at the end of its block."""

    read_models = tuple(model.name for model in READ_MODELS)

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Take the environment; nothing is read yet."""
        self.environ = dict(environ)
        self.now = now
        self.ids = Ids(now, os.urandom)
        self.worker = partial(worker, self.environ)

    def with_environment(self, **more: str) -> "Program":
        """Return the program in the same environment with some variables set anew."""
        return Program(self.environ | more)

    @cached_property
    def settings(self) -> Settings:
        """The settings; what is wrong with them is said here."""
        return Settings.from_environment(self.environ)

    def log(self) -> Log:
        """Open the log."""
        names = ("append_timeout", "poll_interval", "pool_size", "waiting")
        more = {name: getattr(self.settings, name) for name in names}
        return open_log(self.settings.database_url, now=now, clock_tolerance=self.settings.tolerance, **more)

    def vault(self) -> closing[Vault]:
        """Open the vault."""
        return closing(open_vault(self.settings.vault_url, keyring(self.settings)))

    def keys(self) -> closing[Keys]:
        """Open the API keys."""
        ttl = timedelta(seconds=self.settings.key_ttl)
        return closing(Keys(self.settings.database_url, now=now, randomness=os.urandom, ttl=ttl))

    def ledger(self, log: Log, vault: Vault, snapshots: SnapshotShelf | None = None) -> Ledger:
        """Return the ledger on an open log and its vault."""
        requests = Requests(log.answered, log.rows, vault.period_key)
        tolerance, remembered = self.settings.tolerance, self.settings.streams_remembered
        more: dict[str, Any] = {"tolerance": tolerance, "remembered": remembered, "snapshots": snapshots}
        return Ledger(log, vault, requests, now=now, ids=self.ids, **more)

    @contextmanager
    def engine(self, log: Log) -> Iterator[Engine]:
        """Open the read models of a log; nothing is followed yet."""
        url, batch = self.settings.views_url, self.settings.projection_batch
        with answering(), closing(Engine(log, url, READ_MODELS, batch=batch, now=now)) as engine:
            yield engine

    @contextmanager
    def served(self) -> Iterator[Flask]:
        """Give the application, and keep open what it needs until the end of the block."""
        settings = self.settings
        with self.log() as log, self.vault() as vault, self.keys() as keys, self.engine(log) as engine:
            if settings.project:
                engine.run()
            with ExitStack() as stack:
                shelf = stack.enter_context(closing(SnapshotShelf(engine.views.engines[0], observability.log_fault)))
                ledger = self.ledger(log, vault, shelf)
                stack.enter_context(closing(Housekeeping(ledger, vault, now))).run()
                given = {"log": log, "vault": vault, "keys": keys, "projections": engine, "now": now, "ids": self.ids}
                yield create_app(services_of(settings=settings, ledger=ledger, **given))


def worker(environ: Mapping[str, str]) -> Flask:
    """Return the application of a worker process; it is stopped after the last request, before the process ends."""
    declared.facts()
    program, opened = Program(environ), ExitStack()
    observability.log_to(level=program.settings.log_level)
    made = opened.enter_context(program.served())
    at_end_of_worker(opened.close)
    return made
