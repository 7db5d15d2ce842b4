"""The stock path: the eventsourcing library as it comes, with its own tables."""

import time
from functools import singledispatchmethod
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import ApplicationRecorder, StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresFactory, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteFactory
from psycopg.sql import SQL
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


_SIGN = SQL("CREATE TABLE IF NOT EXISTS sign (machine uuid, mode text, seen bigint)").format()


class Signs(PostgresTrackingRecorder):
    """A table of what machines showed, written by the library's projection."""

    def __init__(self, datastore: PostgresDatastore, **more: Any) -> None:
        """Name the table."""
        super().__init__(datastore, **more)
        self.sql_create_statements.append(_SIGN)

    def note(self, machine: UUID, mode: str, tracking: Tracking) -> None:
        """Write one row, and up to where was read, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            row = (machine, mode, tracking.notification_id)
            cursor.execute("INSERT INTO sign VALUES (%s, %s, %s)", row, prepare=True)


class SignsSeen(Projection[Signs]):
    """One row per sign."""

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Write a row."""
        self.view.note(domain_event.originator_id, getattr(domain_event, "failure_mode", ""), tracking)


def projected(environment: dict[str, str], signs: int) -> float:
    """Return how many facts per second the library's projection runner applies."""
    machines = Machines(environment)
    machines.begin(signs)
    begun = time.perf_counter()
    with ProjectionRunner(
        application_class=Machines, projection_class=SignsSeen, view_class=Signs, env=environment
    ) as runner:
        runner.wait(signs, timeout=60)
    return signs / (time.perf_counter() - begun)
