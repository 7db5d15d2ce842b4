"""Cursors: where a page ends, sealed. A caller can neither read nor change one, nor use it for another question."""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.refusals import CursorNotReadable, CursorOfAnotherQuery
from domain.log.codec import canonical

_FORMAT = 1
_NONCE_BYTES = 12
_LONGEST = 4096
_INFO = b"aftercare.cursor.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a cursor belongs to: it is good for nothing else."""

    question: str
    """Name of the question, and the version of its order."""
    filters: Mapping[str, Any]
    """Everything that chooses and sorts the rows; limit and cursor left out."""
    scope: UUID | None
    """The organisation to which the answer is limited."""

    def digest(self) -> bytes:
        """Return what tells one query from another."""
        chosen = {name: value for name, value in self.filters.items() if value is not None}
        return sha256(canonical([self.question, _plain(chosen), str(self.scope)])).digest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a page goes on."""

    known_at: int
    """The position of the log as known at which all pages are: they stay stable while facts arrive."""
    place: tuple[Any, ...]
    """The sorted values of the row beyond which the page goes on: texts, integers and None."""
    backwards: bool = False
    """Whether the page ends before the place instead of beginning after it."""


class _Sealed(msgspec.Struct, array_like=True):
    format: int
    query: bytes
    known_at: int
    place: list[Any]
    backwards: bool


class Cursors:
    """Seals and opens cursors with a key that follows from one secret."""

    def __init__(self, secret: str = "") -> None:
        """Take the secret of the server; without one a random key makes cursors good for this process only."""
        material = secret.encode() or os.urandom(32)
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(material)
        self._cipher = AESGCM(key)

    def seal(self, query: Query, mark: Mark) -> str:
        """Return a cursor as it travels."""
        sealed = _Sealed(_FORMAT, query.digest(), mark.known_at, list(mark.place), mark.backwards)
        nonce = os.urandom(_NONCE_BYTES)
        octets = nonce + self._cipher.encrypt(nonce, msgspec.json.encode(sealed), _INFO)
        return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()

    def open(self, cursor: str, query: Query) -> Mark:
        """Return where the page goes on.

        Raises:
            CursorNotReadable: the cursor is not ours, was changed, or was given under another secret or format.
            CursorOfAnotherQuery: it was given for another question, filter or scope.
        """
        try:
            if len(cursor) > _LONGEST:
                raise CursorNotReadable
            octets = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            text = self._cipher.decrypt(octets[:_NONCE_BYTES], octets[_NONCE_BYTES:], _INFO)
            sealed = msgspec.json.decode(text, type=_Sealed)
        except (binascii.Error, ValueError, InvalidTag, msgspec.MsgspecError):
            raise CursorNotReadable from None
        if sealed.format != _FORMAT:
            raise CursorNotReadable
        if sealed.query != query.digest():
            raise CursorOfAnotherQuery
        return Mark(known_at=sealed.known_at, place=tuple(sealed.place), backwards=sealed.backwards)


def _plain(value: Any) -> Any:
    """Return a filter in one fixed form: what is no number or truth value counts as its text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    return value if value is None or isinstance(value, bool | int) else str(value)
