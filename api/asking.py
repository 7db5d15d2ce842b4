"""Questions: what may be asked with a GET, declared once as a frozen class, read from the query of the address.

An endpoint says which question it answers and gets it read and checked:

    @blueprint.get("/equipment")
    @asks(RegistryQuestion)
    def registry(question: RegistryQuestion) -> ResponseReturnValue: ...
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Annotated, Any, NamedTuple, NoReturn, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from flask import request
from flask.typing import ResponseReturnValue
from marshmallow import RAISE, Schema, ValidationError

from api.fields import NOT_A_MOMENT, Value, moment_in
from api.moments import not_in_the_future
from api.problems import shape_differs
from api.refusals import Fault, MalformedRequest, ShapeDiffers
from api.services import services
from domain.kernel.fields import FieldSpec, Plain, fields_of
from domain.kernel.marks import Bounds, Example, Length, Meaning
from domain.kernel.moments import to_micros
from domain.log.recent import Recent

Question = TypeVar("Question")
View = Callable[..., ResponseReturnValue]

_POSITION = re.compile("[0-9]{1,18}")
_INTEGER = re.compile("-?[0-9]{1,18}")
_TRUTH = {"true": True, "false": False}
LONGEST_KEPT = 400
"""Bytes of the longest query that is kept as it was read."""


@dataclass(frozen=True, kw_only=True)
class OfThePast:
    """What every question takes: the moment it is about, and what was known then."""

    as_of: (
        Annotated[
            datetime,
            Meaning("The state as it was at this moment, by occurrence; by default after everything on record."),
            Example("2024-05-01T08:00:00Z"),
        ]
        | None
    ) = None
    recorded_as_of: (
        Annotated[
            str,
            Length(1, 64),
            Meaning("As it was known then, by record: a moment, or a position of the log; by default now."),
            Example("2024-06-01T00:00:00Z"),
        ]
        | None
    ) = None


@dataclass(frozen=True, kw_only=True)
class OfPages:
    """What every question with pages takes."""

    limit: Annotated[int, Bounds(1, 1000), Meaning("Most members of the page."), Example(20)] = 20
    cursor: (
        Annotated[
            str,
            Length(1, 4000),
            Meaning("Where the page begins: taken from the `Link` header of another page, with the same question."),
        ]
        | None
    ) = None
    count: Annotated[bool, Meaning("Whether to count the members of all pages; it takes longer.")] = False


@dataclass(frozen=True, kw_only=True)
class OfATime:
    """Of which time what is asked for begins or happens."""

    from_: (
        Annotated[
            datetime, Meaning("Only what began, or happened, at this moment or later."), Example("2024-05-01T00:00:00Z")
        ]
        | None
    ) = None
    to: (
        Annotated[
            datetime, Meaning("Only what began, or happened, before this moment."), Example("2024-06-01T00:00:00Z")
        ]
        | None
    ) = None

    @property
    def micros(self) -> tuple[int | None, int | None]:
        """The time, in microseconds.

        Raises:
            ShapeDiffers: it ends before it begins.
        """
        begin, end = (None if each is None else to_micros(each) for each in (self.from_, self.to))
        if begin is not None and end is not None and begin > end:
            raise wrong("from", "is later than `to`")
        return begin, end


class Past(NamedTuple):
    """Which past a question is about; None: the present."""

    as_of: datetime | None
    known_at: int | None
    """A position of the log."""

    @property
    def is_past(self) -> bool:
        """Whether the answer is about the past, and so not the present state."""
        return self.as_of is not None or self.known_at is not None

    @property
    def micros(self) -> int | None:
        """The moment in UTC microseconds."""
        return None if self.as_of is None else to_micros(self.as_of)


class QueryValue(Value):
    """A field of a question, as it stands in an address: always text."""

    def __init__(self, spec: FieldSpec) -> None:
        """Take the declaration; what may be left out is never `null` in an address."""
        super().__init__(replace(spec, optional=False))
        self.required = spec.required
        self.data_key = spec.name.removesuffix("_")  # as `from`, which Python keeps for itself

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            value = _read(self.shape.plain, value)
        return super()._deserialize(value, attr, data, **kwargs)


def _read(plain: Plain, text: str) -> Any:
    match plain:
        case Plain.INTEGER if _INTEGER.fullmatch(text):
            return int(text)
        case Plain.BOOLEAN:
            return _TRUTH.get(text, text)
        case Plain.MOMENT:
            return _meant(text)
    return text


def query_schema(question: type) -> type[Schema]:
    """Return the schema that reads a question; unknown parameters are refused, so that no typing error is ignored."""
    members: dict[str, Any] = {spec.name: QueryValue(spec) for spec in fields_of(question)}
    meta = type("Meta", (), {"unknown": RAISE})
    messages = {"unknown": "is not a parameter of this address"}
    return type(
        f"{question.__name__}Query",
        (Schema,),
        {**members, "Meta": meta, "error_messages": messages, "__doc__": question.__doc__},
    )


def asks(question: type[Question]) -> Callable[[View], View]:
    """Let an endpoint answer a question: its view gets it read and checked, before what the address says.

    Raises (the view):
        ShapeDiffers: names every parameter that is not as documented.
    """
    schema = query_schema(question)
    reader = _Reader(schema())

    def read() -> Question:
        """Read it, or take it as it was read before: it follows from its text alone. Cursors are never the same."""
        text = request.query_string
        found: Question | None = _KEPT.get((question, text))
        if found is None:
            found = question(**reader.read())
            if len(text) <= LONGEST_KEPT and b"cursor" not in text:
                _KEPT.put((question, text), found)
        return found

    def decorate(view: View) -> View:
        @wraps(view)
        def call(**address: Any) -> ResponseReturnValue:
            return view(read(), **address)

        call.asks = schema  # type: ignore[attr-defined]  # read by whatever documents endpoints
        return call

    return decorate


_KEPT: Recent[tuple[type, bytes], Any] = Recent(2_000)
"""Questions as they were read."""


class _Reader:
    """Reads what an address asks, parameter by parameter. What the schema would refuse, it refuses."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._known = {field.data_key or name: (name, field) for name, field in schema.load_fields.items()}
        self._required = {name for name, (_, field) in self._known.items() if field.required}

    def read(self) -> dict[str, Any]:
        _require_utf_8(request.query_string)
        given = dict(request.args.lists())
        twice = [Fault(None, "is given more than once", "repeated", name) for name, each in given.items() if each[1:]]
        if twice:
            raise ShapeDiffers(twice)
        texts = {name: text for name, (text,) in given.items()}
        if not (self._required <= texts.keys() <= self._known.keys()):
            return self._refused(texts)
        values = {}
        try:
            for name, text in texts.items():
                attribute, field = self._known[name]
                values[attribute] = field.deserialize(text)
        except ValidationError:
            return self._refused(texts)
        return values

    def _refused(self, texts: Mapping[str, str]) -> NoReturn:
        """Say all that is wrong with the parameters."""
        try:
            self._schema.load(texts)
        except ValidationError as wrong:
            raise shape_differs({"query": wrong.messages}) from None
        raise AssertionError("the schema takes what its fields refuse")


def _require_utf_8(query: bytes) -> None:
    """Refuse octets that are no text, whether they are escaped or not: they would be read as other characters.

    Raises:
        MalformedRequest: names the parameter.
    """
    for parameter in query.split(b"&"):
        try:
            unquote_to_bytes(parameter).decode()
        except UnicodeDecodeError:
            name = unquote(parameter.partition(b"=")[0].decode("ascii", "replace"))
            raise MalformedRequest("A parameter is not UTF-8.", code="not-utf-8", parameter=name) from None


def past_of(question: OfThePast) -> Past:
    """Return which past a question is about.

    Raises:
        ShapeDiffers: a moment is later than now; `recorded_as_of` is neither a moment nor a position, or a position
            beyond the log.
    """
    as_of, recorded = question.as_of, question.recorded_as_of
    return Past(
        None if as_of is None else not_in_the_future("as_of", as_of),
        None if recorded is None else known_at("recorded_as_of", recorded),
    )


def known_at(parameter: str, text: str) -> int:
    """Return the position that a parameter names, or the last one recorded by the moment that it names.

    Raises:
        ShapeDiffers: it is neither; the position is beyond the log, or the moment is later than now.
    """
    log = services().log
    if _POSITION.fullmatch(text):
        if int(text) > log.head().position:
            raise wrong(parameter, "is beyond the last position of the log")
        return int(text)
    try:
        moment = moment_in(_meant(text))
    except ValidationError as fault:
        (why,) = fault.messages
        raise wrong(parameter, f"{why}, nor a position of the log" if why == NOT_A_MOMENT else why) from None
    return log.position_at(to_micros(not_in_the_future(parameter, moment)))


def _meant(text: str) -> str:
    """Return a moment as it was meant: in an address an unescaped plus reads as a space, and a moment has no spaces."""
    return text.replace(" ", "+")


def wrong(parameter: str, detail: str) -> ShapeDiffers:
    """Return the refusal of one parameter, which says what is wrong with it."""
    return ShapeDiffers([Fault(None, detail, "invalid", parameter)])
