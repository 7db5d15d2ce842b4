"""Databases that are damaged or half made, and places where nothing may be written, are told in one line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.log.contract import HalfMade
from domain.log.log import open_log
from migrations import upgrade, upgrade_log
from tests.cli.inside import run_in, told_in_one_line
from tests.cli.program import Aftercare
from tests.servers import PostgresServer

NO_DATABASE = b"\x07" * 8_192
NOWHERE = "/proc/nothing/here"
KEY = "one:" + "A" * 43 + "="


@pytest.mark.parametrize(
    ("file", "commands"),
    [
        ("aftercare.db", ["migrate", "serve", "project", "export facts", "key list", "retry"]),
        ("aftercare.vault.db", ["migrate", "serve", "export facts", "vault rotate"]),
        ("aftercare.views.db", ["serve", "project", "rebuild registry", "retry", "export organisations"]),
    ],
)
def test_a_file_that_is_no_database_is_told_in_one_line(program: Aftercare, file: str, commands: list[str]) -> None:
    (program.home / file).write_bytes(NO_DATABASE)
    for command in commands:
        assert "not a database" in told_in_one_line(run_in(program.home, *command.split()), 3)
    ran = run_in(program.home, "status")
    assert (ran.code, "not a database" in ran.out) == (1, True)
    assert (program.home / file).read_bytes() == NO_DATABASE


def test_without_the_file_of_the_read_models_they_are_built_anew(program: Aftercare) -> None:
    (program.home / "aftercare.views.db").write_bytes(NO_DATABASE)
    line = told_in_one_line(run_in(program.home, "retry"), 3)
    assert "Without that file they are built anew" in line
    (program.home / "aftercare.views.db").unlink()
    assert run_in(program.home, "retry").code == 0


def test_a_log_that_is_half_made_is_told_and_made_whole(program: Aftercare) -> None:
    (program.home / "aftercare.db").unlink()
    upgrade(f"sqlite:///{program.home}/aftercare.db", "log")
    for command in ("key list", "serve", "retry"):
        assert "half made" in told_in_one_line(run_in(program.home, *command.split()), 1)
    ran = run_in(program.home, "status")
    assert (ran.code, "half made" in ran.out) == (1, True)
    assert run_in(program.home, "migrate").code == 0
    assert run_in(program.home, "key", "list").code == 0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_log_without_a_name_is_not_opened(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/aftercare.db"
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create_database()
    upgrade(url, "log")
    with pytest.raises(HalfMade, match="Run `aftercare migrate`"):
        open_log(url, now=lambda: datetime.now(UTC))
    upgrade_log(url, "test")
    open_log(url, now=lambda: datetime.now(UTC)).close()


@pytest.mark.parametrize("command", ["vault generate-key", "demo"])
def test_a_home_that_cannot_be_made_is_told_in_one_line(command: str) -> None:
    assert "cannot be made" in told_in_one_line(run_in(Path(NOWHERE), *command.split()), 3)


def test_databases_whose_folder_cannot_be_made_are_told_in_one_line() -> None:
    assert "cannot be made" in told_in_one_line(run_in(Path(NOWHERE), "migrate", AFTERCARE_VAULT_KEYS=KEY), 3)


def test_a_port_that_is_no_number_is_told_without_the_password() -> None:
    line = told_in_one_line(run_in(Path(NOWHERE), "status", DATABASE_URL="postgresql://u:hunter2@h:abc/db"), 2)
    assert ("DATABASE_URL" in line, "hunter2" in line) == (True, False)


@pytest.mark.parametrize("name", ["DATABASE_URL", "AFTERCARE_VIEWS_URL", "AFTERCARE_VAULT_URL"])
def test_what_the_demonstration_makes_up_goes_into_no_database_that_is_named(bare: Aftercare, name: str) -> None:
    ran = run_in(bare.home / "home", "demo", **{name: f"sqlite:///{bare.home}/live.db"})
    assert "into the home folder alone" in told_in_one_line(ran, 1)
    assert list(bare.home.iterdir()) == []


def test_the_demonstration_keeps_out_of_production(bare: Aftercare) -> None:
    ran = run_in(bare.home / "home", "demo", AFTERCARE_ENVIRONMENT="production")
    assert "never in production" in told_in_one_line(ran, 1)
    assert list(bare.home.iterdir()) == []


def test_what_a_restored_log_lacks_is_told_before_anything_is_made(program: Aftercare, tmp_path: Path) -> None:
    assert run_in(program.home, "backup", "--log", str(tmp_path / "log"), "--vault", str(tmp_path / "vault")).code == 0
    log, vault = ("--log", str(tmp_path / "log")), ("--vault", str(tmp_path / "vault"))
    alone = run_in(tmp_path / "new", "restore", *log)
    assert (alone.code, "--vault or --without-vault" in alone.err) == (2, True)
    without_keys = run_in(tmp_path / "new", "restore", *log, *vault)
    assert (without_keys.code, "the keys there with which the vault was made" in without_keys.err) == (1, True)
    assert not list(tmp_path.glob("new/*.db"))
