from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest

from domain.kernel.fields import Plain, fields_of, shape_of
from domain.kernel.marks import Example, Length, Meaning, Refers, Unit

Hours = Annotated[Decimal, Unit("h"), Example("900.5"), Meaning("Hours.")]


@pytest.mark.parametrize(
    ("annotation", "plain"),
    [
        (str, Plain.TEXT),
        (int, Plain.INTEGER),
        (Decimal, Plain.DECIMAL),
        (bool, Plain.BOOLEAN),
        (date, Plain.DATE),
        (datetime, Plain.MOMENT),
        (UUID, Plain.ID),
        (Literal["a", "b"], Plain.CHOICE),
        (tuple[str, ...], Plain.LIST),
        (tuple[str, int], Plain.PAIR),
    ],
)
def test_facts_and_commands_are_made_of_plain_types(annotation: Any, plain: Plain) -> None:
    assert shape_of(annotation)[0].plain is plain


@pytest.mark.parametrize(
    "annotation",
    [
        float,
        list[str],
        dict[str, str],
        bytes,
        Any,
        str | int,
        tuple[str, str, str],
        tuple[str],
        tuple[()],
        Literal[1, 2],
        Literal["a", True],
        tuple[str | None, ...],
        tuple[str, int | None],
        Annotated[str, Refers("equipment")],
        Annotated[tuple[UUID, ...], Refers("equipment")],
    ],
    ids=str,
)
def test_anything_else_is_no_field(annotation: Any) -> None:
    with pytest.raises(TypeError):
        shape_of(annotation)


@pytest.mark.parametrize(
    "annotation",
    [Hours | None, Annotated[Decimal | None, Unit("h")], Annotated[Annotated[Decimal, Unit("d")] | None, Unit("h")]],
    ids=str,
)
def test_a_mark_holds_inside_and_outside_of_an_option_and_the_outer_one_wins(annotation: Any) -> None:
    shape, optional = shape_of(annotation)

    assert (shape.plain, shape.unit, optional) == (Plain.DECIMAL, "h", True)


def test_marks_of_members_stay_with_the_members() -> None:
    shape, _ = shape_of(Annotated[tuple[tuple[Annotated[str, Length(1, 2)], Hours], ...], Length(0, 9)])

    (pair,) = shape.inside
    assert shape.length == Length(0, 9)
    assert pair.length is None
    assert [inside.length for inside in pair.inside] == [Length(1, 2), None]
    assert [inside.unit for inside in pair.inside] == [None, "h"]
    assert shape.holds(Unit)
    assert shape.holds(Plain.PAIR)
    assert not shape.holds(Refers)


def test_a_field_says_whether_it_must_be_given_and_what_it_means() -> None:
    @dataclass
    class Reading:
        hours: Hours
        note: Annotated[str, Meaning("A code.")] | None = None
        parts: tuple[Annotated[UUID, Refers("equipment")], ...] = ()

    hours, note, parts = fields_of(Reading)
    assert (hours.name, hours.required, hours.optional, hours.meaning, hours.example) == (
        "hours",
        True,
        False,
        "Hours.",
        "900.5",
    )
    assert (note.required, note.optional, note.meaning, note.default) == (False, True, "A code.", None)
    assert (parts.required, parts.optional, parts.refers, parts.default) == (False, False, "equipment", ())


def test_a_default_that_cannot_be_written_down_is_refused() -> None:
    @dataclass
    class Made:
        parts: tuple[str, ...] = field(default_factory=tuple)

    @dataclass
    class Missing:
        name: str = None  # type: ignore[assignment]  # that is the point

    for cls in (Made, Missing):
        with pytest.raises(TypeError):
            fields_of(cls)


def test_a_name_that_would_not_sort_the_same_everywhere_is_refused() -> None:
    with pytest.raises(TypeError, match="ASCII"):
        fields_of(dataclass(type("Reading", (), {"__annotations__": {"\u00e4nderung": str}})))
