"""What a list has as a table: a column for each field of its members, and of what kind its values are."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, NamedTuple

import msgspec
from marshmallow import Schema, fields

_PLAIN = (str, int, bool)


class Kind(Enum):
    """What stands in a column."""

    TEXT = auto()
    """Also decimal numbers, which are told as text so that they stay exact, and ids."""
    INTEGER = auto()
    TRUTH = auto()
    DAY = auto()
    MOMENT = auto()
    JSON = auto()
    """Lists, and values whose shape is not fixed."""


class Column(NamedTuple):
    """A column: where its value is found in a member, and of what kind it is."""

    path: tuple[str, ...]
    kind: Kind

    @property
    def name(self) -> str:
        """How it is headed: what stands inside another field has that one before a dot."""
        return ".".join(self.path)

    def of(self, member: Mapping[str, Any]) -> Any:
        """Return its value in a member as JSON has it, ids and times as texts; None where there is none."""
        value: Any = member
        for name in self.path:
            if value is None:
                return None
            value = value.get(name)
        return value if value is None or isinstance(value, _PLAIN) else msgspec.to_builtins(value)


def columns_of(member: type[Schema], above: tuple[str, ...] = ()) -> list[Column]:
    """Return the columns that the fields of a schema are, in order."""
    found = []
    for name, field in member().fields.items():
        path = (*above, field.data_key or name)
        if isinstance(field, fields.Nested) and not field.many:
            found += columns_of(type(field.schema), path)
        else:
            found.append(Column(path, _kind(field)))
    return found


def _kind(field: fields.Field[Any]) -> Kind:
    match field:
        case fields.Integer():
            return Kind.INTEGER
        case fields.Boolean():
            return Kind.TRUTH
        case fields.Date():
            return Kind.DAY
        case fields.DateTime():
            return Kind.MOMENT
        case fields.List() | fields.Nested() | fields.Dict():
            return Kind.JSON
    return Kind.JSON if type(field) is fields.Raw else Kind.TEXT
