"""The wrapping keys of the vault, from where the settings say they are."""

import os
from pathlib import Path

from api.settings import Settings
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
            "Run `aftercare vault generate-key`, and keep what it makes apart from the databases and their backups."
        )
    return read_wrapping_keys(file)


def write_secret(file: Path, text: str) -> None:
    """Write a file that its owner alone can read, whole or not at all.

    Raises:
        FileExistsError: there is such a file.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)


def add_wrapping_key(file: Path, key_id: str) -> None:
    """Put a fresh wrapping key in front of those in a file; it wraps from now on, the others still unwrap.

    Raises:
        WrappingKeysRefused: the file holds something else, or a key of this id.
    """
    older = file.read_text("ascii") if file.exists() else ""
    text = f"{new_wrapping_key(key_id)}\n{older}"
    parse_wrapping_keys(text)
    beside = file.with_name(f"{file.name}.new")
    beside.unlink(missing_ok=True)
    write_secret(beside, text)
    beside.replace(file)
