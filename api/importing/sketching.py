"""Sketches: a first mapping of files that nobody has described yet, with its guesses marked."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from api.importing.entries import Place
from api.importing.expressions import TYPES
from api.importing.guessing import Guess, name_of
from api.importing.looking import Looked, look
from api.importing.mapping import Column
from api.importing.mapping_files import SCHEMA_NAME
from api.importing.readers import files_of
from api.importing.rows import FileFault, Finding
from api.importing.sources import OWN
from domain import declared
from domain.kernel.commands import CommandType
from domain.kernel.fields import FieldSpec, Plain

_WORDS = re.compile(r"[a-z]+")
_EVIDENCE: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "equipment.record_meter_reading": "meter reading readings hours hour hrs counter mileage km cycles runtime",
        "equipment.report_failure": "failure failures fault faults error errors outage outages defect alarm breakdown",
        "equipment.complete_repair": "repair repairs maint maintenance replaced service workorder",
        "equipment.measure_condition": "temperature vibration pressure voltage condition sensor telemetry",
        "equipment.report_period": "availability uptime downtime available period monthly month",
        "equipment.release": "serial model machines machine assets equipment units products items built age",
        "equipment.deliver": "delivery delivered recipient customer",
        "equipment.move": "moved location place site",
        "organisation.register": "organisation organization company customers suppliers",
        "model.register": "models designation",
    }.items()
}
"""Words in the names of files and columns that speak for a command."""
_SAME = {
    "failure_mode": {"failure", "fault", "error", "reason", "cause", "mode", "comp", "errorid", "code"},
    "value": {"value", "hours", "hour", "hrs", "reading", "counter", "mileage", "runtime", "stunden"},
    "place": {"place", "location", "site", "station"},
    "up": {"up", "available"},
    "equipment_id": {"serial", "sn", "machine", "machineid", "asset", "equipment", "unit", "item", "elevator", "id"},
    "serial": {"serial", "sn", "machine", "machineid", "asset", "unit", "elevator"},
    "name": {"name", "company", "customer"},
}
"""Words in the names of columns that speak for a field, besides its own."""


class Described(NamedTuple):
    """A file that was looked at, and those that are written in the same way and have the same columns."""

    name: str
    """Of this kind of file, in the mapping."""
    paths: list[Path]
    looked: Looked

    @property
    def guesses(self) -> list[Guess]:
        """What its columns may be."""
        return self.looked.guesses


def sketch(data: Sequence[Path]) -> str:
    """Return a first mapping of files, or of the files in folders, as text. It is one that can be tried at once.

    A file in which no rows are is left out, and told, as long as there is another one.

    Raises:
        FileFault: no file can be read, or there is none.
    """
    if not (paths := files_of(data, ["*"])):
        raise FileFault(Finding(Place(data[0].name, 0), "file-missing", "There is no file in it."))
    taken = set(TYPES)
    names = [name_of(path.name.split(".")[0], taken, "file") for path in paths]
    described: dict[tuple[str, ...], Described] = {}
    faults: list[FileFault] = []
    for name, path in zip(names, paths, strict=True):
        try:
            looked = look(path, {*OWN, *TYPES, *names})
        except FileFault as fault:
            faults.append(fault)
            continue
        columns = (*_shape(looked), *(guess.found_as for guess in looked.guesses))
        described.setdefault(columns, Described(name, [], looked)).paths.append(path)
    if not described:
        raise faults[0]
    return "\n".join(_lines(list(described.values()), faults)) + "\n"


def _lines(looked: Sequence[Described], faults: Sequence[FileFault]) -> Iterator[str]:
    zones = any("zone" in doubt for each in looked for guess in each.guesses for doubt in guess.doubts)
    yield f"#:schema ./{SCHEMA_NAME}"
    yield "# A first mapping, made from the beginning of the files. What is guessed says so: look at every “guess”."
    yield "#   aftercare import --mapping THIS --dry-run DATA    shows what rows become, and records nothing"
    yield "format = 1"
    yield 'source = "urn:example:source" # guess: a URI of your own for the system that the data come from'
    if zones:
        yield 'zone = "UTC" # guess: of moments that say no offset, such as "Europe/Berlin"'
    yield from (f"# left out: {_one_line(str(fault))}" for fault in faults)
    for each in looked:
        yield ""
        yield from _file(each)
    for each in looked:
        yield ""
        yield from _record(each)


def _file(described: Described) -> Iterator[str]:
    looked = described.looked
    yield f"[files.{described.name}]"
    yield f"# {_one_line(looked.described)}"
    yield from (f"# guess: {_one_line(doubt)}" for doubt in looked.doubts)
    if looked.unread:
        yield f"# {looked.unread} of the rows that were looked at cannot be read: see --dry-run"
    yield f"path = [{', '.join(_text(path.name) for path in described.paths)}]"
    yield from _shape(looked)
    for guess in looked.guesses:
        notes = [f"guess: {doubt}" for doubt in guess.doubts]
        note = "; ".join([*notes, f"such as {', '.join(guess.examples)}"] if guess.examples else notes)
        yield f"columns.{guess.name} = {_table(_column(guess.column))}" + (f" # {_one_line(note)}" if note else "")


def _shape(looked: Looked) -> Iterator[str]:
    """Yield what is needed to read the file again that its name does not tell."""
    usual = {"encoding": "utf-8", "separator": ",", "quote": '"', "escape": "", "sheet": "", "members": ""}
    for name, known in usual.items():
        value = getattr(looked.shape, name)
        if value not in {None, "", known}:
            yield f"{name} = {_text(value)}"
    if not looked.shape.header:
        yield "header = false"


def _column(column: Column) -> dict[str, object]:
    """Return what of a column is not as it is anyhow."""
    plain = msgspec.to_builtins(Column())
    return {name: value for name, value in msgspec.to_builtins(column).items() if value != plain[name]}


def _record(looked: Described) -> Iterator[str]:
    command, fields = _best(looked)
    moment = next((each for each in looked.guesses if each.column.type == "moment"), None)
    unique = next((each for each in looked.guesses if each.is_unique and each.column.type != "moment"), None)
    yield "[[records]]"
    yield f"name = {_text(looked.name.replace('_', ' '))}"
    yield f'from = "{looked.name}"'
    yield f'command = "{command.name}" # guess; all: aftercare import --kinds; its fields: --kinds {command.name}'
    if moment:
        yield f'at = "{{{moment.name}}}" # guess: when it happened'
    else:
        yield 'at = "2000-01-01T00:00:00Z" # guess: no column was found that tells when it happened'
    if unique and (moment is None or _WORDS.findall(unique.name)[-1:] in (["id"], ["no"], ["number"])):
        yield f'id = "{{{unique.name}}}" # guess: different in every row that was looked at'
    else:
        named = [unique, moment] if unique and moment else [each for each in looked.guesses if each.column.required]
        parts = "|".join(f"{{{each.name}}}" for each in named)
        again = "also in the next file" if parts else "as long as no other file ever has this name"
        yield f"id = {_text(parts or '{file}|{line}')} # guess: tells the rows apart, {again}"
    yield "[records.fields]"
    for spec in command.fields:
        yield from _field(spec, fields.get(spec.name))


def _field(spec: FieldSpec, guess: Guess | None) -> Iterator[str]:
    meaning = _one_line(spec.meaning or spec.name.replace("_", " "))
    if guess is not None and spec.shape.plain is Plain.ID:
        yield f'{spec.name} = {{ id = "{spec.refers or spec.name}/{{{guess.name}}}" }} # guess: {meaning}'
    elif guess is not None:
        yield f'{spec.name} = "{{{guess.name}}}" # guess: {meaning}'
    elif spec.required:
        example = spec.example if spec.example is not None else (spec.shape.choices or ("?",))[0]
        value = str(example).lower() if isinstance(example, bool | int) else _text(str(example))
        yield f"{spec.name} = {value} # guess: no column was found. {meaning}"
    else:
        yield f"# {spec.name} = … {meaning}"


def _best(looked: Described) -> tuple[CommandType, dict[str, Guess]]:
    """Return the command for which most speaks, and which column may be which field of it."""
    told = Counter(_WORDS.findall(looked.name) * 2)
    told.update(word for guess in looked.guesses for word in _WORDS.findall(guess.name))
    commands = declared.commands()
    name = max(_EVIDENCE, key=lambda each: sum(told[word] for word in _EVIDENCE[each]))
    return commands[name], _fields(looked.guesses, commands[name].fields)


def _fields(found: Sequence[Guess], specs: Sequence[FieldSpec]) -> dict[str, Guess]:
    fields: dict[str, Guess] = {}
    for spec in specs:
        # What names items is their serial number too.
        taken = [each for name, each in fields.items() if (name, spec.name) != ("equipment_id", "serial")]
        free = [each for each in found if each not in taken and _fits(spec, each)]
        if likely := [each for each in free if _likeness(spec.name, each.name)]:
            fields[spec.name] = max(likely, key=lambda each: _likeness(spec.name, each.name))
    return fields


def _fits(spec: FieldSpec, guess: Guess) -> bool:
    """Return whether what a column says may stand in a field; ids are made only of what names items."""
    if spec.refers and spec.name != "equipment_id":
        return False
    kinds = {Plain.DECIMAL: {"number", "integer"}, Plain.INTEGER: {"integer"}, Plain.BOOLEAN: {"boolean"}}
    kinds |= {Plain.DATE: {"date"}, Plain.MOMENT: {"moment"}, Plain.LIST: set()}
    return guess.column.type in kinds.get(spec.shape.plain, {"text", "integer"})


def _likeness(field: str, column: str) -> int:
    """Return how many words of the name of a column speak for a field."""
    words = set(_WORDS.findall(column))
    return 2 * len(words & set(field.split("_"))) + len(words & _SAME.get(field, set()))


def _table(values: Mapping[str, object]) -> str:
    if not values:
        return "{}"
    return "{ " + ", ".join(f"{name} = {_value(value)}" for name, value in values.items()) + " }"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return _text(value) if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    """Return a text as TOML writes it: as JSON does, DEL apart."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")


def _one_line(text: str, most: int = 160) -> str:
    """Return a text as it may stand in a comment."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain[:most].split())
