"""Databases of the log: created, upgraded, refused if they are not ours."""

import threading
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from domain.log.contract import Appended
from migrations import WrongRevision, grants, require_current, revision_of, upgrade_log
from tests.log.proposals import alone, execute, fact, opened
from tests.servers import PostgresServer


@pytest.fixture
def missing_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that does not exist."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'missing.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    existing = server.create_database()
    server.drop_database(existing)
    return existing


def test_a_missing_database_is_created_and_named(missing_url: str) -> None:
    upgrade_log(missing_url, "production")
    require_current(missing_url)
    with opened(missing_url) as store:
        meta = store.meta()
        assert (meta.environment, meta.format) == ("production", 1)
        upgrade_log(missing_url, "production")
        assert store.meta() == meta


def test_two_logs_never_share_a_name(tmp_path: Path) -> None:
    names = set()
    for number in range(2):
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        upgrade_log(url, "test")
        with opened(url) as store:
            names.add(store.meta().log_id)
    assert len(names) == 2


def test_one_database_is_one_environment(database_url: str) -> None:
    with pytest.raises(WrongRevision, match="belongs to the environment 'test', not to 'production'"):
        upgrade_log(database_url, "production")


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url: str) -> None:
    execute(database_url, "UPDATE log_revision SET version_num = '9999'")
    with pytest.raises(WrongRevision, match=r"^[^\n]*9999[^\n]*a newer wrote it.$"):
        require_current(database_url)
    with pytest.raises(WrongRevision, match="9999"):
        upgrade_log(database_url, "test")
    assert revision_of(database_url) == "9999"


def test_a_database_without_a_log_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    with pytest.raises(WrongRevision, match="aftercare migrate"):
        require_current(url)


def test_an_upgrade_keeps_what_is_on_record(database_url: str) -> None:
    stream = uuid4()
    with opened(database_url) as store:
        alone(store, fact(stream))
        upgrade_log(database_url, "test")
        assert isinstance(alone(store, fact(stream), on={stream: 1}), Appended)


def test_processes_that_start_at_once_upgrade_once(missing_url: str) -> None:
    if missing_url.startswith("postgresql"):
        # Whoever creates the database comes first; the upgrades themselves take turns.
        upgrade_log(missing_url, "test")
        execute(missing_url, "DROP SCHEMA public CASCADE")
        execute(missing_url, "CREATE SCHEMA public")
    failed = []

    def upgrade() -> None:
        try:
            upgrade_log(missing_url, "test")
        except Exception as error:  # noqa: BLE001  whatever it is, the test shows it
            failed.append(error)

    processes = [threading.Thread(target=upgrade) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert failed == []
    require_current(missing_url)


def test_an_account_with_the_grants_of_the_manual_appends_and_changes_nothing(
    postgres: PostgresServer, postgres_templates: tuple[str, str]
) -> None:
    url = postgres.create_database(postgres_templates[0])
    name = make_url(url).database
    role = f"app_{name}"
    postgres.psql(f'CREATE ROLE "{role}" LOGIN')
    for statement in grants(role):
        execute(url, statement)
    as_app = make_url(url).set(username=role).render_as_string(hide_password=False)
    with opened(as_app) as store:
        assert isinstance(alone(store, fact(uuid4(), subjects=(uuid4(),))), Appended)
        assert store.head().position == store.position_at(2**62) == 1
        assert store.forget_answers(0) == 0
    for table in ("fact", "fact_subject", "log_meta"):
        for change in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"ALTER TABLE {table} DISABLE TRIGGER ALL"):
            with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
                execute(as_app, change)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        execute(as_app, "UPDATE fact SET type = type")
    postgres.drop_database(url)
    postgres.psql(f'DROP ROLE "{role}"')
