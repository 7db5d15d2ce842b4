"""API keys: who may call. Only a hash of each secret is kept; the secret is shown once, when it is issued."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    insert,
    select,
    update,
)

from domain.kernel.moments import from_micros, to_micros
from domain.log.beside import Database
from domain.log.columns import Id
from domain.log.recent import Recent

_MARK = "ak"
_PREFIX_BYTES = 8
_SECRET_BYTES = 32
_LONGEST = 200
"""Characters of a token beyond which it is not looked at."""


api_key = Table(
    "api_key",
    MetaData(),
    Column("prefix", Text, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("principal", Id, nullable=False),
    Column("organisation", Id),
    Column("role", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)


class NotValid(Exception):  # noqa: N818  a sentence, as refusals are
    """The token is no key, or none that counts. Why is not told: it would help those who guess."""


class Expired(NotValid):
    """The token was a key until its time was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is on record of a key. Nothing of its secret."""

    prefix: str
    principal: UUID
    """Random id of who uses it: what facts call their actor."""
    organisation: UUID | None
    """The organisation it acts for; None: for all."""
    role: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Kept:
    key: Key
    secret_hash: bytes


@dataclass(frozen=True, slots=True)
class _Glance:
    kept: _Kept | None
    seen_at: datetime


class Keys:
    """The API keys of one log. Safe for threads; several processes may use the same table."""

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], datetime],
        randomness: Callable[[int], bytes],
        ttl: timedelta = timedelta(seconds=5),
        most_remembered: int = 10_000,
    ) -> None:
        """Set up; nothing is read yet.

        Args:
            url: of the log.
            now: the clock that ends keys.
            randomness: returns so many unguessable bytes.
            ttl: how long a key is remembered: a revocation counts everywhere after this time.
            most_remembered: how many keys, known or not, are remembered.
        """
        self._now, self._randomness, self._ttl = now, randomness, ttl
        self._seen: Recent[str, _Glance] = Recent(most_remembered)
        self._database = Database(url, "The database of the API keys")

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def issue(
        self, *, role: str, organisation: UUID | None, principal: UUID, expires_at: datetime | None = None
    ) -> tuple[Key, str]:
        """Issue a key; return it with the token to hand over, which nobody can show again.

        Args:
            role: what its bearer does.
            organisation: the organisation it acts for; None: for all.
            principal: random id of its bearer.
            expires_at: when it ends, if it does.

        Raises:
            Unavailable: the database does not answer.
        """
        prefix, secret = self._randomness(_PREFIX_BYTES).hex(), self._randomness(_SECRET_BYTES).hex()
        values = {
            "prefix": prefix,
            "secret_hash": _hash(secret),
            "principal": principal,
            "organisation": organisation,
            "role": role,
            "created_at": to_micros(self._now()),
            "expires_at": None if expires_at is None else to_micros(expires_at),
            "revoked_at": None,
        }
        with self._database.writing() as connection:
            connection.execute(insert(api_key).values(values))
        self._seen.forget(prefix)
        return _key_of(values), f"{_MARK}_{prefix}_{secret}"

    def all(self) -> list[Key]:
        """Return every key that was ever issued, the oldest first."""
        query = select(api_key).order_by(api_key.c.created_at, api_key.c.prefix)
        with self._database.reading() as connection:
            return [_key_of(row._asdict()) for row in connection.execute(query)]

    def revoke(self, prefix: str) -> Key | None:
        """Revoke a key for ever; return it, or None if there is none of this prefix. Safe to repeat.

        Here it counts at once, in other processes after the time for which they remember keys.
        """
        moment = to_micros(self._now())
        with self._database.writing() as connection:
            own = api_key.c.prefix == prefix
            connection.execute(update(api_key).where(own, api_key.c.revoked_at.is_(None)).values(revoked_at=moment))
            row = connection.execute(select(api_key).where(own)).one_or_none()
        self._seen.forget(prefix)
        return None if row is None else _key_of(row._asdict())

    def find(self, token: str) -> Key:
        """Return the key that a token is.

        Raises:
            Expired: it was one until its time was over.
            NotValid: it is none that counts.
            Unavailable: the database does not answer.
        """
        prefix, secret = _parts(token)
        kept = self._look_up(prefix)
        # Compared also where there is no key, so that the time it takes tells nothing.
        right = hmac.compare_digest(_hash(secret), kept.secret_hash if kept else bytes(32))
        if kept is None or not right or kept.key.revoked_at is not None:
            raise NotValid
        if kept.key.expires_at is not None and kept.key.expires_at <= self._now():
            raise Expired
        return kept.key

    def _look_up(self, prefix: str) -> _Kept | None:
        now = self._now()
        glance = self._seen.get(prefix)
        if glance is None or not glance.seen_at <= now < glance.seen_at + self._ttl:
            with self._database.reading() as connection:
                row = connection.execute(select(api_key).where(api_key.c.prefix == prefix)).one_or_none()
            glance = _Glance(None if row is None else _kept_of(row), now)
            self._seen.put(prefix, glance)
        return glance.kept


def _parts(token: str) -> tuple[str, str]:
    """Return the prefix and the secret of a token."""
    parts = token.split("_") if len(token) <= _LONGEST and token.isascii() else []
    if len(parts) != 3 or parts[0] != _MARK:  # noqa: PLR2004  mark, prefix, secret
        raise NotValid
    _, prefix, secret = parts
    if len(prefix) != 2 * _PREFIX_BYTES or len(secret) != 2 * _SECRET_BYTES:
        raise NotValid
    return prefix, secret


def _hash(secret: str) -> bytes:
    """Return what is kept of a secret. It is random and long: a slow hash would add nothing."""
    return sha256(secret.encode()).digest()


def _kept_of(row: Row[Any]) -> _Kept:
    return _Kept(_key_of(row._asdict()), row.secret_hash)


def _key_of(values: dict[str, Any]) -> Key:
    return Key(
        prefix=values["prefix"],
        principal=values["principal"],
        organisation=values["organisation"],
        role=values["role"],
        created_at=from_micros(values["created_at"]),
        expires_at=_moment(values["expires_at"]),
        revoked_at=_moment(values["revoked_at"]),
    )


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
