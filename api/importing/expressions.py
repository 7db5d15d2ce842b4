"""Expressions in mapping files, in CEL, the Common Expression Language: typed, without effects, always ending.

Rows are seen by it as they are read, but: a number is a double, for comparing only; a moment is a text in UTC such as
`2015-01-05T06:00:00.000000Z`, so that moments compare as texts (`timestamp(at)` to reckon with it); a date is a text.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_math, ext_strings

from api.importing.faults import MappingFault, Wrong

WORD = re.compile(r"[a-z][a-z0-9_]*")
"""What may be the name of a variable in the text of an expression."""
_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
Variables = Mapping[str, Any]


class Kind(Enum):
    """What a variable holds; ANY for what may be empty (`null`), and for numbers: they compare with integers so."""

    ANY = "DYN"
    TEXT = "STRING"
    INTEGER = "INT"
    BOOLEAN = "BOOL"
    LIST = "LIST"


class Language:
    """The variables that expressions of one place may name."""

    def __init__(self, variables: Mapping[str, Kind]) -> None:
        """Take them."""
        types = {name: getattr(cel.Type, kind.value) for name, kind in variables.items()}
        self._environment = cel.NewEnv(variables=types, extensions=[ext_strings.ExtStrings(), ext_math.ExtMath()])

    def compile(self, where: str, text: str) -> "Expression":
        """Return an expression.

        Raises:
            MappingFault: it is none, names what is not there, or mixes what does not go together.
        """
        try:
            return Expression(self._environment.compile(text), text)
        except Exception as error:  # noqa: BLE001  the library raises what its C++ part says
            raise MappingFault(where, f"{text!r} is not understood: {_first_line(error)}") from None


class Expression:
    """One expression, ready to be evaluated."""

    def __init__(self, compiled: Any, text: str) -> None:
        """Take what the library made of it."""
        self._compiled, self.text = compiled, text
        self.names = tuple(dict.fromkeys(WORD.findall(text)))
        """Every variable and member that it may name, and other words."""

    def value(self, variables: Variables) -> Any:
        """Return what it says: a plain value, or a list of them.

        Raises:
            Wrong: it says nothing for these variables.
        """
        try:
            found = self._compiled.eval(data=variables)
        except RuntimeError as error:  # it took more steps than an expression may
            raise Wrong("expression-failed", f"{self.text!r} comes to no end here: {_first_line(error)}.") from None
        if found.type() == cel.Type.ERROR:
            raise Wrong("expression-failed", f"{self.text!r} says nothing here: {_first_line(found.value())}.")
        return found.plain_value()

    def holds(self, variables: Variables) -> bool:
        """Return whether it is true.

        Raises:
            Wrong: it is neither true nor false.
        """
        value = self.value(variables)
        if not isinstance(value, bool):
            raise Wrong("expression-failed", f"{self.text!r} is neither true nor false here.")
        return value


def seen(value: Any) -> Any:
    """Return a value of a row as expressions see it."""
    match value:
        case bool() | str() | None:
            return value
        case int():
            return value if -(2**63) <= value < 2**63 else float(value)
        case Decimal():
            return float(value)
        case datetime():
            return value.astimezone(UTC).strftime(_MOMENT).rjust(27, "0")
        case date():
            return value.isoformat()
        case _:
            return [seen(each) for each in value]


def _first_line(error: object) -> str:
    """Return what the library says, without its drawing of where."""
    lines = [line.strip() for line in str(error).splitlines() if not line.lstrip().startswith("|")]
    said = " ".join(lines).replace("INVALID_ARGUMENT: ", "").replace("[INVALID_ARGUMENT]", "").replace("ERROR: ", "")
    return said.replace("<input>:", "at ").strip(" .")[:300]
