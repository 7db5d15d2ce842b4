"""What rows become: alone, and seen together."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.equipment.meters_commands import RecordMeterReading
from tests.importing.mapping.plans import READINGS, FileFault, Heard, only, plan, told, understood, units

NOON = "2026-01-01T12:00:00Z"
KEYED = READINGS.replace('path = ["*.csv"]', 'path = ["*.csv"]\nkey = "{item}"\nmoment = "at"')


def reading(item: str = "a", hours: str = "5", at: str = NOON) -> dict[str, str]:
    """Return a row."""
    return {"item": item, "hours": hours, "at": at}


def test_a_row_becomes_a_command_with_its_moment_its_source_and_its_place() -> None:
    found, heard = units(READINGS, {"readings": [reading()]})
    entry = only(found)
    assert isinstance(entry.command, RecordMeterReading)
    namespace = uuid5(UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8"), "urn:test")
    assert (entry.command.equipment_id, entry.command.value) == (uuid5(namespace, "a"), Decimal(5))
    assert entry.occurred_at == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert (entry.source.source, entry.source.id) == ("urn:test", f"a|{NOON}")
    assert entry.place is not None
    assert (entry.place.file, entry.place.line) == ("readings.csv", 2)
    assert heard.lines == []


def test_a_wrong_row_is_told_with_its_column_and_the_others_go_on() -> None:
    rows: list[dict[str, str] | str] = [
        reading(),
        reading(hours="5-Apr"),
        reading("c", hours=""),
        "not-csv",
        reading("d"),
    ]
    found, heard = units(READINGS, {"readings": rows})
    assert [id_ for ((_, id_),) in told(found)] == [f"a|{NOON}", f"d|{NOON}"]
    assert heard.lines == [("not-a-number", "readings", 3), ("field-empty", "readings", 4), ("not-csv", "readings", 5)]
    assert [each.column for each in heard.findings] == ["hours", None, None]


def test_a_value_that_the_command_would_refuse_is_refused_with_its_sentence() -> None:
    _, heard = units(READINGS, {"readings": [reading(hours="-5")]})
    (finding,) = heard.findings
    assert (finding.code, finding.sentence) == ("field-wrong", "reading: value is less than 0.")


def test_rows_that_do_not_count_are_left_out() -> None:
    text = READINGS.replace('path = ["*.csv"]', 'path = ["*.csv"]\nwhen = "item != \'b\'"')
    found, heard = units(text, {"readings": [reading("a"), reading("b")]})
    assert (len(found), heard.lines) == (1, [("left out", "readings", 3)])


def test_a_row_that_becomes_nothing_is_left_out() -> None:
    text = READINGS.replace('name = "reading"', 'name = "reading"\nwhen = "hours > 6"')
    found, heard = units(text, {"readings": [reading(hours="7"), reading("b", hours="6")]})
    assert (len(found), heard.lines) == (1, [("left out", "readings", 3)])


def test_rows_follow_as_they_stand_or_by_time() -> None:
    late, early = reading("a", at="2026-01-02T00:00:00Z"), reading("b", at="2026-01-01T23:00:00-02:00")
    rows = {"readings": [late, early, reading("c")]}
    as_they_stand, _ = units(READINGS, rows)
    by_time = READINGS.replace("format = 1", 'format = 1\norder = "time"').replace(
        "columns.item", 'moment = "at"\ncolumns.item'
    )
    in_order, _ = units(by_time, rows)
    assert [ids[0][1][0] for ids in told(as_they_stand)] == ["a", "b", "c"]
    assert [ids[0][1][0] for ids in told(in_order)] == ["c", "a", "b"]


def test_rows_of_one_key_follow_by_time_whatever_file_they_stand_in() -> None:
    text = KEYED + KEYED[KEYED.index("[files") :].replace("readings", "more").replace('"reading"', '"more"')
    rows = {
        "readings": [reading("a", at="2026-01-03T00:00:00Z"), reading("b"), reading("a", at="2026-01-01T00:00:00Z")],
        "more": [reading("a", at="2026-01-02T00:00:00Z")],
    }
    found, _ = units(text, rows)
    assert [(record, id_) for ((record, id_),) in told(found)] == [
        ("reading", "a|2026-01-01T00:00:00Z"),
        ("reading", "a|2026-01-03T00:00:00Z"),
        ("more", "a|2026-01-02T00:00:00Z"),
        ("reading", f"b|{NOON}"),
    ]


NUMBERED = (
    KEYED + 'reason = "no-{number}"\n[files.readings.derived]\nnumber = "readings.filter(r, r.at <= at).size()"\n'
)


def test_what_is_derived_from_the_rows_of_a_key_makes_them_one_unit() -> None:
    rows = [reading("a", at=f"2026-01-0{day}T00:00:00Z") for day in (3, 1, 2)] + [reading("b")]
    (first, second), _ = units(NUMBERED, {"readings": rows})
    assert [each.reason for each in first] == ["no-1", "no-2", "no-3"]
    assert [row.place.line for _, row in first.rows] == [3, 4, 2]
    assert [each.reason for each in second] == ["no-1"]
    assert understood(NUMBERED).whole
    assert not understood(KEYED).whole


def test_if_one_row_of_a_key_is_wrong_none_of_them_is_recorded() -> None:
    rows = [reading("a"), reading("b"), reading("a", hours="x", at="2026-01-02T00:00:00Z")]
    found, heard = units(NUMBERED, {"readings": rows})
    assert [ids[0][1] for ids in told(found)] == [f"b|{NOON}"]
    assert sorted(heard.lines) == [("beside-a-wrong-row", "readings", 2), ("not-a-number", "readings", 4)]


def test_if_it_is_not_known_which_key_a_wrong_row_belongs_to_nothing_is_recorded() -> None:
    for wrong in ("not-csv", reading("")):
        with pytest.raises(FileFault, match="no row is recorded"):
            units(NUMBERED, {"readings": [reading("a"), wrong]})
    found, heard = units(KEYED, {"readings": [reading("a"), "not-csv", reading("")]})
    assert (len(found), len(heard.lines)) == (1, 2)


def test_it_is_found_out_before_a_row_without_a_key_is_recorded() -> None:
    text = NUMBERED + READINGS[READINGS.index("[files.readings]") :].replace("readings", "others")
    with plan(text, {"others": [reading("a")], "readings": [reading("")]}) as made, pytest.raises(FileFault):
        next(made.lanes(1, Heard()))


def test_a_row_that_repeats_one_of_a_refused_key_is_heard_of_once() -> None:
    text = KEYED.replace('moment = "at"', 'moment = "at"\nunique = ["item", "at"]')
    rows = [reading(), reading(), reading(hours="", at="2026-01-02T00:00:00Z")]
    found, heard = units(text, {"readings": rows})
    assert (found, sorted(heard.lines)) == (
        [],
        [("beside-a-wrong-row", "readings", 2), ("field-empty", "readings", 4), ("repeats", "readings", 3)],
    )


def test_of_rows_that_are_the_same_one_counts_and_rather_one_that_says_more() -> None:
    text = KEYED.replace('moment = "at"', 'moment = "at"\nunique = ["item", "at"]\nprefer = "hours"')
    rows = [reading(hours=""), reading(hours="7"), reading(hours="8")]
    found, heard = units(text, {"readings": rows})
    command = only(found).command
    assert isinstance(command, RecordMeterReading)
    assert command.value == 7
    assert heard.lines == [("repeats", "readings", 2), ("repeats", "readings", 4)]


def test_a_record_may_be_made_once_for_each_combination_of_columns() -> None:
    text = KEYED.replace('name = "reading"', 'name = "reading"\nper = ["hours"]').replace(
        'unit = "h" }', 'unit = "h" }\nreason = "of-{item}"'
    )
    rows = [reading(hours=hours, at=f"2026-01-0{day}T00:00:00Z") for day, hours in enumerate("5565", start=1)]
    (unit,), _ = units(text, {"readings": rows})
    assert [each.occurred_at.day for each in unit] == [1, 3]
    assert len(unit.rows) == 4


def test_a_record_may_be_made_for_each_member_of_a_list() -> None:
    text = READINGS.replace('name = "reading"', "name = \"reading\"\neach = \"['x', 'y']\"").replace(
        'id = "{item}|{at}"', 'id = "{item}|{each}"'
    )
    (unit,), _ = units(text, {"readings": [reading()]})
    assert [id_ for _, id_ in told([unit])[0]] == ["a|x", "a|y"]


def test_an_empty_list_has_no_members() -> None:
    text = READINGS.replace("columns.hours", 'columns.tags = { split = "|" }\ncolumns.hours').replace(
        'name = "reading"', 'name = "reading"\neach = "tags"'
    )
    found, heard = units(
        text.replace("|{at}", "|{each}"), {"readings": [reading() | {"tags": ""}, reading() | {"tags": "a|b"}]}
    )
    assert [id_ for _, id_ in told(found)[0]] == ["a|a", "a|b"]
    assert heard.lines == [("left out", "readings", 2)]


def test_at_one_moment_rows_follow_each_other_and_later_steps_come_after_all_of_them() -> None:
    second = (
        KEYED[KEYED.index("[[records]]") :]
        .replace('"reading"', '"after"')
        .replace('\nid = "', '\nstep = 1\nid = "after|')
    )
    text = NUMBERED.replace("[files.readings.derived]", f"{second}[files.readings.derived]")
    rows = [reading(hours=hours) for hours in "12"]
    (unit,), _ = units(
        text.replace('id = "{item}|', 'id = "{hours}|').replace("after|{item}", "after|{hours}"), {"readings": rows}
    )
    assert unit.records == ("reading", "reading", "after", "after")


def test_what_is_once_for_the_import_comes_first_and_needs_no_file() -> None:
    text = READINGS + (
        '[[records]]\nname = "party"\ncommand = "organisation.register"\nat = "2000-01-01T00:00:00Z"\nid = "x"\n'
        'fields = { organisation_id = { id = "x" }, name = "X" }\n'
    )
    found, _ = units(text, {})
    assert told(found) == [[("party", "x")]]


def test_an_item_is_found_by_its_serial_number() -> None:
    maker = "01890a5d-ac96-774b-bcce-b302099a80aa"
    text = READINGS.replace('{ id = "{item}" }', f'{{ item = "{{item}}", manufacturer = "{maker}" }}')
    found, heard = units(text, {"readings": [reading("known"), reading("unknown")]})
    assert len(found) == 1
    assert heard.lines == [("no-such-item", "readings", 3)]


@given(
    rows=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 28), st.booleans()), max_size=25, unique=True),
    text=st.sampled_from([READINGS, KEYED, NUMBERED]),
)
def test_every_row_becomes_something_or_is_heard_of_once(rows: list[tuple[str, int, bool]], text: str) -> None:
    cells = [
        reading(item, "1" if right else "one", f"2026-01-{day:02}T{int(right):02}:00:00Z") for item, day, right in rows
    ]
    found, heard = units(text, {"readings": cells})
    lines = [row.place.line for unit in found for _, row in unit.rows] + [line for _, _, line in heard.lines]
    assert sorted(lines) == list(range(2, len(cells) + 2))


def test_expressions_compare_moments_at_different_offsets() -> None:
    text = READINGS.replace('name = "reading"', 'name = "reading"\nwhen = "at < \'2026-01-01T12:00:00.000000Z\'"')
    rows = [reading("a", at="2026-01-01T13:30:00+02:00"), reading("b", at="2026-01-01T12:30:00+00:00")]
    found, heard = units(text, {"readings": rows})
    assert (len(found), heard.lines) == (1, [("left out", "readings", 3)])


def test_a_binary_fraction_is_never_recorded() -> None:
    text = READINGS.replace('"{hours}"', '{ cel = "hours * 0.1" }')
    _, heard = units(text, {"readings": [reading(hours="3")]})
    assert heard.lines == [("rounded", "readings", 2)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'name = "reading"',
            'name = "reading"\nwhen = "hours.size() > 1"',
            "records.1 (reading).when: 'hours.size() > 1'",
        ),
        ('"{hours}"', '{ cel = "hours.size()" }', "records.1 (reading).value: 'hours.size()'"),
        ('"{hours}"', '{ cel = "hours / 2.0" }', "records.1 (reading).value: 'hours / 2.0' reckons"),
        ('name = "reading"', 'name = "reading"\neach = "hours"', "records.1 (reading).each: 'hours' is no list"),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nwhen = "hours[0] > 1"', "files.readings.when: 'hours[0] > 1'"),
        ("[[records]]", '[files.readings.derived]\nx = "hours.y"\n[[records]]', "files.readings.derived.x: 'hours.y'"),
    ],
)
def test_an_expression_that_fails_is_told_with_its_place_in_the_mapping(old: str, new: str, said: str) -> None:
    _, heard = units(READINGS.replace(old, new), {"readings": [reading()]})
    (finding,) = heard.findings
    assert finding.sentence.startswith(said)


def test_an_expression_that_would_take_for_ever_is_given_up() -> None:
    deep = "[1,2,3,4,5,6,7,8,9,10].all(x{0}, {1})"
    text = "hours > 0"
    for number in range(7):
        text = deep.format(number, text)
    _, heard = units(
        READINGS.replace('name = "reading"', f'name = "reading"\nwhen = "{text}"'), {"readings": [reading()]}
    )
    assert heard.lines == [("expression-failed", "readings", 2)]
