"""The vault: seals what is personal, opens it for those who may read it, and finds a person by a text."""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Collection
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from domain.kernel.ids import normal_text
from domain.log.codec import Place, canonical
from domain.log.recent import Recent
from domain.log.vault_keys import Gone, Secrets, SubjectErased, SubjectKeys
from domain.log.vault_rotation import Progress, Rotation, in_use, rotate
from domain.log.vault_tables import VaultDatabase, insert_new, lookup, vault_meta
from domain.log.wrapping import (
    NONCE_BYTES,
    VaultFault,
    WrappingKeyMissing,
    WrappingKeys,
    WrappingKeysRefused,
    WrappingKeyWrong,
    new_wrapping_key,
    parse_wrapping_keys,
    read_wrapping_keys,
)

__all__ = [
    "ERASED",
    "Gone",
    "OtherLog",
    "Rotation",
    "SealBroken",
    "SubjectErased",
    "Vault",
    "VaultFault",
    "WrappingKeyMissing",
    "WrappingKeyWrong",
    "WrappingKeys",
    "WrappingKeysRefused",
    "new_wrapping_key",
    "open_vault",
    "parse_wrapping_keys",
    "read_wrapping_keys",
]

ERASED = "[erased]"
"""How a personal field reads once its key is destroyed, or where the vault has no key for it."""

MOST_LOOKED_UP = 320
"""Characters of the longest text by which a person is found (the longest e-mail address); longer ones are prose."""

_ASKED_AT_ONCE = 500


class SealBroken(VaultFault):
    """A sealed text was changed, or was moved to where it was not sealed."""

    def __init__(self, place: Place) -> None:
        """Name the place; nothing of the text is known."""
        self.place = place
        super().__init__(f"the sealed field {place.path!r} of fact {place.fact_id} in {place.stream} does not open")


class OtherLog(VaultFault):
    """This vault holds the keys of another log."""


class Vault:
    """One vault. Safe for threads; several processes may use the same one."""

    def __init__(self, database: VaultDatabase, wrapping: WrappingKeys, most_cached: int = 10_000) -> None:
        """Take an open database and the wrapping keys; at most so many keys stay unwrapped in memory."""
        self._database = database
        self._wrapping = wrapping
        self._keys = SubjectKeys(database, wrapping, most_cached)
        self._secrets = Secrets(database, wrapping)
        self._remembered: Recent[tuple[str, bytes, UUID], bool] = Recent(most_cached)
        self._secrets.key("lookup", 0)  # made on first use; to unwrap it proves that the wrapping keys fit

    def __repr__(self) -> str:
        return f"Vault({self._wrapping!r})"

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def belongs_to(self, log_id: UUID) -> None:
        """Tie the vault to its log when the two first meet; afterwards make sure that they still are a pair.

        Raises:
            OtherLog: with another log's vault every personal field would silently read as erased.
        """
        with self._database.writing() as connection:
            insert_new(connection, vault_meta, [{"one": 1, "log_id": log_id}])
            known = connection.execute(select(vault_meta.c.log_id)).scalar_one()
        if known != log_id:
            raise OtherLog(f"this vault belongs to log {known}, not to {log_id}")

    def seal(self, subject: UUID, text: str, place: Place) -> dict[str, Any]:
        """Return what is stored instead of the text, and remember by it how to find the subject.

        When this returns, the key is durable: only then may the fact be appended.

        Raises:
            SubjectErased: the subject's keys were destroyed.
            Unavailable: the vault does not answer; nothing was recorded.
        """
        trace = self._trace(place.path, text, subject)
        since, key = self._keys.destructions, self._keys.in_memory(subject)
        if key is None or (trace and not self._remembered.get(trace)):
            with self._database.writing() as connection:
                key = self._keys.find_or_make(connection, subject)
                if trace:
                    insert_new(connection, lookup, [_lookup_row(trace)])
            self._keys.keep(subject, key, since)
            if trace:
                self._remembered.put(trace, value=True)
        nonce = os.urandom(NONCE_BYTES)
        ciphertext = key.cipher.encrypt(nonce, text.encode(), _bound(place, subject, key.version))
        return {"c": _written(ciphertext), "k": key.version, "n": _written(nonce), "s": str(subject)}

    def open(self, sealed: dict[str, Any], place: Place) -> str:
        """Return the text, or `ERASED`.

        Raises:
            SealBroken: the stored value was changed, or comes from another place.
            WrappingKeyMissing: the subject's key is wrapped by a wrapping key that was not given.
        """
        found = self.read(sealed, place)
        return ERASED if isinstance(found, Gone) else found

    def read(self, sealed: dict[str, Any], place: Place) -> str | Gone:
        """Return the text, or why it is gone: for those who must tell an erased key from a lost one.

        Raises:
            SealBroken: as `open`.
            WrappingKeyMissing: as `open`.
        """
        try:
            subject, version = UUID(sealed["s"]), sealed["k"]
            nonce, ciphertext = _read(sealed["n"]), _read(sealed["c"])
            if len(sealed) != 4 or str(subject) != sealed["s"] or type(version) is not int:  # noqa: PLR2004  s, k, n, c
                raise SealBroken(place)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
            raise SealBroken(place) from None
        cipher = self._keys.find(subject, version)
        if not isinstance(cipher, AESGCM):
            return cipher
        try:
            return cipher.decrypt(nonce, ciphertext, _bound(place, subject, version)).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(place) from None

    def find(self, field: str, text: str, among: Collection[UUID]) -> set[UUID]:
        """Return those of some subjects for whom this text was ever sealed in this field.

        They are candidates: the text may have changed since, or the fact was never recorded. Case, width and
        outer space do not matter. Of all subjects nobody is asked for: others, of whom there may be any number with the
        same text, are to be in nobody's way.
        """
        query = select(lookup.c.subject).where(lookup.c.field == field, lookup.c.digest == self._digest(field, text))
        asked, found = list(among), set[UUID]()
        with self._database.reading() as connection:
            for first in range(0, len(asked), _ASKED_AT_ONCE):
                some = lookup.c.subject.in_(asked[first : first + _ASKED_AT_ONCE])
                found.update(connection.execute(query.where(some)).scalars())
        return found

    def destroy(self, subject: UUID) -> list[int]:
        """Destroy the keys of a subject for ever; return the versions destroyed now. Safe to repeat.

        Other processes that hold a key in memory can use it until they end.
        """
        return self._keys.destroy(subject)

    def period_key(self, period: int) -> bytes:
        """Return the key for the digests of requests of one retention period; it is made on first use."""
        return self._secrets.key("period", period)

    def drop_periods_before(self, period: int) -> int:
        """Destroy the keys of earlier retention periods; return how many there were."""
        return self._secrets.drop_before("period", period)

    def rotate(self, progress: Progress = lambda _done, _of: None) -> Rotation:
        """Wrap every key anew under the current wrapping key, so that the older ones are no longer needed.

        First give every running process the new key as current and the old ones after it; then rotate; remove the
        old ones when `wrapping_keys_in_use` no longer names them. May be stopped and repeated at any time.
        """
        return rotate(self._database, self._wrapping, progress)

    def wrapping_keys_in_use(self) -> dict[str, int]:
        """Return the ids of the wrapping keys that the vault needs, each with how many keys it wraps."""
        return in_use(self._database)

    def _trace(self, field: str, text: str, subject: UUID) -> tuple[str, bytes, UUID] | None:
        """Return what makes a subject findable; None if the text is too long to look anyone up by."""
        if len(text) > MOST_LOOKED_UP:
            return None
        return field, self._digest(field, text), subject

    def _digest(self, field: str, text: str) -> bytes:
        message = canonical([field, normal_text(text)])
        return hmac.new(self._secrets.key("lookup", 0), message, hashlib.sha256).digest()


def open_vault(url: str, wrapping_keys: WrappingKeys, *, most_cached: int = 10_000) -> Vault:
    """Open the vault, and make sure that the wrapping keys fit before anyone relies on it.

    Raises:
        VaultFault: there is no vault at this place, or the wrapping keys are not its own.
        Unavailable: the database does not answer.
    """
    database = VaultDatabase(url)
    try:
        return Vault(database, wrapping_keys, most_cached)
    except BaseException:
        database.close()
        raise


def _lookup_row(trace: tuple[str, bytes, UUID]) -> dict[str, Any]:
    field, digest, subject = trace
    return {"field": field, "digest": digest, "subject": subject}


def _bound(place: Place, subject: UUID, version: int) -> bytes:
    """Return the place and the key as associated data: canonical JSON, so that no two places read the same."""
    return canonical(["aftercare.sealed", 1, place.stream, place.fact_id, place.path, subject, version])


def _written(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _read(text: str) -> bytes:
    octets = base64.b64decode(text.encode("ascii"), validate=True)
    if _written(octets) != text:
        raise ValueError("not canonical base64")
    return octets
