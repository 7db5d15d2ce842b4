"""A small log as a business would leave it, and the ways in which a database can be made to lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

import domain.equipment.equipment
import domain.parties.organisation
from domain.equipment.ending import Decommissioned
from domain.equipment.life import Commissioned, Released
from domain.equipment.operation import FailureReported
from domain.kernel.envelope import Caller
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from domain.log.codec import Draft, Sealer, encode
from domain.log.contract import Appended, Proposal, Request, Row
from domain.log.log import open_log
from domain.log.sweeps import LEAST, sweep
from domain.log.verify import Fault, Report
from domain.parties.organisation import MemberAdded, OrganisationRegistered

DECLARED = (domain.equipment.equipment, domain.parties.organisation)
"""Loaded so that every kind of fact in the sample is known."""


def named(name: str) -> UUID:
    return uuid5(UUID(int=0), name)


ORGANISATION = StreamRef("organisation", named("organisation"))
PUMP, FAN = StreamRef("equipment", named("pump")), StreamRef("equipment", named("fan"))
MODEL, OPERATOR, MEMBER = named("model"), named("operator"), named("member")
CALLER = Caller(actor=named("actor"), organisation=ORGANISATION.id, correlation=named("correlation"))
START = datetime(2026, 1, 1, tzinfo=UTC)
REQUEST = Request(key=bytes(range(32)), period=1, digest=b"digest", answer=b"1")

SAMPLE: tuple[tuple[StreamRef, Fact], ...] = (
    (ORGANISATION, OrganisationRegistered(name="Northern Works", country="NO")),
    (ORGANISATION, MemberAdded(member_id=MEMBER, name="Member 1", email="member1@example.org", role="maintenance")),
    (PUMP, Released(model_id=MODEL, manufacturer_id=ORGANISATION.id, serial="P-1")),
    (FAN, Released(model_id=MODEL, manufacturer_id=ORGANISATION.id, serial="F-1")),
    (PUMP, Commissioned(operator_id=OPERATOR, act="A-1")),
    (PUMP, FailureReported(failure_mode="LOO", impact="critical", detection="operator")),
    (FAN, Commissioned(operator_id=OPERATOR, act="A-2")),
    (PUMP, Decommissioned(reason="worn")),
)
"""Fact n stands at position n, happened n days after the start and has the key of its number."""

HEAD = len(SAMPLE)


def key_at(position: int) -> UUID:
    return named(f"fact {position}")


def record(url: str, sealer: Sealer, count: int = HEAD) -> list[Row]:
    """Record the first facts of the sample, each by itself, the last one in answer to a request."""
    log = open_log(url, now=lambda: datetime.now(UTC))
    for position, (stream, fact) in enumerate(SAMPLE[:count], start=1):
        draft = Draft(stream, fact, START + timedelta(days=position), key_at(position))
        request = REQUEST if position == HEAD else None
        outcome = log.append(Proposal((encode(draft, CALLER, sealer),), (), request))
        assert isinstance(outcome, Appended)
    log.close()
    return all_rows(url)


def all_rows(url: str) -> list[Row]:
    with sweep(url) as log:
        return log.rows(LEAST, 1_000_000)


def stored(value: object, url: str) -> object:
    """Return a value as the database keeps it."""
    return value.bytes if isinstance(value, UUID) and url.startswith("sqlite") else value


@contextmanager
def against_the_rules(url: str) -> Iterator[sa.Connection]:
    """Give an administrator's connection: what refuses changes is switched off first."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            triggers = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
            for trigger in list(triggers):
                connection.execute(sa.text(f"DROP TRIGGER {trigger}"))
        else:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        yield connection
    engine.dispose()


def damage(url: str, *statements: str, **values: Any) -> None:
    """Change a database behind its own back."""
    with against_the_rules(url) as connection:
        for statement in statements:
            used = {name: stored(value, url) for name, value in values.items() if f":{name}" in statement}
            connection.execute(sa.text(statement), used)


def tables_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, each table's in an order of its own."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = {}
        for table in sorted(sa.inspect(connection).get_table_names()):
            rows = [tuple(row) for row in connection.execute(sa.text(f'SELECT * FROM "{table}"'))]
            found[table] = sorted(rows, key=repr)
    engine.dispose()
    return found


def found(report: Report) -> list[tuple[Fault, int | None]]:
    """Return what a verification found, and where."""
    return [(finding.fault, finding.position) for finding in report.findings]
