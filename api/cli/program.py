"""What the commands are given by the composition root."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from api.settings import Settings
from domain.application.keys import Keys
from domain.application.ledger import Ledger
from domain.kernel.ids import Ids
from domain.log.log import Log
from domain.log.vault import Vault
from projections.engine import Engine


class Program(Protocol):
    """Aftercare, put together as an environment says. Whatever is opened is closed at the end of its block."""

    now: Callable[[], datetime]
    ids: Ids
    read_models: tuple[str, ...]
    worker: Callable[[], Any]
    """Makes the WSGI application in a worker process, where it is stopped with the process."""

    @property
    def settings(self) -> Settings:
        """The settings."""

    def with_environment(self, **more: str) -> "Program":
        """Return the program in the same environment with some variables set anew."""

    def vault(self) -> AbstractContextManager[Vault]:
        """Open the vault."""

    def log(self) -> AbstractContextManager[Log]:
        """Open the log."""

    def keys(self) -> AbstractContextManager[Keys]:
        """Open the API keys."""

    def ledger(self, log: Log, vault: Vault) -> Ledger:
        """Return the ledger on an open log and its vault."""

    def engine(self, log: Log) -> AbstractContextManager[Engine]:
        """Open the read models of a log; nothing is followed yet."""
