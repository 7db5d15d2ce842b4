"""Facts: what happened, each declared once under a permanent stored name and version."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform
from uuid import UUID

from domain.kernel.fields import FieldSpec, Plain, fields_of

Fact = object
"""Any class declared with `@event`; each stream kind has its own union of them."""

Declared = TypeVar("Declared", bound=type)
Upcast = Callable[[dict[str, Any]], dict[str, Any]]

_NAME = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")


@dataclass(frozen=True, slots=True)
class FactType:
    """The permanent name of a kind of fact, its present version and its fields."""

    name: str
    version: int
    cls: type
    fields: tuple[FieldSpec, ...]

    @property
    def meaning(self) -> str:
        """What the fact means to the business."""
        return (self.cls.__doc__ or "").strip()

    @property
    def personal(self) -> tuple[FieldSpec, ...]:
        """The fields that are sealed before they are stored."""
        return tuple(field for field in self.fields if field.personal)

    @property
    def has_upcasts(self) -> bool:
        """Whether older versions are on record."""
        return self.version > 1


FACTS: dict[str, FactType] = {}
"""Every kind of fact by its permanent name."""

_UPCASTS: dict[tuple[str, int], Upcast] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(name: str, *, version: int = 1) -> Callable[[Declared], Declared]:
    """Declare a kind of fact under its permanent stored name.

    Names and fields are a file format. A new field has a default; anything more is a new version with an upcast
    from the one before.

    Raises:
        TypeError: the name is malformed or taken, or the class says nothing about its meaning.
    """

    def declare(cls: Declared) -> Declared:
        if not _NAME.fullmatch(name):
            raise TypeError(f"{name} is not of the form <stream>.<snake_case>")
        if name in FACTS:
            raise TypeError(f"{name} is declared twice")
        if not cls.__doc__:
            raise TypeError(f"{name} does not say what it means")
        made: Any = dataclass(frozen=True, kw_only=True, slots=True)(cls)
        FACTS[name] = FactType(name, version, made, fields_of(made))
        made.fact_type = FACTS[name]
        return made  # type: ignore[no-any-return]  # the dataclass of the declared class

    return declare


def upcast(name: str, from_version: int) -> Callable[[Upcast], Upcast]:
    """Declare how the stored data of one version becomes that of the next. Never refuses."""

    def declare(function: Upcast) -> Upcast:
        if _UPCASTS.setdefault((name, from_version), function) is not function:
            raise TypeError(f"{name} version {from_version} has two upcasts")
        return function

    return declare


def fact_type(fact: Fact) -> FactType:
    """Return the declaration of a fact."""
    return type(fact).fact_type  # type: ignore[attr-defined,no-any-return]  # set by @event


def to_current(name: str, version: int, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a stored fact as its present version has it."""
    while version < FACTS[name].version:
        data = _UPCASTS[name, version](data)
        version += 1
    return data


def references(fact: Fact) -> Iterator[tuple[str, UUID]]:
    """Yield the (kind, id) of every other stream that the fact concerns."""
    for field in fact_type(fact).fields:
        if kind := field.refers:
            value = getattr(fact, field.name)
            if field.shape.plain is Plain.LIST:
                yield from ((kind, member) for member in value)
            elif value is not None:
                yield kind, value
