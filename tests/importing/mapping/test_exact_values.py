"""What is recorded is what the file says, to the last digit; what expressions would round is refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importing.mapping.plans import READINGS_FILE, units

READINGS = (
    READINGS_FILE
    + """[[records]]
name = "company"
from = "readings"
command = "organisation.register"
at = "{at}"
id = "{item}|{at}"
fields = { organisation_id = { id = "{at}" }, name = "{hours}" }
"""
)
"""The value is the name of a company: it may have any number of digits."""
KEYED = READINGS.replace('path = ["*.csv"]', 'path = ["*.csv"]\nkey = "{item}"\nmoment = "at"')
DERIVED = READINGS.replace("[[records]]", '[files.readings.derived]\nmore = "FROM"\n[[records]]')
LONG = ["98765432109876543210", "9007199254740993", "0.99999999999999999", "12345678901234567", "1234567890.12345678"]
"""Each of them is not what the nearest double is."""


def values(text: str, *hours: str) -> tuple[list[Any], list[str]]:
    """Return what is recorded of readings, and the codes of those that are refused."""
    rows = [{"item": "a", "at": f"2026-01-0{day}T12:00:00Z", "hours": each} for day, each in enumerate(hours, 1)]
    found, heard = units(text, {"readings": rows})
    names = [getattr(entry.command, "name", "") for unit in found for entry in unit]
    return [Decimal(name) for name in names], [code for code, *_ in heard.lines]


def says(expression: str, text: str = READINGS) -> str:
    """Return a mapping whose values an expression says."""
    return text.replace('name = "{hours}"', f'name = {{ cel = "{expression}" }}')


@pytest.mark.parametrize("number", LONG)
def test_a_number_that_an_expression_would_round_is_refused(number: str) -> None:
    for expression in ("hours", "hours * 1.0", "string(hours)", "[hours][0]", "hours > 0.0 ? 1 : 2"):
        assert values(says(expression), number) == ([], ["rounded"])
    assert values(says("readings[0].hours", KEYED), number) == ([], ["rounded"])
    assert values(READINGS, number) == ([Decimal(number)], [])


@pytest.mark.parametrize("number", LONG)
def test_a_number_that_an_expression_would_round_may_be_compared(number: str) -> None:
    text = READINGS.replace('name = "company"', 'name = "company"\nwhen = "hours > 0.5"')
    assert values(text, number) == ([Decimal(number)], [])


def test_a_column_beside_a_number_that_would_be_rounded_is_recorded() -> None:
    text = says("size(item) > 1 ? 5 : 4", DERIVED.replace("FROM", "hours > 3.0"))
    assert values(text, LONG[0]) == ([Decimal(4)], [])


@settings(max_examples=30)
@given(number=st.integers(0, 2**54) | st.integers(0, 2**70))
def test_a_whole_number_is_recorded_as_it_is_or_refused(number: int) -> None:
    for kind in ("number", "integer"):
        text = says("hours").replace('hours = { type = "number" }', f'hours = {{ type = "{kind}" }}')
        recorded, codes = values(text, str(number))
        assert recorded == [Decimal(number)] or codes == ["rounded"]
        assert recorded or number >= 2**53


@pytest.mark.parametrize("number", LONG)
@pytest.mark.parametrize("expression", ["hours", "hours + 0.0", "int(hours)", "string(int(hours))"])
def test_what_is_derived_from_a_number_that_would_be_rounded_is_refused(expression: str, number: str) -> None:
    text = DERIVED.replace("FROM", expression).replace('name = "{hours}"', 'name = "{more}"')
    for written in (text, text.replace('"{more}"', '{ cel = "more" }'), text.replace('"{more}"', '"0{more}"')):
        _, codes = values(written, number, "5")
        assert codes in (["rounded"], ["expression-failed"])  # 98765432109876543210 is no integer of theirs
        assert number == LONG[0] or codes == ["rounded"]


@pytest.mark.parametrize("number", LONG)
@pytest.mark.parametrize("column", ["hours", "more"])
def test_a_number_of_another_row_that_would_be_rounded_is_refused(column: str, number: str) -> None:
    text = KEYED.replace("[[records]]", '[files.readings.derived]\nmore = "hours"\n[[records]]')
    text = says(f"readings[0].{column}", text.replace('name = "company"', 'name = "company"\nwhen = "line == 3"'))
    assert values(text, number, "5") == ([], ["beside-a-wrong-row", "rounded"])
    assert values(text, "7", "5") == ([Decimal(7)], [])


@pytest.mark.parametrize("number", LONG)
def test_a_number_beside_one_that_would_be_rounded_is_recorded(number: str) -> None:
    text = KEYED.replace("[[records]]", '[files.readings.derived]\nfirst = "readings[0].at"\n[[records]]')
    text = says("hours", text.replace('name = "company"', 'name = "company"\nwhen = "first != at"'))
    assert values(text, number, "5") == ([Decimal(5)], [])


def test_a_derived_number_is_filled_in_as_a_number() -> None:
    text = DERIVED.replace("FROM", "hours * 2.0").replace('name = "{hours}"', 'name = "{more}"')
    assert values(text, "2.5") == ([Decimal(5)], [])
    assert values(text, "0.3") == ([], ["rounded"])


def test_members_of_a_list_that_would_be_rounded_are_refused() -> None:
    text = READINGS.replace('name = "company"', 'name = "company"\neach = "[hours]"').replace('"{hours}"', '"{each}"')
    assert values(text, LONG[1]) == ([], ["rounded"])
    assert values(text, "5") == ([Decimal(5)], [])


def test_a_pair_has_two_members_and_no_third_one() -> None:
    text = """
    format = 1
    source = "urn:test"
    [files.rows]
    path = ["*.csv"]
    columns.value = {}
    [[records]]
    name = "upgrade"
    from = "rows"
    command = "equipment.complete_upgrade"
    at = "2026-01-01T00:00:00Z"
    id = "{line}"
    fields = { equipment_id = { id = "x" }, document_revision = "1", features = { cel = "[['colour', value PAIR]]" } }
    """
    _, heard = units(text.replace("PAIR", ", 'blue'"), {"rows": [{"value": "1"}]})
    assert [code for code, *_ in heard.lines] == ["field-wrong"]
    found, heard = units(text.replace("PAIR", ""), {"rows": [{"value": "1"}]})
    assert ([len(unit) for unit in found], heard.lines) == ([1], [])
