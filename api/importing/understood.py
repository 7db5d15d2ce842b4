"""A mapping, understood: what it names is there, what it says can be done, and how it is done."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from api.importing.becoming import Becoming, Kindred, Scope
from api.importing.constants import Constants
from api.importing.expressions import Expression, Kind, Language
from api.importing.faults import MappingFault
from api.importing.forms import Context, FindItem, Form, Forms, World
from api.importing.mapping import Mapping, Record
from api.importing.sources import OWN, Source, constants_of, words_in_expressions
from api.importing.times import zone_named


class Understood:
    """A mapping, ready to be followed."""

    def __init__(self, mapping: Mapping, kindred: Callable[[Record], Kindred], find_item: FindItem) -> None:
        """Understand a mapping.

        Args:
            mapping: as it was read.
            kindred: finds what a record is to become.
            find_item: finds items on record.

        Raises:
            MappingFault: what it says cannot be done.
        """
        if mapping.zone is not None:
            zone_named("zone", mapping.zone)
        _require_own_names(mapping)
        self.by_time = mapping.order == "time"
        self.sources = {name: Source(name, file, mapping) for name, file in mapping.files.items()}
        self.shared = Context(mapping.constants, dict(mapping.constants))
        """What records see that are once for the whole import."""
        self.phases = tuple(sorted({file.phase for file in mapping.files.values()}))
        self._constants = constants_of(mapping)
        ids = mapping.ids or uuid5(NAMESPACE_URL, mapping.source)
        self._world = World(mapping.lookups, ids, find_item, Constants(mapping.constants))
        self.keys = {name: key for name, source in self.sources.items() if (key := self._key(source)) is not None}
        """How what a row is about is made, for files that have a key."""
        self.derived = {name: list(self._derivations(source)) for name, source in self.sources.items()}
        self.becomings: dict[str | None, list[Becoming]] = defaultdict(list)
        """What the rows of a file become; under None what is once for the whole import."""
        for number, record in enumerate(mapping.records):
            becoming = Becoming(number, record, kindred(record), self._scope(record, mapping.source))
            self.becomings[record.from_].append(becoming)
        if unused := [name for name in self.sources if not self.becomings.get(name) and name not in self.keys]:
            raise MappingFault(f"files.{unused[0]}", "no record is made from its rows")
        self.whole = _looks_around(mapping, self.keys.keys())
        """Whether the rows of one key stand or fall together, as what becomes of one depends on the others."""

    def beside(self, source: Source) -> tuple[str, ...]:
        """Return the files whose rows are seen beside those of a file: those that have a key, of its phase."""
        if not source.file.key:
            return ()
        return tuple(
            name for name, each in self.sources.items() if each.file.key and each.file.phase == source.file.phase
        )

    def _key(self, source: Source) -> Form | None:
        file, where = source.file, f"files.{source.name}"
        if file.unique and not file.key:
            raise MappingFault(where, "unique needs rows that are seen together: key")
        if self.by_time and not file.key and not file.moment:
            raise MappingFault(where, "the order is by time: moment names the column that tells it")
        if file.key is None:
            return None
        names = frozenset({*source.kinds, *self._constants} - {"key"})
        return Forms(f"{where}.key", names, Language({}), self._world).template(file.key)

    def _derivations(self, source: Source) -> Iterator[tuple[str, Expression]]:
        variables = source.kinds | self._constants | dict.fromkeys(self.beside(source), Kind.LIST)
        for name, text in source.file.derived.items():
            yield name, Language(variables, self.beside(source)).compile(f"files.{source.name}.derived.{name}", text)
            variables |= {name: Kind.ANY}

    def _scope(self, record: Record, its_source: str) -> Scope:
        where = f"records ({record.name})"
        if record.from_ is None:
            if record.per:
                raise MappingFault(where, "per needs the rows of a file: from")
            return Scope(self._constants, {}, (), self._world, its_source)
        source = self.sources.get(record.from_)
        if source is None:
            raise MappingFault(where, f"there is no file {record.from_}")
        columns = source.kinds | dict.fromkeys(source.file.derived, Kind.ANY) | self._constants
        if unknown := {*record.per} - {*columns}:
            raise MappingFault(where, f"per: there is no column {min(unknown)}")
        if record.per and source.name not in self.keys:
            raise MappingFault(where, f"per needs rows that are seen together: files.{source.name} has no key")
        return Scope(columns, source.said, self.beside(source), self._world, its_source)


def _require_own_names(mapping: Mapping) -> None:
    """See that no constant has the name of something else that expressions see."""
    if taken := [name for name in mapping.constants if name in {*OWN, *mapping.files, "each", "these"}]:
        why = f"has the name of a file or one of {', '.join(OWN)}, each, these"
        raise MappingFault(f"constants.{taken[0]}", why)


def _looks_around(mapping: Mapping, keyed: "Iterator[str] | Any") -> bool:
    """Return whether what becomes of a row may depend on other rows of its key."""
    if any(file.unique for file in mapping.files.values()) or any(record.per for record in mapping.records):
        return True
    return not words_in_expressions(mapping).isdisjoint(keyed)
