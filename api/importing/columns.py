"""Columns: from what stands in a cell to what it says, step by step as the mapping tells."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from api.importing.faults import MappingFault, Wrong, shown
from api.importing.mapping import Column, Scalar
from api.importing.patterns import pattern_of
from api.importing.rows import Cell
from api.importing.times import Times
from api.importing.units import NoSuchConversion, conversion

_LONGEST_MATCHED = 10_000
"""Characters of a text to which a regular expression is put."""
_GROUP = re.compile(r"\\(\d)")
_HALF = re.compile("[\ud800-\udfff]")
_MOST_EXPONENT = 30
_CODE = re.compile(r"[^a-z0-9]+")


Step = Callable[[Any], Any]


class Reader(NamedTuple):
    """How one column is read."""

    name: str
    """Here."""
    found_as: str
    """In the file."""
    steps: tuple[Step, ...]
    required: bool

    def of(self, cells: Mapping[str, Cell]) -> Any:
        """Return what the column says in a row.

        Raises:
            Wrong: it cannot be read so.
        """
        value: Any = cells.get(self.found_as)
        if value is None:
            value = inside(cells, self.found_as)
        for step in self.steps:
            value = step(value)
            if value is None:
                break
        if value is None and self.required:
            raise Wrong("empty-cell", f"{self.found_as} is empty.")
        return value


def reader(name: str, column: Column, zone: str | None, lookups: Mapping[str, Mapping[str, Scalar]]) -> Reader:
    """Return how a column is read.

    Args:
        name: of the column, here.
        column: what the mapping says of it.
        zone: of moments that say none, if the column says none.
        lookups: the look-ups of the mapping.

    Raises:
        MappingFault: what it says cannot be done.
    """
    steps: list[Step] = [_emptied(column)]
    steps += [_replaced(name, *pair) for pair in column.replace]
    if column.match is not None:
        steps.append(_matched(name, column.match))
    if column.case:
        steps.append(str.lower if column.case == "lower" else str.upper)
    if column.code:
        steps.append(_coded)
    if column.lookup is not None:
        if column.lookup not in lookups:
            raise MappingFault(f"column {name}", f"there is no look-up {column.lookup}")
        steps.append(_looked_up(column.lookup, lookups[column.lookup]))
        if column.split is not None and not all(isinstance(found, str) for found in lookups[column.lookup].values()):
            raise MappingFault(
                f"column {name}", f"splits texts, and the look-up {column.lookup} says numbers or truths"
            )
    if column.split is not None:
        steps.append(_parted(column))
    else:
        steps += _typed(name, column, zone)
    texts = bool(column.replace or column.match or column.case or column.code or column.lookup or column.split)
    if column.type == "text" or texts:
        steps.insert(1, _as_text)
    made = Reader(name, column.from_ or name, tuple(steps), column.required)
    if column.default is not None:
        try:
            made.of({})
        except Wrong as wrong:
            raise MappingFault(f"column {name}", f"default: {wrong.sentence}") from None
    return made


def inside(cells: Mapping[str, Cell], path: str) -> Any:
    """Return what stands in a column, or inside of one that holds objects: behind a dot; None: nothing."""
    if path in cells or "." not in path:
        return cells.get(path)
    value: Any = cells
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def _emptied(column: Column) -> Step:
    empty, trim, default = frozenset({"", *column.empty}), column.trim, column.default

    def step(value: Any) -> Any:
        if isinstance(value, str):
            text = value.strip() if trim else value
            return default if text in empty else text
        return default if value is None else value

    return step


def _as_text(value: Any) -> str:
    """Return a cell of another format as the text that it would be."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        case datetime() | date() | time():
            raise Wrong(
                "date-for-text", "The cell holds a date or time, not a text: a spreadsheet may have made it so."
            )
        case _:
            raise Wrong("not-a-text", "The cell holds a list or an object, not a text.")


def _replaced(name: str, pattern: str, text: str) -> Step:
    compiled = pattern_of(f"column {name}", pattern)
    if any(int(number) > compiled.groups for number in _GROUP.findall(text)):
        raise MappingFault(f"column {name}", f"{text} names a group that {pattern} does not have")
    return lambda value: compiled.sub(text, _short(value)) or None


def _matched(name: str, pattern: str) -> Step:
    compiled = pattern_of(f"column {name}", pattern)

    def step(value: str) -> str | None:
        found = compiled.fullmatch(_short(value))
        if found is None:
            raise Wrong("no-match", f"{shown(value)} is not written as {pattern}.")
        part: str | None = found[1] if compiled.groups else found[0]
        return part

    return step


def _short(value: str) -> str:
    if len(value) > _LONGEST_MATCHED:
        raise Wrong("text-too-long", f"The text has {len(value):,} characters, not at most {_LONGEST_MATCHED:,}.")
    if _HALF.search(value):
        raise Wrong("not-a-text", "The text has half of a surrogate pair in it.")
    return value


def _coded(value: str) -> str:
    """Return a text as a code: letters lose their accents, and no letter is lost."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", value) if not unicodedata.combining(sign)).casefold()
    code = _CODE.sub("-", plain).strip("-")
    if not code or any(sign.isalnum() and not sign.isascii() for sign in plain):
        raise Wrong("no-code", f"{shown(value)} is no code of Latin letters and digits; use replace or a look-up.")
    return code


def _looked_up(name: str, entries: Mapping[str, Scalar]) -> Step:
    def step(value: str) -> Scalar:
        try:
            return entries[value]
        except KeyError:
            raise Wrong("not-in-look-up", f"{shown(value)} is not in the look-up {name}.") from None

    return step


def _parted(column: Column) -> Step:
    separator = str(column.split)

    def step(value: str) -> list[str]:
        parts = (part.strip() if column.trim else part for part in value.split(separator))
        return [part for part in parts if part]

    return step


def _typed(name: str, column: Column, zone: str | None) -> list[Step]:
    if column.type != "number" and (column.unit or column.to):
        raise MappingFault(f"column {name}", "only numbers have a unit")
    match column.type:
        case "text":
            return []
        case "number":
            return [_number(column), *_turned(name, column)]
        case "integer":
            return [_integer(column)]
        case "boolean":
            return [_truth(column)]
        case "date":
            return [Times(name, column, None).date]
        case "moment":
            return [Times(name, column, column.zone or zone).moment]


def _turned(name: str, column: Column) -> list[Step]:
    if column.to is None:
        if column.unit is not None:
            raise MappingFault(f"column {name}", f"says in what its numbers are ({column.unit}), not into what: to")
        return []
    if column.unit is None:
        raise MappingFault(
            f"column {name}", f"says into what its numbers are turned ({column.to}), not from what: unit"
        )
    try:
        return [_converted(conversion(column.unit, column.to), column.to)]
    except NoSuchConversion as error:
        raise MappingFault(f"column {name}", str(error)) from None


def _converted(turned: Callable[[Decimal], Decimal], unit: str) -> Step:
    def step(value: Decimal) -> Decimal:
        try:
            return turned(value)
        except ArithmeticError:
            raise Wrong("number-too-large", f"{shown(value)} has too many digits to be turned into {unit}.") from None

    return step


def _number(column: Column) -> Step:
    point, group = re.escape(column.decimal), column.group
    if group == column.decimal:
        raise MappingFault(f"column {column.from_}", "has one sign for decimals and for groups of digits")
    whole = r"\d+" if not group else rf"(?:\d{{1,3}}(?:{re.escape(group)}\d{{3}})+|\d+)"
    form = re.compile(rf"[+-]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[Ee][+-]?\d{{1,4}})?", re.ASCII)

    def step(value: Any) -> Decimal:
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            number = Decimal(value)
        elif isinstance(value, str) and len(value) <= _LONGEST_MATCHED and form.fullmatch(value):
            number = Decimal((value.replace(group, "") if group else value).replace(column.decimal, "."))
        else:
            raise Wrong("not-a-number", f"{shown(value)} is not a number such as {_example(column)}.")
        if not number.is_finite() or abs(number.adjusted()) > _MOST_EXPONENT:
            raise Wrong("number-too-large", f"{shown(value)} has too many digits before or after the point.")
        return number

    return step


def _example(column: Column) -> str:
    return f"1{column.group or ''}234{column.decimal}5"


def _integer(column: Column) -> Step:
    number = _number(column)

    def step(value: Any) -> int:
        found: Decimal = number(value)
        if found != found.to_integral_value():
            raise Wrong("not-an-integer", f"{shown(value)} is not a whole number.")
        return int(found)

    return step


def _truth(column: Column) -> Step:
    said = {text.casefold(): False for text in column.false} | {text.casefold(): True for text in column.true}

    def step(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        found = said.get(str(value).casefold())
        if found is None:
            raise Wrong("neither-yes-nor-no", f"{shown(value)} is none of {', '.join(said)}.")
        return found

    return step
