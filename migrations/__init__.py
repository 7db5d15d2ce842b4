"""How databases of the log and the vault come to be and grow: additive, for ever readable by the code before."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import ProgrammingError
from psycopg.sql import Identifier

from domain.kernel.refusals import Unavailable

LOG_FORMAT = 1
"""The format of the tables of the log; a log of another format is not opened."""

_HERE = Path(__file__).parent
_UPGRADES = 7_203_401_184
"""Number of the advisory lock under which PostgreSQL lets one process upgrade at a time."""


class WrongRevision(Exception):  # noqa: N818  a sentence, as refusals are
    """The database does not fit this version of Aftercare; nothing was changed."""


def upgrade_log(url: str, environment: str) -> None:
    """Bring the log to the present revision; a missing database is created. Safe to repeat.

    Raises:
        WrongRevision: a newer version wrote the database, or it belongs to another environment.
    """
    upgrade(url, "log")
    with _connected(url) as connection:
        environment_of = sa.text("SELECT environment FROM log_meta")
        if (found := connection.execute(environment_of).scalar()) is None:
            _found_log(connection, environment)
            found = connection.execute(environment_of).scalar()  # another process may have founded it at the same time
        if found != environment:
            raise WrongRevision(f"This log belongs to the environment {found!r}, not to {environment!r}.")


def upgrade_vault(url: str) -> None:
    """Bring the vault to the present revision; a missing database is created. Safe to repeat."""
    upgrade(url, "vault")


def grants(role: str) -> list[str]:
    """Return what the owner of a log on PostgreSQL grants to the account that serves: to append, never to change.

    Triggers refuse changes to everybody; these grants leave the account that serves no way to drop the triggers.
    """
    name = Identifier(role).as_string()
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT INSERT ON fact, fact_subject TO {name}",
        f"GRANT INSERT, DELETE ON idempotency TO {name}",
        f"GRANT UPDATE (position, recorded_at) ON log_head TO {name}",
        f"GRANT INSERT, UPDATE ON api_key TO {name}",
    ]


def upgrade(url: str, part: str) -> None:
    """Bring one database to the present revision.

    Args:
        url: where it is, as SQLAlchemy writes it.
        part: `log` or `vault`: whose scripts apply.
    """
    _create_missing(url)
    with _connected(url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADES})
        _refuse_newer(_revision(connection, part), part)
        config = _config(part)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision_of(url: str, part: str = "log") -> str | None:
    """Return the revision of a database; None if it has never been upgraded."""
    with _connected(url) as connection:
        return _revision(connection, part)


def known_revisions(part: str) -> frozenset[str]:
    """Return the revisions that this version understands: a backup of any other was written by a newer one."""
    return frozenset(script.revision for script in _scripts(part).walk_revisions())


def require_current(url: str, part: str = "log") -> None:
    """Refuse a database that a newer or an older version of Aftercare left.

    Raises:
        WrongRevision: with one line that says which, and what to do.
    """
    revision, head = revision_of(url, part), _scripts(part).get_current_head()
    if revision is None:
        raise WrongRevision(f"There is no {part} in this database yet. Run `aftercare migrate`.")
    _refuse_newer(revision, part)
    if revision != head:
        raise WrongRevision(
            f"The {part} is at revision {revision}, this version needs {head}. Run `aftercare migrate`."
        )


def run(connection: sa.Connection, part: str) -> None:
    """Run the scripts of one part inside the caller's transaction: what each `env.py` calls."""
    from alembic import context  # noqa: PLC0415  only means something while Alembic runs an environment

    context.configure(connection=connection, version_table=f"{part}_revision")
    context.run_migrations()


def _found_log(connection: sa.Connection, environment: str) -> None:
    """Give a new log its name, unless it has one: random, so that two logs are never taken for one."""
    log_id = uuid4()
    values = {
        "environment": environment,
        "log_id": log_id.bytes if connection.dialect.name == "sqlite" else log_id,
        "format": LOG_FORMAT,
    }
    founded = "INSERT INTO log_meta (one, environment, log_id, format) VALUES (1, :environment, :log_id, :format)"
    connection.execute(sa.text(f"{founded} ON CONFLICT DO NOTHING"), values)


def _revision(connection: sa.Connection, part: str) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": f"{part}_revision"}).get_current_revision()


def _refuse_newer(revision: str | None, part: str) -> None:
    if revision is not None and revision not in known_revisions(part):
        raise WrongRevision(
            f"The {part} is at revision {revision}, which this version of Aftercare does not know: a newer wrote it."
        )


def _config(part: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE / part).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts(part: str) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(part))


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    """Give one connection in one transaction that also covers changes of tables.

    Raises:
        Unavailable: the database does not answer, or is not there.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _leave_transactions_to_us)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with _answering(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _answering() -> Iterator[None]:
    """Tell databases that do not answer, and files that are no databases, in one line; faults of ours stay so.

    Raises:
        Unavailable: with what the driver says of it.
    """
    try:
        yield
    except sa.exc.DatabaseError as error:
        # Of files that are damaged SQLite's driver tells by the plain kind, which it uses for nothing else; of options
        # in an address that are none, PostgreSQL's. What a server refuses has a kind of its own.
        plain = {type(error), type(error.orig)} & {sa.exc.DatabaseError, ProgrammingError}
        if not isinstance(error, sa.exc.OperationalError) and not plain:
            raise
        raise Unavailable(f"The database does not answer: {' '.join(str(error.orig).split())}") from error


def _leave_transactions_to_us(driver_connection: object, _record: object) -> None:
    """Stop Python's sqlite3 from committing before each change of a table."""
    driver_connection.isolation_level = None  # type: ignore[attr-defined]  # sqlite3.Connection, by any wrapper


def _create_missing(url: str) -> None:
    """Create a PostgreSQL database that does not exist, if the account may; SQLite creates its own file."""
    target = sa.make_url(url)
    if target.get_backend_name() != "postgresql":
        return
    try:
        with _connected(url):
            return
    except Unavailable as error:
        if "does not exist" not in error.detail:
            raise
    maintenance = sa.create_engine(target.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with _answering(), maintenance.connect() as connection:
        name = connection.dialect.identifier_preparer.quote(target.database or "")
        with suppress(sa.exc.IntegrityError, sa.exc.ProgrammingError):  # another process was faster, or it may not
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    maintenance.dispose()
