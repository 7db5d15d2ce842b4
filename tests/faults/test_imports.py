"""An import that dies, is interrupted or finds the disk full, is gone on with: every entry once, every unit whole."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.log.codec import fact_id_of
from migrations import upgrade_log
from tests.benchmarks.states import ledger_at
from tests.faults import imports
from tests.faults.points import Point

LIVES = 30
PATIENCE_SECONDS = 120


def begin(url: str, lives: int, *dying: str) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-m", "tests.faults.imports", url, str(lives), *dying]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def require_whole_units(url: str, lives: int) -> int:
    """Require that each unit is on record whole or not at all, once; return how many of them are."""
    with ledger_at(url) as (log, _):
        keys = {row.fact_key for row in log.rows(0, 1_000_000)}
    whole = 0
    for unit in [*imports.shared(), *(unit for lane in imports.lanes(lives) for unit in lane)]:
        present = {fact_id_of(entry.source, 0) in keys for entry in unit}
        assert len(present) == 1, unit
        whole += present == {True}
    return whole


def require_gone_on_with(url: str, lives: int) -> None:
    """Require that a second run records what is missing, and a third one nothing."""
    before = require_whole_units(url, lives)
    units = len(imports.shared()) + lives * len(imports.lane(0))
    for missing in (units - before, 0):
        out, _ = begin(url, lives).communicate(timeout=PATIENCE_SECONDS)
        assert out.splitlines()[-1] == f"{missing} done"
    with ledger_at(url) as (log, _):
        rows = log.rows(0, 1_000_000)
        assert len(rows) == len({row.fact_key for row in rows}) == 3 + lives * (imports.READINGS + 7)


@pytest.mark.faults
@pytest.mark.parametrize("point", [Point.BEFORE_COMMIT, Point.AFTER_COMMIT])
@pytest.mark.parametrize("number", [1, 3])
def test_an_import_that_is_killed_is_gone_on_with(database_url: str, point: Point, number: int) -> None:
    died = begin(database_url, LIVES, point.value, str(number))
    died.communicate(timeout=PATIENCE_SECONDS)
    assert died.returncode == -signal.SIGKILL
    require_gone_on_with(database_url, LIVES)


@pytest.mark.faults
def test_an_import_that_is_interrupted_ends_at_once_and_knows_how_far_it_came(database_url: str) -> None:
    running = begin(database_url, 0)
    assert running.stdout is not None
    for _ in range(3):
        assert running.stdout.readline() == "life\n"
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=PATIENCE_SECONDS)
    recorded, said = out.splitlines()[-1].split()
    assert said == "interrupted"
    assert require_whole_units(database_url, 1_000) == int(recorded)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.faults
def test_an_import_that_fills_the_disk_says_so_and_is_gone_on_with_when_there_is_room(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/aftercare.db"
    upgrade_log(url, "test")
    out, _ = begin(url, 0).communicate(timeout=PATIENCE_SECONDS)
    recorded, said = out.splitlines()[-1].split(maxsplit=1)
    assert said == "The disk of the log is full."
    lives = out.splitlines().count("life")
    subprocess.run(["mount", "-o", "remount,size=256m", str(small_disk)], check=True)
    assert require_whole_units(url, lives + 20) == int(recorded) > 0
    require_gone_on_with(url, lives + 20)
