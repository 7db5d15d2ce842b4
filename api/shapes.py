"""What answers have in common: moments, readings, versions, contradictions, pages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from api.asking import Past
from domain.application.states import StateAnswer
from domain.kernel.folding import Contradiction
from domain.kernel.moments import from_micros

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
MOMENT = "2024-05-01T08:00:00Z"


def described(text: str, example: object = None, **more: object) -> dict[str, Any]:
    """Return what the document says of a field."""
    return {"description": text, **({} if example is None else {"examples": [example]}), **more}


class ReadingSchema(Schema):
    """A number with its unit of measurement."""

    value = fields.String(
        required=True, metadata=described("A decimal number, written as text so that it stays exact.", "900.5")
    )
    unit = fields.String(required=True, metadata=described("Symbol of the unit: h is hours of operation.", "h"))


class ContradictionSchema(Schema):
    """A fact on record that the rules would refuse at its place: after an error declaration, or by import."""

    fact = fields.UUID(required=True, metadata=described("Id of the fact.", ID))
    code = fields.String(required=True, metadata=described("Code of the refusal.", "not-certified"))
    sentence = fields.String(required=True, metadata=described("What does not fit, in one sentence."))


class StateSchema(Schema):
    """What every state says of itself."""

    version = fields.Integer(
        required=True, metadata=described("Facts on record in its stream, as known then: the version to expect.", 17)
    )
    as_of = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata=described("The moment that was asked for; null: all on record.", MOMENT),
    )
    known_at = fields.Integer(
        required=True,
        allow_none=True,
        metadata=described("The position of the log up to which facts were known; null: all on record.", 4711),
    )
    contradictions = fields.List(
        fields.Nested(ContradictionSchema),
        required=True,
        metadata={"description": "Facts on record that do not fit the others."},
    )


class PageSchema(Schema):
    """What every page says of itself; the header `Link` leads to the others."""

    position = fields.Integer(
        required=True, metadata=described("As known at this position of the log: the same on all pages.", 4711)
    )
    count = fields.Integer(metadata=described("How many members all pages have, if `count` was asked for.", 200))


def page_schema(name: str, member: type[Schema], meaning: str, **more: fields.Field[Any]) -> type[PageSchema]:
    """Return the schema of pages of one kind of member."""
    items = fields.List(fields.Nested(member), required=True, metadata={"description": "The members of the page."})
    made: type[PageSchema] = type(f"{name}Schema", (PageSchema,), {"items": items, **more, "__doc__": meaning})
    return made


def member_of(schema: type[PageSchema]) -> type[Schema]:
    """Return the schema of the members of pages."""
    items = schema._declared_fields["items"]  # noqa: SLF001  the fields of a class, by their names
    assert isinstance(items, fields.List)
    assert isinstance(items.inner, fields.Nested)
    return type(items.inner.schema)


def state_of(answer: StateAnswer, past: Past) -> dict[str, Any]:
    """Return what a state says of itself."""
    return {
        "version": answer.version,
        "as_of": past.as_of,
        "known_at": past.known_at,
        "contradictions": contradictions_of(answer.contradictions),
    }


def contradictions_of(found: Iterable[Contradiction]) -> list[dict[str, str]]:
    """Return the facts that do not fit, as they are shown."""
    return [{"fact": str(each.fact), "code": each.refusal.code, "sentence": each.refusal.sentence()} for each in found]


def hours(value: str) -> dict[str, str]:
    """Return a reading in hours of operation."""
    return {"value": value, "unit": "h"}


def moment_of(micros: int | None) -> datetime | None:
    """Return a moment as it is shown."""
    return None if micros is None else from_micros(micros)
