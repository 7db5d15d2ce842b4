"""Every version of every fact that was ever declared loads for ever, from bytes that nobody touches."""

from itertools import chain

import msgspec
import pytest
from jsonschema import Draft202012Validator

from domain import declared
from domain.kernel import json_schema
from domain.kernel.envelope import Caller
from domain.log.codec import Draft, decode, encode, happenings
from domain.log.contract import Row
from tests.history.freeze import CODES, FOLDER, PlainSeals, codes, digest, manifest, sample_path

FACTS = declared.facts()
VERSIONS = [(name, version) for name, fact in FACTS.items() for version in range(1, fact.version + 1)]
OCCURRED_AT = 1_709_230_499_120_000
"""2024-02-29T23:59:59.12+05:45, the moment of every sample."""
PRESENT = [(name, fact.version) for name, fact in FACTS.items()]


def row(name: str, version: int) -> Row:
    body = sample_path(name, version).read_bytes()
    envelope = msgspec.json.decode(body)
    kind, _, stream = envelope["stream"].partition(":")
    return msgspec.convert((1, stream, kind, 1, envelope["id"], name, OCCURRED_AT, 0, body), Row)


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_every_version_of_every_fact_has_a_frozen_sample(name: str, version: int) -> None:
    assert sample_path(name, version).exists(), "python -m tests.history.freeze"


def test_no_sample_was_ever_changed_added_by_hand_or_taken_away() -> None:
    assert {path.name: digest(path) for path in FOLDER.glob("*.json")} == manifest()


def test_every_sample_is_of_a_fact_that_is_still_declared() -> None:
    assert set(manifest()) == {sample_path(*each).name for each in VERSIONS}


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_every_sample_loads_in_its_present_version(name: str, version: int) -> None:
    stored = row(name, version)

    read = decode(stored, PlainSeals())

    assert (type(read.fact), read.type, read.version) == (FACTS[name].cls, name, version)
    assert [each.fact for each in happenings([stored])] == [decode(stored).fact]
    for field in FACTS[name].personal:
        assert getattr(read.fact, field.name).startswith(f"{field.name} of ")


@pytest.mark.parametrize(("name", "version"), PRESENT)
def test_what_was_stored_would_be_stored_in_the_same_bytes_today(name: str, version: int) -> None:
    stored = row(name, version)
    read = decode(stored, PlainSeals())
    caller = Caller(
        actor=read.actor, organisation=read.organisation, correlation=read.correlation, causation=read.causation
    )

    today = encode(
        Draft(read.stream, read.fact, read.occurred_at, read.id, read.source, read.reason), caller, PlainSeals()
    )

    assert today.body == stored.body
    assert today.occurred_at == stored.occurred_at


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_every_sample_fits_the_schema_of_its_version(name: str, version: int) -> None:
    validator = Draft202012Validator(
        json_schema.body_schema(name, version), format_checker=Draft202012Validator.FORMAT_CHECKER
    )

    assert list(validator.iter_errors(msgspec.json.decode(row(name, version).body))) == []


def test_every_field_of_a_present_version_is_in_its_sample() -> None:
    missing = chain.from_iterable(
        {field.name for field in FACTS[name].fields} - set(msgspec.json.decode(row(name, version).body)["data"])
        for name, version in PRESENT
    )

    assert list(missing) == [], "a field was added: give the fact a new version, or freeze a sample with the field"


def test_no_code_of_a_refusal_was_ever_changed_or_given_up() -> None:
    assert set(CODES.read_text(encoding="utf-8").split()) == codes(), "python -m tests.history.freeze"
