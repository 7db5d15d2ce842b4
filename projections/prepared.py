"""Statements that are built once for every shape of what is asked: building one costs more than running it.

    @prepared
    def _models(manufacturer_id: UUID | None, as_of: int | None, position: int) -> Pages: ...

    page(connection, _models(manufacturer_id, as_of, position), window, position)

What is asked is the arguments of such a function, of a filter (a dataclass) each of its fields. Its shape is what is
given and what is None, what is true and what is false, and which word of a few (`Literal`) is meant. The function is
called once for each shape. Where a text, a number, a moment or an id is given, it gets a parameter of the statement in
its place: to compare with a column, or to hand on to SQL, not to look at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass, replace
from functools import wraps
from inspect import signature
from itertools import count
from operator import attrgetter
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    ParamSpec,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from sqlalchemy import Table, bindparam

from domain.log.recent import Recent

Asking = ParamSpec("Asking")
Built = TypeVar("Built")

OF_THE_SHAPE = object()
"""Marks a text of which a function asks which one of a few words it is: `Annotated[str, OF_THE_SHAPE]`."""

_VALUES = frozenset({str, int, UUID})
_SHAPES = frozenset({bool, Literal, Table})
_GIVEN = object()
_MOST = 200
"""Shapes of one question that are kept: callers choose which filters they combine."""


class Prepared(NamedTuple, Generic[Built]):
    """What was built for the shape of what is asked, and the values that are asked for."""

    built: Built
    values: Mapping[str, Any]


class _Part(NamedTuple):
    """A part of what is asked: an argument, or a field of one that is a filter."""

    argument: str
    field: str | None
    parameter: str | None
    """The parameter that stands for a value in statements; None: the part belongs to the shape."""


def prepared(build: Callable[Asking, Built]) -> Callable[Asking, Prepared[Built]]:
    """Let a function that builds statements be called once for every shape of its arguments. It has no defaults.

    Raises:
        TypeError: of the type of an argument it is not known whether it is a value or of the shape.
    """
    names = tuple(signature(build).parameters)
    parts = tuple(_parts(build))
    ways = [(part.argument, None if part.field is None else attrgetter(part.field), part.parameter) for part in parts]
    kept: Recent[tuple[Any, ...], Built] = Recent(_MOST)

    @wraps(build)
    def call(*arguments: Asking.args, **named: Asking.kwargs) -> Prepared[Built]:
        given: dict[str, Any] = {**dict(zip(names, arguments, strict=False)), **named}
        shape, values = [], {}
        for argument, field, parameter in ways:
            value = given[argument] if field is None else field(given[argument])
            if parameter is not None and value is not None:
                values[parameter], value = value, _GIVEN
            shape.append(value)
        built = kept.get(key := tuple(shape))
        if built is None:
            built = build(**_standing_in(given, parts, values))  # type: ignore[call-arg]  # all its arguments, by name
            kept.put(key, built)
        return Prepared(built, values)

    return call


def _parts(build: Callable[..., Any]) -> Iterator[_Part]:
    numbers = count()
    hints = get_type_hints(build, include_extras=True)
    for argument in signature(build).parameters:
        if not is_dataclass(hints[argument]):
            yield _Part(argument, None, _parameter(hints[argument], numbers))
            continue
        for name, hint in get_type_hints(hints[argument], include_extras=True).items():
            yield _Part(argument, name, _parameter(hint, numbers))


def _parameter(hint: Any, numbers: Iterator[int]) -> str | None:
    """Return the parameter of a part of this type, or None if it belongs to the shape."""
    kinds = set(_kinds(hint))
    if kinds <= _VALUES:
        return f"asked_{next(numbers)}"
    if kinds <= _SHAPES:
        return None
    raise TypeError(f"{hint} is neither a value nor of the shape of what is asked")


def _kinds(hint: Any) -> Iterator[Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        yield from (Literal,) if OF_THE_SHAPE in inner else _kinds(inner[0])
    elif origin in {UnionType, Union}:
        for each in inner:
            yield from _kinds(each)
    elif hint is not NoneType:
        yield origin or hint


def _standing_in(given: Mapping[str, Any], parts: Sequence[_Part], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with parameters in the place of values."""
    standing = dict(given)
    for argument, field, parameter in parts:
        if parameter in values:
            stands: Any = bindparam(parameter)
            standing[argument] = stands if field is None else replace(standing[argument], **{field: stands})
    return standing
