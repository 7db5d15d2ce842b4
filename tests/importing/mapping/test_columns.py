"""What cells say, as columns of a mapping read them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing.columns import reader
from api.importing.faults import MappingFault, Wrong
from api.importing.mapping import Column

MIDNIGHT = datetime(2026, 2, 28)  # noqa: DTZ001  as a spreadsheet has it: without a zone
LOOKUPS: dict[str, dict[str, str | int | bool]] = {"states": {"OK": "operating", "1": "standby"}, "numbers": {"1": 1}}


def read(cell: Any, **column: Any) -> Any:
    """Return what a cell says in a column."""
    return reader("x", Column(**column), None, LOOKUPS).of({"x": cell})


def code_of(cell: Any, **column: Any) -> str:
    """Return the code of what is wrong with a cell."""
    with pytest.raises(Wrong) as wrong:
        read(cell, **column)
    return wrong.value.code


@pytest.mark.parametrize(
    ("cell", "column", "said"),
    [
        ("  a b ", {}, "a b"),
        ("  a b ", {"trim": False}, "  a b "),
        ("", {}, None),
        ("n/a", {"empty": ["n/a"]}, None),
        ("n/a", {"empty": ["n/a"], "default": "none"}, "none"),
        (None, {"default": "7", "type": "integer"}, 7),
        ("a.b.c", {"replace": [[r"\.", "-"]]}, "a-b-c"),
        ("no 17 of 20", {"match": r"no (\d+) of \d+"}, "17"),
        ("Urgent Con Edison Upgrades", {"code": True}, "urgent-con-edison-upgrades"),
        ("Größe Crème brûlée ½", {"code": True}, "grosse-creme-brulee-1-2"),
        ("OK", {"lookup": "states"}, "operating"),
        (1, {"lookup": "states"}, "standby"),
        ("a; b;;c", {"split": ";"}, ["a", "b", "c"]),
        ("ÄÖ", {"case": "lower"}, "äö"),
        ("1.234.567,5", {"type": "number", "decimal": ",", "group": "."}, Decimal("1234567.5")),
        ("1234567,5", {"type": "number", "decimal": ",", "group": "."}, Decimal("1234567.5")),
        ("1E-3", {"type": "number"}, Decimal("0.001")),
        (Decimal("0.10"), {"type": "number"}, Decimal("0.10")),
        ("90", {"type": "number", "unit": "min", "to": "h"}, Decimal("1.5")),
        ("12.0", {"type": "integer"}, 12),
        ("JA", {"type": "boolean", "true": ["ja"], "false": ["nein"]}, True),
        (False, {"type": "boolean"}, False),
        ("2026-02-28", {"type": "date"}, date(2026, 2, 28)),
        ("28.02.2026", {"type": "date", "formats": ["%d/%m/%Y", "%d.%m.%Y"]}, date(2026, 2, 28)),
        (MIDNIGHT, {"type": "date"}, date(2026, 2, 28)),
        (Decimal("12.50"), {}, "12.50"),
    ],
)
def test_what_a_cell_says(cell: Any, column: dict[str, Any], said: Any) -> None:
    assert read(cell, **column) == said


@pytest.mark.parametrize(
    ("cell", "column", "code"),
    [
        ("", {"required": True}, "empty-cell"),
        ("17", {"match": r"no (\d+)"}, "no-match"),
        ("Βλάβη κινητήρα", {"code": True}, "no-code"),
        ("Tør", {"code": True}, "no-code"),
        ("?!", {"code": True}, "no-code"),
        ("1e30", {"type": "number", "unit": "km", "to": "mm"}, "number-too-large"),
        ("1e30", {"type": "number", "unit": "d", "to": "s"}, "number-too-large"),
        ("broken", {"lookup": "states"}, "not-in-look-up"),
        ("5-Apr", {"type": "number"}, "not-a-number"),
        ("1.234,5", {"type": "number"}, "not-a-number"),
        ("1,23.4", {"type": "number", "group": ","}, "not-a-number"),
        ("NaN", {"type": "number"}, "not-a-number"),
        ("١٢", {"type": "number"}, "not-a-number"),
        ("1e999", {"type": "number"}, "number-too-large"),
        (True, {"type": "number"}, "not-a-number"),
        ("1.5", {"type": "integer"}, "not-an-integer"),
        ("maybe", {"type": "boolean"}, "neither-yes-nor-no"),
        ("2026-02-29", {"type": "date"}, "not-a-date"),
        ("5-Apr", {"type": "date"}, "not-a-date"),
        ("2026-02-28T10:00:00Z", {"type": "date"}, "not-a-date"),
        (MIDNIGHT.replace(hour=7), {"type": "date"}, "not-a-date"),
        (MIDNIGHT, {}, "date-for-text"),
        ({"a": 1}, {}, "not-a-text"),
        (["a"], {"type": "number"}, "not-a-number"),
        ("x" * 10_001, {"match": ".*"}, "text-too-long"),
        ("a" * 5_000 + "c", {"match": "(a|a)*b"}, "no-match"),
        ("\ud800", {"match": ".*"}, "not-a-text"),
    ],
)
def test_what_is_wrong_with_a_cell(cell: Any, column: dict[str, Any], code: str) -> None:
    assert code_of(cell, **column) == code


def test_a_sentence_shows_a_long_cell_by_its_beginning() -> None:
    with pytest.raises(Wrong) as wrong:
        read("9" * 5_000 + "x", type="number")
    assert len(wrong.value.sentence) < 120


def test_a_cell_inside_an_object_is_named_by_its_path() -> None:
    column = reader("x", Column(from_="reading.value", type="number"), None, {})
    assert column.of({"reading": {"value": "4.5"}}) == Decimal("4.5")
    assert column.of({"reading": {}}) is None
    assert column.of({"reading.value": "6"}) == 6


@pytest.mark.parametrize(
    "column",
    [
        {"match": "("},
        {"match": "a(?=b)"},
        {"replace": [["a", r"\2"]]},
        {"lookup": "nowhere"},
        {"lookup": "numbers", "split": ","},
        {"type": "number", "unit": "min", "to": "km"},
        {"type": "number", "unit": "furlong", "to": "m"},
        {"type": "number", "to": "h"},
        {"type": "number", "unit": "min"},
        {"type": "date", "formats": ["%Q"]},
        {"type": "date", "formats": ["%d.%m.%Y", "%d %"]},
        {"type": "date", "formats": ["%d.%m."]},
        {"type": "date", "formats": [""]},
        {"type": "moment", "zone": "UTC", "formats": ["%H:%M"]},
        {"type": "moment", "formats": ["%Y-%m-%d %H:%M %Y"]},
        {"type": "integer", "default": "none"},
        {"lookup": "states", "default": "none"},
        {"type": "moment", "default": "2026-01-01T00:00:00"},
        {"unit": "h"},
        {"type": "number", "decimal": ",", "group": ","},
        {"type": "moment", "zone": "Europe/Atlantis"},
    ],
)
def test_what_a_column_cannot_do_is_told_before_a_row_is_read(column: dict[str, Any]) -> None:
    with pytest.raises(MappingFault):
        read("1", **column)


@given(
    number=st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12),
    signs=st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), (".", None)]),
)
def test_a_number_is_read_as_it_was_written_whatever_its_signs(number: Decimal, signs: tuple[str, str | None]) -> None:
    point, group = signs
    text = f"{number:,f}".replace(",", "_").replace(".", point).replace("_", group or "")
    assert read(text, type="number", decimal=point, group=group) == number


OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(MIDNIGHT.replace(year=2), MIDNIGHT.replace(year=9998), timezones=OFFSETS)


@given(MOMENTS, st.sampled_from(["T", " "]))
def test_a_moment_keeps_its_instant_and_its_offset(moment: datetime, between: str) -> None:
    found = read(moment.isoformat(between), type="moment")
    assert (found, found.utcoffset()) == (moment, moment.utcoffset())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2015-01-05T06:00:00.000000Z", "2015-01-05T06:00:00+00:00"),
        ("2015-01-05 06:00+03", "2015-01-05T06:00:00+03:00"),
        ("2015-01-05 06:00:30,5 -0330", "2015-01-05T06:00:30.500000-03:30"),
        ("2015-01-05T06:00:00.1234560000z", "2015-01-05T06:00:00.123456+00:00"),
    ],
)
def test_moments_are_written_in_many_ways(text: str, said: str) -> None:
    assert read(text, type="moment").isoformat() == said


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2015-01-05T06:00:00", "no-zone"),
        ("2015-01-05", "not-a-moment"),
        ("2015-13-05T06:00:00Z", "not-a-moment"),
        ("2015-01-05T06:00:00+00:00:30", "not-a-moment"),
        ("2015-01-05T06:00:00.1234567Z", "not-a-moment"),
        ("0001-01-01T00:00:00+05:00", "not-a-moment"),
        ("yesterday", "not-a-moment"),
        (20150105, "not-a-moment"),
    ],
)
def test_what_is_no_moment(text: Any, code: str) -> None:
    assert code_of(text, type="moment") == code


def test_local_times_are_placed_by_the_clocks_of_their_zone() -> None:
    berlin: dict[str, Any] = {"type": "moment", "zone": "Europe/Berlin", "formats": ["%d.%m.%Y %H:%M"]}
    assert read("01.07.2026 12:00", **berlin) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert read("01.12.2026 12:00", **berlin) == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert code_of("29.03.2026 02:30", **berlin) == "time-that-never-was"
    assert code_of("25.10.2026 02:30", **berlin) == "time-shown-twice"
    assert read("25.10.2026 02:30", **berlin, twice="first") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read("25.10.2026 02:30", **berlin, twice="second") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_zone_of_the_column_counts_more_than_that_of_the_mapping_and_an_offset_more_than_both() -> None:
    column = Column(type="moment", zone="Asia/Tokyo")
    assert reader("x", column, "UTC", {}).of({"x": "2026-01-01 09:00"}) == datetime(2026, 1, 1, tzinfo=UTC)
    assert reader("x", column, "UTC", {}).of({"x": "2026-01-01 09:00Z"}) == datetime(2026, 1, 1, 9, tzinfo=UTC)
