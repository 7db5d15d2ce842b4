"""Constants of mappings: decided before the first row, whatever they are."""

from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from tests.importing.mapping.plans import READINGS, MappingFault, mapping, units

PLACES = {
    "at": ('at = "{at}"', "at = {}"),
    "id": ('id = "{item}|{at}"', "id = {}"),
    "equipment_id": ('{ id = "{item}" }', "{}"),
    "meter": ('"operating-time"', "{}"),
    "value": ('"{hours}"', "{}"),
    "unit": ('"h"', "{}"),
    "passes": ('unit = "h"', 'unit = "h", passes = {}'),
    "when": ('name = "reading"', 'name = "reading"\nwhen = {}'),
    "each": ('name = "reading"', 'name = "reading"\neach = {}'),
    "reason": ('name = "reading"', 'name = "reading"\nreason = {}'),
    "default": ("columns.hours = {", "columns.hours = {{ default = {},"),
    "zone": ("format = 1", "format = 1\nzone = {}"),
    "formats": ("columns.hours =", 'columns.day = {{ type = "date", formats = [{}] }}\ncolumns.hours ='),
}
"""Where a constant may stand, and how it is put there."""
WORDS = ["", "h", "operating-time", "5", "-5", "true", "2026-01-01T12:00:00Z", "2026-01-01", "UTC", "%Y-%m-%d", "%Q %d"]
WORDS += ["0192f3a4-5b6c-7d8e-9f01-23456789abcd", "[1, 2]", "1 / 0 == 0", "1.5", "null", "nothing", "{{", "x" * 1_100]


def as_toml(value: Any) -> str:
    """Return a value as TOML writes it: as JSON does, DEL apart."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


SCALARS = st.one_of(st.sampled_from(WORDS), st.text(max_size=8), st.integers(-(2**60), 2**60), st.booleans())
SPECS = st.one_of(
    st.sampled_from(WORDS).map(lambda text: f"{{ cel = {as_toml(text)} }}"),
    st.sampled_from(WORDS).map(lambda text: f"{{ cel = {as_toml(repr(text))} }}"),
    st.sampled_from(WORDS).map(lambda text: f"{{ id = {as_toml(text)} }}"),
)
WRITTEN = st.one_of(SCALARS.map(as_toml), st.lists(SCALARS, max_size=3).map(as_toml), SPECS)


def with_constant(place: str, written: str) -> str:
    """Return a mapping with a constant in one place."""
    old, new = PLACES[place]
    assert old in READINGS
    return READINGS.replace(old, new.format(written))


@given(st.sampled_from([*PLACES]), WRITTEN)
@example("unit", '"furlong"')
@example("value", '"-5"')
@example("id", '""')
@example("at", '"0001-01-01T00:00:00+05:00"')
@example("when", '"1"')
@example("equipment_id", '"me"')
@example("default", '"x"')
@example("meter", '{ cel = "null" }')
def test_a_constant_is_refused_before_the_first_row_or_no_row_is_refused_for_it(place: str, written: str) -> None:
    row: dict[str, Any] = {"item": "a", "at": "2026-01-01T12:00:00Z", "hours": "" if place == "default" else "5"}
    text = with_constant(place, written)
    try:
        mapping(text)
    except msgspec.ValidationError:  # no mapping at all
        return
    try:
        _, heard = units(text, {"readings": [row | {"day": ""}]})
    except MappingFault:
        return
    of_its_column = {"field-wrong"} if place == "default" else set()  # what it is used for shows with a row
    assert {code for code, _, _ in heard.lines} <= {"left out", *of_its_column}, heard.findings
