"""The wrapping keys of the vault, from where the settings say they are."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.cli.outputs import CannotWrite
from api.cli.places import make_private
from api.settings import Settings
from domain.log.backup_files import make_durable
from domain.log.vault import (
    WrappingKeys,
    WrappingKeysRefused,
    new_wrapping_key,
    parse_wrapping_keys,
    read_wrapping_keys,
)

_OWNER_ONLY = 0o600


def keyring_file(settings: Settings) -> Path:
    """Return the file of the wrapping keys: the one that is set, or `vault.keys` in the home folder."""
    return Path(settings.vault_keys_file) if settings.vault_keys_file else settings.home / "vault.keys"


def keyring(settings: Settings) -> WrappingKeys:
    """Return the wrapping keys.

    Raises:
        WrappingKeysRefused: there are none, or they cannot be read.
    """
    if settings.vault_keys:
        return parse_wrapping_keys(settings.vault_keys)
    file = keyring_file(settings)
    if not file.exists():
        raise WrappingKeysRefused(
            f"There is no wrapping key: neither AFTERCARE_VAULT_KEYS nor a file {file}. "
            "Put the keys there with which the vault was made. For a new vault run `aftercare vault generate-key`, and "
            "keep what it makes apart from the databases and their backups."
        )
    return read_wrapping_keys(file)


def write_secret(file: Path, text: str) -> None:
    """Write a file that its owner alone can read, whole or not at all, and durably.

    Raises:
        FileExistsError: there is such a file.
        CannotWrite: the disk is full, or nothing may be written there.
    """
    _make_durably(file.parent)
    with _telling(file):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        try:
            with os.fdopen(descriptor, "w") as opened:
                opened.write(text)
            make_durable(file)
        except BaseException:
            file.unlink()
            raise
        make_durable(file.parent)


def add_wrapping_key(file: Path, key_id: str) -> None:
    """Put a fresh wrapping key in front of those in a file; it wraps from now on, the others still unwrap.

    When this returns, the key is durable. The file beside, which bears the name until then, keeps others from adding
    one meanwhile: of two who read the same older keys, the later would take the earlier's key away.

    Raises:
        WrappingKeysRefused: the file holds something else, or a key of this id, or another one is being added.
        CannotWrite: the disk is full, or nothing may be written there.
    """
    beside = file.with_name(f"{file.name}.new")
    try:
        write_secret(beside, "")
    except FileExistsError:
        raise WrappingKeysRefused(
            f"Another key is being added, or one was cut off: {beside} is there. Remove it if nobody is adding one."
        ) from None
    try:
        text = f"{new_wrapping_key(key_id)}\n{_older(file)}"
        parse_wrapping_keys(text)
        with _telling(file):
            beside.write_text(text)
            make_durable(beside)
            beside.replace(file)
            make_durable(file.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _older(file: Path) -> str:
    """Return the keys that a file holds already."""
    if not file.exists():
        return ""
    read_wrapping_keys(file)
    return file.read_text("ascii")


def _make_durably(folder: Path) -> None:
    """Make a folder, and those around it, that a power loss does not take with the keys in it."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    make_private(folder)
    with _telling(folder):
        for each in missing:
            make_durable(each.parent)


@contextmanager
def _telling(place: Path) -> Iterator[None]:
    """Tell troubles of the disk in one line; that a file is there already is for the caller to tell."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise CannotWrite(f"{place} cannot be written: {error.strerror or error}.") from error
