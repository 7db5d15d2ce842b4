"""Statements are built once for every shape of what is asked, and hold nothing of what is asked but its shape."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Integer, MetaData, Select, Table, Text, create_engine, insert, select

import projections
from projections.equipment.history import HISTORY
from projections.page_statements import Pages, Way, pages
from projections.paging import Window, page
from projections.prepared import prepared

THINGS = Table(
    "thing", MetaData(), Column("key", Integer, primary_key=True), Column("name", Text), Column("size", Text)
)
SAMPLES: dict[Any, Any] = {int: 4711, str: "text", UUID: uuid4(), bool: True, Table: HISTORY.table}
SAID_OTHERWISE = {"configurations": 2, "configuration_counts": 3, "open_faults": 1}
"""How many fields of filters stand in statements as part of a text, which is an argument of its own, or as the keys of
what an organisation sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which things are asked for."""

    name: str | None = None
    named: bool | None = None
    size: Literal["small", "large"] | None = None


def things(built: list[Wanted]) -> Callable[..., Any]:
    @prepared
    def asked(wanted: Wanted, beyond: int) -> Pages:
        built.append(wanted)
        query = select(THINGS).where(THINGS.c.key > beyond)
        if wanted.name is not None:
            query = query.where(THINGS.c.name == wanted.name)
        if wanted.named is not None:
            query = query.where(THINGS.c.name.is_not(None) if wanted.named else THINGS.c.name.is_(None))
        if wanted.size == "small":
            query = query.where(THINGS.c.size == "S")
        return pages(query, (THINGS.c.key,))

    return asked


def test_what_is_asked_with_other_values_is_the_same_statement() -> None:
    built: list[Wanted] = []
    asked = things(built)
    first, second = asked(Wanted(name="a"), 1), asked(Wanted(name="b"), 2)
    assert first.built is second.built
    assert (set(first.values.values()), set(second.values.values())) == ({"a", 1}, {"b", 2})
    assert len(built) == 1


def test_what_is_of_another_shape_is_another_statement() -> None:
    asked = things([])
    each = [
        Wanted(),
        Wanted(name="a"),
        Wanted(named=True),
        Wanted(named=False),
        Wanted(size="small"),
        Wanted(size="large"),
    ]
    assert len({id(asked(wanted, 1).built) for wanted in each}) == len(each)


def test_each_value_gets_its_own_rows() -> None:
    asked, engine = things([]), create_engine("sqlite://")
    with engine.begin() as connection:
        THINGS.create(connection)
        rows = [{"key": key, "name": name, "size": "S"} for key, name in enumerate("abcab")]
        connection.execute(insert(THINGS), rows)
        for name, keys in (("a", [0, 3]), ("b", [1, 4]), ("c", [2]), ("d", [])):
            found = page(connection, asked(Wanted(name=name), -1), Window(), 1)
            assert [row.key for row in found.items] == keys
        after = page(connection, asked(Wanted(name="a"), -1), Window(limit=1, after=(0,)), 1)
        assert [row.key for row in after.items] == [3]


def test_it_is_refused_where_nobody_knows_what_is_a_value() -> None:
    def asked(things: list[int]) -> Pages:
        raise NotImplementedError

    with pytest.raises(TypeError, match="neither a value nor of the shape"):
        prepared(asked)


def builders() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every function of the read models of which the statements are built once."""
    for found in pkgutil.walk_packages(projections.__path__, "projections."):
        module = importlib.import_module(found.name)
        for function in vars(module).values():
            own = hasattr(function, "__wrapped__") and getattr(function, "__module__", "") == found.name
            if own and get_type_hints(function).get("return") is Pages:
                yield found.name.rpartition(".")[2], function


def sample(hint: Any) -> Any:
    """Return something of a type; of what may be None, not None, but for words: each of them leaves something out."""
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    if is_dataclass(hint):
        return hint(**{name: sample(each) for name, each in get_type_hints(hint, include_extras=True).items()})  # type: ignore[operator]  # a class
    if options := [each for each in get_args(hint) if each is not NoneType]:
        return None if get_origin(options[0]) in {Literal, Annotated} else sample(options[0])
    return SAMPLES[hint]


def names(statement: Select[Any]) -> set[str]:
    return set(statement.compile().params)


BUILDERS = list(builders())


def test_the_questions_are_found() -> None:
    assert len(BUILDERS) > 20


@pytest.mark.parametrize(("name", "function"), BUILDERS, ids=[f"{name}.{each.__name__}" for name, each in BUILDERS])
def test_every_value_that_is_asked_for_is_a_parameter_and_none_is_held(name: str, function: Callable[..., Any]) -> None:
    hints = {argument: hint for argument, hint in get_type_hints(function).items() if argument != "return"}
    asked = function(**{argument: sample(hint) for argument, hint in hints.items()})
    statement = asked.built.first("tested", Way(beyond=False, down=False), "sqlite")
    left_out = {value for value in asked.values if value not in names(statement)}
    assert len(left_out) == SAID_OTHERWISE.get(name, 0), left_out
    held = set(statement.compile().params.values()) & {4711, "text", SAMPLES[UUID]}
    assert not held
