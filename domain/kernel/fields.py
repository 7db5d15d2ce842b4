"""The fields of a fact or command, read from its annotations: the source of every derived schema."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from domain.kernel.marks import Bounds, Example, Length, Meaning, Personal, Refers, Unit, UnitBeside

Mark = TypeVar("Mark")


class Plain(StrEnum):
    """The plain types of which facts are made."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    ID = "id"
    CHOICE = "choice"
    LIST = "list"
    PAIR = "pair"


_PLAIN: Mapping[Any, Plain] = {
    str: Plain.TEXT,
    bool: Plain.BOOLEAN,
    int: Plain.INTEGER,
    Decimal: Plain.DECIMAL,
    date: Plain.DATE,
    datetime: Plain.MOMENT,
    UUID: Plain.ID,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value looks like: a plain type, its marks, and for lists and pairs the shapes inside."""

    plain: Plain
    marks: tuple[object, ...] = ()
    inside: tuple["Shape", ...] = ()
    choices: tuple[str, ...] = ()
    bounds: Bounds = field(init=False, compare=False, repr=False)
    """Least and greatest number accepted in a command."""
    length: Length | None = field(init=False, compare=False, repr=False)
    """Least and greatest length accepted in a command."""

    def __post_init__(self) -> None:
        """Find the marks that every value is held to once, not for every value."""
        object.__setattr__(self, "bounds", self.mark(Bounds) or Bounds())
        object.__setattr__(self, "length", self.mark(Length))

    def mark(self, kind: type[Mark]) -> Mark | None:
        """Return the outermost mark of this kind, or None: the use of an alias overrides the alias."""
        found = None
        for mark in self.marks:
            if isinstance(mark, kind):
                found = mark
        return found

    def holds(self, kind: type[Mark] | Plain) -> bool:
        """Return whether this shape, or one inside it, has a mark of this kind or is of this plain type."""
        own = self.plain is kind if isinstance(kind, Plain) else self.mark(kind) is not None
        return own or any(inside.holds(kind) for inside in self.inside)

    @property
    def unit(self) -> str | None:
        """The symbol of the unit of measurement, if any."""
        mark = self.mark(Unit)
        return mark.symbol if mark else None

    @property
    def unit_beside(self) -> str | None:
        """The field that says the unit of measurement, if one does."""
        mark = self.mark(UnitBeside)
        return mark.field if mark else None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a fact or command."""

    name: str
    shape: Shape
    optional: bool
    default: object

    @property
    def required(self) -> bool:
        """Whether the field must be given."""
        return self.default is MISSING

    @property
    def meaning(self) -> str:
        """What the field says to a person of the trade."""
        mark = self.shape.mark(Meaning)
        return mark.text if mark else ""

    @property
    def example(self) -> str | int | bool | None:
        """An example in the form in which it travels in JSON."""
        mark = self.shape.mark(Example)
        return mark.value if mark else None

    @property
    def personal(self) -> Personal | None:
        """The mark of a field about a person."""
        return self.shape.mark(Personal)

    @property
    def refers(self) -> str | None:
        """The kind of stream whose id the field holds (for a list: each of its members)."""
        shape = self.shape.inside[0] if self.shape.plain is Plain.LIST else self.shape
        mark = shape.mark(Refers)
        return mark.kind if mark else None


def shape_of(annotation: Any) -> tuple[Shape, bool]:
    """Return the shape an annotation describes, and whether None is allowed.

    Raises:
        TypeError: the annotation is not made of plain types, or a mark stands where it would say nothing.
    """
    marks: tuple[object, ...] = ()
    optional = False
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            marks = (*more, *marks)
        elif get_origin(annotation) in (Union, UnionType):
            members = [member for member in get_args(annotation) if member is not NoneType]
            if len(members) != 1:
                raise TypeError(f"a field holds one plain type or None, not {annotation}")
            optional = True
            annotation = members[0]
        else:
            return _plain_shape(annotation, marks), optional


def _plain_shape(annotation: Any, marks: tuple[object, ...]) -> Shape:
    plain = _PLAIN.get(annotation)
    if plain is not Plain.ID and any(isinstance(mark, Refers) for mark in marks):
        raise TypeError(f"only an id refers to a stream, not {annotation}")
    if plain:
        return Shape(plain, marks)
    origin, members = get_origin(annotation), get_args(annotation)
    if origin is Literal and all(isinstance(member, str) for member in members):
        return Shape(Plain.CHOICE, marks, choices=members)
    match members if origin is tuple else ():
        case (member, inside) if inside is Ellipsis:
            return Shape(Plain.LIST, marks, inside=(_member_shape(member),))
        case (_, _):
            return Shape(Plain.PAIR, marks, inside=tuple(_member_shape(member) for member in members))
    raise TypeError(f"facts and commands are made of plain types, not {annotation}")


def _member_shape(annotation: Any) -> Shape:
    shape, optional = shape_of(annotation)
    if optional:
        raise TypeError("a member of a list or pair cannot be None")
    return shape


def fields_of(cls: type) -> tuple[FieldSpec, ...]:
    """Return the fields of a fact or command in the order of their declaration.

    Raises:
        TypeError: a name is not ASCII (canonical bodies need that), a default is made anew each time, or as `shape_of`.
    """
    hints = get_type_hints(cls, include_extras=True)
    specs = []
    for each in fields(cls):
        if not each.name.isascii() or each.default_factory is not MISSING:
            raise TypeError(f"{cls.__name__}.{each.name} needs an ASCII name and a plain default")
        shape, optional = shape_of(hints[each.name])
        if each.default is None and not optional:
            raise TypeError(f"{cls.__name__}.{each.name} is None by default, but may not be None")
        specs.append(FieldSpec(each.name, shape, optional, each.default))
    return tuple(specs)
