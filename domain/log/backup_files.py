"""The files of a backup, and the manifest without which it is none."""

import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

FORMAT = 1
"""The format of backups. A newer one is refused."""

MANIFEST = "backup.json"

_CHUNK = 1 << 20


class BackupRefused(Exception):  # noqa: N818  a sentence, as refusals are
    """The backup or the restore cannot be done; nothing was changed."""


class StoredFile(msgspec.Struct, frozen=True):
    """One file of a backup."""

    name: str
    octets: int
    sha256: str
    table: str | None = None
    """The table whose rows it holds; None for a whole database file."""
    columns: tuple[str, ...] = ()
    rows: int | None = None


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. It is written last: a folder without it is an unfinished backup."""

    format: int
    part: str
    """`log` or `vault`."""
    database: str
    """`sqlite` or `postgresql`."""
    revision: str
    """The revision of the tables."""
    log_id: UUID | None
    """The log; for a vault, the log whose keys it holds, None if the two have never met."""
    environment: str | None
    head: int | None
    """The last position of a log; None for a vault."""
    recorded_at: int | None
    """When that was recorded."""
    taken_at: datetime
    files: tuple[StoredFile, ...]


def new_folder(target: Path) -> None:
    """Make the folder of a backup: empty, readable by its owner only, and in no other backup.

    Raises:
        BackupRefused: something is in it, or it lies in another backup: keys never travel with what they open.
    """
    for above in (target, *target.resolve().parents):
        if (above / MANIFEST).exists():
            raise BackupRefused(f"{above} holds a backup already: choose another folder, outside of it")
    target.mkdir(parents=True, mode=0o700, exist_ok=True)
    if any(target.iterdir()):
        raise BackupRefused(f"{target} is not empty")


def describe(file: Path, table: str | None = None, columns: Iterable[str] = (), rows: int | None = None) -> StoredFile:
    """Return a finished file as the manifest names it."""
    size, digest = _measure(file)
    return StoredFile(file.name, size, digest, table, tuple(columns), rows)


def finish(target: Path, manifest: Manifest) -> Manifest:
    """Make the backup complete: the manifest appears at once and whole, after everything it names is on disk."""
    unfinished = target / f"{MANIFEST}.unfinished"
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2) + b"\n")
    make_durable(unfinished)
    unfinished.rename(target / MANIFEST)
    make_durable(target)
    make_durable(target.resolve().parent)
    return manifest


def examine(source: Path, part: str, known_revisions: Iterable[str]) -> Manifest:
    """Return the manifest of a backup that is whole and not newer than this version.

    Raises:
        BackupRefused: it is none, is unfinished or damaged, holds something else, or a newer version wrote it.
    """
    manifest = _read_manifest(source)
    if manifest.part != part:
        raise BackupRefused(f"{source} is a backup of a {manifest.part}, not of a {part}")
    if manifest.revision not in set(known_revisions):
        raise BackupRefused(f"{source} is of revision {manifest.revision}: a newer version of Aftercare wrote it")
    for stored in manifest.files:
        file = source / stored.name
        if Path(stored.name).name != stored.name or not file.is_file():
            raise BackupRefused(f"{source} is incomplete: {Path(stored.name).name} is missing")
        if _measure(file) != (stored.octets, stored.sha256):
            raise BackupRefused(f"{source} is damaged: {stored.name} is not what was written")
    return manifest


def make_durable(path: Path) -> None:
    """Return when a file's content, or a folder's names, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_manifest(source: Path) -> Manifest:
    try:
        written = (source / MANIFEST).read_bytes()
    except OSError:
        raise BackupRefused(f"{source} holds no finished backup: there is no {MANIFEST}") from None
    try:
        version = msgspec.json.decode(written, type=dict)["format"]
        if version == FORMAT:
            return msgspec.json.decode(written, type=Manifest)
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError):
        raise BackupRefused(f"{source} is damaged: {MANIFEST} cannot be read") from None
    raise BackupRefused(f"{source} is a backup of format {version}: a newer version of Aftercare wrote it")


def _measure(file: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
