"""Times and sizes that a question may name: as of when, as known when, how many."""

import re
from datetime import datetime
from typing import NamedTuple

from flask import request

from api.refusals import Fault, ShapeDiffers
from api.services import services
from domain.kernel import json_schema
from domain.kernel.commands import check_moment
from domain.kernel.moments import to_micros
from domain.kernel.refusals import Nonsense

MOST_ROWS = 1_000
_MOMENT = re.compile(json_schema.MOMENT)
_WHOLE = re.compile(r"[0-9]{1,18}")


class Asked(NamedTuple):
    """Of which moment a question is, and as known when."""

    as_of: datetime | None
    """None: now."""
    known_at: int | None
    """A position of the log; None: everything on record."""

    @property
    def is_past(self) -> bool:
        """Whether the answer is about the past, and so not the present state."""
        return self.as_of is not None or self.known_at is not None


def asked() -> Asked:
    """Return what the parameters `as_of` and `recorded_as_of` ask for.

    Raises:
        ShapeDiffers: a time has no offset or lies in the future, or a position is beyond the end of the log.
    """
    as_of, recorded = request.args.get("as_of"), request.args.get("recorded_as_of")
    return Asked(
        None if as_of is None else moment("as_of", as_of),
        None if recorded is None else _position(recorded),
    )


def moment(name: str, text: str) -> datetime:
    """Return a moment that is not in the future. Raises as `asked`."""
    # In a query a plus that was not escaped reads as a space; a time with offset has no other use for one.
    written = text.replace(" ", "+")
    try:
        if not _MOMENT.fullmatch(written):
            raise ValueError
        value = datetime.fromisoformat(written)
        check_moment(name, value)
    except ValueError:
        raise _wrong(name, "is not a moment with its offset, such as 2026-03-31T08:00:00Z") from None
    except Nonsense as nonsense:
        raise _wrong(name, nonsense.why) from None
    if value > services().now() + services().settings.tolerance:
        raise _wrong(name, "is later than now: nothing is on record of the future")
    return value


def _position(text: str) -> int:
    """Return the position that a parameter names, or the last one recorded by the time that it names."""
    log = services().log
    if _WHOLE.fullmatch(text):
        if int(text) > log.head().position:
            raise _wrong("recorded_as_of", "is a position beyond the end of the log")
        return int(text)
    return log.position_at(to_micros(moment("recorded_as_of", text)))


def limit(default: int = 20) -> int:
    """Return how many rows a page has.

    Raises:
        ShapeDiffers: the parameter `limit` is no number from 1 to 1,000.
    """
    text = request.args.get("limit")
    if text is None:
        return default
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= MOST_ROWS:
        raise _wrong("limit", f"is not a whole number from 1 to {MOST_ROWS}")
    return int(text)


def _wrong(name: str, why: str) -> ShapeDiffers:
    return ShapeDiffers([Fault(None, why, "invalid", name)])
