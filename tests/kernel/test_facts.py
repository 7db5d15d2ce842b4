from dataclasses import FrozenInstanceError
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest

from domain import declared
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import FACTS, event, fact_type, fields_at, references, to_current, upcast
from domain.kernel.fields import Plain, Shape
from domain.kernel.marks import Personal, Refers
from domain.kernel.streams import KINDS

pytestmark = pytest.mark.usefixtures("forgotten")

Item = Annotated[UUID, Refers("equipment")]
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def fact_class(doc: str | None = "Something happened.", **annotations: Any) -> type:
    defaults = {name[:-8]: annotations.pop(name) for name in list(annotations) if name.endswith("_default")}
    return type("Something", (), {"__doc__": doc, "__annotations__": annotations, **defaults})


@pytest.mark.parametrize("name", ["happened", "Thing.happened", "thing.Happened", "thing.happened2", "a.b.c", "thing."])
def test_a_permanent_name_is_a_stream_and_what_happened(name: str) -> None:
    with pytest.raises(TypeError, match="form"):
        event(name)(fact_class())


def test_a_name_is_declared_once() -> None:
    with pytest.raises(TypeError, match="twice"):
        event("error.declared")(fact_class())


@pytest.mark.parametrize(("doc", "version"), [(None, 1), ("", 1), ("Something happened.", 0)])
def test_a_fact_says_what_it_means_and_in_which_version(doc: str | None, version: int) -> None:
    with pytest.raises(TypeError, match="does not say what it means"):
        event("thing.happened", version=version)(fact_class(doc))


@pytest.mark.parametrize(
    ("why", "annotations"),
    [
        ("choices", {"kind": Literal["a", "b"]}),
        ("choices", {"kinds": tuple[Literal["a", "b"], ...]}),
        ("None is its default", {"note": str | None}),
        ("None is its default", {"note": str | None, "note_default": "x"}),
        ("personal", {"person": UUID, "born": Annotated[date, Personal("person")]}),
        ("personal", {"person": UUID, "names": tuple[Annotated[str, Personal("person")], ...]}),
        ("personal", {"person": UUID, "names": Annotated[tuple[str, ...], Personal("person")]}),
        ("personal", {"name": Annotated[str, Personal("person")]}),
        ("personal", {"person": str, "name": Annotated[str, Personal("person")]}),
        ("personal", {"person": UUID | None, "person_default": None, "name": Annotated[str, Personal("person")]}),
    ],
)
def test_a_fact_that_could_not_be_read_back_or_would_show_a_person_is_refused(
    why: str, annotations: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match=why):
        event("thing.happened")(fact_class(**annotations))
    assert "thing.happened" not in FACTS


def test_a_declared_fact_is_frozen_and_knows_its_declaration() -> None:
    declared_class = event("thing.happened")(fact_class(item=Item))
    fact = declared_class(item=ONE)

    assert fact_type(fact) is FACTS["thing.happened"]
    assert fact == declared_class(item=ONE)
    assert hash(fact) == hash(declared_class(item=ONE))
    with pytest.raises(FrozenInstanceError):
        fact.item = TWO


def test_a_fact_names_every_stream_it_concerns_wherever_the_id_stands() -> None:
    declared_class = event("thing.happened")(
        fact_class(
            own=UUID,
            item=Item,
            parts=tuple[Item, ...],
            slots=tuple[tuple[str, Item], ...],
            more=tuple[Item, ...] | None,
            more_default=None,
            other=Item | None,
            other_default=None,
        )
    )

    fact = declared_class(own=UUID(int=9), item=ONE, parts=(TWO,), slots=(("a", THREE),))

    assert list(references(fact)) == [("equipment", ONE), ("equipment", TWO), ("equipment", THREE)]


def test_older_data_goes_through_every_version_in_between() -> None:
    event("thing.happened", version=3)(fact_class(kilograms=int, place=str))

    @upcast("thing.happened", 2, was=fact_class(kilograms=int))
    def _placed(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "place": "unknown"}

    @upcast("thing.happened", 1, was=fact_class(grams=int))
    def _weighed(data: dict[str, Any]) -> dict[str, Any]:
        return {"kilograms": data["grams"] // 1000}

    assert to_current("thing.happened", 1, {"grams": 7000}) == {"kilograms": 7, "place": "unknown"}
    assert to_current("thing.happened", 2, {"kilograms": 7}) == {"kilograms": 7, "place": "unknown"}
    assert to_current("thing.happened", 3, {"kilograms": 7, "place": "a"}) == {"kilograms": 7, "place": "a"}
    assert [[field.name for field in fields_at("thing.happened", version)] for version in (1, 2, 3)] == [
        ["grams"],
        ["kilograms"],
        ["kilograms", "place"],
    ]


def test_a_version_has_one_upcast() -> None:
    upcast("thing.happened", 1, was=fact_class())(lambda data: data)

    with pytest.raises(TypeError, match="two upcasts"):
        upcast("thing.happened", 1, was=fact_class())(dict)


@pytest.mark.parametrize("name", declared.facts())
def test_every_field_of_every_fact_says_what_it_means_and_every_number_its_unit(name: str) -> None:
    for field in declared.facts()[name].fields:
        assert field.meaning, field.name
        for shape in _flat(field.shape):
            assert shape.plain is not Plain.DECIMAL or shape.unit or shape.unit_beside, field.name


@pytest.mark.parametrize("name", declared.facts())
def test_every_fact_stands_in_a_kind_of_stream_and_refers_to_kinds_that_exist(name: str) -> None:
    fact = declared.facts()[name]

    assert name.partition(".")[0] in KINDS or fact.cls is ErrorDeclared
    for field in fact.referring:
        for shape in _flat(field.shape):
            mark = shape.mark(Refers)
            assert mark is None or mark.kind in KINDS


def _flat(shape: Shape) -> list[Shape]:
    return [shape, *(each for inside in shape.inside for each in _flat(inside))]
