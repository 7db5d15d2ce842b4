"""A text that harms whoever reads it does not come in, wherever it stands; what is on record loads as it is."""

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from api.fields import faults, schema_of
from domain import declared
from domain.kernel.commands import CommandType
from domain.kernel.fields import FieldSpec, Plain, Shape
from domain.kernel.json_schema import written
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef
from domain.kernel.telling import telling
from domain.kernel.values import check_words, limit_of
from tests.strategies import TURNS, value

HARMFUL = "\n\r\t\x00\x1b\x7f\x85\u2028\u2029" + TURNS
UNSEEN = "\u200b\u200d\u2060\ufeff\ufe0f\u034f\u3164\u2800 \u00a0"
_MORE = st.text("a7-\u0645\u200b ", max_size=3)
TEXTS = st.builds("{}{}{}".format, _MORE, st.sampled_from(HARMFUL + UNSEEN) | st.characters(), _MORE)
READ_AS_THEY_ARE = {
    "Arabic": "مضخة ٣",
    "Persian, with a joiner that keeps letters apart": "نمی\u200cشود",
    "Hebrew beside digits": "משאבה־7",
    "mixed, with a mark of direction": "PX-7 \u200fמשאבה",
    "Thai": "ปั๊มน้ำ",
    "Japanese": "クレーン\u30005号",
    "Hindi, with a joiner": "क\u094d\u200dष",
    "an accent of its own": "e\u0301-7",
    "emoji that are joined": "👩🏽\u200d🔧\ufe0f 7",
    "a flag": "🏴\U000e0067\U000e0062\U000e007f",
    "letters of tomorrow": "\U000107bb",
}


class Said(NamedTuple):
    """A command in which a text stands wherever one field has room for it."""

    kind: CommandType
    field: FieldSpec
    values: dict[str, Any]
    is_right: bool


def is_fit(text: str) -> bool:
    """Return whether a text shows something and harms nobody, said again in other words."""
    kinds = [unicodedata.category(each) for each in text]
    seen = {each for each, kind in zip(text, kinds, strict=True) if kind not in {"Cf", "Mn", "Me", "Zs"}}
    return (
        not {"Cc", "Cs", "Zl", "Zp"} & {*kinds}
        and not {*TURNS} & {*text}
        and bool(seen - {*"\u115f\u1160\u2800\u3164\uffa0"})
    )


def texts_in(shape: Shape) -> Iterator[Shape]:
    if shape.plain is Plain.TEXT:
        yield shape
    for inside in shape.inside:
        yield from texts_in(inside)


def around(shape: Shape, text: str) -> st.SearchStrategy[Any]:
    """Return values of a shape in which the text stands wherever a text may."""
    if not any(texts_in(shape)):
        return value(shape, asked=True)
    if shape.plain is Plain.LIST:
        return around(shape.inside[0], text).map(lambda member: (member,))
    return st.tuples(*(around(inside, text) for inside in shape.inside)) if shape.inside else st.just(text)


FIELDS = [(kind, each) for kind in declared.commands().values() for each in kind.fields if any(texts_in(each.shape))]
TOLD = [(kind, each) for kind, each in FIELDS if kind.tells and hasattr(kind.tells, each.name)]


@st.composite
def said(draw: st.DrawFn, among: list[tuple[CommandType, FieldSpec]]) -> Said:
    kind, field = draw(st.sampled_from(among))
    text = draw(TEXTS)
    values = {each.name: draw(value(each.shape, asked=True)) for each in kind.fields}
    values[field.name] = draw(around(field.shape, text))
    limits = [limit_of(each) for each in texts_in(field.shape)]
    is_right = is_fit(text) and all(each.least <= len(text) <= each.most for each in limits)
    return Said(kind, field, values, is_right)


@settings(max_examples=4 * settings().max_examples)
@given(said(FIELDS))
def test_no_command_holds_such_a_text(said: Said) -> None:
    wrong = None
    try:
        said.kind.cls(**said.values)
    except Nonsense as nonsense:
        wrong = nonsense.field.partition("/")[0]
    assert wrong == (None if said.is_right else said.field.name)


@settings(max_examples=4 * settings().max_examples)
@given(said(FIELDS))
def test_the_interface_refuses_it_and_names_the_field(said: Said) -> None:
    wrong = set()
    try:
        schema_of(said.kind.cls)().load({name: written(each) for name, each in said.values.items()})
    except ValidationError as error:
        wrong = {fault.pointer.split("/")[1] for fault in faults(error.messages)}
    assert wrong == (set() if said.is_right else {said.field.name})


@settings(max_examples=4 * settings().max_examples)
@given(said(TOLD))
def test_a_fact_loads_with_it_and_is_not_told_with_it(said: Said) -> None:
    assert said.kind.tells is not None
    fields = {each.name for each in said.kind.tells.fact_type.fields}  # type: ignore[attr-defined]  # set by @event
    fact = said.kind.tells(**{name: each for name, each in said.values.items() if name in fields})
    assert getattr(fact, said.field.name) == said.values[said.field.name]
    wrong = None
    try:
        telling(StreamRef(said.kind.kinds[0] if said.kind.kinds else "equipment", UUID(int=1)), fact)
    except Nonsense as nonsense:
        wrong = nonsense.field.partition("/")[0]
    assert wrong == (None if said.is_right else said.field.name)


@pytest.mark.parametrize("text", READ_AS_THEY_ARE.values(), ids=READ_AS_THEY_ARE)
def test_every_script_comes_in(text: str) -> None:
    check_words("name", text)
    assert is_fit(text)


@pytest.mark.parametrize("text", [*HARMFUL, *UNSEEN, "PX\n7", "7\u202e12", "\ud83d", "\u200b\u200b", ""], ids=ascii)
def test_nothing_harmful_or_unseen_comes_in(text: str) -> None:
    with pytest.raises(Nonsense, match=r"name: (is blank|has U\+)"):
        check_words("name", text)
