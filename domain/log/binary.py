"""Values as PostgreSQL reads them from its own clients: binary, and whole arrays."""

import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

_ARRAY = struct.Struct("!iiiii").pack
_LENGTH = struct.Struct("!i").pack
_INTEGER = struct.Struct("!ii").pack
_BIGINT = struct.Struct("!iq").pack


def _array(element_oid: int, elements: Sequence[bytes]) -> bytes:
    if not elements:
        return _ARRAY(0, 0, element_oid, 0, 0)[:12]
    return _ARRAY(1, 0, element_oid, len(elements), 1) + b"".join(elements)


def uuids(values: Sequence[UUID]) -> bytes:
    """Return an array of uuid as PostgreSQL reads it."""
    return _array(2950, [b"\0\0\0\x10" + value.bytes for value in values])


def bigints(values: Sequence[int]) -> bytes:
    """Return an array of bigint."""
    return _array(20, [_BIGINT(8, value) for value in values])


def integers(values: Sequence[int]) -> bytes:
    """Return an array of integer."""
    return _array(23, [_INTEGER(4, value) for value in values])


def texts(values: Sequence[str]) -> bytes:
    """Return an array of text."""
    return _array(25, [_text(value) for value in values])


def byteas(values: Sequence[bytes]) -> bytes:
    """Return an array of bytea."""
    return _array(17, [_LENGTH(len(value)) + value for value in values])


def bigint(value: int) -> bytes:
    """Return a bigint."""
    return value.to_bytes(8, "big", signed=True)


@lru_cache(maxsize=4096)
def _text(value: str) -> bytes:
    """Return a text as an element; names of kinds and types are few."""
    raw = value.encode()
    return _LENGTH(len(raw)) + raw


def integer(value: int) -> bytes:
    """Return an integer."""
    return value.to_bytes(4, "big", signed=True)


_OF_TYPE: dict[str, tuple[int, Callable[[Any], bytes]]] = {
    "boolean": (16, lambda value: b"\1" if value else b"\0"),
    "bytea": (17, bytes),
    "bigint": (20, bigint),
    "integer": (23, integer),
    "text": (25, str.encode),
    "uuid": (2950, lambda value: value.int.to_bytes(16)),
}
_NULL = _LENGTH(-1)


def encoder(kind: str) -> Callable[[Any], bytes | None]:
    """Return what writes values of a type, or for `type[]` sequences of them; None is null."""
    oid, element = _OF_TYPE[kind.removesuffix("[]")]

    def one(value: Any) -> bytes | None:
        return None if value is None else element(value)

    def many(values: Sequence[Any]) -> bytes:
        written = [None if value is None else element(value) for value in values]
        return _array(oid, [_NULL if each is None else _LENGTH(len(each)) + each for each in written])

    return many if kind.endswith("[]") else one
