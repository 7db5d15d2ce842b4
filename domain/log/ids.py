"""UUIDs from their stored bytes, fast: histories of 10,000 facts are read often."""

from uuid import UUID, SafeUUID

_new = object.__new__
_set = object.__setattr__
_number = int.from_bytes
_UNKNOWN = SafeUUID.unknown


def quick_uuid(raw: bytes) -> UUID:
    """Return the UUID that 16 bytes are, without the checks of its constructor."""
    made = _new(UUID)
    _set(made, "int", _number(raw, "big"))
    _set(made, "is_safe", _UNKNOWN)
    return made
