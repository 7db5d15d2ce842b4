"""`aftercare verify`: its exit code is a verdict, and nothing else is ever taken for one."""

import shutil
from pathlib import Path
from typing import Any

import pytest

import app
from domain.log.vault import new_wrapping_key
from tests.cli.imports import MAPPING, companies, mapping
from tests.cli.inside import run_in, run_of, told_in_one_line
from tests.cli.program import Aftercare

MEMBERS = r"""
[[records]]
name = "member"
from = "companies"
command = "organisation.add_member"
at = "{since}"
id = "member/{number}"
[records.fields]
organisation_id = { id = "{number}" }
member_id = { id = "member/{number}" }
name = "{name}"
email = "{name}@example.org"
"""


@pytest.fixture
def home(program: Aftercare) -> Path:
    """A home folder with empty databases."""
    return program.home


@pytest.fixture
def sealed(home: Path) -> Path:
    """The same with personal fields on record."""
    made = run_in(home, "import", "--mapping", mapping(home, MAPPING + MEMBERS), companies(home))
    assert made.code == 0, made
    return home


def test_without_the_vault_a_verdict_is_incomplete_where_fields_are_sealed(sealed: Path) -> None:
    assert run_in(sealed, "verify").code == 0
    ran = run_in(sealed, "verify", "--without-vault")
    assert (ran.code, ran.out.startswith("incomplete: 6 sealed fields were not opened")) == (2, True)


def test_without_the_vault_a_log_without_personal_fields_is_clean(home: Path) -> None:
    assert run_in(home, "verify", "--without-vault").code == 0


@pytest.mark.parametrize(
    ("arguments", "environment", "why"),
    [
        ([], {"AFTERCARE_VAULT_KEYS": new_wrapping_key("another")}, "which was not given"),
        ([], {"AFTERCARE_VAULT_KEYS": "nonsense"}, "wrapping key 1"),
        ([], {"AFTERCARE_PROT": "1"}, "is not a setting"),
        ([], {"DATABASE_URL": "sqlite:////nowhere/aftercare.db"}, "no vault"),
        (["--without-vault"], {"DATABASE_URL": "sqlite:////nowhere/aftercare.db"}, ""),
        (["--with-vault"], {}, "No such option"),
        (["everything"], {}, "unexpected extra argument"),
    ],
)
def test_what_keeps_it_from_a_verdict_is_not_taken_for_one(
    sealed: Path, arguments: list[str], environment: dict[str, str], why: str
) -> None:
    ran = run_in(sealed, "verify", *arguments, **environment)
    assert (ran.code, why in ran.err, "Traceback" in ran.err) == (3, True, False), ran


class Failing(app.Program):
    """A program whose vault fails in an unforeseen way."""

    error: type[BaseException]

    def vault(self) -> Any:
        raise self.error("unforeseen")


@pytest.mark.parametrize(
    ("error", "said"), [(RuntimeError, "Traceback"), (KeyboardInterrupt, "before it came to a verdict")]
)
def test_neither_a_fault_nor_an_end_on_the_way_is_a_verdict(home: Path, error: type[BaseException], said: str) -> None:
    program = Failing({"AFTERCARE_HOME": str(home)})
    program.error = error
    ran = run_of(program, "verify")
    assert (ran.code, said in ran.err) == (3, True)


@pytest.mark.parametrize("file", ["aftercare.db", "aftercare.vault.db"])
def test_files_that_are_no_databases_are_not_called_manipulated(home: Path, file: str) -> None:
    (home / file).write_bytes(b"\x07" * 8_192)
    ran = run_in(home, "verify")
    assert (ran.code, "Traceback" in ran.err) == (3, False), ran


def test_help_is_no_verdict_either(home: Path) -> None:
    ran = run_in(home, "verify", "--help")
    assert (ran.code, "3 not run" in ran.out) == (0, True)
    shutil.rmtree(home)
    assert "\n" in told_in_one_line(run_in(home, "verify"), 3)
