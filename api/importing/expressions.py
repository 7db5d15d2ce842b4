"""Expressions in mapping files, in CEL, the Common Expression Language: typed, without effects, always ending.

Rows are seen by it as they are read, but: a number is a double, for comparing only; a moment is a text in UTC such as
`2015-01-05T06:00:00.000000Z`, so that moments compare as texts (`timestamp(at)` to reckon with it); a date is a text.
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_math, ext_strings

from api.importing.around import FEW, MOST_COPIED, MOST_SIFTED, Rows, in_parts, sifted, sight_of, variables_in
from api.importing.faults import MappingFault, Wrong
from api.importing.patterns import pattern_of

WORD = re.compile(r"[a-z][a-z0-9_]*")
"""What may be the name of a variable in the text of an expression."""
TYPES = frozenset({"bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type", "uint"})
"""Names that stand for types in expressions, so that no variable can have them."""
_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
_MATCHES = re.compile(r"""\.matches\(\s*([rR]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))\s*\)""")
"""Regular expressions that are written out: the library looks at them with each row only."""
Variables = Mapping[str, Any]


class Kind(Enum):
    """What a variable holds; ANY for what may be empty (`null`), and for numbers: they compare with integers so."""

    ANY = "DYN"
    TEXT = "STRING"
    INTEGER = "INT"
    BOOLEAN = "BOOL"
    LIST = "LIST"
    NUMBER = "DOUBLE"
    """Of a column that is known to say something; else it is ANY."""


class Language:
    """The variables that expressions of one place may name."""

    def __init__(self, variables: Mapping[str, Kind], around: Collection[str] = ()) -> None:
        """Take them, and which of them are lists of the rows of a key.

        Raises:
            MappingFault: one of them has a name that no variable can have.
        """
        if taken := TYPES & variables.keys():
            why = 'stands for a type in expressions: name it otherwise, a column as in columns.kind = { from = "type" }'
            raise MappingFault(min(taken), why)
        self._variables, self._around = variables, frozenset(around)
        types = {name: getattr(cel.Type, kind.value) for name, kind in variables.items()}
        self._environment = cel.NewEnv(variables=types, extensions=[ext_strings.ExtStrings(), ext_math.ExtMath()])

    def compile(self, where: str, text: str) -> "Expression":
        """Return an expression.

        Raises:
            MappingFault: it is none, names what is not there, or mixes what does not go together.
        """
        try:
            compiled = self._environment.compile(text)
            patterns = [self._environment.compile(each).eval(data={}).plain_value() for each in _MATCHES.findall(text)]
        except Exception as error:  # noqa: BLE001  the library raises what its C++ part says
            raise MappingFault(where, f"{text!r} is not understood: {_first_line(error)}") from None
        for each in patterns:
            pattern_of(where, each)
        expression = Expression(compiled, text, where)
        expression.look_around(self._variables, self._around)
        return expression

    def condition(self, where: str, text: str) -> "Expression":
        """Return an expression that says whether something holds; raises as `compile`."""
        return self._of_type(where, text, {"BOOL", "DYN"}, "neither true nor false")

    def listing(self, where: str, text: str) -> "Expression":
        """Return an expression that says a list, or nothing; raises as `compile`."""
        return self._of_type(where, text, {"LIST", "NULL", "DYN"}, "no list")

    def _of_type(self, where: str, text: str, types: set[str], otherwise: str) -> "Expression":
        """Return an expression, if its type is one of some."""
        expression = self.compile(where, text)
        if expression.type not in types:
            raise MappingFault(where, f"{text!r} is {otherwise}, whatever a row says")
        return expression


class Expression:
    """One expression, ready to be evaluated."""

    def __init__(self, compiled: Any, text: str, where: str) -> None:
        """Take what the library made of it, and where it stands in the mapping."""
        self._compiled, self.text = compiled, text
        self.names = frozenset(WORD.findall(text))
        """Every variable and member that it may name, and other words."""
        self.told = f"{where}: {text!r}" if where else repr(text)
        """How it is called in what is said of it."""
        self._files: frozenset[str] = frozenset()
        self._sifted: frozenset[str] = frozenset()
        self._program: Any = None
        self._parted: Any = None
        """The same, going through long lists in parts."""

    def look_around(self, variables: Mapping[str, Kind], around: frozenset[str]) -> None:
        """Take note of which variables are lists of the rows of a key."""
        self._files = around & self.names
        self._sifted = sifted(self.text, (name for name, kind in variables.items() if kind is Kind.LIST))
        if self._files:
            self._sight, own = sight_of(around), variables_in(self.names, variables, around)
            self._program = self._sight.compiled(self.text, own)
            if (of_key := self._sifted & self._files) and (text := in_parts(self.text, of_key)) is not None:
                self._parted = self._sight.compiled(text, own)

    @property
    def type(self) -> str:
        """What it comes to as CEL calls it, such as BOOL; DYN: that depends on the row."""
        return str(self._compiled.return_type()).partition("<")[0]

    def value(self, variables: Variables) -> Any:
        """Return what it says: a plain value, or a list of them.

        Raises:
            Wrong: it says nothing for these variables.
        """
        # The library takes each variable apart that it is given.
        named = {name: variables[name] for name in self.names if name in variables}
        for name in self._sifted & named.keys():
            rows = named[name] or ()
            most = MOST_SIFTED if self._parted is not None and isinstance(rows, Rows) else MOST_COPIED
            if len(rows) > most:
                sentence = f"{self.told} keeps some of {len(rows):,} rows of {name}; it may go through {most:,}."
                raise Wrong("too-many-rows", sentence)
        try:
            found = self._seen_around(named) or self._compiled.eval(data=named)
        except RuntimeError as error:  # it took more steps than an expression may
            raise Wrong("expression-failed", f"{self.told} comes to no end here: {_first_line(error)}.") from None
        if found.type() == cel.Type.ERROR:
            raise Wrong("expression-failed", f"{self.told} says nothing here: {_first_line(found.value())}.")
        return _plain(found)

    def _seen_around(self, named: dict[str, Any]) -> Any:
        """Return what it says by way of lists that the library has already; None: it is to be asked as usual."""
        rows = next((named[name] for name in self._files if isinstance(named.get(name), Rows)), None)
        if rows is None:
            return None
        is_still = rows.around.is_still(self.names)
        if self._parted is not None and any(len(named.get(name) or ()) > FEW for name in self._sifted):
            return rows.around.evaluated(self._sight, self._parted, named, parted=True, anew=not is_still)
        if self._program is None or not is_still:
            return None
        try:
            found = rows.around.evaluated(self._sight, self._program, named)
        except Exception:  # noqa: BLE001  whatever it is: asked as usual, it is told as what it is
            return None
        return None if found.type() == cel.Type.ERROR else found

    def holds(self, variables: Variables) -> bool:
        """Return whether it is true.

        Raises:
            Wrong: it is neither true nor false.
        """
        value = self.value(variables)
        if not isinstance(value, bool):
            raise Wrong("expression-failed", f"{self.told} is neither true nor false here.")
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


def _plain(found: Any) -> Any:
    """Return what the library found as a plain value.

    Its own way takes a reference to None with each null that it makes, and has none to take: some ten thousand nulls
    end the process. So nulls are not asked for.
    """
    kind = found.type()
    if kind == cel.Type.NULL:
        return None
    if kind == cel.Type.LIST:
        return [_plain(each) for each in found.value()]
    if kind == cel.Type.MAP:
        return {name: _plain(each) for name, each in found.value().items()}
    return found.plain_value()


def _first_line(error: object) -> str:
    """Return what the library says, without its drawing of where."""
    lines = [line.strip() for line in str(error).splitlines() if not line.lstrip().startswith("|")]
    said = " ".join(lines).replace("INVALID_ARGUMENT: ", "").replace("[INVALID_ARGUMENT]", "").replace("ERROR: ", "")
    return said.replace("<input>:", "at ").strip(" .")[:300]
