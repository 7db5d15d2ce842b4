"""Commands: what someone wants to be true; decided by rules into facts, or refused."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from inspect import cleandoc
from typing import Any, Protocol, TypeVar, dataclass_transform
from uuid import UUID

from domain.kernel.facts import NAME, Fact
from domain.kernel.fields import FieldSpec, Plain, Shape, fields_of
from domain.kernel.marks import Length, Refers
from domain.kernel.moments import is_aware
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef

Declared = TypeVar("Declared", bound=type)
_Glance = Callable[[Shape, Any], bool]
Decision = Sequence[Fact] | tuple[Sequence[Fact], ...]

MOST_DIGITS = 18
"""Digits before the point, and after it, that a number of the trade may have."""
MOST_INTEGER = 2**53 - 1
"""The largest integer that every reader of JSON keeps exactly."""
ANY_TEXT = Length(1, 1000)
ANY_LIST = Length(0, 1000)
"""Lengths that hold where a field names none of its own: nothing a caller sends is without limit."""

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


class Command(Protocol):
    """Any class declared with `@command`.

    Besides `decide` it may have, each taking the states of its streams in the order of `decide`:

    `known`: whether what it wants is so already. Asked again without a moment, it then records nothing.
    `also`, `also_now`: more streams on which it is decided, as they were at its moment, and as they stand.

    And `throughout`: refuses what is not possible at every moment from its own on. It takes what shows the course of a
    stream since.
    """

    def decide(self, *args: Any, **kwargs: Any) -> Decision:
        """Return the facts to record, at least one: a list, or one list per stream in the order of their names."""


@dataclass(frozen=True, slots=True)
class CommandType:
    """The permanent name of a command, the streams it decides on, and its fields."""

    name: str
    cls: type
    fields: tuple[FieldSpec, ...]
    decides: tuple[str, ...]
    """The fields that name the streams on which it is decided."""
    kinds: tuple[str, ...]
    """The kinds of those streams, in the same order."""
    referring: tuple[FieldSpec, ...]
    """The fields in which ids of streams stand, also inside lists and pairs."""
    naming: tuple[FieldSpec, ...]
    """Of these, those that name other streams than those on which it is decided."""
    glances: tuple[tuple[str, Shape, bool, "_Glance"], ...]
    """Each field, whether it may be None, and what sees at a glance that a value is as it should be, for the most."""
    tells: type | None = None
    """The kind of fact that says of its own stream what the command wants, if there is one."""

    @property
    def meaning(self) -> str:
        """What the command means to the business."""
        return cleandoc(self.cls.__doc__ or "")


COMMANDS: dict[str, CommandType] = {}
"""Every command by its permanent name."""
TOLD_BY: dict[type, CommandType] = {}
"""By which command a kind of fact is told; one that only follows from others is told by none."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def command(name: str, *, decides: tuple[str, ...], tells: type | None = None) -> Callable[[Declared], Declared]:
    """Declare a command under its permanent name.

    Values are checked when the command is made (`Nonsense`), so that rules see only values that can be true.

    Args:
        name: `<stream>.<imperative>`.
        decides: the fields that name the streams on whose state the command is decided, in the order in which
            `decide` takes their states. A command whose streams follow from something else has a method `streams`.
        tells: the kind of fact that says of its own stream what the command wants, field by field.

    Raises:
        TypeError: the name is malformed or taken, the class says nothing about its meaning or checks its values
            itself, a field in `decides` is not the id of a stream, or another command tells the same kind of fact.
    """

    def declare(cls: Declared) -> Declared:
        if not NAME.fullmatch(name):
            raise TypeError(f"{name} is not of the form <stream>.<snake_case>")
        if name in COMMANDS or not cls.__doc__:
            raise TypeError(f"{name} is declared twice, or does not say what it means")
        if "__post_init__" in vars(cls):
            raise TypeError(f"{name} checks its values by its marks and its rules by `decide`, nowhere else")
        cls.__post_init__ = _check_values  # type: ignore[attr-defined]  # the dataclass calls it
        made: Any = dataclass(frozen=True, kw_only=True, slots=True)(cls)
        fields = fields_of(made)
        streams = {field.name: field.refers for field in fields if field.shape.plain is Plain.ID and field.refers}
        if not streams.keys() >= set(decides) or not (decides or hasattr(made, "streams")):
            raise TypeError(f"{name} does not say on which streams it is decided")
        kinds = tuple(streams[field] or "" for field in decides)
        referring = tuple(field for field in fields if field.shape.holds(Refers))
        naming = tuple(field for field in referring if field.name not in decides or hasattr(made, "streams"))
        glances = tuple((each.name, each.shape, each.optional, _glance(each.shape)) for each in fields)
        COMMANDS[name] = CommandType(name, made, fields, decides, kinds, referring, naming, glances, tells)
        if tells is not None and TOLD_BY.setdefault(tells, COMMANDS[name]) is not COMMANDS[name]:
            raise TypeError(f"{name} tells what another command tells")
        made.command_type = COMMANDS[name]
        return made  # type: ignore[no-any-return]  # the dataclass of the declared class

    return declare


def command_type(command: Command) -> CommandType:
    """Return the declaration of a command."""
    return type(command).command_type  # type: ignore[attr-defined,no-any-return]  # set by @command


def streams_of(command: Command) -> tuple[StreamRef, ...]:
    """Return the streams on which a command is decided, its own first."""
    own: Callable[[], tuple[StreamRef, ...]] | None = getattr(command, "streams", None)
    if own is not None:
        return own()
    declared = command_type(command)
    if len(declared.decides) == 1:  # the most by far, sooner
        return (StreamRef(declared.kinds[0], getattr(command, declared.decides[0])),)
    return tuple(
        StreamRef(kind, getattr(command, field)) for kind, field in zip(declared.kinds, declared.decides, strict=True)
    )


def _check_values(command: Any) -> None:
    """Refuse nonsense in the fields of a command."""
    for name, shape, optional, is_sound in command.command_type.glances:
        value = getattr(command, name)
        if value is not None:
            if not is_sound(shape, value):
                check_value(name, shape, value)
        elif not optional:
            raise Nonsense(name, "is missing")


def _is_sound_text(shape: Shape, value: object) -> bool:
    limit = shape.length or ANY_TEXT
    return (
        type(value) is str and limit.least <= len(value) <= limit.most and value.isprintable() and not value.isspace()
    )


_SOUND: Mapping[Plain, _Glance] = {
    Plain.TEXT: _is_sound_text,
    Plain.ID: lambda _shape, value: type(value) is UUID,
    Plain.BOOLEAN: lambda _shape, value: type(value) is bool,
    Plain.CHOICE: lambda shape, value: type(value) is str and value in shape.choices,
}


def _glance(shape: Shape) -> _Glance:
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
    limit = limit_of(shape)
    _check_length(path, limit, len(value), "characters")
    if value.isprintable() and not value.isspace():
        return  # the most by far, sooner: nothing of what follows is in it
    if limit.least and all(letter.isspace() or unicodedata.category(letter) == "Cf" for letter in value):
        raise Nonsense(path, "is blank")
    if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in value):
        raise Nonsense(path, "contains control characters or half of a surrogate pair")


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
