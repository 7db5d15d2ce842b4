"""Marks: what a field means, written once in its annotation and read by everything derived from it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the field says to a person of the trade; becomes its documentation everywhere."""

    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A value in the form in which it travels in JSON."""

    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of measurement of a number, as a UCUM-like symbol (`h`, `kg`, `km`, `1`)."""

    symbol: str


@dataclass(frozen=True, slots=True)
class UnitBeside:
    """The unit of measurement of a number stands in another field beside it."""

    field: str


@dataclass(frozen=True, slots=True)
class Personal:
    """The field is about a person: it is sealed before it is stored.

    `subject` names the field of the same fact that holds the random id of that person.
    """

    subject: str


@dataclass(frozen=True, slots=True)
class Refers:
    """The field holds the id of a stream of this kind; the fact belongs to that stream's history too."""

    kind: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and greatest accepted number. Holds for commands only: facts never refuse."""

    least: Decimal | int | None = None
    most: Decimal | int | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """Least and greatest length: characters of a text, members of a list. Holds for commands only."""

    least: int
    most: int
