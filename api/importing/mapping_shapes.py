"""What is wrong with the names and types in a mapping file: all of it, though msgspec stops at the first.

What was told is put right, as far as that is needed to look on, and the whole is read again.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from functools import cache
from typing import Any

import msgspec

from api.importing.faults import Faults, MappingFault, near
from api.importing.mapping import Mapping

Path = tuple[str | int, ...]
_STEPS = re.compile(r"\[(?:\.\.\.|\d+)\]|[^.\[\]$`]+")
_NAMED = re.compile(r"Object (contains unknown|missing required) field `(.*)`")
_NONE_OF_A_FEW = "Invalid enum value"
_KEY = "key` in `"
_MOST = 100
"""Faults that are looked for."""
_RECORD = {"name": "?", "at": "?", "id": "?"}
_FILE: dict[str, Any] = {"path": ["?"], "columns": {}}
_GIVEN = {"format": 1, "source": "?", "files": {"x": _FILE}, "records": [_RECORD], **_RECORD, **_FILE}
"""What stands, from then on, where something that must be given is missing or wrong."""


def converted(document: dict[str, Any], file: str) -> Mapping:
    """Return a mapping as it was read from TOML.

    Args:
        document: what was read; it is changed where it is wrong.
        file: the name of the file.

    Raises:
        MappingFault: it is none; told is all that is wrong with its names and types, up to some number.
    """
    faults, mended = Faults(), set[Path]()
    for _ in range(_MOST):
        try:
            mapping = msgspec.convert(document, Mapping)
        except msgspec.ValidationError as error:
            said, path, is_key = _taken_apart(document, str(error))
            table = ".".join(str(step + 1) if isinstance(step, int) else step for step in path[: len(path) - is_key])
            steps = (*path, found[2]) if (found := _NAMED.fullmatch(said)) else path
            if steps not in mended:
                where = f"a name in {table or file}" if is_key else table or file
                why = f"{said}: {path[-1]}" if is_key else f"{said}{_advice(said, steps)}"
                faults.add(MappingFault(where, why))
            if not _mended(document, steps, mended, is_too_much=found is not None and found[1] == "contains unknown"):
                break
        else:
            break
    faults.require_none()
    return mapping


def _advice(said: str, steps: Path) -> str:
    """Return what may stand there instead, as the end of what msgspec says; nothing where that says it."""
    if found := _NAMED.fullmatch(said):
        return near(found[2], {name for name, _ in _properties()}) if found[1] == "contains unknown" else ""
    if not said.startswith(_NONE_OF_A_FEW):
        return ""
    is_text = said.startswith(f"{_NONE_OF_A_FEW} '")
    few = {
        str(each)
        for name, few in _properties()
        for each in few
        if name == steps[-1] and is_text == isinstance(each, str)
    }
    return f"; it is one of {', '.join(sorted(few))}"


@cache
def _properties() -> frozenset[tuple[str, tuple[Any, ...]]]:
    """Return the names that may stand in a mapping, each with the values that it may have, if these are a few."""
    _, tables = msgspec.json.schema_components([Mapping])
    properties = [each for table in tables.values() for each in table.get("properties", {}).items()]
    few = [(name, [what, *what.get("anyOf", ())]) for name, what in properties]
    return frozenset((name, tuple(one for what in each for one in what.get("enum", ()))) for name, each in few)


def _taken_apart(document: dict[str, Any], error: str) -> tuple[str, Path, bool]:
    """Return what msgspec says is wrong, the names and indexes that lead to it, and whether it is the last name."""
    said, _, where = error.partition(" - at ")
    place = where.strip("`")
    table = place.removeprefix(_KEY)
    path: list[str | int] = []
    node: Any = document
    with ExitStack() as narrowed:
        for step in [*_STEPS.findall(table), *(["[...]"] if table != place else [])]:
            name: Any = step
            if step == "[...]":  # msgspec does not say which member of a table it is
                name = next((each for each in list(node) if _fails_alone(document, node, each, error)), step)
                narrowed.enter_context(_alone(node, name))  # or others could fail so further down
            elif step.startswith("["):
                name = int(step[1:-1])
            path.append(name)
            node = node[name] if isinstance(node, list) else node.get(name, {})
    return said, tuple(path), table != place


@contextmanager
def _alone(table: dict[str, Any], name: str) -> Iterator[None]:
    """Let a table have one member only, if it has it, until the end of the block."""
    whole = dict(table)
    for other in whole.keys() - {name}:
        del table[other]
    try:
        yield
    finally:
        table.clear()
        table.update(whole)


def _fails_alone(document: dict[str, Any], table: dict[str, Any], name: str, error: str) -> bool:
    """Return whether a document is wrong in the same way where a table of it has one member only."""
    with _alone(table, name):
        try:
            msgspec.convert(document, Mapping)
        except msgspec.ValidationError as again:
            return str(again) == error
        return False


def _mended(document: dict[str, Any], steps: Path, mended: set[Path], *, is_too_much: bool) -> bool:
    """Change what was told, so that what else is wrong can be found; return whether anything was changed.

    Args:
        document: what is changed.
        steps: to what is wrong, missing or too much.
        mended: where something was changed; this is added.
        is_too_much: whether it is to be taken away.
    """
    nodes: list[Any] = [document]
    for step in steps[:-1]:
        nodes.append(nodes[-1][step])
    *_, last = steps or ("",)
    is_record = nodes[-1] is document.get("records") and steps not in mended
    while isinstance(nodes[-1], list) and not is_record:  # without the list, whose others keep their numbers
        nodes.pop()
        last = steps[len(nodes) - 1]
    if is_record:
        nodes[-1][last] = dict(_RECORD)
    elif last in _GIVEN and steps not in mended and not is_too_much:
        nodes[-1][last] = deepcopy(_GIVEN[last])
    elif nodes[-1].pop(last, None) is None:
        return False
    mended.add(steps)
    return True
