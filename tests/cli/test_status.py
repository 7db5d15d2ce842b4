"""`aftercare status` tells what there is and changes nothing of it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from domain.log.vault import new_wrapping_key
from tests.cli.imports import companies, importing, mapping
from tests.cli.program import Aftercare
from tests.importing import azure_files

STOPPED = "equipment.released at position 7: unreadable"


def contents(home: Path) -> dict[str, list[str]]:
    """Return everything that stands in the databases."""
    found = {}
    for file in home.glob("*.db"):
        with closing(sqlite3.connect(file)) as connection:
            found[file.name] = list(connection.iterdump())
    return found


def test_nothing_is_changed_and_what_stopped_a_read_model_is_told_every_time(program: Aftercare) -> None:
    assert program.run(*importing(azure_files.write(program.home / "data"))).code == 0
    assert program.run("rebuild", "registry").code == 0
    with closing(sqlite3.connect(program.home / "aftercare.views.db")) as connection:
        connection.execute("UPDATE read_model SET error = ? WHERE name = 'registry'", [STOPPED])
        connection.commit()
    before = contents(program.home)
    for _ in range(2):
        ran = program.run("status", "--json")
        told = json.loads(ran.out)["read_models"]
        assert (ran.code, told["registry"]["error"], told["history"]["error"]) == (1, STOPPED, None)
    assert contents(program.home) == before


def test_a_vault_that_was_never_used_stays_so(program: Aftercare) -> None:
    before = contents(program.home)
    ran = program.run("status", "--json")
    assert (ran.code, json.loads(ran.out)["vault"]["keys_wrapped_by"]) == (0, {})
    assert contents(program.home) == before


def test_read_models_that_nobody_has_let_follow_are_told_as_such(program: Aftercare) -> None:
    assert program.run("import", "--mapping", mapping(program.home), companies(program.home)).code == 0
    ran = program.run("status")
    assert (ran.code, "Read models" in ran.out) == (0, False)
    assert "No read model has followed the log yet: it is 3 facts ahead." in ran.out
    assert program.run("export", "organisations").code == 0
    ran = program.run("status")
    assert (ran.code, "Read models" in ran.out, "No read model" in ran.out) == (0, True, False)


@pytest.mark.parametrize("key_id", ["another", "the same"])
def test_a_wrapping_key_that_does_not_fit_is_told(program: Aftercare, key_id: str) -> None:
    assert program.run(*importing(azure_files.write(program.home / "data"))).code == 0
    file = program.home / "vault.keys"
    former = file.read_text().partition(":")[0]
    file.write_text(new_wrapping_key(former if key_id == "the same" else "another"))
    ran = program.run("status", "--json")
    told = json.loads(ran.out)["vault"]
    assert (ran.code, repr(former) in told["fault"], list(told["keys_wrapped_by"])) == (1, True, [former])
