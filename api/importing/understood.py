"""A mapping, understood: what it names is there, what it says can be done, and how it is done."""

from collections import defaultdict
from collections.abc import Callable, Collection
from uuid import NAMESPACE_URL, uuid5

from api.importing.becoming import Becoming, Kindred, Scope
from api.importing.constants import Constants
from api.importing.expressions import Expression, Kind, Language
from api.importing.faults import Faults, MappingFault
from api.importing.forms import Context, FindItem, Form, Forms, World
from api.importing.mapping import File, Mapping, Record
from api.importing.sources import OWN, Source, constants_of, kinds_of, said_of, words_in_expressions
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
        faults = Faults()
        with faults.of_part():
            if mapping.zone is not None:
                zone_named("zone", mapping.zone)
        _require_own_names(mapping, faults)
        self._mapping = mapping
        self.by_time = mapping.order == "time"
        self.sources: dict[str, Source] = {}
        for name, file in mapping.files.items():
            with faults.of_part():
                self.sources[name] = Source(name, file, mapping)
        self.shared = Context(mapping.constants, dict(mapping.constants))
        """What records see that are once for the whole import."""
        self.phases = tuple(sorted({file.phase for file in mapping.files.values()}))
        self._constants = constants_of(mapping)
        ids = mapping.ids or uuid5(NAMESPACE_URL, mapping.source)
        self._world = World(mapping.lookups, ids, find_item, Constants(mapping.constants))
        self.keys: dict[str, Form] = {}
        """How what a row is about is made, for files that have a key."""
        self.derived: dict[str, list[tuple[str, Expression]]] = {name: [] for name in mapping.files}
        self.becomings: dict[str | None, list[Becoming]] = defaultdict(list)
        """What the rows of a file become; under None what is once for the whole import."""
        for name, file in mapping.files.items():
            self._take(name, file, faults)
        for number, record in enumerate(mapping.records):
            self._become(number, record, kindred, faults)
        named = {record.from_ for record in mapping.records}
        for name in [each for each, file in mapping.files.items() if each not in named and not file.key]:
            faults.add(MappingFault(f"files.{name}", "no record is made from its rows"))
        faults.require_none()
        self.whole = _looks_around(mapping, self.keys.keys())
        """Whether the rows of one key stand or fall together, as what becomes of one depends on the others."""

    def beside(self, file: File) -> tuple[str, ...]:
        """Return the files whose rows are seen beside those of a file: those that have a key, of its phase."""
        if not file.key:
            return ()
        return tuple(name for name, each in self._mapping.files.items() if each.key and each.phase == file.phase)

    def _take(self, name: str, file: File, faults: Faults) -> None:
        """Take how rows of a file are put together, and what is derived of them."""
        with faults.of_part():
            if (key := self._key(name, file)) is not None:
                self.keys[name] = key
        self._derive(name, file, faults)

    def _become(self, number: int, record: Record, kindred: Callable[[Record], Kindred], faults: Faults) -> None:
        """Take what rows become by a record."""
        where = f"records.{number + 1} ({record.name})"
        kin: Kindred | None = None
        with faults.of_part(where):
            kin = kindred(record)
        with faults.of_part():
            scope = self._scope(where, record, self._mapping.source)
            self.becomings[record.from_].append(Becoming(number, record, kin, scope))

    def _key(self, name: str, file: File) -> Form | None:
        where = f"files.{name}"
        if file.unique and not file.key:
            raise MappingFault(where, "unique needs rows that are seen together: key")
        if self.by_time and not file.key and not file.moment:
            raise MappingFault(where, "the order is by time: moment names the column that tells it")
        if file.key is None:
            return None
        names = frozenset({*kinds_of(file), *self._constants} - {"key"})
        return Forms(f"{where}.key", names, Language({}), self._world).template(file.key)

    def _derive(self, name: str, file: File, faults: Faults) -> None:
        """Take the columns that are derived from the rows of a file, each in view of those before it."""
        beside = self.beside(file)
        variables = kinds_of(file) | self._constants | dict.fromkeys(beside, Kind.LIST)
        for each, text in file.derived.items():
            with faults.of_part():
                expression = Language(variables, beside).compile(f"files.{name}.derived.{each}", text)
                self.derived[name].append((each, expression))
            variables |= {each: Kind.ANY}

    def _scope(self, where: str, record: Record, its_source: str) -> Scope:
        if record.from_ is None:
            if record.per:
                raise MappingFault(where, "per needs the rows of a file: from")
            return Scope(self._constants, {}, (), self._world, its_source)
        file = self._mapping.files.get(record.from_)
        if file is None:
            raise MappingFault(where, f"there is no file {record.from_}")
        columns = kinds_of(file) | dict.fromkeys(file.derived, Kind.ANY) | self._constants
        if unknown := {*record.per} - {*columns}:
            raise MappingFault(where, f"per: there is no column {min(unknown)}")
        if record.per and not file.key:
            raise MappingFault(where, f"per needs rows that are seen together: files.{record.from_} has no key")
        return Scope(columns, said_of(file), self.beside(file), self._world, its_source)


def _require_own_names(mapping: Mapping, faults: Faults) -> None:
    """See that no constant has the name of something else that expressions see."""
    for name in mapping.constants:
        if name in {*OWN, *mapping.files, "each", "these"}:
            why = f"has the name of a file or one of {', '.join(OWN)}, each, these"
            faults.add(MappingFault(f"constants.{name}", why))


def _looks_around(mapping: Mapping, keyed: Collection[str]) -> bool:
    """Return whether what becomes of a row may depend on other rows of its key."""
    if any(file.unique for file in mapping.files.values()) or any(record.per for record in mapping.records):
        return True
    return not words_in_expressions(mapping).isdisjoint(keyed)
