"""Becoming: one record of a mapping, and the commands or facts that rows become by it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from api.importing.deciding import fixed_parts, require_unit
from api.importing.entries import Entry
from api.importing.expressions import Expression, Kind, Language
from api.importing.faults import MappingFault, Wrong
from api.importing.filling import Filling, filled
from api.importing.forms import NO_ROW, Context, Fixed, Form, Forms, World, as_text
from api.importing.mapping import Record
from api.importing.rounding import require_exact
from api.importing.sources import Told
from domain.kernel.commands import TOLD_BY, Command, CommandType
from domain.kernel.envelope import Provenance
from domain.kernel.facts import FactType
from domain.kernel.fields import FieldSpec
from domain.kernel.moments import to_micros
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef
from domain.kernel.telling import telling
from domain.kernel.values import check_moment

Make = Callable[[dict[str, Any], UUID | None], Command]
"""Makes the command, or that which tells the fact, from the values of its fields and, for a fact, its stream."""


class Become(NamedTuple):
    """An entry, and which record of the mapping made it."""

    entry: Entry
    record: str
    order: tuple[int, int]
    """When it happened, in microseconds, and its step: at one moment the rows follow each other, and their records."""


class Kindred(NamedTuple):
    """What a record is to become: its fields, and what makes it of their values."""

    fields: tuple[FieldSpec, ...]
    make: Make
    checked: Collection[str]
    """The fields that it holds to their marks when it is made, so that nobody has to before."""
    of_stream: bool = False
    """Whether it says in which stream it stands: a fact does, a command by its fields."""


class Scope(NamedTuple):
    """What a record may name."""

    columns: Mapping[str, Kind]
    said: Mapping[str, Kind]
    """What columns hold that are not empty."""
    files: Sequence[str]
    """Files whose rows of the same key are seen as lists."""
    world: World
    source: str
    """Of entries whose record names none."""


class Becoming:
    """One record of a mapping."""

    def __init__(self, number: int, record: Record, kindred: Kindred, scope: "Scope") -> None:
        """Take the record.

        Args:
            number: its place among the records.
            record: as the mapping has it.
            kindred: what it is to become.
            scope: what it may name.

        Raises:
            MappingFault: what it says cannot be done.
        """
        self.number, self.record = number, record
        where = f"records.{number + 1} ({record.name})"
        columns = {**scope.columns, **({"each": Kind.ANY} if record.each else {})}
        rows = dict.fromkeys((*scope.files, *(["these"] if record.per else [])), Kind.LIST)
        language = Language({**columns, **rows}, scope.files)
        forms = Forms(where, frozenset(columns), language, scope.world)
        # The list itself is asked for before there is a member of it; naming `each` in it is found out here.
        around = Language({**scope.columns, **rows}, scope.files)
        self._when: Expression | None = None
        if record.when is not None:
            condition = scope.world.constants.condition
            self._when = condition({**columns, **rows}, scope.said, f"{where}.when", record.when, scope.files)
        self._each = around.listing(f"{where}.each", record.each) if record.each is not None else None
        self._at, self._id = forms.at("at").form(record.at), forms.at("id").form(record.id)
        self._reason = forms.at("reason").template(record.reason) if record.reason else None
        self._source, self._make = record.source or scope.source, kindred.make
        if kindred.of_stream is (record.stream is None):
            raise MappingFault(where, "a fact has a stream, a command none")
        self._stream = None if record.stream is None else forms.at("stream").form(record.stream)
        self._require_fixed(where)
        self._fillings = self._fillings_of(where, forms, kindred)

    def _require_fixed(self, where: str) -> None:
        """Refuse what is wrong in the same way for every row."""
        forms = {"at": (self._at, self._moment), "id": (self._id, self._own_id)}
        if self._stream is not None:
            forms["stream"] = self._stream, partial(self._stream_of, self._stream)
        for name, (form, found) in forms.items():
            if isinstance(form, Fixed):
                try:
                    found(NO_ROW)
                except Wrong as wrong:
                    raise _fault(f"{where}.{name}", wrong, self.record.name) from None

    def _fillings_of(self, where: str, forms: Forms, kindred: Kindred) -> tuple[Filling, ...]:
        known = {spec.name: spec for spec in kindred.fields}
        if unknown := sorted(self.record.fields.keys() - known.keys()):
            raise MappingFault(where, f"has no field {unknown[0]}; its fields are {', '.join(known)}")
        if missing := [spec.name for spec in kindred.fields if spec.required and spec.name not in self.record.fields]:
            raise MappingFault(where, f"does not say {missing[0]}")
        name = self.record.name
        made = {each: forms.at(each).form(value) for each, value in self.record.fields.items()}
        for each, value in self.record.fields.items():
            for shape, said in fixed_parts(known[each].shape, value, made[each], forms.at(each)):
                part = Filling(name, replace(known[each], shape=shape), Fixed(said), is_checked=False)
                try:
                    part.careful_value(NO_ROW)
                except Wrong as wrong:
                    raise _fault(f"{where}.{each}", wrong, name) from None
        require_unit(where, made)
        return tuple(
            Filling(name, known[each], form, is_checked=each in kindred.checked) for each, form in made.items()
        )

    def entries(self, told: Told | None, context: Context, these: Sequence[Told] = ()) -> Iterator[Become]:
        """Yield what one row becomes, or the rows of one combination.

        Args:
            told: the row, or the first of them; None: of the whole import.
            context: what it says.
            these: the rows of one combination, for a record that has `per`.

        Raises:
            Wrong: it cannot become what it is to become.
        """
        if self.record.per:
            context = context._replace(seen=context.seen | {"these": [each.seen for each in these]})
        if self._each is None:
            yield from self._entry(told, context)
            return
        members = self._each.value(context.seen)
        if members is None:
            return  # the cell is empty
        if not isinstance(members, list):
            raise Wrong("expression-failed", f"{self._each.told} is no list here.")
        require_exact(self._each, members, context)
        for member in members:
            each = {"each": member}
            yield from self._entry(told, Context({**context.says, **each}, {**context.seen, **each}, context.rounded))

    def _entry(self, told: Told | None, context: Context) -> Iterator[Become]:
        if self._when is not None and not self._when.holds(context.seen):
            return
        at, own_id = self._moment(context), self._own_id(context)
        command = self._command(context)
        reason = self._reason(context) if self._reason else None
        entry = Entry(
            command=command,
            occurred_at=at,
            source=Provenance(source=self._source, id=own_id),
            place=told.place if told else None,
            reason=None if reason is None else as_text(reason),
        )
        yield Become(entry, self.record.name, (to_micros(at), self.record.step))

    def _stream_of(self, form: Form, context: Context) -> UUID:
        try:
            return UUID(as_text(form(context)))
        except ValueError:
            raise Wrong("no-stream", f"{self.record.name}: the id of its stream is none.") from None

    def _own_id(self, context: Context) -> str:
        name = self._id(context)
        if name is None or (text := as_text(name)) == "":
            raise Wrong("no-id", f"{self.record.name}: what its id is made of is empty.")
        return text

    def _moment(self, context: Context) -> datetime:
        at = self._at(context)
        if at is None:
            raise Wrong("no-moment", f"{self.record.name}: when it happened is empty.")
        if isinstance(at, str):
            try:
                at = datetime.fromisoformat(at)
                check_moment("at", at)
            except (ValueError, Nonsense):
                at = None
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise Wrong("not-a-moment", f"{self.record.name}: when it happened is no moment with its offset.")
        return at

    def _command(self, context: Context) -> Command:
        """Return what the row becomes. Where something is wrong, what is first is told, field by field."""
        try:
            return self._made(filled(self._fillings, lambda each: each.value(context)), context)
        except (Nonsense, Wrong):
            values = filled(self._fillings, lambda each: each.careful_value(context))
        try:
            return self._made(values, context)
        except Nonsense as nonsense:
            raise Wrong("field-wrong", f"{self.record.name}: {nonsense.detail}") from None

    def _made(self, values: dict[str, Any], context: Context) -> Command:
        return self._make(values, None if self._stream is None else self._stream_of(self._stream, context))


def of_command(declared: CommandType) -> Kindred:
    """Return a command as what rows become."""
    names = {spec.name for spec in declared.fields}
    return Kindred(declared.fields, lambda values, _stream: declared.cls(**values), names)


def of_fact(declared: FactType) -> Kindred:
    """Return a fact as what rows become: by the command that tells it, and so by its rules."""
    kind = declared.name.partition(".")[0]

    def make(values: dict[str, Any], stream: UUID | None) -> Command:
        assert stream is not None
        return telling(StreamRef(kind, stream), declared.cls(**values))

    by = TOLD_BY.get(declared.cls)
    shapes = {spec.name: spec.shape for spec in by.fields} if by else {}
    checked = {spec.name for spec in declared.fields if shapes.get(spec.name) == spec.shape}
    return Kindred(declared.fields, make, checked, of_stream=True)


def _fault(where: str, wrong: Wrong, record: str) -> MappingFault:
    """Return what is wrong with every row as what is wrong with the mapping."""
    return MappingFault(where, wrong.sentence.removeprefix(f"{record}: "))
