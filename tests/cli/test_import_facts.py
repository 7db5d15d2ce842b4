"""Facts that go from one installation to another by the command line."""

import gzip
import json
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.program import Aftercare
from tests.projections.recording import opened, record
from tests.projections.test_engine import LIVES

_DYING = """
import os, sys
from domain.log import copying
sign, left = int(sys.argv.pop()), int(sys.argv.pop())
copying.PAGE = 2
append = copying._append
def dying(log, batch):
    append(log, batch)
    if log.head().position > left:
        os.kill(os.getpid(), sign)
copying._append = dying
from app import main
main()
"""
"""Imports, two facts at once, and ends its own process once there are more than so many."""


@pytest.fixture(scope="module")
def file(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The facts of a small log."""
    home = tmp_path_factory.mktemp("source") / "home"
    shutil.copytree(prepared, home)
    with closing(opened(f"sqlite:///{home}/aftercare.db")) as log:
        record(log, LIVES)
    made = home / "facts.ndjson"
    assert Aftercare(home).run("export", "facts", "-o", str(made)).code == 0
    return made


def bodies(text: str) -> list[str]:
    """Return what copies have in common: all but the first and the last line, and when facts were recorded."""
    return [line.partition('"recorded_at"')[0] + line.partition('"body":')[2] for line in text.splitlines()[1:-1]]


@pytest.fixture
def target(tmp_path: Path) -> Aftercare:
    """An empty log with a name and keys of its own."""
    home = tmp_path / "target"
    home.mkdir()
    return Aftercare(home).ready()


def test_facts_are_imported_once_and_word_for_word(file: Path, target: Aftercare) -> None:
    facts = len(file.read_text().splitlines()) - 2
    ran = target.run("import", "--facts", str(file))
    source = json.loads(file.read_text().splitlines()[0])["log"]
    assert (ran.code, ran.out.startswith(f"{facts} facts of log {source} recorded, 0 on record already.")) == (0, True)
    packed = file.with_suffix(".ndjson.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    again = target.run("import", "--facts", str(packed))
    assert (again.code, again.out.startswith(f"0 facts of log {source} recorded, {facts} on")) == (0, True)
    assert bodies(target.run("export", "facts").out) == bodies(file.read_text())
    assert target.run("verify").code == 0


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_import_that_was_ended_is_gone_on_with(file: Path, target: Aftercare, sign: int) -> None:
    arguments = ["import", "--facts", str(file), "2", str(int(sign))]
    died = subprocess.run(
        [sys.executable, "-c", _DYING, *arguments], env=target.environment, capture_output=True, text=True, check=False
    )
    if sign == signal.SIGKILL:
        assert died.returncode == -sign
    else:
        told = "Error: interrupted; the log ends at position 4. The same command goes on from here"
        assert (died.returncode, died.stderr.splitlines()[-1]) == (1, told)
    assert "4 on record already" in target.run("import", "--facts", str(file)).out
    assert bodies(target.run("export", "facts").out) == bodies(file.read_text())


def refused(target: Aftercare, *arguments: str) -> str:
    """Return why nothing was recorded."""
    ran = target.run("import", "--facts", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1), ran
    assert json.loads(target.run("status", "--json").out)["log"]["position"] == 0
    return ran.err


def test_a_copy_that_is_not_to_be_relied_on_is_refused_and_nothing_is_recorded(
    file: Path, target: Aftercare, tmp_path: Path
) -> None:
    text, bad = file.read_bytes(), tmp_path / "bad.ndjson"
    bad.write_bytes(text.replace(b'"serial":"', b'"serial":"X', 1))
    assert "their digest differs" in refused(target, str(bad))
    bad.write_bytes(gzip.compress(text)[:-20])
    assert "was cut behind" in refused(target, str(bad))
    bad.write_bytes(b"\x28\xb5\x2f\xfd" + b"x" * 100)
    assert "cannot be unpacked" in refused(target, str(bad))
    bad.write_bytes(text.replace(b'"environment":"', b'"environment":"of-', 1))
    assert "--from-environment of-" in refused(target, str(bad))


def test_of_a_copy_that_was_cut_what_is_whole_is_recorded_if_that_is_said(
    file: Path, target: Aftercare, tmp_path: Path
) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    cut = tmp_path / "cut.ndjson"
    cut.write_bytes(b"".join(lines[:8])[:-5])
    assert "was cut behind 6 facts: its last line is missing. Nothing was recorded" in refused(target, str(cut))
    ran = target.run("import", "--facts", "--partial", str(cut))
    assert (ran.code, ran.out[:8], "The copy was cut" in ran.err) == (0, "6 facts ", True)
    assert "6 on record already" in target.run("import", "--facts", str(file)).out
