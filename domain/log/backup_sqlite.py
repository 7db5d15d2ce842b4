"""Backups of SQLite databases: a copy of one snapshot by SQLite's own backup interface."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL

from domain.log.backup_files import BackupRefused, make_durable
from domain.log.sweeps import connect_sqlite, sqlite_path

Progress = Callable[[int, int], None]
Result = TypeVar("Result")

_PAGES = 4_096


def copy_database(url: str, file: Path, progress: Progress) -> None:
    """Copy a database as it is at one moment, while it is being written to, into one plain file."""
    with closing(connect_sqlite(url)) as source, closing(sqlite3.connect(file)) as copy:
        # The open read transaction pins the snapshot: otherwise each write elsewhere would begin the copy again.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=_PAGES, progress=lambda _status, left, total: progress(total - left, total))
        copy.execute("PRAGMA journal_mode = DELETE")  # everything in one file, no log beside it
    make_durable(file)


def put_in_place(file: Path, url: str, accept: Callable[[str], tuple[bool, Result]]) -> tuple[bool, Result]:
    """Restore a database file: copied beside its place, examined there, then given its name in one step.

    Until then no database of that name exists, so nobody can open half of one; what an interrupted restore left is
    overwritten by the next.

    Args:
        file: what to restore.
        url: the place, where nothing may be yet.
        accept: told the URL of the copy; says whether it may take its place, and why.

    Raises:
        BackupRefused: there is a database already.
    """
    path = sqlite_path(url)
    beside = path.with_name(f"{path.name}.restoring")
    refuse_existing(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(file, beside)
        make_durable(beside)
        accepted, result = accept(url_of(beside))
        if accepted:
            _name(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    make_durable(path.parent)
    return accepted, result


def url_of(file: Path) -> str:
    """Return the address of a file, whatever characters its path has."""
    return URL.create("sqlite", database=str(file)).render_as_string()


def refuse_existing(url: str) -> None:
    """Refuse a place where a database is, or what is left of one.

    Raises:
        BackupRefused: names what is there.
    """
    path = sqlite_path(url)
    for suffix in ("", "-wal", "-shm", "-journal"):
        if (found := path.with_name(path.name + suffix)).exists():
            raise BackupRefused(f"{found} exists: a restore never replaces a database, move it away first")


def _name(file: Path, path: Path) -> None:
    try:
        os.link(file, path)  # unlike a rename, refuses a name that somebody took meanwhile
    except FileExistsError:
        raise BackupRefused(f"{path} exists: a restore never replaces a database, move it away first") from None
