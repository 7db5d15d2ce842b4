"""Decoders of JSON into types, made by one thread at a time."""

from threading import RLock
from typing import Any

import msgspec

_MAKING = RLock()
_made: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoder(made: Any) -> msgspec.json.Decoder[Any]:
    """Return what reads JSON into a type.

    A decoder notes on every class within what it has found out so far, and takes what is noted there as if it were all:
    two threads that made decoders of one class at once have crashed the process.
    """
    found = _made.get(made)
    if found is None:
        with _MAKING:
            found = _made[made] = msgspec.json.Decoder(made)
    return found
