"""Kinds: the commands and facts that rows may become, told as a mapping has them; from their declarations alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from api.importing.faults import near
from api.importing.mapping_files import facts_told, meaning_of
from domain import declared
from domain.kernel.catalogue import type_of
from domain.kernel.commands import TOLD_BY, CommandType
from domain.kernel.facts import FactType
from domain.kernel.fields import FieldSpec, Plain, Shape
from domain.kernel.marks import Bounds, Example

Kind = CommandType | FactType
_EXAMPLES: Mapping[Plain, Any] = {
    Plain.TEXT: "text",
    Plain.INTEGER: 1,
    Plain.DECIMAL: "1",
    Plain.BOOLEAN: True,
    Plain.DATE: "2024-03-14",
    Plain.MOMENT: "2024-03-14T09:30:00Z",
    Plain.ID: "01890a5d-ac96-774b-bcce-b302099a8057",
}


class NoSuchKind(Exception):  # noqa: N818  what is wrong with the name
    """Nothing that rows may become has this name, or more than one has."""


def every_kind() -> dict[str, dict[str, str]]:
    """Return the first line of what each command and each fact means, by their names, under a title for each sort."""
    facts = "Facts, each with its stream, and by the rules of the command that tells it"
    sorts: dict[str, Mapping[str, Kind]] = {"Commands": declared.commands(), facts: facts_told()}
    return {
        title: {name: kind.meaning.partition("\n")[0] for name, kind in kinds.items()} for title, kinds in sorts.items()
    }


def kind_told(name: str) -> str:
    """Return a record of one kind, ready to be put into a mapping: each field with an example, its type and meaning.

    What need not be given is commented out.

    Raises:
        NoSuchKind: there is none, or more than one; the first part of a name may be left out.
    """
    kinds: dict[str, Kind] = {**declared.commands(), **facts_told()}
    found = [each for each in kinds if name in (each, each.partition(".")[2])]
    if len(found) > 1:
        raise NoSuchKind(f"{name} is {' or '.join(found)}: which one?")
    if not found:
        short = {each.partition(".")[2]: each for each in kinds}
        meant = near(name, kinds) or near(name, short)
        raise NoSuchKind(f"there is no command and no fact {name} (--kinds alone names all){meant}")
    return "\n".join(_lines(kinds[found[0]])) + "\n"


def _lines(kind: Kind) -> Iterator[str]:
    yield from (f"# {line}".rstrip() for line in kind.meaning.splitlines())
    yield "[[records]]"
    yield f"name = {_toml(kind.name.partition('.')[2].replace('_', ' '))}"
    yield 'from = "file" # the name of one of [files.…]'
    if isinstance(kind, FactType):
        yield f'fact = "{kind.name}"'
        yield f"stream = {_toml(_EXAMPLES[Plain.ID])} # id of {kind.name.partition('.')[0]} of which it is said"
    else:
        yield f'command = "{kind.name}"'
    yield 'at = "2024-03-14T09:30:00Z" # when it happened, such as "{column}"'
    yield 'id = "{file}|{line}" # the same in every run, such as "{column}|{other}"'
    yield "[records.fields]"
    for spec in _fields(kind):
        needed = "must be given" if spec.required else "may be left out"
        line = f"{spec.name} = {_example(spec)} # {_type(spec)}, {needed}. {meaning_of(spec, with_example=False)}"
        yield " ".join((line if spec.required else f"# {line}").split())


def _fields(kind: Kind) -> Iterator[FieldSpec]:
    """Yield the fields of a kind; those of a fact as the command holds them to that tells it."""
    by = TOLD_BY.get(kind.cls)
    told = {spec.name: spec.shape for spec in by.fields} if by else {}
    for spec in kind.fields:
        yield replace(spec, shape=told.get(spec.name, spec.shape))


def _type(spec: FieldSpec) -> str:
    """Return the type of a field, what it refers to, and how long or large it may be."""
    shape = spec.shape
    told = type_of(shape) + (f" of {spec.refers}" if spec.refers and shape.plain is Plain.ID else "")
    bounds: Bounds = shape.bounds
    if shape.length:
        told += f" of {shape.length.least} to {shape.length.most}"
    elif bounds.least is not None and bounds.most is not None:
        told += f" from {bounds.least} to {bounds.most}"
    elif bounds.least is not None:
        told += f" from {bounds.least}"
    return told + (f" in the unit that {shape.unit_beside} says" if shape.unit_beside else "")


def _example(spec: FieldSpec) -> str:
    """Return an example of a value as a mapping has it; of lists inside lists, an expression says them."""
    value = _value(spec.shape)
    if any(inside.plain is Plain.PAIR for inside in (spec.shape, *spec.shape.inside)):
        cel = msgspec.json.encode(value).decode().replace('"', "'")
        return f'{{ cel = "{cel}" }}'
    return _toml(value)


def _value(shape: Shape) -> Any:
    """Return an example in the form in which it travels in JSON."""
    if mark := shape.mark(Example):
        return mark.value
    match shape.plain:
        case Plain.CHOICE:
            return shape.choices[0]
        case Plain.LIST | Plain.PAIR:
            return [_value(inside) for inside in shape.inside]
        case plain:
            return _EXAMPLES[plain]


def _toml(value: Any) -> str:
    """Return a text, number, truth or list of these as TOML has it: as JSON does."""
    return msgspec.json.encode(value).decode()
