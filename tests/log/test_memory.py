"""What SQLite remembers of the files of a process has one bound, however many connections there are."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import ROOT

MOST_MIB, WRITTEN_MIB = 8, 40
_GROW = """
import os, sqlite3, sys
import psutil
from domain.log import sqlite_connections
from projections.views import Views

most, kind, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
sqlite_connections.MOST_CACHED_MIB = most
made = sqlite3.connect(path)
made.execute("CREATE TABLE fact (position integer primary key, body blob)")
made.close()
views = Views(f"sqlite:///{path}")

def log():
    writer, reader = sqlite_connections.connect(path, 5, writer=True), sqlite_connections.connect(path, 5)
    reader.execute("PRAGMA cache_size = -262144")
    return writer, reader

writer, reader = log() if kind == "log" else [each.raw_connection().driver_connection for each in views.engines]
begun = psutil.Process().memory_info().rss
for _ in range(WRITTEN_MIB):
    writer.execute("BEGIN")
    writer.executemany("INSERT INTO fact (body) VALUES (?)", [(os.urandom(1024),)] * 1024)
    writer.execute("COMMIT")
reader.execute("SELECT sum(length(body)) FROM fact").fetchall()
print((psutil.Process().memory_info().rss - begun) >> 20)
"""


def grown_mib(most: int, kind: str, folder: Path) -> int:
    """Return by how much a process grows that writes a file and reads it with another connection."""
    script = _GROW.replace("WRITTEN_MIB", str(WRITTEN_MIB))
    command = [sys.executable, "-c", script, str(most), kind, str(folder / f"{most}.db")]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("kind", ["log", "views"])
def test_a_process_forgets_what_is_beyond_the_bound(kind: str, tmp_path: Path) -> None:
    assert grown_mib(MOST_MIB, kind, tmp_path) < 2 * MOST_MIB


def test_without_a_bound_it_would_remember_all(tmp_path: Path) -> None:
    assert grown_mib(0, "log", tmp_path) > WRITTEN_MIB
