"""Values: what can be true of anything. Commands are held to it as they come in; facts on record never are."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.kernel.fields import Plain, Shape
from domain.kernel.marks import Length
from domain.kernel.moments import is_aware
from domain.kernel.refusals import Nonsense

Glance = Callable[[Shape, Any], bool]

MOST_DIGITS = 18
"""Digits before the point, and after it, that a number of the trade may have."""
MOST_INTEGER = 2**53 - 1
"""The largest integer that every reader of JSON keeps exactly."""
ANY_TEXT = Length(1, 1000)
ANY_LIST = Length(0, 1000)
"""Lengths that hold where a field names none of its own: nothing a caller sends is without limit."""

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What stands in no name, number or code: ends of lines and other control characters, and what turns the direction of
all that is written behind it; half of a surrogate pair is no character."""
_UNSEEN = {"Cf", "Mn", "Me", "Zs"}
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Characters that are not seen without one beside them, and letters and a sign that never are."""

_TYPES: Mapping[Plain, tuple[type, str]] = {
    Plain.TEXT: (str, "a text"),
    Plain.INTEGER: (int, "an integer"),
    Plain.DECIMAL: (Decimal, "a decimal number"),
    Plain.BOOLEAN: (bool, "true or false"),
    Plain.DATE: (date, "a date"),
    Plain.MOMENT: (datetime, "a moment"),
    Plain.ID: (UUID, "an id"),
    Plain.CHOICE: (str, "a text"),
    Plain.LIST: (tuple, "a list"),
    Plain.PAIR: (tuple, "a pair"),
}


def _is_sound_text(shape: Shape, value: object) -> bool:
    limit = shape.length or ANY_TEXT
    return (
        type(value) is str and limit.least <= len(value) <= limit.most and value.isprintable() and not _is_blank(value)
    )


_SOUND: Mapping[Plain, Glance] = {
    Plain.TEXT: _is_sound_text,
    Plain.ID: lambda _shape, value: type(value) is UUID,
    Plain.BOOLEAN: lambda _shape, value: type(value) is bool,
    Plain.CHOICE: lambda shape, value: type(value) is str and value in shape.choices,
}


def glance(shape: Shape) -> Glance:
    """Return what is true of values that are sound without a doubt; of others `check_value` says what is wrong."""
    return _SOUND.get(shape.plain, lambda _shape, _value: False)


def check_value(path: str, shape: Shape, value: Any) -> None:
    """Refuse a value, or one inside it, that cannot be true of anything.

    Raises:
        Nonsense: names the path of what is wrong: the field, and for members of lists and pairs their index.
    """
    check_own(path, shape, value)
    if shape.plain is Plain.LIST:
        for index, member in enumerate(value):
            check_value(f"{path}/{index}", shape.inside[0], member)
    elif shape.plain is Plain.PAIR:
        for index, (inside, member) in enumerate(zip(shape.inside, value, strict=True)):
            check_value(f"{path}/{index}", inside, member)


def check_own(path: str, shape: Shape, value: Any) -> None:
    """Refuse a value for what it is itself, whatever is inside it. Raises as `check_value`."""
    _check_type(path, shape.plain, value)
    match shape.plain:
        case Plain.TEXT:
            _check_text(path, shape, value)
        case Plain.INTEGER:
            if abs(value) > MOST_INTEGER:
                raise Nonsense(path, "is not an integer below 2^53")
            _check_bounds(path, shape, value)
        case Plain.DECIMAL:
            _check_digits(path, value)
            _check_bounds(path, shape, value)
        case Plain.MOMENT:
            check_moment(path, value)
        case Plain.CHOICE if value not in shape.choices:
            raise Nonsense(path, f"is not one of {', '.join(shape.choices)}")
        case Plain.LIST:
            _check_length(path, limit_of(shape), len(value), "members")
        case Plain.PAIR if len(value) != len(shape.inside):
            raise Nonsense(path, f"has {len(value)} members, not {len(shape.inside)}")


def _check_type(path: str, plain: Plain, value: object) -> None:
    expected, called = _TYPES[plain]
    # To Python a truth value is an integer and a moment is a date; to the trade they are not.
    mistaken = (isinstance(value, bool) and expected is int) or (isinstance(value, datetime) and expected is date)
    if mistaken or not isinstance(value, expected):
        raise Nonsense(path, f"is not {called}")


def limit_of(shape: Shape) -> Length:
    """Return the lengths of a text or list that a command accepts."""
    return shape.length or (ANY_TEXT if shape.plain is Plain.TEXT else ANY_LIST)


def check_moment(path: str, value: datetime) -> None:
    """Refuse a time that does not say its offset in whole minutes, or that has no name in UTC.

    Raises:
        Nonsense: names the path.
    """
    if value.tzinfo is UTC:
        return  # the most by far, sooner
    if not is_aware(value):
        raise Nonsense(path, "has no time zone; give an offset in whole minutes, such as Z or +03:00")
    try:
        value.astimezone(UTC)
    except OverflowError:
        raise Nonsense(path, "is before the year 1 or after the year 9999 in UTC") from None


def _check_length(path: str, limit: Length, length: int, counted: str) -> None:
    if not limit.least <= length <= limit.most:
        raise Nonsense(path, f"has {length} {counted}, not {limit.least} to {limit.most}")


def _check_text(path: str, shape: Shape, value: str) -> None:
    _check_length(path, limit_of(shape), len(value), "characters")
    if value:
        check_words(path, value)


def check_words(path: str, value: str) -> None:
    """Refuse a text that shows nothing, or holds what harms whoever reads it. Any script goes through.

    Every text of the trade is a name, a number or a code: it stands in one line. Facts are never held to this: what is
    on record loads for ever.

    Raises:
        Nonsense: names the path, and the character.
    """
    if value.isprintable() and not _is_blank(value):
        return  # the most by far, sooner: nothing of what follows is in it
    if found := _UNFIT.search(value):
        place, code = found.start() + 1, ord(found.group())
        raise Nonsense(path, f"has U+{code:04X} as character {place}: a control character, which no name or code has")
    if _is_blank(value):
        raise Nonsense(path, "is blank")


def _is_blank(value: str) -> bool:
    first = value[:1]
    if first.isalnum() and first not in _FILLERS:
        return False  # the most by far, sooner
    return all(letter in _FILLERS or unicodedata.category(letter) in _UNSEEN for letter in value)


def _check_digits(path: str, value: Decimal) -> None:
    if not value.is_finite():
        raise Nonsense(path, "is not a finite number")
    _, digits, exponent = value.as_tuple()
    if value.adjusted() >= MOST_DIGITS or int(exponent) < -MOST_DIGITS or len(digits) > 2 * MOST_DIGITS:
        raise Nonsense(path, f"has more than {MOST_DIGITS} digits before or after the point")


def _check_bounds(path: str, shape: Shape, value: Decimal | int) -> None:
    bounds = shape.bounds
    if bounds.least is not None and value < bounds.least:
        raise Nonsense(path, f"is less than {bounds.least}")
    if bounds.most is not None and value > bounds.most:
        raise Nonsense(path, f"is more than {bounds.most}")
