"""Dates and moments in files: in the formats that are told, or ISO 8601; in the zone that is told, or their own."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.importing.faults import MappingFault, Wrong, shown
from api.importing.mapping import Column
from api.importing.writings import reads
from domain.kernel.moments import is_aware, with_its_offset

_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,6}0*)?)? ?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII | re.IGNORECASE
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_HOUR_OFFSET = re.compile(r"[+-]\d\d$", re.ASCII)
_LONGEST = 100
_REMEMBERED = 4_096
"""Moments of a column: rows that follow each other often tell the same ones."""
_SOME_MOMENT = datetime(2023, 11, 27, 13, 14, 15, tzinfo=UTC)


class Times:
    """How one column writes dates or moments."""

    def __init__(self, name: str, column: Column, zone: str | None) -> None:
        """Take the column, and the zone of moments that say none.

        Raises:
            MappingFault: there is no such zone, or a format tells no day.
        """
        for each in column.formats:
            _require_format(name, each)
        self._formats = tuple(column.formats)
        self._reads = tuple(map(reads, column.formats))
        self._of_text = lru_cache(_REMEMBERED)(self._moment)
        self._twice = column.twice
        self._zone: ZoneInfo | None = None
        if zone is not None:
            self._zone = zone_named(f"column {name}", zone)

    def date(self, value: Any) -> date:
        """Return the date that a cell tells.

        Raises:
            Wrong: it tells none.
        """
        if isinstance(value, datetime):
            if (value.hour, value.minute, value.second, value.microsecond) != (0, 0, 0, 0):
                raise _wrong("not-a-date", value, "has a time of day: it is a moment, not a date")
            return value.date()
        if isinstance(value, date):
            return value
        text = _text(value, "not-a-date", "a date")
        for read in self._reads:
            try:
                return read(text).date()
            except ValueError:
                continue
        try:
            if not self._formats and _DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise _wrong("not-a-date", text, f"is not a date written as {self._how('2026-03-31')}")

    def moment(self, value: Any) -> datetime:
        """Return the moment that a cell tells, at its offset.

        Raises:
            Wrong: it tells none, or it is not known at which offset.
        """
        return self._of_text(value) if isinstance(value, str) and len(value) <= _LONGEST else self._moment(value)

    def _moment(self, value: Any) -> datetime:
        found = value if isinstance(value, datetime) else self._read(value)
        if found.tzinfo is None:
            found = self._placed(found, value)
        if not is_aware(found):
            raise _wrong("odd-offset", value, "has an offset that is not in whole minutes")
        found = with_its_offset(found)
        try:
            found.astimezone(UTC)
        except OverflowError:
            raise _wrong("not-a-moment", value, "is before the year 1 or after the year 9999 in UTC") from None
        return found

    def _read(self, value: Any) -> datetime:
        text = _text(value, "not-a-moment", "a moment")
        for read in self._reads:
            try:
                return read(text)
            except ValueError:
                continue
        try:
            if not self._formats and _MOMENT.fullmatch(text):
                return datetime.fromisoformat(_iso(text))
        except ValueError:
            pass
        example = "2026-03-31T08:00:00+03:00"
        raise _wrong("not-a-moment", text, f"is not a moment written as {self._how(example)}")

    def _how(self, example: str) -> str:
        return " or ".join(self._formats) or example

    def _placed(self, local: datetime, value: Any) -> datetime:
        """Return the moment at which clocks of the zone show a time."""
        if self._zone is None:
            raise _wrong("no-zone", value, "does not say its offset, and the mapping no zone")
        first, second = (local.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return first
        if not _exists(first, local):
            raise _wrong(
                "time-that-never-was", value, f"was shown by no clock of {self._zone.key}: they were put forward"
            )
        if self._twice == "refuse":
            raise _wrong("time-shown-twice", value, f"was shown twice by the clocks of {self._zone.key}: see `twice`")
        return first if self._twice == "first" else second


def zone_named(where: str, zone: str) -> ZoneInfo:
    """Return a zone.

    Raises:
        MappingFault: there is none of this name.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MappingFault(where, f"there is no zone {zone}, such as Europe/Berlin") from None


def _require_format(name: str, form: str) -> None:
    """See that a format is understood, and that the day on which something was can be told by it.

    Raises:
        MappingFault: it is not, or cannot.
    """
    where = f"column {name}"
    try:
        found = datetime.strptime(_SOME_MOMENT.strftime(form), form)  # noqa: DTZ007  only the day is looked at
    except re.error:
        raise MappingFault(where, f"formats: {form!r} tells something twice") from None
    except ValueError as error:
        said = str(error).partition(" in format")[0]
        raise MappingFault(where, f"formats: {form!r} is not understood: {said}") from None
    if found.date() != _SOME_MOMENT.date():
        raise MappingFault(where, f"formats: {form!r} does not tell the day with its month and year")


def _exists(moment: datetime, local: datetime) -> bool:
    """Return whether a clock ever showed a local time."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) == local


def _iso(text: str) -> str:
    """Return a moment as the standard library reads it."""
    found = text.replace(" +", "+").replace(" -", "-").replace(",", ".").upper()
    found = found.replace(" Z", "Z")
    head, _, fraction = found.partition(".")
    if fraction:
        digits = re.match(r"\d+", fraction)
        assert digits is not None
        found = f"{head}.{digits[0][:6].ljust(6, '0')}{fraction[digits.end() :]}"
    return found + ":00" if _HOUR_OFFSET.search(found[10:]) else found


def _text(value: Any, code: str, what: str) -> str:
    if isinstance(value, str) and len(value) <= _LONGEST:
        return value
    raise _wrong(code, value, f"is not {what}")


def _wrong(code: str, value: Any, why: str) -> Wrong:
    return Wrong(code, f"{shown(value)} {why}.")
