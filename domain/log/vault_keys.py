"""The keys inside the vault: made once, wrapped at rest, unwrapped only in the memory of a process."""

import os
from enum import Enum
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select, update

from domain.log.codec import canonical
from domain.log.recent import Recent
from domain.log.vault_tables import VaultDatabase, await_others, insert_new, lookup, secret, subject_key
from domain.log.wrapping import KEY_BYTES, VaultFault, WrappingKeys


class Gone(Enum):
    """Why a sealed text can no longer be read."""

    ERASED = "erased"
    """Its key was destroyed on purpose."""
    UNKNOWN = "unknown"
    """The vault has never had its key, or has lost it."""


class SubjectErased(VaultFault):
    """The keys of this subject were destroyed: nothing more is sealed for it."""


class SubjectKey(NamedTuple):
    """The key of a subject that seals its texts now."""

    version: int
    cipher: AESGCM


def subject_context(subject: UUID, version: int) -> bytes:
    """Return what a subject's wrapped key is bound to."""
    return canonical(["aftercare.subject-key", 1, subject, version])


def secret_context(name: str, number: int) -> bytes:
    """Return what a wrapped secret of the vault is bound to."""
    return canonical(["aftercare.secret", 1, name, number])


class SubjectKeys:
    """The keys of people, one per (subject, version)."""

    def __init__(self, database: VaultDatabase, wrapping: WrappingKeys, most_cached: int) -> None:
        """Keep at most so many keys unwrapped in memory."""
        self._database = database
        self._wrapping = wrapping
        self._unwrapped: Recent[tuple[UUID, int], AESGCM] = Recent(most_cached)
        self._newest: Recent[UUID, SubjectKey] = Recent(most_cached)
        self._destroying = Lock()
        self.destructions = 0
        """How often keys were destroyed here: what was read from the vault before the last time is not to be kept."""

    def in_memory(self, subject: UUID) -> SubjectKey | None:
        """Return the key that seals for a subject now, if it is known without asking the database."""
        return self._newest.get(subject)

    def find_or_make(self, connection: Connection, subject: UUID) -> SubjectKey:
        """Return the key that seals for a subject now; of two processes that make the first, both get the same.

        It may be used only after the caller's transaction is durable: then `keep` it, since the number of
        `destructions` before that transaction.

        Raises:
            SubjectErased: its keys were destroyed.
        """
        if found := self._newest_stored(connection, subject):
            return found
        await_others(connection, subject)
        if found := self._newest_stored(connection, subject):
            return found
        version, key = _fresh_version(), os.urandom(KEY_BYTES)
        wrapped = self._wrapping.wrap(key, subject_context(subject, version))
        row = {"subject": subject, "version": version, "wrapped_by": self._wrapping.current, "wrapped": wrapped}
        connection.execute(insert(subject_key), row)
        return SubjectKey(version, AESGCM(key))

    def keep(self, subject: UUID, key: SubjectKey, since: int) -> None:
        """Hold a durable key in memory, unless keys were destroyed since it was read."""
        with self._destroying:
            if since == self.destructions:
                self._newest.put(subject, key)
                self._unwrapped.put((subject, key.version), key.cipher)

    def find(self, subject: UUID, version: int) -> AESGCM | Gone:
        """Return the key that sealed a text, or why there is none."""
        if cipher := self._unwrapped.get((subject, version)):
            return cipher
        since = self.destructions
        with self._database.reading() as connection:
            wanted = (subject_key.c.subject == subject) & (subject_key.c.version == version)
            row = connection.execute(
                select(subject_key.c.version, subject_key.c.wrapped_by, subject_key.c.wrapped).where(wanted)
            ).one_or_none()
        if row is None:
            return Gone.UNKNOWN
        if row.wrapped is None:
            return Gone.ERASED
        cipher = self._unwrap(subject, row.version, row.wrapped, row.wrapped_by)
        with self._destroying:
            if since == self.destructions:
                self._unwrapped.put((subject, version), cipher)
        return cipher

    def destroy(self, subject: UUID) -> list[int]:
        """Destroy all keys of a subject, and by what it could be found; return the versions destroyed now."""
        with self._database.writing() as connection:
            alive = (subject_key.c.subject == subject) & subject_key.c.wrapped.is_not(None)
            versions = list(connection.execute(select(subject_key.c.version).where(alive)).scalars())
            connection.execute(update(subject_key).where(alive).values(wrapped=None, wrapped_by=None))
            connection.execute(delete(lookup).where(lookup.c.subject == subject))
        with self._destroying:
            self.destructions += 1
            self._newest.forget(subject)
            for version in versions:
                self._unwrapped.forget((subject, version))
        return sorted(versions)

    def _newest_stored(self, connection: Connection, subject: UUID) -> SubjectKey | None:
        row = connection.execute(
            select(subject_key.c.version, subject_key.c.wrapped_by, subject_key.c.wrapped)
            .where(subject_key.c.subject == subject)
            .order_by(subject_key.c.version.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        if row.wrapped is None:
            raise SubjectErased(f"the keys of subject {subject} were destroyed")
        return SubjectKey(row.version, self._unwrap(subject, row.version, row.wrapped, row.wrapped_by))

    def _unwrap(self, subject: UUID, version: int, wrapped: bytes, wrapped_by: str) -> AESGCM:
        return AESGCM(self._wrapping.unwrap(wrapped, subject_context(subject, version), wrapped_by))


def _fresh_version() -> int:
    """Return a version that no other vault had for a subject, nor this one before it was restored from a copy.

    Texts that were sealed there have no key here: under the same version they would look forged.
    """
    return 1 + int.from_bytes(os.urandom(4)) % (2**31 - 1)


class Secrets:
    """The vault's own random keys, by name and number; each is made when it is first asked for."""

    def __init__(self, database: VaultDatabase, wrapping: WrappingKeys) -> None:
        self._database = database
        self._wrapping = wrapping
        self._unwrapped: Recent[tuple[str, int], bytes] = Recent(100)

    def key(self, name: str, number: int) -> bytes:
        """Return 32 random bytes: the same to everyone who asks for this name and number."""
        if key := self._unwrapped.get((name, number)):
            return key
        context = secret_context(name, number)
        wanted = (secret.c.name == name) & (secret.c.number == number)
        query = select(secret.c.wrapped, secret.c.wrapped_by).where(wanted)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            wrapped = self._wrapping.wrap(os.urandom(KEY_BYTES), context)
            fresh = {"name": name, "number": number, "wrapped_by": self._wrapping.current, "wrapped": wrapped}
            with self._database.writing() as connection:
                insert_new(connection, secret, [fresh])
                row = connection.execute(query).one()
        key = self._wrapping.unwrap(row.wrapped, context, row.wrapped_by)
        self._unwrapped.put((name, number), key)
        return key

    def drop_before(self, name: str, number: int) -> int:
        """Destroy the secrets of a name with lower numbers; return how many there were."""
        with self._database.writing() as connection:
            dropped = connection.execute(delete(secret).where((secret.c.name == name) & (secret.c.number < number)))
        self._unwrapped.clear()
        return dropped.rowcount
