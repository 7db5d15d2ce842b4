"""The stored body is canonical and final, and nothing of a fact is lost in it."""

import string
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain import declared
from domain.kernel import json_schema
from domain.kernel.envelope import Caller
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


@pytest.mark.parametrize("name", FACTS)
@given(data=st.data(), caller=CALLER)
def test_a_body_is_canonical(name: str, data: st.DataObject, caller: Caller) -> None:
    body = encode(data.draw(draft(FACTS[name])), caller, Book()).body

    assert body == rfc8785.dumps(msgspec.json.decode(body))


@pytest.mark.parametrize("name", FACTS)
@given(data=st.data(), caller=CALLER)
def test_a_fact_is_read_as_it_was_said(name: str, data: st.DataObject, caller: Caller) -> None:
    book = Book()
    said: Draft = data.draw(draft(FACTS[name]))
    stored = row(encode(said, caller, book))

    read = decode(stored, book)

    assert (read.fact, read.id, read.stream, read.type) == (said.fact, said.fact_id, said.stream, name)
    assert (read.occurred_at, read.occurred_at.utcoffset()) == (said.occurred_at, said.occurred_at.utcoffset())
    assert (read.source, read.reason, read.version) == (said.source, said.reason, FACTS[name].version)
    assert (
        Caller(actor=read.actor, organisation=read.organisation, correlation=read.correlation, causation=read.causation)
        == caller
    )
    assert encode(said._replace(fact=read.fact), caller, Book()).body == stored.body


@pytest.mark.parametrize("name", FACTS)
@given(data=st.data(), caller=CALLER)
def test_folding_reads_the_same_fact_with_personal_fields_shut(name: str, data: st.DataObject, caller: Caller) -> None:
    stored = row(encode(data.draw(draft(FACTS[name])), caller, Book()))

    (happening,) = happenings([stored])

    read = decode(stored)
    assert (happening.fact, happening.id, happening.position) == (read.fact, read.id, read.position)
    assert happening.occurred_at == read.occurred_at
    for field in FACTS[name].personal:
        assert getattr(read.fact, field.name) in {None, SHUT}


@pytest.mark.parametrize("name", FACTS)
@given(data=st.data(), caller=CALLER)
def test_a_body_fits_its_published_schema(name: str, data: st.DataObject, caller: Caller) -> None:
    stored = encode(data.draw(draft(FACTS[name])), caller, Book())
    validator = Draft202012Validator(
        json_schema.body_schema(name, FACTS[name].version), format_checker=Draft202012Validator.FORMAT_CHECKER
    )

    assert [fault.message for fault in validator.iter_errors(msgspec.json.decode(stored.body))] == []


@pytest.mark.parametrize("name", [name for name, each in FACTS.items() if each.personal])
@given(data=st.data(), caller=CALLER)
def test_a_personal_text_never_stands_in_a_body(name: str, data: st.DataObject, caller: Caller) -> None:
    book = Book()
    said: Draft = data.draw(draft(FACTS[name]))
    marked = {field.name: f"secret-{field.name}-\N{SNOWMAN}" for field in FACTS[name].personal}
    said = said._replace(fact=replace(said.fact, **marked))  # type: ignore[type-var]  # every fact is a dataclass

    body = encode(said, caller, book).body

    assert [text for _, text, _ in book.pages] == list(marked.values())
    assert b"secret" not in body


@given(st.data())
def test_every_stream_that_a_fact_names_is_among_its_subjects_once(data: st.DataObject) -> None:
    said: Draft = data.draw(st.sampled_from(list(FACTS.values())).flatmap(draft))
    caller = data.draw(CALLER)

    stored = row(encode(said, caller, Book()))

    subjects = decode(stored, None).subjects
    named = {
        StreamRef(field.refers, getattr(said.fact, field.name))
        for field in FACTS[stored.type].fields
        if field.refers and getattr(said.fact, field.name) is not None
    }
    assert set(subjects) == named - {said.stream}
    assert len(set(subjects)) == len(subjects)
