"""Rows that become facts, not commands."""

import pytest

from tests.importing.mapping.plans import READINGS, MappingFault, only, understood, units
from tests.importing.mapping.test_planning import reading

FACTS = READINGS.replace(
    'command = "equipment.record_meter_reading"', 'fact = "equipment.moved"\nstream = { id = "{item}" }'
)
FACTS = FACTS[: FACTS.index("fields =")] + 'fields = { place = "{hours}" }\n'


def test_a_row_becomes_a_fact_told_by_the_command_that_records_it() -> None:
    found, _ = units(FACTS, {"readings": [reading(hours="17")]})
    command = only(found).command
    assert (type(command).__name__, command.place) == ("MoveEquipment", "17")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("equipment.moved", "equipment.move", "did you mean equipment.moved"),
        ("equipment.moved", "serial.reserved", "not told by itself"),
        ('stream = { id = "{item}" }', "", "a fact has a stream"),
        ("place =", "plac =", "has no field plac"),
    ],
)
def test_what_is_wrong_with_a_fact_is_told_before_a_row_is_read(old: str, new: str, said: str) -> None:
    with pytest.raises(MappingFault, match=said):
        understood(FACTS.replace(old, new))


def test_a_fact_without_a_stream_is_refused() -> None:
    _, heard = units(FACTS.replace('{ id = "{item}" }', '"{item}"'), {"readings": [reading()]})
    assert heard.lines == [("no-stream", "readings", 2)]
