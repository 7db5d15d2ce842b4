"""A law of random lives is worth what they come to: they ask for everything, and everything is recorded somewhere."""

from uuid import UUID

import pytest
from hypothesis import find

from domain.kernel.commands import COMMANDS, command_type
from domain.kernel.facts import FACTS
from tests.application.desk import NOON, Desk
from tests.laws.asks import COURSES, About
from tests.laws.happened import facts_of_life
from tests.laws.lives import Step, live


def test_random_lives_ask_for_every_command_of_an_item() -> None:
    about = About(UUID(int=1), UUID(int=2), UUID(int=3), 10, NOON, NOON)
    asked = {command_type(ask(about)).name for course in COURSES for ask in course}
    begins = {"equipment.take_over"}
    assert asked | begins == {name for name in COMMANDS if name.startswith("equipment.")}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_random_lives_come_to_every_fact_of_an_item(desk: Desk) -> None:
    recorded: set[str] = set()
    for course in range(len(COURSES)):
        steps = [Step(course, item, unit=1, spare=2, number=10, half_days=None, wrong=None) for item in (0, 1)]
        for _, _, receipt in live(desk, steps).receipts:
            recorded |= {fact.type for fact in receipt.facts}
    assert {name for name in FACTS if name.startswith("equipment.")} <= recorded


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_random_lives_come_to_exchanges_of_units_in_one_append(desk: Desk) -> None:
    steps = [
        Step(course, 0, unit=1, spare=2, number=10, half_days=None, wrong=None)
        for course, asks in enumerate(COURSES)
        if [ask.__name__ for ask in asks] == ["install_unit", "exchange", "remove_unit"]
    ]
    appended = [[fact.type for fact in receipt.facts] for _, _, receipt in live(desk, steps).receipts]
    assert [
        "equipment.unit_removed",
        "equipment.unit_installed",
        "equipment.removed",
        "equipment.installed",
    ] in appended


@pytest.mark.parametrize("name", sorted(name for name in FACTS if name.startswith("equipment.")))
def test_random_histories_hold_every_kind_of_fact_of_an_item(name: str) -> None:
    assert find(facts_of_life, lambda fact: isinstance(fact, FACTS[name].cls))
