"""Becoming: one record of a mapping, and the commands or facts that rows become by it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from api.importing.deciding import fixed_parts, require_unit
from api.importing.entries import Entry
from api.importing.expressions import Expression, Kind, Language
from api.importing.faults import Faults, MappingFault, Wrong
from api.importing.filling import Filling, filled
from api.importing.forms import NO_ROW, Context, Fixed, Form, Forms, World, as_text
from api.importing.mapping import Record, Value
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

    def __init__(self, number: int, record: Record, kindred: Kindred | None, scope: "Scope") -> None:
        """Take the record.

        Args:
            number: its place among the records.
            record: as the mapping has it.
            kindred: what it is to become; None: that is not known, and told. The rest is looked at all the same.
            scope: what it may name.

        Raises:
            MappingFault: what it says cannot be done.
        """
        self.number, self.record = number, record
        self._where = where = f"records.{number + 1} ({record.name})"
        columns = {**scope.columns, **({"each": Kind.ANY} if record.each else {})}
        rows = dict.fromkeys((*scope.files, *(["these"] if record.per else [])), Kind.LIST)
        language = Language({**columns, **rows}, scope.files)
        self._faults = Faults()
        self._forms = Forms(where, frozenset(columns), language, scope.world)
        # The list itself is asked for before there is a member of it; naming `each` in it is found out here.
        around = Language({**scope.columns, **rows}, scope.files)
        self._when: Expression | None = None
        self._each: Expression | None = None
        with self._faults.of_part():
            if record.when is not None:
                condition = scope.world.constants.condition
                self._when = condition({**columns, **rows}, scope.said, f"{where}.when", record.when, scope.files)
        with self._faults.of_part():
            if record.each is not None:
                self._each = around.listing(f"{where}.each", record.each)
        self._at, self._id = self._form("at", record.at, self._moment), self._form("id", record.id, self._own_id)
        self._reason = self._form("reason", record.reason) if record.reason else None
        self._source = record.source or scope.source
        self._stream: Form | None = None
        if record.stream is not None:
            self._stream = self._form("stream", record.stream, self._own_stream)
        if kindred is None:
            for name, value in record.fields.items():
                self._form(name, value)
        else:
            if kindred.of_stream is (record.stream is None):
                self._faults.add(MappingFault(where, "a fact has a stream, a command none"))
            self._fillings, self._make = self._fillings_of(kindred), kindred.make
        self._faults.require_none()

    def _form(self, name: str, value: Value, found: Callable[[Form, Context], object] | None = None) -> Form:
        """Return the form of a part of it, and take note of what is wrong with that, in the same way for every row."""
        form: Form = _no_form
        with self._faults.of_part():  # if anything is wrong, the form is none
            made = self._forms.at(name).form(value)
            if isinstance(made, Fixed) and found is not None:
                try:
                    found(made, NO_ROW)
                except Wrong as wrong:
                    raise _fault(f"{self._where}.{name}", wrong, self.record.name) from None
            form = made
        return form  # noqa: RET504  not what was made, if that was found to be wrong

    def _fillings_of(self, kindred: Kindred) -> tuple[Filling, ...]:
        known, said = {spec.name: spec for spec in kindred.fields}, self.record.fields
        missing = ", ".join(spec.name for spec in kindred.fields if spec.required and spec.name not in said)
        if unknown := sorted(said.keys() - known.keys()):
            more = f"; it does not say {missing}" if missing else ""
            why = f"has no field {', '.join(unknown)}; its fields are {', '.join(known)}{more}"
            self._faults.add(MappingFault(self._where, why))
        elif missing:
            self._faults.add(MappingFault(self._where, f"does not say {missing}"))
        made = {each: self._field(known[each], value) for each, value in said.items() if each in known}
        with self._faults.of_part():
            require_unit(self._where, made)
        name, checked = self.record.name, kindred.checked
        return tuple(Filling(name, known[each], form, is_checked=each in checked) for each, form in made.items())

    def _field(self, spec: FieldSpec, value: Value) -> Form:
        """Return the form of a field, and take note of what is wrong with what of it is the same for every row."""
        form, name = self._form(spec.name, value), self.record.name
        if form is _no_form:
            return form
        with self._faults.of_part():
            for shape, said in fixed_parts(spec.shape, value, form, self._forms.at(spec.name)):
                try:
                    Filling(name, replace(spec, shape=shape), Fixed(said), is_checked=False).careful_value(NO_ROW)
                except Wrong as wrong:
                    raise _fault(f"{self._where}.{spec.name}", wrong, name) from None
        return form

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
        at, own_id = self._moment(self._at, context), self._own_id(self._id, context)
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

    def _own_stream(self, form: Form, context: Context) -> UUID:
        try:
            return UUID(as_text(form(context)))
        except ValueError:
            raise Wrong("no-stream", f"{self.record.name}: the id of its stream is none.") from None

    def _own_id(self, form: Form, context: Context) -> str:
        name = form(context)
        if name is None or (text := as_text(name)) == "":
            raise Wrong("no-id", f"{self.record.name}: what its id is made of is empty.")
        return text

    def _moment(self, form: Form, context: Context) -> datetime:
        at = form(context)
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
        return self._make(values, None if self._stream is None else self._own_stream(self._stream, context))


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


def _no_form(_context: Context) -> None:
    """Stand for what could not be understood, until that is told."""


def _fault(where: str, wrong: Wrong, record: str) -> MappingFault:
    """Return what is wrong with every row as what is wrong with the mapping."""
    return MappingFault(where, wrong.sentence.removeprefix(f"{record}: "))
