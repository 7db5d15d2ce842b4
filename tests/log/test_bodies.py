"""Bodies of other versions: older ones are read as the present one, newer ones are not guessed at."""

from collections.abc import Iterator
from typing import Annotated, Any
from unittest.mock import patch
from uuid import UUID

import pytest

from domain.kernel import facts
from domain.kernel.facts import event, upcast
from domain.kernel.marks import Personal
from domain.kernel.streams import StreamRef
from domain.log.codec import SHUT, NotUnderstood, Place, canonical, decode, happenings
from domain.log.contract import Row

SOMEONE, FACT, STREAM = UUID(int=1), UUID(int=2), StreamRef("thing", UUID(int=3))


class Places:
    """A sealer that seals nothing and reads as a text the place at which it opens."""

    def seal(self, subject: UUID, text: str, place: Place) -> dict[str, Any]:
        raise AssertionError((subject, text, place))

    def open(self, sealed: dict[str, Any], place: Place) -> str:
        return f"{sealed['c']} at {place.stream} {place.fact_id} {place.path}"


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Forget what a test declares."""
    with patch.dict(facts.FACTS), patch.dict(facts._UPCASTS), patch.dict(facts._FORMER):
        yield


def row(name: str, data: dict[str, Any], *, version: int = 1, body_format: int = 1) -> Row:
    body = {
        "actor": SOMEONE,
        "correlation": SOMEONE,
        "data": data,
        "format": body_format,
        "id": FACT,
        "occurred_at": "2026-01-01T00:00:00Z",
        "organisation": SOMEONE,
        "stream": str(STREAM),
        "subjects": ["kind_of_later:00000000-0000-0000-0000-000000000009"],
        "type": name,
        "version": version,
    }
    return Row(1, STREAM.id, STREAM.kind, 1, FACT, name, 0, 0, canonical(body))


def declare(name: str) -> None:
    @event(name)
    class _Seen:
        """The thing was seen."""

        place: str
        light: str = "day"


def test_a_field_that_is_not_in_an_older_body_has_its_default() -> None:
    declare("thing.seen_plainly")

    stored = row("thing.seen_plainly", {"place": "a"})

    assert decode(stored).fact == happenings([stored])[0].fact
    assert decode(stored).fact.light == "day"  # type: ignore[attr-defined]  # a fact of the kind above


@pytest.mark.parametrize("shape", ["of another version", "in another format", "of a kind that is not known"])
def test_a_body_that_a_newer_writer_made_is_not_guessed_at(shape: str) -> None:
    name = f"thing.seen_{shape.replace(' ', '_')}"
    if shape != "of a kind that is not known":
        declare(name)
    version, body_format = (2, 1) if "version" in shape else (1, 2) if "format" in shape else (1, 1)
    stored = row(name, {"place": "a"}, version=version, body_format=body_format)

    with pytest.raises(NotUnderstood, match=name):
        decode(stored)
    with pytest.raises(NotUnderstood, match=name):
        happenings([stored])


def test_a_sealed_field_that_got_another_name_opens_under_the_name_of_its_day() -> None:
    @event("thing.signed", version=2)
    class _Signed:
        """The thing was signed."""

        person: UUID
        signatory: Annotated[str, Personal("person")]

    class _Before:
        person: UUID
        name: Annotated[str, Personal("person")]

    @upcast("thing.signed", 1, was=_Before)
    def _renamed(data: dict[str, Any]) -> dict[str, Any]:
        return {"person": data["person"], "signatory": data["name"]}

    stored = row("thing.signed", {"person": SOMEONE, "name": {"$sealed": {"c": "text"}}})

    assert decode(stored, Places()).fact == _Signed(person=SOMEONE, signatory=f"text at {STREAM} {FACT} name")
    assert decode(stored).fact == happenings([stored])[0].fact == _Signed(person=SOMEONE, signatory=SHUT)


def test_a_subject_of_a_kind_that_is_not_known_here_is_no_fault() -> None:
    declare("thing.seen_with_others")

    assert decode(row("thing.seen_with_others", {"place": "a"})).subjects == (StreamRef("kind_of_later", UUID(int=9)),)


def test_a_body_is_read_as_what_it_says_itself_whatever_the_column_says() -> None:
    declare("thing.seen_early")
    declare("thing.seen_late")
    told = row("thing.seen_late", {"place": "hall"})
    read = decode(told._replace(type="thing.seen_early"))
    assert (read, read.type) == (decode(told), "thing.seen_late")
