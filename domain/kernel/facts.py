"""Facts: what happened, each declared once under a permanent stored name and version."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, TypeVar, dataclass_transform
from uuid import UUID

from domain.kernel.fields import FieldSpec, Plain, Shape, fields_of
from domain.kernel.marks import Personal, Refers

Fact = object
"""Any class declared with `@event`; each stream kind has its own union of them."""

Declared = TypeVar("Declared", bound=type)
Upcast = Callable[[dict[str, Any]], dict[str, Any]]

NAME = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")
"""The form of permanent names: `<stream>.<snake_case>`."""


@dataclass(frozen=True, slots=True)
class FactType:
    """The permanent name of a kind of fact, its present version and its fields."""

    name: str
    version: int
    cls: type
    fields: tuple[FieldSpec, ...]
    personal: tuple[FieldSpec, ...]
    """The fields that are sealed before they are stored."""
    referring: tuple[FieldSpec, ...]
    """The fields in which ids of other streams stand, also inside lists and pairs."""

    @property
    def meaning(self) -> str:
        """What the fact means to the business."""
        return cleandoc(self.cls.__doc__ or "")

    @property
    def has_upcasts(self) -> bool:
        """Whether older versions are on record."""
        return self.version > 1


FACTS: dict[str, FactType] = {}
"""Every kind of fact by its permanent name."""

_UPCASTS: dict[tuple[str, int], Upcast] = {}
_FORMER: dict[tuple[str, int], tuple[FieldSpec, ...]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(name: str, *, version: int = 1) -> Callable[[Declared], Declared]:
    """Declare a kind of fact under its permanent stored name.

    Names and fields are a file format. A new field has a default; anything more is a new version with an upcast
    from the one before.

    Raises:
        TypeError: the name is malformed or taken, the class says nothing about its meaning, or a field could not be
            stored and read back for ever.
    """

    def declare(cls: Declared) -> Declared:
        if not NAME.fullmatch(name):
            raise TypeError(f"{name} is not of the form <stream>.<snake_case>")
        if name in FACTS:
            raise TypeError(f"{name} is declared twice")
        if not cls.__doc__ or version < 1:
            raise TypeError(f"{name} does not say what it means, or in which version from 1 on")
        made: Any = dataclass(frozen=True, kw_only=True, slots=True)(cls)
        FACTS[name] = _declared(name, version, made)
        made.fact_type = FACTS[name]
        return made  # type: ignore[no-any-return]  # the dataclass of the declared class

    return declare


def _declared(name: str, version: int, cls: type) -> FactType:
    """Return the declaration, if facts of it load for ever and hide what they must."""
    fields = fields_of(cls)
    people = {field.name for field in fields if field.shape.plain is Plain.ID and not field.optional}
    personal = tuple(field for field in fields if field.shape.holds(Personal))
    for field in fields:
        if field.shape.holds(Plain.CHOICE):
            raise TypeError(f"{name}: {field.name} would refuse history once its choices change; a fact has a text")
        if field.optional and field.default is not None:
            raise TypeError(f"{name}: {field.name} may be None, so None is its default: it is left out of the body")
    for field in personal:
        if field.shape.plain is not Plain.TEXT or not field.personal or field.personal.subject not in people:
            raise TypeError(f"{name}: {field.name} is personal: a text, with the field that holds the person's id")
    return FactType(name, version, cls, fields, personal, tuple(each for each in fields if each.shape.holds(Refers)))


def upcast(name: str, from_version: int, *, was: type) -> Callable[[Upcast], Upcast]:
    """Declare how the stored data of one version becomes that of the next. Never refuses.

    Personal fields are opened before, so that a sealed field may get another name.

    Args:
        name: the permanent name of the fact.
        from_version: the older version.
        was: a class with the annotated fields that the older version had: its published schema stays for ever.
    """

    def declare(function: Upcast) -> Upcast:
        if _UPCASTS.setdefault((name, from_version), function) is not function:
            raise TypeError(f"{name} version {from_version} has two upcasts")
        _FORMER[name, from_version] = fields_of(dataclass(frozen=True, kw_only=True)(was))
        return function

    return declare


def fields_at(name: str, version: int) -> tuple[FieldSpec, ...]:
    """Return the fields that a version of a fact has or had.

    Raises:
        KeyError: no such fact or version is declared.
    """
    declared = FACTS[name]
    return declared.fields if version == declared.version else _FORMER[name, version]


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
    for field in fact_type(fact).referring:
        yield from references_in(field.shape, getattr(fact, field.name))


def references_in(shape: Shape, value: Any) -> Iterator[tuple[str, UUID]]:
    """Yield the (kind, id) of every stream that a value names, also inside lists and pairs."""
    if value is None:
        return
    if mark := shape.mark(Refers):
        yield mark.kind, value
    elif shape.plain is Plain.LIST:
        for member in value:
            yield from references_in(shape.inside[0], member)
    elif shape.plain is Plain.PAIR:
        for inside, member in zip(shape.inside, value, strict=True):
            yield from references_in(inside, member)
