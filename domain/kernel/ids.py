"""Ids: random and meaningless, or derived where the same thing must always get the same id."""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid5

from domain.kernel.moments import to_micros

_SOURCES = UUID("6f2c0f6e-58a3-5d0c-9d0e-3a1f6a0b7c11")


def uuid7(milliseconds: int, randomness: bytes) -> UUID:
    """Return the UUIDv7 (RFC 9562 § 5.7) of a time and ten random bytes."""
    number = (milliseconds & (2**48 - 1)) << 80 | int.from_bytes(randomness, "big")
    number = number & ~(0xF << 76) | (0x7 << 76)
    return UUID(int=number & ~(0x3 << 62) | (0x2 << 62))


class Ids:
    """A source of fresh UUIDv7 ids. Clock and randomness come in from outside."""

    def __init__(self, now: Callable[[], datetime], randomness: Callable[[int], bytes]) -> None:
        """Take the clock and a function that returns so many random bytes."""
        self._now = now
        self._randomness = randomness

    def fresh(self) -> UUID:
        """Return an id that nobody else has."""
        return uuid7(to_micros(self._now()) // 1000, self._randomness(10))


def source_key(source: str, external_id: str, index: int = 0) -> UUID:
    """Return the permanent key of a fact that was first recorded elsewhere.

    Args:
        source: the URI of the recording system.
        external_id: its own id of what it recorded.
        index: which of the facts that one outside record became.
    """
    key = _first_key(source, external_id)
    return key if index == 0 else uuid5(key, str(index))


@lru_cache(maxsize=8_192)
def _first_key(source: str, external_id: str) -> UUID:
    """Return the key of the first fact of an outside record; it is asked for several times on its way to the log."""
    return uuid5(_namespace(source), external_id)


@lru_cache(maxsize=1_024)
def _namespace(source: str) -> UUID:
    return uuid5(_SOURCES, source)


def normal_text(text: str) -> str:
    """Return the form in which two writings of one identifier are equal.

    Compatibility forms and case are folded, what is invisible is left out, and space counts once and only between
    other characters. Reserved ids follow from it: it never changes.
    """
    if text.isascii():  # the same, sooner: nothing in it is invisible or has another form but its case
        return " ".join(text.lower().split())
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    once = unicodedata.normalize("NFKC", visible).casefold()
    return " ".join(unicodedata.normalize("NFKC", once).split())


def reservation_id(namespace: UUID, identifier: str) -> UUID:
    """Return the id of the stream that reserves an identifier within a namespace."""
    return uuid5(namespace, normal_text(identifier))
