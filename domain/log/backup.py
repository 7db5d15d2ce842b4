"""Backup and restore of a log and of its vault, each into a place of its own.

Take the log first, then the vault: the vault then holds every key that the log needs. Restore the vault first, then
the log, which is verified with it. Read models are not backed up: they are rebuilt.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from domain.log.backup_files import (
    FORMAT,
    BackupRefused,
    Manifest,
    StoredFile,
    describe,
    examine,
    finish,
    new_folder,
)
from domain.log.backup_postgres import copy_tables, load_tables, refuse_filled, snapshot
from domain.log.backup_sqlite import copy_database, put_in_place, refuse_existing, url_of
from domain.log.contract import Head
from domain.log.sweeps import (
    DRIVER_ERRORS,
    Sweep,
    cause,
    connect_postgres,
    connect_sqlite,
    is_sqlite,
    postgres_sweep,
    sqlite_sweep,
)
from domain.log.vault import Vault, WrappingKeys
from domain.log.vault_fit import require_fit
from domain.log.verify import Report, Verdict, verify, verify_sweep

__all__ = [
    "BackupRefused",
    "Manifest",
    "Restored",
    "back_up_log",
    "back_up_vault",
    "examine",
    "restore_log",
    "restore_vault",
]

Progress = Callable[[int, int], None]

_ACCEPTED = (Verdict.CLEAN, Verdict.INCOMPLETE)


class Restored(NamedTuple):
    """What came of the restore of a log."""

    manifest: Manifest
    report: Report
    in_place: bool
    """Whether the log is there now. One that verification calls manipulated is not, and nothing was changed."""


def back_up_log(url: str, target: Path, taken_at: datetime, progress: Progress = lambda _done, _of: None) -> Manifest:
    """Back a log up into a folder, as it is at one moment, while facts are being appended.

    Raises:
        BackupRefused: the folder is not empty, or there is no log at this place.
    """
    return _back_up("log", url, target, taken_at, progress)


def back_up_vault(url: str, target: Path, taken_at: datetime, progress: Progress = lambda _done, _of: None) -> Manifest:
    """Back a vault up into a folder outside the log's backups: together, the two would outlive every erasure.

    Its keys stay wrapped; the wrapping keys are not in it.

    Raises:
        BackupRefused: the folder is not empty or lies in another backup, or there is no vault at this place.
    """
    return _back_up("vault", url, target, taken_at, progress)


def restore_log(
    source: Path,
    url: str,
    vault: Vault | None,
    known_revisions: Iterable[str],
    progress: Progress = lambda _done, _of: None,
) -> Restored:
    """Restore a log into a place that holds none, and verify it before anyone can open it.

    On SQLite the place must not exist; on PostgreSQL it is a migrated, empty database, filled in one transaction.

    Args:
        source: the folder of the backup.
        url: the place.
        vault: the log's vault, to verify that sealed fields open; without it they stay unchecked.
        known_revisions: the revisions of the log that this version understands.
        progress: told how far loading and verification are, one after the other.

    Raises:
        BackupRefused: the backup is damaged, incomplete or of a newer version, or the place is not empty.
    """
    with _refusing():
        manifest = _fitting(source, url, "log", known_revisions)
        if is_sqlite(url):
            file = source / manifest.files[0].name

            def accept(copy: str) -> tuple[bool, Report]:
                return _judged(manifest, verify(copy, vault, progress))

            in_place, report = put_in_place(file, url, accept)
            return Restored(manifest, report, in_place)
        with connect_postgres(url) as connection:
            load_tables(connection, "log", source, manifest.files, progress)
            in_place, report = _judged(manifest, verify_sweep(postgres_sweep(connection), vault, progress))
            if not in_place:
                connection.rollback()
        _analyse(url)
        return Restored(manifest, report, in_place)


def restore_vault(
    source: Path,
    url: str,
    wrapping: WrappingKeys,
    known_revisions: Iterable[str],
    progress: Progress = lambda _done, _of: None,
) -> Manifest:
    """Restore a vault into a place that holds none, if its wrapping keys fit: before that, nobody can open it.

    Raises:
        BackupRefused: as `restore_log`.
        VaultFault: the wrapping keys are not those of this vault; nothing was changed.
    """
    with _refusing():
        manifest = _fitting(source, url, "vault", known_revisions)
        if is_sqlite(url):

            def accept(copy: str) -> tuple[bool, list[str]]:
                with closing(connect_sqlite(copy)) as connection:
                    damaged = [text for (text,) in connection.execute("PRAGMA integrity_check(1)") if text != "ok"]
                    if not damaged:
                        require_fit(connection, wrapping)
                    return not damaged, damaged

            _, damaged = put_in_place(source / manifest.files[0].name, url, accept)
            if damaged:
                raise BackupRefused(f"{source} holds a damaged database")
        else:
            with connect_postgres(url) as connection:
                load_tables(connection, "vault", source, manifest.files, progress)
                require_fit(connection, wrapping)
            _analyse(url)
        return manifest


def _back_up(part: str, url: str, target: Path, taken_at: datetime, progress: Progress) -> Manifest:
    with _refusing():
        described: dict[str, Any]
        if is_sqlite(url):
            with closing(connect_sqlite(url)) as source:  # what is no such database is refused before a folder is made
                _described(part, sqlite_sweep(source), source)
            new_folder(target)
            file = target / f"{part}.db"
            copy_database(url, file, progress)
            with closing(connect_sqlite(url_of(file))) as copy:
                described = _described(part, sqlite_sweep(copy), copy)
            files = [describe(file)]
        else:
            with snapshot(url) as connection:
                described = _described(part, postgres_sweep(connection), connection)
                new_folder(target)
                files = copy_tables(connection, part, target, progress)
        if described["revision"] is None:
            raise BackupRefused(f"the {part} has no revision: migrate it first")
        return finish(target, _manifest(part, url, taken_at, files, described))


def _manifest(part: str, url: str, taken_at: datetime, files: list[StoredFile], described: dict[str, Any]) -> Manifest:
    database = "sqlite" if is_sqlite(url) else "postgresql"
    return Manifest(format=FORMAT, part=part, database=database, taken_at=taken_at, files=tuple(files), **described)


def _described(part: str, log: Sweep, connection: "sqlite3.Connection | psycopg.Connection[Any]") -> dict[str, Any]:
    """Return what the database says of itself, in the same snapshot."""
    if part == "log":
        heads, metas = log.heads(), log.metas()
        if not heads or not metas:
            raise BackupRefused("the database holds no log with a head and a name")
        named = {"log_id": metas[0].log_id, "environment": metas[0].environment}
        return {**named, "head": heads[0].position, "recorded_at": heads[0].recorded_at, "revision": log.revision()}
    owner = connection.execute("SELECT log_id FROM vault_meta").fetchone()
    (revision,) = connection.execute("SELECT version_num FROM vault_revision").fetchone() or (None,)
    log_id = UUID(str(owner[0])) if owner else None
    return {"log_id": log_id, "environment": None, "head": None, "recorded_at": None, "revision": revision}


def _fitting(source: Path, url: str, part: str, known_revisions: Iterable[str]) -> Manifest:
    """Return the manifest of a whole backup that fits the place, which is empty."""
    (refuse_existing(url) if is_sqlite(url) else refuse_filled(url, part))
    manifest = examine(source, part, known_revisions)
    database = "sqlite" if is_sqlite(url) else "postgresql"
    if manifest.database != database:
        raise BackupRefused(f"{source} is a backup of {manifest.database}, the place is {database}")
    if not manifest.files:
        raise BackupRefused(f"{source} is incomplete: it names no files")
    return manifest


def _judged(manifest: Manifest, report: Report) -> tuple[bool, Report]:
    expected = Head(manifest.head or 0, manifest.recorded_at or 0)
    if report.verdict in _ACCEPTED and report.head != expected:
        raise BackupRefused(f"the backup does not end at position {expected.position} as its manifest says")
    return report.verdict in _ACCEPTED, report


def _analyse(url: str) -> None:
    """Tell the planner of the new rows, so that the first queries are not planned for an empty log."""
    with connect_postgres(url) as connection:
        connection.autocommit = True
        connection.execute("ANALYZE")


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except DRIVER_ERRORS as error:
        raise BackupRefused(f"the database refused: {cause(error)}") from error
    except OSError as error:
        raise BackupRefused(f"a file could not be read or written: {error}") from error
