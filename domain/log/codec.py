"""The stored body: canonical JSON, written once, final."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache, partial
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

import msgspec

from domain.kernel.envelope import Caller, Provenance, Recorded
from domain.kernel.facts import FACTS, Fact, FactType, fact_type, references, to_current
from domain.kernel.folding import Happening
from domain.kernel.ids import source_key
from domain.kernel.moments import EPOCH, from_micros, to_micros
from domain.kernel.streams import StreamRef
from domain.log.contract import Line, NewFact, Row
from domain.log.decoders import decoder

FORMAT = 1
"""The format of bodies. A reader that meets another one refuses to guess."""

SEALED = "$sealed"
SHUT = "[sealed]"
"""How a personal field reads where nobody opened it."""


canonical = msgspec.json.Encoder(order="sorted", decimal_format="string").encode
"""Canonical JSON (RFC 8785) of documents with ASCII keys, no floats and integers below 2^53."""


class NotUnderstood(Exception):  # noqa: N818  says what is the matter, as refusals do
    """The body was written by a newer Aftercare: its format, fact or version is not known here. Nothing is guessed."""


class Sealer(Protocol):
    """Seals personal fields before they are stored, and opens them for those who may read them."""

    def seal(self, subject: UUID, text: str, place: "Place") -> dict[str, Any]:
        """Return what is stored instead of the text."""

    def open(self, sealed: dict[str, Any], place: "Place") -> str:
        """Return the text, or the defined value of an erased one."""


class Place(NamedTuple):
    """Where a sealed field stands; it can be opened nowhere else."""

    stream: str
    fact_id: UUID
    path: str


class Draft(NamedTuple):
    """A fact on its way to the log."""

    stream: StreamRef
    fact: Fact
    occurred_at: datetime
    fact_id: UUID
    source: Provenance | None = None
    reason: str | None = None


def subjects_of(stream: StreamRef, fact: Fact) -> tuple[StreamRef, ...]:
    """Return the other streams that a fact concerns, each once, in order of their names."""
    if not fact_type(fact).referring:
        return ()
    return tuple(sorted({StreamRef(*each) for each in references(fact)} - {stream}, key=str))


def encode(draft: Draft, caller: Caller, sealer: Sealer) -> NewFact:
    """Return the fact as it will be stored: its body canonical and final, its personal fields sealed."""
    declared = fact_type(draft.fact)
    subjects = subjects_of(draft.stream, draft.fact)
    data = {
        field.name: _plain(value) for field in declared.fields if (value := getattr(draft.fact, field.name)) is not None
    }
    for field in declared.personal:
        if field.name in data and field.personal:
            place = Place(str(draft.stream), draft.fact_id, field.name)
            subject = getattr(draft.fact, field.personal.subject)
            data[field.name] = {SEALED: sealer.seal(subject, data[field.name], place)}
    body = {
        "actor": caller.actor,
        "causation": caller.causation,
        "correlation": caller.correlation,
        "data": data,
        "format": FORMAT,
        "id": draft.fact_id,
        "occurred_at": written_moment(draft.occurred_at),
        "organisation": caller.organisation,
        "reason": draft.reason,
        "source": draft.source and {"id": draft.source.id, "source": draft.source.source},
        "stream": str(draft.stream),
        "subjects": [str(subject) for subject in subjects],
        "type": declared.name,
        "version": declared.version,
    }
    return NewFact(
        fact_key=draft.fact_id,
        stream=draft.stream.id,
        kind=draft.stream.kind,
        type=declared.name,
        occurred_at=to_micros(draft.occurred_at),
        body=canonical({name: value for name, value in body.items() if value is not None}),
        subjects=tuple(subject.id for subject in subjects),
    )


def fact_id_of(source: Provenance, index: int) -> UUID:
    """Return the permanent id of a fact that was first recorded elsewhere."""
    return source_key(source.source, source.id, index)


def written_moment(moment: datetime) -> str:
    """Return a moment as RFC 3339 with its own offset, `Z` for UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    """Return a value of a fact as it stands in JSON."""
    match value:
        case datetime():
            return written_moment(value)
        case Decimal():
            return format(value, "f")
        case tuple():
            return [_plain(member) for member in value]
        case _:
            return value


class _Source(msgspec.Struct):
    source: str
    id: str


class _Envelope(msgspec.Struct, kw_only=True, gc=False):
    """What every body tells around its data."""

    actor: UUID
    correlation: UUID
    id: UUID
    occurred_at: datetime
    organisation: UUID
    stream: str
    subjects: list[str]
    causation: UUID | None = None
    reason: str | None = None
    source: _Source | None = None


class _Body(_Envelope, kw_only=True):
    """A stored body, its data still raw."""

    data: msgspec.Raw
    format: int
    type: str
    version: int


class _Kernel(msgspec.Struct):
    """What a body needs to be told for its fact alone."""

    data: msgspec.Raw
    format: int
    version: int


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_kernel = msgspec.json.Decoder(_Kernel).decode


def _shut(_sealed: dict[str, Any], _path: str) -> str:
    return SHUT


def decode(row: Row, sealer: Sealer | None = None) -> Recorded:
    """Return a stored fact in its present version, its personal fields opened by the sealer or left shut.

    Raises:
        NotUnderstood: a newer Aftercare wrote it.
    """
    if (quick := _quick_body(row.type)) is not None:
        try:
            body = quick(row.body)
        except msgspec.ValidationError:
            pass
        else:
            return _recorded(row, body, body.data)
    body = _decode_body(row.body)
    opener = (lambda sealed, path: sealer.open(sealed, Place(body.stream, body.id, path))) if sealer else _shut
    return _recorded(row, body, _fact(_understood(body.type, body), body, opener))


def _recorded(row: Row, body: Any, fact: Fact) -> Recorded:
    """Return a fact with its envelope: what its body tells, whether its data are raw still, and the columns."""
    source = body.source and Provenance(source=body.source.source, id=body.source.id)
    columns = (row.position, row.sequence, from_micros(row.recorded_at), body.id, StreamRef(row.kind, row.stream))
    told = (body.type, body.version, body.occurred_at, body.actor, body.organisation, body.correlation, body.causation)
    return Recorded(*columns, *told, tuple(map(_ref, body.subjects)), source, body.reason, fact)  # by place: quicker


def version_of(row: Row) -> int:
    """Return in which version of its type a fact was stored."""
    return _decode_kernel(row.body).version


def happenings(rows: Sequence[Row]) -> list[Happening]:
    """Return stored facts as folding needs them: the fast way, without the rest of the envelope.

    Raises:
        NotUnderstood: a newer Aftercare wrote one of them.
    """
    return [
        Happening(from_micros(row.occurred_at), row.position, row.fact_key, _quick_fact(row.type)(row.body))
        for row in rows
    ]


def told(lines: Iterable[Line]) -> Iterator[tuple[datetime, Fact]]:
    """Yield when each fact happened, and the fact: the quick way to a state.

    Raises:
        NotUnderstood: a newer Aftercare wrote one of them.
    """
    for name, occurred_at, body in lines:
        yield EPOCH + timedelta(microseconds=occurred_at), _quick_fact(name)(body)


def _understood(name: str, body: _Body | _Kernel) -> FactType:
    declared = FACTS.get(name)
    if body.format != FORMAT or declared is None or body.version > declared.version:
        raise NotUnderstood(f"{name} version {body.version} in format {body.format}")
    return declared


@cache
def _quick_fact(name: str) -> Callable[[bytes], Fact]:
    declared = FACTS.get(name)
    if declared is None or declared.has_upcasts or declared.personal:
        return partial(_careful_fact, name)
    decode_kernel = _decodes(declared, {"format": FORMAT, "version": declared.version})

    def quick_fact(body: bytes) -> Fact:
        try:
            return decode_kernel(body).data
        except msgspec.ValidationError:
            return _careful_fact(name, body)

    return quick_fact


@cache
def _quick_body(name: str) -> Callable[[bytes], Any] | None:
    """Return what decodes a body and its data in one go, if the type is known and nothing of it is ever sealed.

    It refuses any other format, type or version than the present one.
    """
    declared = FACTS.get(name)
    if declared is None or declared.personal:
        return None
    return _decodes(declared, {"format": FORMAT, "type": name, "version": declared.version}, _Envelope)


def _decodes(declared: FactType, present: Mapping[str, Any], *envelope: type[msgspec.Struct]) -> Callable[[bytes], Any]:
    """Return what decodes bodies with their data, if some fields have the present values; any other is refused."""
    fields = [("data", declared.cls), *((field, Literal[value]) for field, value in present.items())]
    body = msgspec.defstruct(f"{declared.cls.__name__}Body", fields, bases=envelope, kw_only=True)
    return decoder(body).decode


def _careful_fact(name: str, body: bytes) -> Fact:
    kernel = _decode_kernel(body)
    return _fact(_understood(name, kernel), kernel)


def _fact(declared: FactType, body: _Body | _Kernel, opener: Callable[[dict[str, Any], str], str] = _shut) -> Fact:
    """Return the fact of a body, its sealed fields read by a function of the sealed value and its field."""
    read = decoder(declared.cls)  # before anything else looks at the class
    if body.version == declared.version and not declared.personal:
        return read.decode(body.data)
    data = msgspec.json.decode(body.data)
    for name, value in data.items():
        # Only what was sealed is ever an object: facts are made of plain types. It opens under the name of its day.
        if isinstance(value, dict):
            data[name] = opener(value[SEALED], name)
    return msgspec.convert(to_current(declared.name, body.version, data), declared.cls)


@lru_cache(maxsize=65_536)
def _ref(text: str) -> StreamRef:
    """Return a stream named in a body: checked when it was stored, so a kind that is not loaded here is no fault."""
    kind, _, written = text.partition(":")
    return StreamRef(kind, UUID(written))
