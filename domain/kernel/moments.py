"""Time: every moment is aware; the log counts UTC microseconds and keeps the original offset."""

from datetime import UTC, datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
FOREVER = 2**63 - 1
"""Later than every moment: the open end of an interval, in microseconds."""


def to_micros(moment: datetime) -> int:
    """Return the UTC microseconds since 1970 of an aware moment."""
    return (moment - EPOCH) // _MICROSECOND


def from_micros(micros: int, offset: timezone = UTC) -> datetime:
    """Return the moment of so many UTC microseconds since 1970, shown at an offset."""
    moment = EPOCH + timedelta(microseconds=micros)
    return moment if offset is UTC else moment.astimezone(offset)


def is_aware(moment: datetime) -> bool:
    """Return whether the moment says at which offset it was taken, in whole minutes."""
    offset = moment.utcoffset()
    return offset is not None and offset.total_seconds() % 60 == 0


def with_its_offset(moment: datetime) -> datetime:
    """Return the moment at its offset alone: moments of one zone are else compared by the clock on the wall."""
    if type(moment.tzinfo) is timezone and not moment.fold:
        return moment
    offset = moment.utcoffset()
    return moment if offset is None else moment.replace(tzinfo=timezone(offset), fold=0)
