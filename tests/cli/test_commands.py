"""What each command does and says, and with which exit code."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from api.settings import TABLE
from tests.cli.imports import importing
from tests.cli.program import Aftercare, Ran
from tests.importing import azure_files


@pytest.fixture
def filled(program: Aftercare) -> Aftercare:
    """A log with a few facts."""
    assert program.run(*importing(azure_files.write(program.home / "data"))).code == 0
    return program


def one_line(ran: Ran, code: int) -> str:
    assert (ran.code, ran.err.count("\n")) == (code, 1), ran
    return ran.err


def test_status_lists_every_setting_and_hides_every_secret(program: Aftercare) -> None:
    ran = program.run("status", "--json", AFTERCARE_CURSOR_SECRET="s" * 40)
    told = json.loads(ran.out)
    assert [each["name"] for each in told["settings"]] == [setting.name for setting in TABLE]
    assert (ran.code, told["log"]["position"], "s" * 40 in ran.out) == (0, 0, False)


def test_status_changes_nothing_where_there_is_nothing(bare: Aftercare) -> None:
    ran = bare.run("status")
    assert (ran.code, "aftercare migrate" in ran.out) == (1, True)
    assert list(bare.home.iterdir()) == []


def test_the_help_names_every_command_and_the_exit_codes(bare: Aftercare) -> None:
    ran = bare.run("--help")
    commands = "demo status migrate serve project rebuild retry import export key vault backup restore verify"
    assert [each for each in commands.split() if f"\n  {each} " not in ran.out] == []
    assert "Exit codes" in ran.out


def test_a_key_is_issued_listed_and_revoked(program: Aftercare) -> None:
    token = program.run("key", "issue", "--role", "auditor", "--days", "3").out.strip()
    prefix = token.split("_")[1]
    assert program.run("key", "revoke", token).code == 0
    (listed,) = json.loads(program.run("key", "list", "--json").out)["keys"]
    assert (listed["prefix"], listed["role"], listed["state"]) == (prefix, "auditor", "revoked")
    assert "There is no key" in one_line(program.run("key", "revoke", "0000"), 1)


def test_a_read_model_is_rebuilt_by_name(filled: Aftercare) -> None:
    assert "registry: rebuilt up to position" in filled.run("rebuild", "registry").out
    ran = filled.run("rebuild", "regestry")
    assert (ran.code, "registry" in ran.err) == (2, True)


def test_parked_facts_are_told_and_retried(filled: Aftercare) -> None:
    assert filled.run("retry").out == "Nothing is parked.\n"
    assert filled.run("rebuild", "registry").code == 0
    with closing(sqlite3.connect(filled.home / "aftercare.db")) as connection:
        position, fact, key = connection.execute("SELECT position, fact_key, stream FROM fact").fetchone()
    with closing(sqlite3.connect(filled.home / "aftercare.views.db")) as connection:
        values = ("registry", key, position, fact, "equipment.taken_over", "KeyError", 0, "another")
        connection.execute("INSERT INTO parked VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        connection.commit()
    ran = filled.run("status")
    assert (ran.code, "Parked facts" in ran.out, "KeyError" in ran.out) == (1, True, True)
    ran = filled.run("retry", "registry")
    assert (ran.code, ran.out) == (0, "registry: 1 applied, 0 parked still\n")
    assert filled.run("status").code == 0


def test_a_wrapping_key_is_replaced(program: Aftercare) -> None:
    before = (program.home / "vault.keys").read_text()
    assert program.run("vault", "generate-key").code == 0
    assert program.run("vault", "rotate").code == 0
    current = (program.home / "vault.keys").read_text().splitlines()[0]
    (program.home / "vault.keys").write_text(current)
    told = json.loads(program.run("status", "--json").out)
    assert list(told["vault"]["keys_wrapped_by"]) == [current.split(":")[0]]
    assert current not in before


def test_a_backup_restored_elsewhere_verifies(filled: Aftercare, tmp_path: Path) -> None:
    folders = ("--log", str(tmp_path / "log"), "--vault", str(tmp_path / "vault"))
    assert filled.run("backup", *folders).code == 0
    there = tmp_path / "there"
    there.mkdir()
    elsewhere = Aftercare(there, AFTERCARE_VAULT_KEYS_FILE=str(filled.home / "vault.keys"))
    assert elsewhere.run("restore", *folders).code == 0
    ran = elsewhere.run("verify", "--json")
    assert (ran.code, json.loads(ran.out)["verdict"]) == (0, "clean")
    again = elsewhere.run("restore", *folders)
    assert (again.code, (there / "aftercare.db").exists()) == (1, True)


def damage(home: Path, statements: Sequence[str]) -> None:
    with closing(sqlite3.connect(home / "aftercare.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_fact_that_was_changed_is_found(filled: Aftercare) -> None:
    damage(filled.home, ["UPDATE fact SET occurred_at = occurred_at + 1 WHERE position = 7"])
    ran = filled.run("verify")
    assert (ran.code, "MANIPULATED" in ran.out) == (1, True)


@pytest.mark.parametrize("options", ["", "?sslmod=require", "?sslmode=sometimes"])
def test_a_database_that_is_away_is_told_in_one_line(program: Aftercare, options: str) -> None:
    ran = program.run("serve", DATABASE_URL=f"postgresql+psycopg://nobody@localhost:1/nowhere{options}")
    assert ran.code == 3
    assert ran.err.count("\n") == 1
    assert options.partition("=")[2] in ran.err or "invalid connection option" in ran.err


def test_status_for_people_has_one_row_for_each_setting(program: Aftercare) -> None:
    out = program.run("status").out
    assert [setting.name for setting in TABLE if f"│ {setting.name} " not in out] == []


def test_what_is_made_is_its_owners_alone(program: Aftercare) -> None:
    modes = {path.name: path.stat().st_mode & 0o077 for path in program.home.iterdir()}
    assert len(modes) >= 3
    assert set(modes.values()) == {0}, modes


_INTERRUPTED = """
import os, signal, sys
wanted = sys.argv.pop()
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from app import main
main()
"""


def test_ctrl_c_while_modules_are_loaded_ends_it_quietly(bare: Aftercare, subtests: pytest.Subtests) -> None:
    for module in ("flask", "cryptography", "api.cli.main", "eventsourcing", "projections.read_models"):
        with subtests.test(module):
            command = [sys.executable, "-c", _INTERRUPTED, "status", module]
            done = subprocess.run(command, env=bare.environment, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_what_rows_may_become_is_told_without_any_database(bare: Aftercare) -> None:
    ran = bare.run("import", "--kinds")
    assert (ran.code, " equipment.release " in ran.out, " equipment.failure_reported " in ran.out) == (0, True, True)
    ran = bare.run("import", "--kinds", "release")
    assert (ran.code, 'command = "equipment.release"\n' in ran.out) == (0, True)
    ran = bare.run("import", "--kinds", "nothing")
    assert (ran.code, "there is no command and no fact nothing" in ran.err) == (2, True)
