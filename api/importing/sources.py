"""The files of a mapping: which of the data they are, and what their rows say."""

from collections.abc import Iterator
from collections.abc import Mapping as Names
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from api.importing.columns import Reader, reader
from api.importing.constants import NOTHING, Constants
from api.importing.entries import Place
from api.importing.expressions import WORD, Expression, Kind, seen
from api.importing.faults import Faults, MappingFault, Wrong
from api.importing.forms import Context
from api.importing.mapping import Column, File, Mapping
from api.importing.readers.files import fits
from api.importing.readers.shapes import require_shape
from api.importing.rows import Finding, Row

OWN = {"key": Kind.ANY, "line": Kind.INTEGER, "file": Kind.TEXT, NOTHING: Kind.ANY}
"""Variables that every row has: its key, where it stands, and nothing."""
_KINDS = {"integer": Kind.INTEGER, "boolean": Kind.BOOLEAN, "number": Kind.NUMBER}


class Beside(NamedTuple):
    """What expressions see around a row."""

    rows: Names[str, Any]
    """By the names of their files."""
    rounded: set[str]
    """Columns of them that have a number in which expressions see rounded."""


ALONE = Beside({}, set())


class Told(NamedTuple):
    """A row, read."""

    row: Row
    says: dict[str, Any]
    """By the names of the mapping, in the types of their columns; None: nothing."""
    seen: dict[str, Any]
    """The same as expressions see it."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.row.place

    def context(self, around: Beside = ALONE) -> Context:
        """Return what values are filled in from: the row, and what expressions see around it."""
        return Context(self.says, {**self.seen, **around.rows} if around.rows else self.seen, around.rounded)


class Source:
    """One kind of file of a mapping, and how its rows are read."""

    def __init__(self, name: str, file: File, mapping: Mapping) -> None:
        """Take the file.

        Raises:
            MappingFault: what the mapping says of it cannot be done.
        """
        self.name, self.file = name, file
        where, faults = f"files.{name}", Faults()
        self._readers: list[Reader] = []
        for each, column in file.columns.items():
            with faults.of_part(f"{where}.columns.{each}"):
                self._readers.append(reader(each, column, mapping.zone, mapping.lookups))
        with faults.of_part():
            require_shape(where, file)
        self._constants = dict(mapping.constants)
        self._others = _patterns_of_other_sheets(name, mapping)
        self._seen = None if file.key else words_in_expressions(mapping)
        """What expressions may name of a row; None: all of it, as others see it whole."""
        for each in (*file.columns, *file.derived):
            if each in (*OWN, *mapping.files, *mapping.constants):
                why = f"the column {each} has the name of a file, a constant or one of {', '.join(OWN)}"
                faults.add(MappingFault(where, why))
        if file.moment and file.columns.get(file.moment, Column()).type != "moment":
            faults.add(MappingFault(where, f"moment names {file.moment}, which is no column of the type moment"))
        for each in sorted({*file.unique, *([file.prefer] if file.prefer else [])} - {*file.columns}):
            faults.add(MappingFault(where, f"there is no column {each}"))
        self._when: Expression | None = None
        with faults.of_part():
            if file.when:
                variables, constants = kinds_of(file) | constants_of(mapping), Constants(mapping.constants)
                self._when = constants.condition(variables, said_of(file), f"{where}.when", file.when)
        faults.require_none()

    @property
    def needed(self) -> dict[str, str]:
        """The columns that the file must have: by their name in the file, the name here."""
        return {each.found_as: each.name for each in self._readers}

    @property
    def always_needed(self) -> dict[str, str]:
        """Those of them that no row may be without."""
        columns = self.file.columns
        return {
            each.found_as: each.name for each in self._readers if each.required and columns[each.name].default is None
        }

    def told(self, row: Row) -> Told:
        """Return what a row says.

        Raises:
            Wrong: one of its cells cannot be read.
        """
        says: dict[str, Any] = {}
        for each in self._readers:
            try:
                says[each.name] = each.of(row.cells)
            except Wrong as wrong:
                raise Wrong(wrong.code, wrong.sentence, each.found_as) from None
        return self._with(row, says)

    def as_far_as_told(self, row: Row) -> Context:
        """Return what a row says in those of its cells that can be read."""
        says: dict[str, Any] = {}
        for each in self._readers:
            with suppress(Wrong):
                says[each.name] = each.of(row.cells)
        return self._with(row, says).context()

    def keeps(self, told: Told) -> bool:
        """Return whether a row counts, or is left out.

        Raises:
            Wrong: it cannot be told.
        """
        return self._when is None or self._when.holds(told.seen)

    def _file_of(self, place: Place) -> str:
        """Return what `file` says: the name of the file, with the sheet where ids would be those of another sheet."""
        if place.sheet is None or not self._others:
            return place.file
        name = place.file.partition("/")[0]
        return place.table if any(fits(name, pattern) for pattern in self._others) else place.file

    def _with(self, row: Row, says: dict[str, Any]) -> Told:
        says |= {"line": row.place.line, "file": self._file_of(row.place), "key": None, NOTHING: None}
        named = self._seen
        told = Told(row, says, {name: seen(says[name]) for name in says if named is None or name in named})
        told.says.update(self._constants)
        told.seen.update(self._constants)
        return told


def kinds_of(file: File) -> dict[str, Kind]:
    """Return the variables that a row has, before any are derived."""
    return OWN | {name: _kind(column) for name, column in file.columns.items()}


def said_of(file: File) -> dict[str, Kind]:
    """Return what the columns hold that are not empty."""
    return {name: _said(column) for name, column in file.columns.items()}


def finding(place: Place, wrong: Wrong) -> Finding:
    """Return what is wrong with a row, where."""
    return Finding(place, wrong.code, wrong.sentence, wrong.column)


def _patterns_of_other_sheets(name: str, mapping: Mapping) -> tuple[str, ...]:
    """Return which workbooks earlier kinds of files read too, in another sheet, for entries of the same ids.

    The first one keeps its ids as they are without a sheet: those of one sheet alone are for ever.
    """
    own, found = _ids_of(name, mapping), list[str]()
    for other, file in mapping.files.items():
        if other == name:
            break
        if file.sheet != mapping.files[name].sheet and own & _ids_of(other, mapping):
            found += file.path
    return tuple(found)


def _ids_of(name: str, mapping: Mapping) -> set[tuple[str | None, bytes]]:
    """Return how the ids of what the rows of a file become are made."""
    return {(each.source, msgspec.json.encode(each.id)) for each in mapping.records if each.from_ == name}


def _kind(column: Column) -> Kind:
    """Return what expressions know of a column: of one that may be empty, nothing."""
    if (not column.required and column.default is None) or column.type == "number":
        return Kind.ANY
    return _said(column)


def _said(column: Column) -> Kind:
    """Return what a column holds that is not empty."""
    if column.split is not None:
        return Kind.LIST
    return Kind.ANY if column.lookup else _KINDS.get(column.type, Kind.TEXT)


def words_in_expressions(mapping: Mapping) -> frozenset[str]:
    """Return every word that may name a variable in any expression of a mapping."""
    texts = _expressions(msgspec.to_builtins([mapping.files, mapping.records]))
    return frozenset(word for text in texts for word in WORD.findall(text))


def _expressions(value: Any) -> Iterator[str]:
    """Yield every expression inside a part of a mapping."""
    if isinstance(value, dict):
        for name, inside in value.items():
            if name in {"cel", "when", "each"} and isinstance(inside, str):
                yield inside
            elif name == "derived":
                yield from inside.values()
            else:
                yield from _expressions(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _expressions(inside)


def constants_of(mapping: Mapping) -> dict[str, Kind]:
    """Return the variables that the constants of a mapping are."""
    return dict.fromkeys(mapping.constants, Kind.ANY)
