"""The stock path: the eventsourcing library as it comes, with its own tables."""

from pathlib import Path
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.postgres import PostgresFactory
from eventsourcing.sqlite import SQLiteFactory
from sqlalchemy.engine import make_url

from domain.log.contract import NewFact


def postgres_environment(url: str) -> dict[str, str]:
    """Return the library's settings for a database."""
    place = make_url(url)
    host = place.query.get("host", place.host)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(place.database),
        "POSTGRES_HOST": str(host),
        "POSTGRES_PORT": str(place.port or 5432),
        "POSTGRES_USER": place.username or "postgres",
        "POSTGRES_PASSWORD": place.password or "x",
        "POSTGRES_POOL_SIZE": "20",
        "POSTGRES_MAX_OVERFLOW": "60",
    }


def sqlite_environment(path: Path) -> dict[str, str]:
    """Return the library's settings for a file."""
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}


def postgres_recorder(url: str) -> ApplicationRecorder:
    """Return the library's recorder on PostgreSQL."""
    return PostgresFactory(postgres_environment(url)).application_recorder()


def sqlite_recorder(path: Path) -> ApplicationRecorder:
    """Return the library's recorder on SQLite."""
    return SQLiteFactory(sqlite_environment(path)).application_recorder()


def stored(fact: NewFact, sequence: int) -> StoredEvent:
    """Return a fact as the library stores it."""
    return StoredEvent(fact.stream, sequence, fact.type, fact.body)


class Machine(Aggregate):
    """An item with a counter, as the library's tutorial writes one."""

    @event("Registered")
    def __init__(self) -> None:
        """Begin."""
        self.signs: int = 0
        self.mode = ""

    @event("SignSeen")
    def see_sign(self, failure_mode: str, impact: str, detection: str) -> None:
        """Note a sign."""
        del impact, detection
        self.mode = failure_mode
        self.signs += 1


class Machines(Application[UUID]):
    """An application of the library: load, trigger, save."""

    def begin(self, signs: int) -> UUID:
        """Return the id of a machine with so many facts."""
        machine = Machine()
        for number in range(signs - 1):
            machine.see_sign(f"mode-{number % 7}", "incipient", "monitoring")
        self.save(machine)
        return machine.id

    def sign(self, machine_id: UUID) -> None:
        """A whole command."""
        machine: Machine = self.repository.get(machine_id)
        machine.see_sign("mode-1", "incipient", "monitoring")
        self.save(machine)
