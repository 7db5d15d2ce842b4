"""Filling in: the fields of a record, each from what a row says to the plain value that a command takes."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from api.fields import Value as Field
from api.importing.faults import Wrong
from api.importing.forms import Context, Fixed, Form, as_text
from domain.kernel.fields import FieldSpec, Plain, Shape
from domain.kernel.json_schema import written

_NOT_YET = object()
_WHOLE = re.compile(r"-?\d{1,16}", re.ASCII)
_TYPES: Mapping[Plain, type] = {
    Plain.TEXT: str,
    Plain.CHOICE: str,
    Plain.INTEGER: int,
    Plain.BOOLEAN: bool,
    Plain.DATE: date,
    Plain.ID: UUID,
}
"""Of what is exactly of its type there is nothing to read: the command itself looks whether it can be true."""


class Filling:
    """One field of a record, and how it is filled in."""

    def __init__(self, record: str, spec: FieldSpec, form: Form, *, is_checked: bool) -> None:
        """Take the field.

        Args:
            record: its name, for those who are told what is wrong.
            spec: as the command, or the fact, declares it.
            form: of its value; one that is the same for every row is read once.
            is_checked: whether what is made of it holds it to the same marks.
        """
        self.name, self._shape, self._form, self._field = spec.name, spec.shape, form, Field(spec)
        self._told_as = f"{record}: {spec.name}"
        self._may_be_empty = spec.optional or not spec.required
        self._is_quick, self._is_fixed, self._kept = is_checked, isinstance(form, Fixed), _NOT_YET
        self._type = _TYPES.get(spec.shape.plain)
        self._is_decimal = spec.shape.plain is Plain.DECIMAL

    def value(self, context: Context) -> Any:
        """Return the value for a row, None if it says nothing; what the command looks at itself, not looked at.

        Raises:
            Wrong: it cannot be read.
        """
        if self._kept is not _NOT_YET:
            return self._kept
        said = self._form(context)
        if said is None:
            return self._nothing()
        if self._is_quick and (type(said) is self._type or (self._is_decimal and _is_written_out(said))):
            return said
        found = self._read(said)
        if self._is_fixed:
            self._kept = found
        return found

    def careful_value(self, context: Context) -> Any:
        """Return the value for a row, looked at by itself: what is wrong with it is told as that of this field."""
        said = self._form(context)
        return self._nothing() if said is None else self._read(said)

    def _nothing(self) -> None:
        if not self._may_be_empty:
            raise Wrong("field-empty", f"{self._told_as} is empty.")

    def _read(self, said: Any) -> Any:
        try:
            return self._field.deserialize(fitting(self._shape, said))
        except ValidationError as error:
            raise Wrong("field-wrong", f"{self._told_as} {_sentence(error)}.") from None


def filled(fillings: Iterable[Filling], value: Callable[[Filling], Any]) -> dict[str, Any]:
    """Return the values of fields, those left out of which nothing is said."""
    return {each.name: found for each in fillings if (found := value(each)) is not None}


def fitting(shape: Shape, value: Any) -> Any:
    """Return a value as JSON has it for a field of a shape: what says the same is taken, nothing is guessed."""
    match shape.plain:
        case Plain.TEXT | Plain.CHOICE | Plain.ID:
            return value if isinstance(value, bool | list) else as_text(value)
        case Plain.DECIMAL:
            return (
                str(written(Decimal(value)))
                if isinstance(value, int | Decimal) and not isinstance(value, bool)
                else value
            )
        case Plain.INTEGER:
            return int(value) if isinstance(value, str | Decimal) and _WHOLE.fullmatch(as_text(value)) else value
        case Plain.LIST | Plain.PAIR:
            members = value if isinstance(value, list) else [value]
            inside = shape.inside * len(members) if shape.plain is Plain.LIST else shape.inside
            if len(inside) != len(members):
                return members  # the field says that it is no pair
            return [fitting(each, member) for each, member in zip(inside, members, strict=True)]
        case _:
            return written(value)


def _is_written_out(said: Any) -> bool:
    """Return whether a number is a decimal that is the same when it is written out and read again."""
    if type(said) is not Decimal:
        return False
    exponent = said.as_tuple().exponent
    return isinstance(exponent, int) and exponent <= 0


def _sentence(error: ValidationError) -> str:
    """Return what is wrong with a value, its members included, as one sentence."""
    messages: Any = error.messages
    while isinstance(messages, Mapping):
        messages = next(iter(messages.values()))
    return str(messages[0] if isinstance(messages, list) else messages)
