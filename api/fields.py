"""Shapes of requests, derived from the declarations of commands: nothing is said twice, nothing is coerced."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields

from domain.kernel import json_schema
from domain.kernel.commands import Command, CommandType
from domain.kernel.fields import FieldSpec, Plain, Shape
from domain.kernel.refusals import Nonsense
from domain.kernel.values import check_own

_DECIMAL = re.compile(json_schema.DECIMAL_ASKED)
_DATE = re.compile(json_schema.DATE)
_MOMENT = re.compile(json_schema.MOMENT)
_TOLD = re.compile(
    "[0-9]{4}-[0-9]{2}-[0-9]{2}T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
    r"(\.(?P<fraction>[0-9]+))?(Z|(?P<offset>[+-][0-9]{2}:[0-9]{2}))"
)
"""A moment as many write it, also where it is none that is read: to say what is wrong with it."""
NOT_A_MOMENT = "is not a moment with its offset, such as 2026-03-31T08:00:00+03:00"
_ID = re.compile(json_schema.ID)


class Value(fields.Field[Any]):
    """A field of a command. It loads what the command takes, and refuses what the command would refuse."""

    def __init__(self, spec: FieldSpec) -> None:
        """Take the declaration of the field."""
        self.shape = spec.shape
        self.documented = json_schema.asked(spec)
        unless_null = json_schema.asked(replace(spec, optional=False))  # apispec adds null by itself
        super().__init__(
            required=spec.required,
            allow_none=spec.optional,
            metadata=unless_null,
            error_messages={"required": "is missing", "null": "may not be null"},
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_kwargs: Any) -> Any:
        del attr, data
        return _read(self.shape, value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_kwargs: Any) -> Any:
        del attr, obj
        return json_schema.written(value)


class Fault(NamedTuple):
    """What is wrong with one value of a request."""

    pointer: str
    """Where it stands (RFC 6901); empty for the whole document."""
    detail: str


@cache
def schema_of(command: type[Command], *, without: frozenset[str] = frozenset()) -> type[Schema]:
    """Return the schema that loads the arguments of a command; unknown fields are refused.

    Args:
        command: a class declared with `@command`.
        without: fields that are said elsewhere, such as in the address.
    """
    declared: CommandType = command.command_type  # type: ignore[attr-defined]  # set by @command
    members = {spec.name: Value(spec) for spec in declared.fields if spec.name not in without}
    # Without a description here, as apispec then leaves out that the schema is closed; the operation has it.
    meta = type("Meta", (), {"unknown": RAISE, "title": declared.name})
    attributes = {
        **members,
        "Meta": meta,
        "__doc__": declared.meaning,
        "error_messages": {"unknown": "is not a field of this request", "type": "is not an object"},
    }
    return type(f"{command.__name__}Schema", (Schema,), attributes)


def document_value(_converter: object, field: fields.Field[Any], **_kwargs: Any) -> dict[str, Any]:
    """Return how a field of a command stands in OpenAPI 3.1: its JSON Schema, whole.

    For apispec: `plugin.converter.add_attribute_function(document_value)`.
    """
    return field.documented if isinstance(field, Value) else {}


def faults(messages: Any, pointer: str = "") -> Iterator[Fault]:
    """Yield each fault that marshmallow found, with its place as a JSON Pointer."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            step = "" if name == "_schema" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from faults(inner, pointer + step)
    elif isinstance(messages, Collection) and not isinstance(messages, str):
        for inner in messages:
            yield from faults(inner, pointer)
    else:
        yield Fault(pointer, str(messages))


def _read(shape: Shape, value: Any) -> Any:
    """Return the plain value that stands in JSON, checked as the command checks it."""
    if shape.plain in {Plain.LIST, Plain.PAIR}:
        return _read_members(shape, value)
    read, expected = _READERS[shape.plain]
    try:
        plain = read(value)
    except ValueError:
        raise ValidationError(expected) from None
    _check(shape, plain)
    return plain


def _read_members(shape: Shape, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValidationError("is not a list")
    _check(shape, tuple(value))  # the length first: an endless list is refused before its members are read
    inside = shape.inside * len(value) if shape.plain is Plain.LIST else shape.inside
    members, wrong = [], {}
    for index, (each, member) in enumerate(zip(inside, value, strict=True)):
        try:
            members.append(_read(each, member))
        except ValidationError as fault:
            wrong[index] = fault.messages
    if wrong:
        raise ValidationError(wrong)
    return tuple(members)


def _check(shape: Shape, value: Any) -> None:
    try:
        check_own("", shape, value)
    except Nonsense as nonsense:
        raise ValidationError(nonsense.why) from None


def _exactly(kind: type) -> Callable[[Any], Any]:
    """Return a reader that takes one type of JSON and no other: `1.0` is no integer and `true` is not 1."""

    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError
        return value

    return read


def _written(form: re.Pattern[str], read: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Return a reader of strings of one form."""

    def read_string(value: Any) -> Any:
        if type(value) is not str or not form.fullmatch(value):
            raise ValueError
        return read(value)

    return read_string


def moment_in(text: Any) -> datetime:
    """Return the moment that a text tells.

    Raises:
        ValidationError: says what is wrong with it, as near as it can be told.
    """
    if type(text) is not str or not (told := _TOLD.fullmatch(text)):
        raise ValidationError(NOT_A_MOMENT)
    if not _MOMENT.fullmatch(text):
        raise ValidationError(_not_read(told))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValidationError("is on a day that does not exist") from None


def _not_read(told: re.Match[str]) -> str:
    """Return what is wrong with what looks like a moment."""
    if told["second"] == "60":
        return "is in a leap second; seconds are told from 00 to 59"
    if told["hour"] > "23" or max(told["minute"], told["second"]) > "59":
        return "is at a time that does not exist; 24:00 is 00:00 of the day after"
    if (told["fraction"] or "")[6:].strip("0"):
        return "is finer than a microsecond"
    if told["offset"] == "-00:00":
        return "has the offset -00:00, which says that the offset is not known; UTC is Z"
    return "has an offset that does not exist"


def _date_in(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValidationError("is a day that does not exist") from None


_READERS: Mapping[Plain, tuple[Callable[[Any], Any], str]] = {
    Plain.TEXT: (_exactly(str), "is not a string"),
    Plain.CHOICE: (_exactly(str), "is not a string"),
    Plain.INTEGER: (_exactly(int), "is not an integer"),
    Plain.BOOLEAN: (_exactly(bool), "is neither true nor false"),
    Plain.DECIMAL: (_written(_DECIMAL, Decimal), 'is not a decimal number written as a string, such as "900.5"'),
    Plain.DATE: (_written(_DATE, _date_in), "is not a date, such as 2026-03-31"),
    Plain.MOMENT: (moment_in, NOT_A_MOMENT),
    Plain.ID: (_written(_ID, UUID), "is not a UUID in its canonical form: lower case, with hyphens"),
}
