"""Commands: what someone wants to be true; decided by rules into facts, or refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Protocol, TypeVar, dataclass_transform

from domain.kernel.facts import NAME, Fact
from domain.kernel.fields import FieldSpec, Plain, Shape, fields_of
from domain.kernel.marks import Refers
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef
from domain.kernel.values import Glance, check_value, glance

Declared = TypeVar("Declared", bound=type)
Decision = Sequence[Fact] | tuple[Sequence[Fact], ...]


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
    glances: tuple[tuple[str, Shape, bool, Glance], ...]
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
        glances = tuple((each.name, each.shape, each.optional, glance(each.shape)) for each in fields)
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
