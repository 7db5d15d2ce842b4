from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest

from domain import declared
from domain.kernel.commands import COMMANDS, command, command_type, streams_of
from domain.kernel.fields import Plain
from domain.kernel.marks import Bounds, Length, Refers
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef

pytestmark = pytest.mark.usefixtures("forgotten")

Item = Annotated[UUID, Refers("equipment")]
ONE, TWO = UUID(int=1), UUID(int=2)


def made(annotation: Any, value: Any) -> Any:
    """Make a command with one field of this annotation beside its stream."""
    cls: Any = type("DoSomething", (), {"__doc__": "Do it.", "__annotations__": {"item": Item, "said": annotation}})
    declared_class = command("thing.do", decides=("item",))(cls)
    return declared_class(item=ONE, said=value)


TEXT = Annotated[str, Length(1, 5)]
NUMBER = Annotated[Decimal, Bounds(least=0, most=100)]
COUNT = Annotated[int, Bounds(least=1, most=9)]
NAMES = Annotated[tuple[TEXT, ...], Length(1, 2)]


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (TEXT, "caf\u00e9"),
        (TEXT, "\u0436 \u4e2d"),
        (TEXT, "\U0001f527" * 5),
        (NUMBER, Decimal(0)),
        (NUMBER, Decimal(100)),
        (NUMBER, Decimal("1E+2")),
        (NUMBER, Decimal("0.000000000000000001")),
        (Decimal, Decimal("999999999999999999.999999999999999999")),
        (COUNT, 9),
        (int, 2**53 - 1),
        (bool, False),
        (date, date(2024, 2, 29)),
        (datetime, datetime(2024, 2, 29, tzinfo=UTC)),
        (UUID, TWO),
        (Literal["a", "b"], "b"),
        (NAMES, ("a", "b")),
        (tuple[str, int], ("a", 1)),
        (tuple[str, ...], ()),
        (str | None, None),
    ],
)
def test_what_can_be_true_is_taken_as_it_is(annotation: Any, value: Any) -> None:
    assert made(annotation, value).said == value


@pytest.mark.parametrize(
    ("annotation", "value", "path"),
    [
        (str, None, "said"),
        (TEXT, "", "said"),
        (TEXT, "abcdef", "said"),
        (TEXT, " \n\t ", "said"),
        (TEXT, "a\x00", "said"),
        (TEXT, "a\x1b", "said"),
        (TEXT, "a\x7f", "said"),
        (TEXT, "a\x85", "said"),
        (TEXT, "a\r", "said"),
        (TEXT, "a\nb", "said"),
        (TEXT, "a\tb", "said"),
        (TEXT, "a\u202e", "said"),
        (Annotated[str, Length(0, 5)], " ", "said"),
        (TEXT, "\ud83d", "said"),
        (TEXT, b"abc", "said"),
        (TEXT, 1, "said"),
        (str, "", "said"),
        (str, "a" * 1001, "said"),
        (Decimal, Decimal("NaN"), "said"),
        (Decimal, Decimal("sNaN"), "said"),
        (Decimal, Decimal("-Infinity"), "said"),
        (Decimal, Decimal("1e999999"), "said"),
        (Decimal, Decimal("0e999999"), "said"),
        (Decimal, Decimal("1e-999999"), "said"),
        (Decimal, Decimal(10) ** 18, "said"),
        (Decimal, Decimal("0.0000000000000000001"), "said"),
        (Decimal, 1, "said"),
        (Decimal, 1.5, "said"),
        (Decimal, float("nan"), "said"),
        (Decimal, "1", "said"),
        (NUMBER, Decimal("-0.1"), "said"),
        (NUMBER, Decimal("100.000001"), "said"),
        (COUNT, 0, "said"),
        (COUNT, 10, "said"),
        (COUNT, True, "said"),
        (int, True, "said"),
        (int, 1.0, "said"),
        (int, "1", "said"),
        (int, 2**53, "said"),
        (int, -(2**53), "said"),
        (bool, 1, "said"),
        (bool, "true", "said"),
        (date, datetime(2024, 2, 29, tzinfo=UTC), "said"),
        (date, "2024-02-29", "said"),
        (datetime, date(2024, 2, 29), "said"),
        (datetime, datetime(2024, 2, 29), "said"),  # noqa: DTZ001  that is the point
        (UUID, str(TWO), "said"),
        (Literal["a", "b"], "c", "said"),
        (Literal["a", "b"], ["a"], "said"),
        (str, "\u200b\u2060", "said"),
        (NAMES, (), "said"),
        (NAMES, ("a", "b", "c"), "said"),
        (NAMES, ["a"], "said"),
        (NAMES, ("a", ""), "said/1"),
        (tuple[str, ...], ("a",) * 1001, "said"),
        (tuple[str, ...], ("a", None), "said/1"),
        (tuple[str, int], ("a",), "said"),
        (tuple[str, int], ("a", 1, 2), "said"),
        (tuple[str, int], ("a", True), "said/1"),
        (tuple[tuple[str, COUNT], ...], (("a", 1), ("b", 0)), "said/1/1"),
    ],
)
def test_what_cannot_be_true_is_nonsense_and_named_by_its_place(annotation: Any, value: Any, path: str) -> None:
    with pytest.raises(Nonsense) as nonsense:
        made(annotation, value)

    assert nonsense.value.field == path


@pytest.mark.parametrize(
    ("name", "doc", "decides"),
    [
        ("do", "Do it.", ("item",)),
        ("thing.Do", "Do it.", ("item",)),
        ("thing.do", None, ("item",)),
        ("thing.do", "Do it.", ()),
        ("thing.do", "Do it.", ("other",)),
        ("thing.do", "Do it.", ("note",)),
        ("error.declare", "Do it.", ("item",)),
    ],
)
def test_a_command_has_a_name_a_meaning_and_streams(name: str, doc: str | None, decides: tuple[str, ...]) -> None:
    cls: Any = type("DoIt", (), {"__doc__": doc, "__annotations__": {"item": Item, "note": str}})

    with pytest.raises(TypeError):
        command(name, decides=decides)(cls)
    assert name == "error.declare" or name not in COMMANDS


def test_values_are_checked_in_one_place_only() -> None:
    cls: Any = type("DoIt", (), {"__doc__": "Do.", "__annotations__": {"item": Item}, "__post_init__": lambda _: None})

    with pytest.raises(TypeError, match="nowhere else"):
        command("thing.do", decides=("item",))(cls)


def test_a_command_names_its_streams_in_the_order_of_its_decision() -> None:
    cls: Any = type(
        "DoIt", (), {"__doc__": "Do.", "__annotations__": {"item": Item, "model": Annotated[UUID, Refers("model")]}}
    )
    declared_class = command("thing.do", decides=("model", "item"))(cls)

    assert streams_of(declared_class(item=ONE, model=TWO)) == (StreamRef("model", TWO), StreamRef("equipment", ONE))


@pytest.mark.parametrize("name", declared.commands())
def test_every_field_of_every_command_says_what_it_means_and_every_number_its_bounds(name: str) -> None:
    for field in declared.commands()[name].fields:
        assert field.meaning, field.name
        if field.shape.plain in {Plain.DECIMAL, Plain.INTEGER}:
            assert field.shape.bounds.least is not None, field.name
            assert field.shape.bounds.most is not None, field.name


def test_a_command_knows_its_declaration() -> None:
    assert command_type(made(str, "a")) is COMMANDS["thing.do"]
