from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain import declared
from domain.kernel.commands import COMMANDS, command
from domain.kernel.facts import event, upcast
from domain.kernel.fields import shape_of
from domain.kernel.json_schema import body_schema, command_schema, fact_schema, shape_schema, written
from domain.kernel.marks import Bounds, Example, Length, Meaning, Personal, Refers, Unit
from tests import strategies

FACTS = declared.facts()
ASKED = declared.commands()


def says(schema: dict[str, Any], value: object) -> bool:
    """Whether a schema takes a value."""
    return bool(Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(value))


@pytest.mark.parametrize("name", FACTS)
def test_schemas_of_facts_are_schemas_and_say_where_they_are_published(name: str) -> None:
    version = FACTS[name].version
    for schema in (fact_schema(name, version), body_schema(name, version)):
        Draft202012Validator.check_schema(schema)
    assert fact_schema(name, version)["$id"] == f"/v1/schemas/{name}/{version}"


@pytest.mark.parametrize("name", ASKED)
def test_schemas_of_commands_are_schemas_and_closed(name: str) -> None:
    schema = command_schema(ASKED[name])

    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("name", ASKED)
@given(data=st.data())
def test_every_command_can_be_written_so_that_its_schema_takes_it(name: str, data: st.DataObject) -> None:
    asked = data.draw(strategies.command(ASKED[name]))
    document = {field.name: written(getattr(asked, field.name)) for field in ASKED[name].fields}

    assert says(command_schema(ASKED[name]), document)
    assert not says(command_schema(ASKED[name]), document | {"unknown": 1})


@pytest.mark.parametrize("name", [*FACTS, *ASKED])
def test_every_example_is_one(name: str) -> None:
    for declaration, bounded in ((FACTS.get(name), False), (ASKED.get(name), True)):
        for field in declaration.fields if declaration else ():
            if field.example is not None and field.personal is None:
                assert says(shape_schema(field.shape, bounded=bounded), field.example), field.name


@pytest.mark.usefixtures("forgotten")
def test_a_fact_on_record_is_described_and_never_refused() -> None:
    @event("thing.seen", version=2)
    class _Seen:
        """The thing was seen."""

        person: Annotated[UUID, Refers("thing"), Meaning("Who saw it.")]
        name: Annotated[str, Personal("person"), Length(1, 5), Meaning("Name.")]
        weight: Annotated[Decimal, Unit("kg"), Bounds(least=0), Example("1.5")]
        slots: tuple[tuple[str, int], ...] = ()

    class _Before:
        person: UUID

    upcast("thing.seen", 1, was=_Before)(dict)

    schema = fact_schema("thing.seen", 2)
    person, name, weight, slots = schema["properties"].values()
    assert schema["required"] == ["person", "name", "weight"]
    assert "additionalProperties" not in schema
    assert person == {"type": "string", "format": "uuid", "description": "Who saw it.", "x-refers": "thing"}
    assert weight["x-unit"] == "kg"
    assert weight["examples"] == ["1.5"]
    assert not {"x-minimum", "minimum"} & set(weight)
    assert name["x-personal"] == "person"
    assert says(name, "longer than five")
    assert says(name, {"$sealed": {"s": str(UUID(int=1)), "k": 1, "n": "", "c": ""}})
    assert not says(name, {"$sealed": {}})
    assert slots["default"] == []
    assert says(slots, [["a", 1]])
    assert not says(slots, [["a", 1, 2]])
    assert not says(slots, [[1, "a"]])
    assert list(fact_schema("thing.seen", 1)["properties"]) == ["person"]
    with pytest.raises(KeyError):
        fact_schema("thing.seen", 3)


@pytest.mark.usefixtures("forgotten")
def test_a_command_says_what_it_refuses() -> None:
    @command("thing.see", decides=("thing",))
    class _See:
        """See the thing."""

        thing: Annotated[UUID, Refers("thing")]
        name: Annotated[str, Length(1, 5)]
        weight: Annotated[Decimal, Bounds(least=0, most=9)]
        count: Annotated[int, Bounds(least=1)] = 1
        kind: Literal["a", "b"] | None = None
        parts: Annotated[tuple[str, ...], Length(0, 2)] = ()

        def decide(self, _state: object) -> list[object]:
            return []

    _, name, weight, count, kind, parts = command_schema(COMMANDS["thing.see"])["properties"].values()
    assert (name["minLength"], name["maxLength"]) == (1, 5)
    assert (weight["x-minimum"], weight["x-maximum"]) == ("0", "9")
    assert (count["minimum"], count["maximum"], count["default"]) == (1, 2**53 - 1, 1)
    assert says(kind, None)
    assert says(kind, "a")
    assert not says(kind, "c")
    assert (parts["minItems"], parts["maxItems"], parts["items"]["maxLength"]) == (0, 2, 1000)
    assert command_schema(COMMANDS["thing.see"], without=["thing"])["required"] == ["name", "weight"]


@pytest.mark.parametrize(
    ("annotation", "taken", "refused"),
    [
        (Decimal, ["0", "-0.5", "900.50", "9" * 18], ["", ".5", "5.", "05", "1e3", "+1", "NaN", "\u0661", "9" * 19]),
        (
            datetime,
            ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.123456+05:45", "2024-02-29T00:00:00-00:30"],
            [
                "2024-02-29",
                "2024-02-29T23:59:59",
                "2024-02-29 23:59:59Z",
                "2024-02-29T24:00:00Z",
                "2024-02-29T23:59:59-00:00",
                "2024-02-29T23:59:59.1234567Z",
                "2024-02-29T23:59:59+24:00",
            ],
        ),
        (date, ["2024-02-29"], ["20240229", "2024-2-29", "2024-W09-4"]),
        (UUID, [str(UUID(int=1))], [UUID(int=1).hex, f"{{{UUID(int=1)}}}", str(UUID(int=2**128 - 1)).upper()]),
    ],
)
def test_what_is_asked_is_written_in_one_form(annotation: Any, taken: list[str], refused: list[str]) -> None:
    schema = shape_schema(shape_of(annotation)[0], bounded=True)

    assert [value for value in taken if not says(schema, value)] == []
    assert [value for value in refused if says(schema, value)] == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=-9, minutes=-30))), "2024-02-29T00:00:00-09:30"),
        (date(2024, 2, 29), "2024-02-29"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ((("a", Decimal(1)),), [["a", "1"]]),
        (None, None),
        (True, True),
        (7, 7),
    ],
)
def test_values_are_written_as_they_are_stored(value: object, text: object) -> None:
    assert written(value) == text
