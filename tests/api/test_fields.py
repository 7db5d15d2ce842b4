"""Requests load without coercion, exactly as the command itself would take or refuse them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from api.fields import Fault, document_value, faults, schema_of
from domain import declared
from domain.kernel.commands import COMMANDS, command
from domain.kernel.json_schema import command_schema, written
from domain.kernel.marks import Bounds, Length, Meaning, Refers, Unit
from domain.kernel.refusals import Nonsense
from tests import strategies

ASKED = declared.commands()
ITEM = UUID(int=7)


@command("thing.test", decides=("item",))
class TryThing:
    """Try the thing."""

    item: Annotated[UUID, Refers("thing")]
    text: Annotated[str, Length(1, 5), Meaning("A text.")] = "a"
    count: Annotated[int, Bounds(least=0, most=9)] = 1
    weight: Annotated[Decimal, Unit("kg"), Bounds(least=0, most=9)] = Decimal(1)
    sure: bool = True
    day: date = date(2024, 2, 29)
    moment: datetime = datetime(2024, 2, 29, tzinfo=UTC)
    kind: Literal["a", "b"] = "a"
    texts: Annotated[tuple[Annotated[str, Length(1, 5)], ...], Length(0, 2)] = ()
    pairs: tuple[tuple[str, Annotated[int, Bounds(least=0, most=9)]], ...] = ()
    note: str | None = None

    def decide(self, _state: object) -> list[object]:
        """Return nothing."""
        return []


del COMMANDS["thing.test"]  # it is declared for these tests only
SCHEMA = schema_of(TryThing, without=frozenset({"item"}))()


def refused(body: Any) -> list[Fault]:
    with pytest.raises(ValidationError) as fault:
        SCHEMA.load(body)
    return list(faults(fault.value.messages))


@pytest.mark.parametrize(
    ("name", "value", "loaded"),
    [
        ("text", "\u0436\U0001f527", "\u0436\U0001f527"),
        ("count", 0, 0),
        ("weight", "9.00", Decimal("9.00")),
        ("weight", "-0", Decimal("-0")),
        ("sure", False, False),
        ("day", "2026-11-21", date(2026, 11, 21)),
        ("moment", "2026-11-21T08:00:00Z", datetime(2026, 11, 21, 8, tzinfo=UTC)),
        (
            "moment",
            "2026-11-21T08:00:00.1234560+05:45",
            datetime(2026, 11, 21, 8, 0, 0, 123_456, timezone(timedelta(hours=5, minutes=45))),
        ),
        ("kind", "b", "b"),
        ("texts", ["a", "b"], ("a", "b")),
        ("pairs", [["a", 1]], (("a", 1),)),
        ("note", None, None),
    ],
)
def test_a_value_loads_as_what_it_is(name: str, value: object, loaded: object) -> None:
    assert SCHEMA.load({name: value}) == {name: loaded}
    assert getattr(TryThing(item=ITEM, **SCHEMA.load({name: value})), name) == loaded


@pytest.mark.parametrize(
    ("name", "value", "pointer"),
    [
        ("text", 1, "/text"),
        ("text", None, "/text"),
        ("text", "", "/text"),
        ("text", "abcdef", "/text"),
        ("text", "a\x00", "/text"),
        ("text", "\ud83d", "/text"),
        ("count", "1", "/count"),
        ("count", True, "/count"),
        ("count", 1.0, "/count"),
        ("count", 10, "/count"),
        ("count", 2**53, "/count"),
        ("weight", 1, "/weight"),
        ("weight", 1.5, "/weight"),
        ("weight", "1e3", "/weight"),
        ("weight", "NaN", "/weight"),
        ("weight", "\u0661", "/weight"),
        ("weight", "9.1", "/weight"),
        ("weight", " 1", "/weight"),
        ("weight", "1\n", "/weight"),
        ("sure", 1, "/sure"),
        ("sure", "true", "/sure"),
        ("day", "2026-02-30", "/day"),
        ("day", "20261121", "/day"),
        ("day", "2026-11-21T00:00:00Z", "/day"),
        ("moment", "2026-11-21T08:00:00", "/moment"),
        ("moment", "2026-11-21", "/moment"),
        ("moment", "2026-11-21T08:00:00.1234567Z", "/moment"),
        ("moment", "2026-11-21T08:00:60Z", "/moment"),
        ("moment", "0001-01-01T00:00:00+05:45", "/moment"),
        ("moment", 1_700_000_000, "/moment"),
        ("kind", "c", "/kind"),
        ("kind", ["a"], "/kind"),
        ("texts", "ab", "/texts"),
        ("texts", {"0": "a"}, "/texts"),
        ("texts", ["a", "b", "c"], "/texts"),
        ("texts", ["a", ""], "/texts/1"),
        ("texts", [None], "/texts/0"),
        ("pairs", [["a"]], "/pairs/0"),
        ("pairs", [["a", 1], ["b", 10]], "/pairs/1/1"),
        ("unknown", 1, "/unknown"),
        ("~/", 1, "/~0~1"),
        ("item", str(ITEM), "/item"),
    ],
)
def test_any_other_value_is_refused_at_its_place(name: str, value: object, pointer: str) -> None:
    assert [fault.pointer for fault in refused({name: value})] == [pointer]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("day", "2026-02-30", "is a day that does not exist"),
        ("day", "2026-2-3", "is not a date"),
        ("moment", "2026-02-30T08:00:00Z", "is on a day that does not exist"),
        ("moment", "2025-02-29T08:00:00+03:00", "is on a day that does not exist"),
        ("moment", "2016-12-31T23:59:60Z", "is in a leap second"),
        ("moment", "2026-03-31T24:00:00Z", "is at a time that does not exist"),
        ("moment", "2026-03-31T08:60:00Z", "is at a time that does not exist"),
        ("moment", "2026-03-31T08:00:00.0000001Z", "is finer than a microsecond"),
        ("moment", "2026-03-31T08:00:00-00:00", "has the offset -00:00"),
        ("moment", "2026-03-31T08:00:00+24:00", "has an offset that does not exist"),
        ("moment", "2026-03-31T08:00:00", "is not a moment with its offset"),
        ("moment", 1_700_000_000, "is not a moment with its offset"),
    ],
)
def test_it_is_told_what_is_wrong_with_a_day_or_moment(name: str, value: object, why: str) -> None:
    (fault,) = refused({name: value})
    assert fault.detail.startswith(why)


@pytest.mark.parametrize("written_id", [ITEM.hex, str(UUID(int=2**128 - 1)).upper(), f"urn:uuid:{ITEM}", 7])
def test_an_id_is_written_in_its_canonical_form(written_id: object) -> None:
    with pytest.raises(ValidationError):
        schema_of(TryThing)().load({"item": written_id})

    assert schema_of(TryThing)().load({"item": str(ITEM)}) == {"item": ITEM}


def test_every_fault_of_a_request_is_told_at_once() -> None:
    assert {fault.pointer for fault in refused({"text": 1, "count": "1", "texts": ["", 2]})} == {
        "/text",
        "/count",
        "/texts/0",
        "/texts/1",
    }


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_a_request_is_an_object(body: object) -> None:
    assert refused(body) == [Fault("", "is not an object")]


def test_what_must_be_given_and_is_missing_is_named() -> None:
    with pytest.raises(ValidationError) as fault:
        schema_of(TryThing)().load({})

    assert list(faults(fault.value.messages)) == [Fault("/item", "is missing")]


@pytest.mark.parametrize("name", ASKED)
@given(data=st.data())
def test_every_command_loads_from_its_own_writing(name: str, data: st.DataObject) -> None:
    asked = data.draw(strategies.command(ASKED[name]))
    sent = {field.name: written(getattr(asked, field.name)) for field in ASKED[name].fields}

    received = msgspec.json.decode(msgspec.json.encode(sent))

    assert ASKED[name].cls(**schema_of(ASKED[name].cls)().load(received)) == asked


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(max_size=7),
        "count": st.integers(-3, 12),
        "weight": st.decimals(min_value=-3, max_value=12) | st.sampled_from([Decimal("NaN"), Decimal("1E+30")]),
        "kind": st.sampled_from(["a", "b", "c", ""]),
        "texts": st.lists(st.text(max_size=7), max_size=3).map(tuple),
        "pairs": st.lists(st.tuples(st.text(), st.integers(-3, 12)), max_size=3).map(tuple),
    },
)


@given(VALUES)
def test_a_request_is_refused_if_and_only_if_the_command_would_be(values: dict[str, Any]) -> None:
    sent = {name: written(value) for name, value in values.items()}
    try:
        made = TryThing(item=ITEM, **values)
    except Nonsense as nonsense:
        made, pointer = None, f"/{nonsense.field}"

    if made is None:
        assert pointer in {fault.pointer for fault in refused(sent)}
    else:
        assert TryThing(item=ITEM, **SCHEMA.load(sent)) == made


@pytest.fixture
def documented() -> dict[str, Any]:
    """The component of the command in an OpenAPI document."""
    plugin = MarshmallowPlugin()
    spec = APISpec("Test", "1", "3.1.0", plugins=[plugin])
    plugin.converter.add_attribute_function(document_value)  # type: ignore[union-attr]  # there since `plugins=`
    spec.components.schema("TryThing", schema=schema_of(TryThing))
    schema: dict[str, Any] = spec.to_dict()["components"]["schemas"]["TryThing"]
    return schema


def test_openapi_says_of_every_field_what_its_json_schema_says(documented: dict[str, Any]) -> None:
    schema = command_schema(TryThing.command_type)  # type: ignore[attr-defined]  # set by @command

    assert documented["properties"] == schema["properties"]
    assert documented["required"] == schema["required"] == ["item"]
    assert documented["additionalProperties"] is False


def test_openapi_is_sensible_even_where_nobody_asks_for_the_whole_schema() -> None:
    spec = APISpec("Test", "1", "3.1.0", plugins=[MarshmallowPlugin()])
    spec.components.schema("TryThing", schema=schema_of(TryThing))

    fields = spec.to_dict()["components"]["schemas"]["TryThing"]["properties"]
    assert (fields["weight"]["type"], fields["weight"]["format"], fields["weight"]["x-unit"]) == (
        "string",
        "decimal",
        "kg",
    )
    assert fields["note"]["type"] == ["string", "null"]
    assert fields["texts"]["items"]["maxLength"] == 5


def test_a_schema_is_made_once() -> None:
    assert schema_of(TryThing) is schema_of(TryThing)
    assert schema_of(TryThing) is not schema_of(TryThing, without=frozenset({"item"}))
