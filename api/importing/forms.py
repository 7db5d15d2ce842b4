"""Values in mapping files: templates, constants, expressions, ids and look-ups, each filled in from what rows say."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from api.importing.constants import Constants
from api.importing.expressions import Language
from api.importing.faults import MappingFault, Wrong, shown
from api.importing.mapping import Scalar, Spec, Value
from api.importing.rounding import EXACT_BELOW, Rounded, Sight, require_exact
from domain.kernel.json_schema import written

_NEVER_RECORDED = {"MAP", "BYTES", "DURATION", "TYPE"}
"""Types of CEL that no field has."""
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}|\{\{|\}\}|[{}]")

FindItem = Callable[[UUID, str], UUID | None]
"""Finds the item on record with a manufacturer's serial number."""


class Context(Sight):
    """What values are filled in from."""


NO_ROW = Context({}, {})
Form = Callable[[Context], Any]
"""Returns a plain value (text, number, date, moment, truth value, list of these); None: nothing is said."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The form of a value that is the same for every row."""

    value: Any

    def __call__(self, _context: Context) -> Any:
        """Return it."""
        return self.value


class World(NamedTuple):
    """What is the same for all values of a mapping."""

    lookups: Mapping[str, Mapping[str, Scalar]]
    namespace: UUID
    """Of ids that are made."""
    find_item: FindItem
    constants: Constants


class Forms:
    """Makes forms of the values of one place in a mapping."""

    def __init__(self, where: str, names: frozenset[str], language: Language, world: World) -> None:
        """Take the place.

        Args:
            where: it is, for those who are told what is wrong.
            names: what templates may name.
            language: of its expressions.
            world: what is the same everywhere.
        """
        self._where, self._names, self._language, self._world = where, names, language, world

    def at(self, name: str) -> "Forms":
        """Return the same for a place inside."""
        return Forms(f"{self._where}.{name}", self._names, self._language, self._world)

    def form(self, value: Value) -> Form:
        """Return the form of a value.

        Raises:
            MappingFault: it names what is not there.
        """
        match value:
            case str():
                return self.template(value)
            case Spec():
                return self._spec(value)
            case list():
                return self._list([self.form(each) for each in value])
            case _:
                return Fixed(value)

    @staticmethod
    def _list(forms: list[Form]) -> Form:
        def form(context: Context) -> list[Any]:
            return [found for form in forms if (found := form(context)) is not None]

        return Fixed(form(NO_ROW)) if all(isinstance(each, Fixed) for each in forms) else form

    def template(self, text: str) -> Form:
        """Return the form of a text with names in braces: alone, a name stands for the value itself."""
        parts: list[str] = []
        names: list[tuple[int, str]] = []
        last = 0
        for found in _PLACE.finditer(text):
            parts.append(text[last : found.start()])
            last = found.end()
            if found[1] is None:
                if found[0] not in {"{{", "}}"}:
                    raise MappingFault(self._where, f"{text!r} has a single brace; write it twice")
                parts.append(found[0][0])
                continue
            if found[1] not in self._names:
                raise MappingFault(self._where, f"{{{found[1]}}} names no column or constant that there is here")
            names.append((len(parts), found[1]))
            parts.append("")
        parts.append(text[last:])
        if not names:
            return Fixed("".join(parts))
        if len(names) == 1 and "".join(parts) == "":
            return self._if_fixed(names, _alone(names[0][1]))
        return self._if_fixed(names, _filled(parts, names))

    def _if_fixed(self, names: list[tuple[int, str]], form: Form) -> Form:
        """Return what a text says, if it names constants only; else its form."""
        values = self._world.constants.values
        return Fixed(form(Context(values, values))) if all(name in values for _, name in names) else form

    def _spec(self, spec: Spec) -> Form:
        kinds = [name for name in ("cel", "id", "item", "of") if getattr(spec, name) is not None]
        if len(kinds) != 1:
            raise MappingFault(self._where, "a value has exactly one of cel, id, item and of")
        form = {"cel": self._cel, "id": self._id, "item": self._item, "of": self._of}[kinds[0]](spec)
        if spec.default is None:
            return form
        if isinstance(form, Fixed):
            return Fixed(spec.default if form.value is None else form.value)
        return lambda context: spec.default if (found := form(context)) is None else found

    def _cel(self, spec: Spec) -> Form:
        text, constants = str(spec.cel), self._world.constants
        expression = self._language.compile(self._where, text)
        if expression.type in _NEVER_RECORDED:
            raise MappingFault(self._where, f"{text!r} says nothing that can be recorded, whatever a row says")
        if (fixed := constants.expression(text)) is not None:
            return self._now(lambda context: exact(repr(text), fixed.value(context.seen)), constants.values)

        def form(context: Context) -> Any:
            value = expression.value(context.seen)
            require_exact(expression, value, context)
            return exact(expression.told, value)

        return form

    def _now(self, form: Form, values: dict[str, Any]) -> Fixed:
        """Return what a form says of constants alone.

        Raises:
            MappingFault: it says nothing that can be used.
        """
        try:
            return Fixed(form(Context(values, values)))
        except Wrong as wrong:
            raise MappingFault(self._where, wrong.sentence) from None

    def _id(self, spec: Spec) -> Form:
        template = self.template(str(spec.id))

        def form(context: Context) -> UUID | None:
            text = template(context)
            return None if text is None else _made(self._world.namespace, as_text(text))

        return Fixed(form(NO_ROW)) if isinstance(template, Fixed) else form

    def _item(self, spec: Spec) -> Form:
        if spec.manufacturer is None:
            raise MappingFault(self._where, "an item is found by its serial number and its manufacturer")
        serial, manufacturer = self.template(str(spec.item)), self.at("manufacturer").form(spec.manufacturer)
        if isinstance(manufacturer, Fixed):
            self._now(lambda _context: _maker(manufacturer.value), {})

        def form(context: Context) -> UUID | None:
            number, maker = serial(context), manufacturer(context)
            if number is None:
                return None
            found = self._world.find_item(_maker(maker), as_text(number))
            if found is None:
                raise Wrong("no-such-item", f"No item with the serial number {shown(number)} is on record.")
            return found

        return form

    def _of(self, spec: Spec) -> Form:
        name, lookups = spec.lookup or "", self._world.lookups
        if name not in lookups:
            raise MappingFault(self._where, f"there is no look-up {name}")
        template, entries = self.template(str(spec.of)), lookups[name]

        def form(context: Context) -> Any:
            text = template(context)
            if text is None:
                return None
            if (found := entries.get(as_text(text))) is None and spec.default is None:
                raise Wrong("not-in-look-up", f"{shown(text)} is not in the look-up {name}.")
            return found

        return self._now(form, {}) if isinstance(template, Fixed) else form


def _maker(said: Any) -> UUID:
    """Return the id of a manufacturer."""
    try:
        return UUID(str(said))
    except ValueError:
        raise Wrong("not-an-id", f"The manufacturer {shown(said)} is not an id.") from None


@lru_cache(maxsize=8_192)
def _made(namespace: UUID, text: str) -> UUID:
    """Return an id that follows from a text; the rows of one thing ask for it again and again."""
    return uuid5(namespace, text)


def as_text(value: Any) -> str:
    """Return a value as it stands in a text."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return str(exact("it", value))
        case list():
            return ",".join(as_text(each) for each in value)
        case Decimal() | datetime() | date() | UUID():
            return str(written(value))
        case _:
            return str(value)


def _alone(name: str) -> Form:
    def form(context: Context) -> Any:
        value = context.says.get(name)
        return exact(name, value) if isinstance(value, float) else value

    return form


def _filled(parts: list[str], names: list[tuple[int, str]]) -> Form:
    def form(context: Context) -> str | None:
        filled = list(parts)
        for index, name in names:
            value = context.says.get(name)
            if value is None:
                return None
            filled[index] = as_text(value)
        return "".join(filled)

    return form


def exact(text: str, value: Any) -> Any:
    """Return what an expression says, if it says it exactly.

    Raises:
        Wrong: it is a binary fraction, too large for whole numbers to be told apart, or nothing that can be recorded.
    """
    match value:
        case float():
            if value.is_integer() and abs(value) < EXACT_BELOW and not isinstance(value, Rounded):
                return int(value)
            raise Wrong("rounded", f"{text} reckons in binary fractions, which are rounded; use a column with units.")
        case list():
            return [exact(text, each) for each in value]
        case str() | bool() | int() | datetime() | None:
            return value
        case _:
            raise Wrong("expression-failed", f"{text} says nothing that can be recorded.")
