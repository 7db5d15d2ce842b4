"""Commands: what someone wants to be true; decided by rules into facts, or refused."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar, dataclass_transform

from domain.kernel.facts import Fact
from domain.kernel.fields import FieldSpec, Plain, Shape, fields_of
from domain.kernel.moments import is_aware
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef

Declared = TypeVar("Declared", bound=type)
Decision = Sequence[Fact] | tuple[Sequence[Fact], ...]

MOST_DIGITS = 18
"""Digits before the point, and after it, that a number of the trade may have."""


class Command(Protocol):
    """Any class declared with `@command`."""

    def decide(self, *args: Any, **kwargs: Any) -> Decision:
        """Return the facts to record: a list, or one list per stream in the order in which they are named."""


@dataclass(frozen=True, slots=True)
class CommandType:
    """The permanent name of a command, the streams it decides on, and its fields."""

    name: str
    cls: type
    fields: tuple[FieldSpec, ...]
    decides: tuple[str, ...]

    @property
    def meaning(self) -> str:
        """What the command means to the business."""
        return (self.cls.__doc__ or "").strip()


COMMANDS: dict[str, CommandType] = {}
"""Every command by its permanent name."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def command(name: str, *, decides: tuple[str, ...]) -> Callable[[Declared], Declared]:
    """Declare a command under its permanent name.

    Values are checked when the command is made (`Nonsense`), so that rules see only values that can be true.

    Args:
        name: `<stream>.<imperative>`.
        decides: the fields that name the streams on whose state the command is decided, in the order in which
            `decide` takes their states. A command whose streams follow from something else has a method `streams`.
    """

    def declare(cls: Declared) -> Declared:
        if name in COMMANDS or not cls.__doc__:
            raise TypeError(f"{name} is declared twice, or does not say what it means")
        cls.__post_init__ = _check_values  # type: ignore[attr-defined]  # the dataclass calls it
        made: Any = dataclass(frozen=True, kw_only=True, slots=True)(cls)
        COMMANDS[name] = CommandType(name, made, fields_of(made), decides)
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
    kinds = {field.name: field.refers or "" for field in declared.fields}
    return tuple(StreamRef(kinds[name], getattr(command, name)) for name in declared.decides)


def _check_values(command: Any) -> None:
    """Refuse nonsense in the fields of a command."""
    for field in command.command_type.fields:
        value = getattr(command, field.name)
        if value is not None:
            _check(field.name, field.shape, value)
        elif not field.optional:
            raise Nonsense(field.name, "is missing")


def _check(name: str, shape: Shape, value: Any) -> None:
    match shape.plain:
        case Plain.TEXT:
            _check_text(name, shape, value)
        case Plain.DECIMAL | Plain.INTEGER:
            _check_number(name, shape, value)
        case Plain.MOMENT:
            check_moment(name, value)
        case Plain.CHOICE:
            if value not in shape.choices:
                raise Nonsense(name, f"is not one of {', '.join(shape.choices)}")
        case Plain.LIST:
            limit = shape.length
            if limit and not limit.least <= len(value) <= limit.most:
                raise Nonsense(name, f"has {len(value)} members, not {limit.least} to {limit.most}")
            for index, member in enumerate(value):
                _check(f"{name}/{index}", shape.inside[0], member)
        case Plain.PAIR:
            for index, (inside, member) in enumerate(zip(shape.inside, value, strict=True)):
                _check(f"{name}/{index}", inside, member)
        case Plain.BOOLEAN | Plain.DATE | Plain.ID:
            pass


def check_moment(name: str, value: datetime) -> None:
    """Refuse a time that does not say its offset in whole minutes."""
    if not is_aware(value):
        raise Nonsense(name, "has no time zone; give an offset in whole minutes, such as Z or +03:00")


def _check_text(name: str, shape: Shape, value: str) -> None:
    limit = shape.length
    if limit and not limit.least <= len(value) <= limit.most:
        raise Nonsense(name, f"has {len(value)} characters, not {limit.least} to {limit.most}")
    if limit and limit.least and not value.strip():
        raise Nonsense(name, "is blank")
    if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in value):
        raise Nonsense(name, "contains control characters or half of a surrogate pair")


def _check_number(name: str, shape: Shape, value: Decimal | int) -> None:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise Nonsense(name, "is not a finite number")
        _, digits, exponent = value.as_tuple()
        if value.adjusted() >= MOST_DIGITS or int(exponent) < -MOST_DIGITS or len(digits) > 2 * MOST_DIGITS:
            raise Nonsense(name, f"has more than {MOST_DIGITS} digits before or after the point")
    elif abs(value) >= 2**53:
        raise Nonsense(name, "is not an integer below 2^53")
    bounds = shape.bounds
    if bounds.least is not None and value < bounds.least:
        raise Nonsense(name, f"is less than {bounds.least}")
    if bounds.most is not None and value > bounds.most:
        raise Nonsense(name, f"is more than {bounds.most}")
