"""Mapping files on disk: read, with what is wrong said where; and their JSON Schema, for editors."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from api.importing.becoming import Kindred, of_command, of_fact
from api.importing.faults import MappingFault, near
from api.importing.mapping import Mapping, Record
from api.importing.mapping_shapes import converted
from domain import declared
from domain.kernel.commands import TOLD_BY
from domain.kernel.facts import FactType
from domain.kernel.fields import FieldSpec
from domain.kernel.json_schema import DIALECT

SCHEMA_NAME = "mapping.schema.json"
"""The file beside mapping files that editors are pointed to: `#:schema ./mapping.schema.json` as the first line."""
_LARGEST = 1024 * 1024


def read_mapping(path: Path) -> Mapping:
    """Return a mapping file.

    Raises:
        MappingFault: there is none, or it is not one; of the names and types in it, all that is wrong.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise MappingFault(path.name, f"it has more than {_LARGEST:,} bytes")
        text = path.read_bytes().decode()
    except OSError as error:
        raise MappingFault(path.name, f"{error.strerror}") from None
    except UnicodeDecodeError:
        raise MappingFault(path.name, "it is not text in UTF-8") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingFault(path.name, f"it is not TOML: {error}") from None
    except RecursionError:
        raise MappingFault(path.name, "it is not TOML: it is nested too deep") from None
    return converted(document, path.name)


def kindred_of(record: Record) -> Kindred:
    """Return the command, or the fact, that a record is to become.

    Raises:
        MappingFault: it names none or both, there is no such command or fact, or it is not told by itself.
    """
    where, name = f"records ({record.name})", record.command or record.fact
    if (record.command is None) == (record.fact is None):
        raise MappingFault(where, "is either a command or a fact")
    commands, told = declared.commands(), facts_told()
    if record.command in commands:
        return of_command(commands[record.command])
    if record.fact in told:
        return of_fact(told[record.fact])
    if record.fact in declared.facts():
        raise MappingFault(where, f"{name} follows from other facts: it is not told by itself")
    kind, names = ("command", [*commands]) if record.command else ("fact", [*told])
    raise MappingFault(where, f"there is no {kind} {name}{near(name, names)}")


def facts_told() -> dict[str, FactType]:
    """Return the facts that rows may become: those that some command tells."""
    return {name: each for name, each in declared.facts().items() if each.cls in TOLD_BY}


def mapping_schema() -> dict[str, Any]:
    """Return the JSON Schema of mapping files: what may stand where, and the fields of every command."""
    (_,), components = msgspec.json.schema_components([Mapping], ref_template="#/$defs/{name}")
    record = components["Record"]
    commands = declared.commands()
    record["properties"]["command"] = {
        "description": record["properties"]["command"]["description"],
        "enum": sorted(commands),
    }
    facts = facts_told()
    record["properties"]["fact"] = {"description": record["properties"]["fact"]["description"], "enum": sorted(facts)}
    record["allOf"] = [
        {
            "if": {"properties": {kind: {"const": name}}, "required": [kind]},
            "then": {"properties": {"fields": _fields(each.fields)}},
        }
        for kind, named in (("command", commands), ("fact", facts))
        for name, each in named.items()
    ]
    record["oneOf"] = [{"required": ["command"]}, {"required": ["fact"]}]
    return {
        "$schema": DIALECT,
        "title": "Mapping file of Aftercare",
        "$ref": "#/$defs/Mapping",
        "$defs": components,
    }


def _fields(specs: tuple[FieldSpec, ...]) -> dict[str, Any]:
    return {
        "properties": {spec.name: {"description": meaning_of(spec)} for spec in specs},
        "required": [spec.name for spec in specs if spec.required],
        "additionalProperties": False,
    }


def meaning_of(spec: FieldSpec, *, with_example: bool = True) -> str:
    """Return what a field says, in which unit or as one of which, and an example."""
    unit = f" In {spec.shape.unit}." if spec.shape.unit else ""
    choices = f" One of {', '.join(spec.shape.choices)}." if spec.shape.choices else ""
    example = "" if spec.example is None or not with_example else f" Such as {spec.example}."
    return f"{spec.meaning}{unit}{choices}{example}".strip() or spec.name.replace("_", " ")
