"""Wrapping keys: the few keys outside the vault that protect all keys inside it."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class VaultFault(Exception):  # noqa: N818  named as the state of the vault
    """The vault cannot do what was asked; the message never holds a key or anything personal."""


class WrappingKeysRefused(VaultFault):
    """The setting of the wrapping keys cannot be used."""


class WrappingKeyMissing(VaultFault):
    """A key of the vault is wrapped by a wrapping key that was not given."""

    def __init__(self, key_id: str) -> None:
        """Name the wrapping key that is needed."""
        self.key_id = key_id
        super().__init__(f"the vault needs wrapping key {key_id!r}, which was not given")


class WrappingKeyWrong(VaultFault):
    """A wrapping key of the right name does not fit, or a wrapped key was changed or moved."""

    def __init__(self, key_id: str) -> None:
        """Name the wrapping key that does not fit."""
        self.key_id = key_id
        super().__init__(
            f"wrapping key {key_id!r} does not open what was wrapped by it: another key, or a damaged vault"
        )


class WrappingKeys:
    """The wrapping keys of one vault: the current one wraps, all of them unwrap."""

    def __init__(self, current: str, keys: Mapping[str, bytes]) -> None:
        """Take the keys by their ids.

        Args:
            current: id of the key that wraps from now on.
            keys: 32 bytes each.
        """
        self.current = current
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the current one first."""
        return (self.current, *(key_id for key_id in self._ciphers if key_id != self.current))

    def __repr__(self) -> str:
        return f"WrappingKeys({', '.join(self.ids)})"

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """Return the secret, encrypted by the current key, bound to its context and to the key's id."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[self.current].encrypt(nonce, secret, _bound(context, self.current))

    def unwrap(self, wrapped: bytes, context: bytes, key_id: str) -> bytes:
        """Return the secret.

        Raises:
            WrappingKeyMissing: the key was not given.
            WrappingKeyWrong: the key does not fit, or the wrapped secret was changed or stood elsewhere.
        """
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise WrappingKeyMissing(key_id)
        nonce, ciphertext = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, ciphertext, _bound(context, key_id))
        except (InvalidTag, ValueError):
            raise WrappingKeyWrong(key_id) from None


def _bound(context: bytes, key_id: str) -> bytes:
    """Return associated data that no other pair of context and key id gives: lengths come first."""
    return len(context).to_bytes(4, "big") + context + key_id.encode()


def parse_wrapping_keys(text: str) -> WrappingKeys:
    """Return the wrapping keys of a setting: `id:base64`, more after commas or on further lines; the first is current.

    Raises:
        WrappingKeysRefused: nothing is given, or an entry is malformed. The entry is named by its number only.
    """
    keys: dict[str, bytes] = {}
    entries = [entry.strip() for entry in re.split(r"[,\n]", text) if entry.strip()]
    for number, entry in enumerate(entries, start=1):
        key_id, colon, written = entry.partition(":")
        if not colon or not _ID.fullmatch(key_id):
            raise WrappingKeysRefused(f"wrapping key {number} is not of the form <id>:<base64 of 32 bytes>")
        if key_id in keys:
            raise WrappingKeysRefused(f"wrapping key {number} has the same id as one before it")
        keys[key_id] = _key_bytes(number, written)
    if not keys:
        raise WrappingKeysRefused("no wrapping key is given")
    return WrappingKeys(next(iter(keys)), keys)


def _key_bytes(number: int, written: str) -> bytes:
    try:
        key = base64.b64decode(written.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        raise WrappingKeysRefused(f"wrapping key {number} is not valid base64") from None
    if len(key) != KEY_BYTES:
        raise WrappingKeysRefused(f"wrapping key {number} has {len(key)} bytes, not {KEY_BYTES}")
    return key


def read_wrapping_keys(path: Path) -> WrappingKeys:
    """Return the wrapping keys of a file that holds the same text as the setting.

    Raises:
        WrappingKeysRefused: the file cannot be read or is malformed.
    """
    try:
        text = path.read_text("ascii")
    except (OSError, ValueError):
        raise WrappingKeysRefused(f"the file of wrapping keys {path} cannot be read as text") from None
    return parse_wrapping_keys(text)


def new_wrapping_key(key_id: str) -> str:
    """Return a fresh random wrapping key as an entry of the setting."""
    return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"
