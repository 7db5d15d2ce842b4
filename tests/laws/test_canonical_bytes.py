"""The stored body is canonical and final, and nothing of a fact is lost in it."""

import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain import declared
from domain.kernel import json_schema
from domain.kernel.envelope import Caller
from domain.kernel.facts import fact_type
from domain.kernel.streams import StreamRef
from domain.log.codec import SHUT, Draft, Place, canonical, decode, encode, happenings
from domain.log.contract import NewFact, Row
from tests.strategies import CALLER, draft

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAME = st.text(string.printable)
VALUE = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
DOCUMENT = st.dictionaries(
    NAME, st.recursive(VALUE, lambda inner: st.lists(inner) | st.dictionaries(NAME, inner), max_leaves=20)
)

FACTS = declared.facts()
ANY_FACT = st.sampled_from(list(FACTS.values())).flatmap(draft)
MANY = settings(max_examples=4 * settings().max_examples)  # for there are many kinds of facts
NOBODY = Caller(actor=UUID(int=0), organisation=UUID(int=0), correlation=UUID(int=0))


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(
        json_schema.body_schema(name, FACTS[name].version), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


class Book:
    """A sealer that keeps the texts in a book of its own and gives out page numbers."""

    def __init__(self) -> None:
        self.pages: list[tuple[UUID, str, Place]] = []

    def seal(self, subject: UUID, text: str, place: Place) -> dict[str, Any]:
        self.pages.append((subject, text, place))
        return {"s": subject, "k": 1, "n": "", "c": str(len(self.pages) - 1)}

    def open(self, sealed: dict[str, Any], place: Place) -> str:
        subject, text, sealed_at = self.pages[int(sealed["c"])]
        assert (str(subject), sealed_at) == (sealed["s"], place)
        return text


def row(stored: NewFact) -> Row:
    return Row(
        7, stored.stream, stored.kind, 3, stored.fact_key, stored.type, stored.occurred_at, 86_400_000_000, stored.body
    )


@given(DOCUMENT)
def test_what_we_write_is_the_canonical_form_of_rfc_8785(document: dict[str, Any]) -> None:
    assert canonical(document) == rfc8785.dumps(document)


@MANY
@given(said=ANY_FACT, caller=CALLER)
def test_a_body_is_canonical(said: Draft, caller: Caller) -> None:
    body = encode(said, caller, Book()).body

    assert body == rfc8785.dumps(msgspec.json.decode(body))


@MANY
@given(said=ANY_FACT, caller=CALLER)
def test_a_fact_is_read_as_it_was_said(said: Draft, caller: Caller) -> None:
    book = Book()
    stored = row(encode(said, caller, book))

    read = decode(stored, book)

    declared_as = fact_type(said.fact)
    assert (read.fact, read.id, read.stream) == (said.fact, said.fact_id, said.stream)
    assert (read.type, read.version) == (declared_as.name, declared_as.version)
    assert (read.occurred_at, read.occurred_at.utcoffset()) == (said.occurred_at, said.occurred_at.utcoffset())
    assert (read.source, read.reason) == (said.source, said.reason)
    said_by = Caller(
        actor=read.actor, organisation=read.organisation, correlation=read.correlation, causation=read.causation
    )
    assert said_by == caller
    assert encode(said._replace(fact=read.fact), caller, Book()).body == stored.body


@MANY
@given(said=ANY_FACT, caller=CALLER)
def test_folding_reads_the_same_fact_with_personal_fields_shut(said: Draft, caller: Caller) -> None:
    stored = row(encode(said, caller, Book()))

    (happening,) = happenings([stored])

    read = decode(stored)
    assert (happening.fact, happening.id, happening.position) == (read.fact, read.id, read.position)
    assert happening.occurred_at == read.occurred_at
    for field in fact_type(said.fact).personal:
        assert getattr(read.fact, field.name) in {None, SHUT}


@MANY
@given(said=ANY_FACT, caller=CALLER)
def test_a_body_fits_its_published_schema(said: Draft, caller: Caller) -> None:
    stored = encode(said, caller, Book())

    assert [fault.message for fault in validator(stored.type).iter_errors(msgspec.json.decode(stored.body))] == []


@pytest.mark.parametrize("name", [name for name, each in FACTS.items() if each.personal])
@given(data=st.data(), caller=CALLER)
def test_a_personal_text_never_stands_in_a_body(name: str, data: st.DataObject, caller: Caller) -> None:
    book = Book()
    said: Draft = data.draw(draft(FACTS[name]))
    marked = {field.name: f"secret-{field.name}-\N{SNOWMAN}" for field in FACTS[name].personal}
    said = said._replace(fact=replace(said.fact, **marked))  # type: ignore[type-var]  # every fact is a dataclass

    body = encode(said, caller, book).body

    assert [text for _, text, _ in book.pages] == list(marked.values())
    assert not [text for text in marked.values() if text.encode() in body]


def ids_in(value: object) -> Iterator[UUID]:
    """Yield every id in a value, also those in pairs and lists."""
    if isinstance(value, UUID):
        yield value
    for each in value if isinstance(value, tuple) else ():
        yield from ids_in(each)


@MANY
@given(said=ANY_FACT, caller=CALLER)
def test_every_other_stream_that_a_fact_names_is_among_its_subjects_once(said: Draft, caller: Caller) -> None:
    stored = row(encode(said, caller, Book()))

    subjects = decode(stored).subjects

    named: set[StreamRef] = set()
    for field in fact_type(said.fact).referring:
        value = getattr(said.fact, field.name)
        kind = field.refers or "equipment"  # units of a release stand in pairs with their positions
        named |= {StreamRef(kind, each) for each in ids_in(value)}
    assert set(subjects) == named - {said.stream}
    assert len(set(subjects)) == len(subjects)


def test_a_fact_that_names_its_own_stream_has_it_not_among_its_subjects() -> None:
    own = StreamRef("equipment", UUID(int=1))
    fact = FACTS["equipment.unit_installed"].cls(unit_id=own.id, slot="a")

    assert encode(Draft(own, fact, datetime(2026, 1, 1, tzinfo=UTC), UUID(int=2)), NOBODY, Book()).subjects == ()
