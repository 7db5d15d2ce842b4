"""Any fact and any command that is declared, drawn from the same fields as everything else that is derived."""

import string
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from math import ceil, floor
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from domain.kernel.commands import Command, CommandType
from domain.kernel.envelope import Caller, Provenance
from domain.kernel.facts import Fact, FactType
from domain.kernel.fields import FieldSpec, Plain, Shape
from domain.kernel.streams import StreamRef
from domain.kernel.values import MOST_DIGITS, MOST_INTEGER, limit_of
from domain.log.codec import Draft

OFFSETS = st.sampled_from(
    [UTC, *(timezone(timedelta(minutes=minutes)) for minutes in (345, -570, 180, 840, -720, 1, -1, 1439, -1439))]
)
"""Offsets in whole minutes, the odd ones of the map (+05:45, -09:30) among them."""

ID = st.uuids()
TURNS = "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""What turns the direction of all that is written behind it."""
LETTERS = st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t" + TURNS)
"""What texts on record are made of: not all of it is taken any more."""
FIT_LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters=TURNS)
"""What texts are made of that come in."""
MOMENT = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=OFFSETS)  # noqa: DTZ001  the offset follows
NAME = st.text(string.ascii_lowercase, min_size=1, max_size=12)
CALLER: SearchStrategy[Caller] = st.builds(Caller, actor=ID, organisation=ID, correlation=ID, causation=st.none() | ID)
PROVENANCE: SearchStrategy[Provenance] = st.builds(
    Provenance, source=NAME.map("urn:example:{}".format), id=st.text(LETTERS, min_size=1, max_size=40)
)


def text(least: int = 0, most: int = 40) -> SearchStrategy[str]:
    """Texts in any alphabet that come in: not blank, unless they are empty and may be."""
    texts = st.text(FIT_LETTERS, min_size=max(least, 1), max_size=min(most, least + 40)).filter(shows)
    return texts if least else texts | st.just("")


def shows(text: str) -> bool:
    """Return whether anything of a text is seen."""
    return any(
        unicodedata.category(each)[0] in "LNPS" and each not in "\u115f\u1160\u2800\u3164\uffa0" for each in text
    )


def integers(least: Decimal | int | None = None, most: Decimal | int | None = None) -> SearchStrategy[int]:
    """Integers that every reader of JSON keeps exactly."""
    return st.integers(-MOST_INTEGER if least is None else ceil(least), MOST_INTEGER if most is None else floor(most))


def decimals(least: Decimal | int | None = None, most: Decimal | int | None = None) -> SearchStrategy[Decimal]:
    """Finite decimals with at most the digits of the trade, in every way of writing them: `1E+3` is one."""
    limit = Decimal(10) ** MOST_DIGITS - 1
    low, high = (-limit if least is None else Decimal(least)), (limit if most is None else Decimal(most))

    @st.composite
    def draw(draw: st.DrawFn) -> Decimal:
        places = draw(st.integers(0, MOST_DIGITS))
        scale = 10**places
        drawn = draw(st.integers(ceil(low * scale), floor(high * scale)))
        exact = Decimal((int(drawn < 0), tuple(map(int, str(abs(drawn)))), -places))
        # With 28 digits of context, normalising would round.
        return exact.normalize() if draw(st.booleans()) and len(exact.as_tuple().digits) <= 28 else exact

    return draw()


def value(shape: Shape, *, asked: bool) -> SearchStrategy[Any]:
    """Values of a shape.

    Args:
        shape: what they look like.
        asked: whether they keep to what a command accepts; a fact may hold more.
    """
    if shape.plain is Plain.LIST:
        limit = limit_of(shape)
        least, most = (limit.least, min(limit.most, limit.least + 4)) if asked else (0, 4)
        return st.lists(value(shape.inside[0], asked=asked), min_size=least, max_size=most).map(tuple)
    if shape.plain is Plain.PAIR:
        return st.tuples(*(value(inside, asked=asked) for inside in shape.inside))
    if asked and shape.plain in _BOUNDED:
        return _BOUNDED[shape.plain](shape)
    return _ANY[shape.plain]


_ANY: dict[Plain, SearchStrategy[Any]] = {
    Plain.TEXT: st.text(LETTERS, max_size=40),
    Plain.INTEGER: integers(),
    Plain.DECIMAL: decimals(),
    Plain.BOOLEAN: st.booleans(),
    Plain.DATE: st.dates(),
    Plain.MOMENT: MOMENT,
    Plain.ID: ID,
}
_BOUNDED: dict[Plain, Callable[[Shape], SearchStrategy[Any]]] = {
    Plain.TEXT: lambda shape: text(limit_of(shape).least, limit_of(shape).most),
    Plain.INTEGER: lambda shape: integers(shape.bounds.least, shape.bounds.most),
    Plain.DECIMAL: lambda shape: decimals(shape.bounds.least, shape.bounds.most),
    Plain.CHOICE: lambda shape: st.sampled_from(shape.choices),
}


def fact(declared: FactType) -> SearchStrategy[Fact]:
    """Facts of a declared kind: whatever history may hold."""
    made: SearchStrategy[Fact] = st.builds(
        declared.cls, **{spec.name: _or_none(spec, value(spec.shape, asked=False)) for spec in declared.fields}
    )
    return made


def command(declared: CommandType) -> SearchStrategy[Command]:
    """Commands of a declared kind, none of them nonsense."""
    made: SearchStrategy[Command] = st.builds(
        declared.cls, **{spec.name: _or_none(spec, value(spec.shape, asked=True)) for spec in declared.fields}
    )
    return made


def draft(declared: FactType, stream: UUID | None = None) -> SearchStrategy[Draft]:
    """Facts of a declared kind on their way to the log."""
    kind = declared.name.partition(".")[0]
    return st.builds(
        Draft,
        stream=st.builds(StreamRef, st.just(kind), ID if stream is None else st.just(stream)),
        fact=fact(declared),
        occurred_at=MOMENT,
        fact_id=ID,
        source=st.none() | PROVENANCE,
        reason=st.none() | NAME,
    )


def _or_none(spec: FieldSpec, values: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | values if spec.optional else values
