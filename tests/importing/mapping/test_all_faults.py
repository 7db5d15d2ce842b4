"""Faults of a mapping: all of them are told at once, each with its place."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.importing.faults import MOST_TOLD
from api.importing.mapping_files import read_mapping
from tests.importing.mapping.plans import READINGS, MappingFault, understood

SHAPES = [
    ("format = 1", "format = 2"),
    ('source = "urn:test"', 'sorce = "urn:test"'),
    ('path = ["*.csv"]', 'pat = ["*.csv"]\nheadr = true'),
    ("columns.item = {", 'columns.item = { case = "title",'),
    ("required = true }\ncolumns.at", "required = 1, trm = true }\ncolumns.at"),
    ('columns.at = { type = "moment", required = true }', "columns.at = 5"),
    ("columns.hours = {", "columns.Hours = {"),
    ('at = "{at}"', "at = 2026-01-01"),
    ('id = "{item}|{at}"', 'step = 12\nid = { cel = "1", foo = 1 }'),
    ("[[records]]", "[lookups.x]\na = 1.5\nb = 'x'\nc = [1]\n[[records]]"),
    ('{ id = "{item}" }', '[["a"]]'),
]
"""Names and types that are wrong."""
PARTS = [
    ("format = 1", 'format = 1\nzone = "Europe/Atlantis"'),
    ("[files.readings]", "[constants]\neach = 5\nthese = 6\n[files.readings]"),
    ('path = ["*.csv"]', 'path = ["*.csv"]\nencoding = "utf-9"\nwhen = "line"\nprefer = "none"\nunique = ["nowhere"]'),
    ("columns.item = {", 'columns.item = { match = "(",'),
    ("hours = {", 'hours = { lookup = "none",'),
    ('name = "reading"', 'name = "reading"\nwhen = "item"\neach = "line + 1"'),
    ('at = "{at}"', 'at = "{att}"'),
    ('id = "{item}|{at}"', 'id = "{item}|{itm}"'),
    ('{ id = "{item}" }', '{ id = "{itm}" }'),
    ('"{hours}"', '{ cel = "1 +" }'),
    (', unit = "h"', ', unit = "furlong", passes = "x"'),
    ("[[records]]", '[files.more]\npath = ["x"]\ncolumns.a = {}\n[[records]]'),
]
"""What cannot be done."""


def faults(edits: Sequence[tuple[str, str]], look: Callable[[str], object]) -> list[str]:
    """Return what is told of a mapping that was edited."""
    text = READINGS
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    try:
        look(text)
    except MappingFault as fault:
        return list(map(str, fault.each))
    return []


def of_parts(edits: Sequence[tuple[str, str]]) -> list[str]:
    return faults(edits, understood)


def of_shapes(edits: Sequence[tuple[str, str]], folder: Path) -> list[str]:
    def look(text: str) -> None:
        (folder / "m.toml").write_text(text)
        read_mapping(folder / "m.toml")

    return faults(edits, look)


@given(st.lists(st.sampled_from(PARTS), unique=True))
@example(PARTS)
def test_what_cannot_be_done_is_told_of_every_part_as_if_it_were_the_only_one(edits: list[tuple[str, str]]) -> None:
    assert sorted(of_parts(edits)) == sorted(fault for each in edits for fault in of_parts([each]))


@pytest.mark.parametrize(
    "other", ['command = "x"\nfact = "equipment.released"', 'command = "equipment.red"', "step = 1"]
)
def test_a_record_that_becomes_nothing_known_is_looked_at_as_far_as_it_can_be(other: str) -> None:
    edits = [each for each in PARTS if "furlong" not in each[1]]  # which values a field takes is not known
    wrong = ('command = "equipment.record_meter_reading"', other)
    (alone,) = of_parts([wrong])
    assert sorted(of_parts([*edits, wrong])) == sorted([*of_parts(edits), alone])


@given(edits=st.lists(st.sampled_from(SHAPES), unique=True))
@example(edits=SHAPES)
def test_every_name_and_type_that_is_wrong_is_told_as_if_it_were_the_only_one(
    tmp_path: Path, edits: list[tuple[str, str]]
) -> None:
    alone = [fault for each in edits for fault in of_shapes([each], tmp_path)]
    assert sorted(of_shapes(edits, tmp_path)) == sorted(alone)


@pytest.mark.parametrize("edit", [*PARTS, *SHAPES])
def test_each_of_them_is_told(edit: tuple[str, str], tmp_path: Path) -> None:
    assert (of_parts if edit in PARTS else lambda edits: of_shapes(edits, tmp_path))([edit])


def test_no_fault_is_lost_among_the_others(tmp_path: Path) -> None:
    assert (len(of_parts(PARTS)), len(of_shapes(SHAPES, tmp_path))) == (20, 17)


def test_the_same_fault_in_several_files_is_told_of_each(tmp_path: Path) -> None:
    more = '[files.{0}]\npath = ["{0}"]\ncolumns.fine = {{}}\ncolumns.{0} = {{ type = "nr" }}\n'
    edit = ("[[records]]", "".join(map(more.format, ("some", "others"))) + "[[records]]")
    told = [each.partition(": Invalid")[0] for each in of_shapes([edit], tmp_path)]
    assert told == ["files.some.columns.some.type", "files.others.columns.others.type"]


@pytest.mark.parametrize(
    ("edit", "instead"),
    [
        (("format = 1", "format = 2"), "Invalid enum value 2; it is one of 1"),
        (('path = ["*.csv"]', 'path = ["*.csv"]\nformat = "xls"'), "'xls'; it is one of csv, json, ndjson, tsv, xlsx"),
        (("columns.item = {", 'columns.item = { case = "title",'), "'title'; it is one of lower, upper"),
        (('source = "urn:test"', 'source = "urn:test"\nsorce = "x"'), "`sorce`; did you mean source?"),
        (('source = "urn:test"', ""), "`source`"),
    ],
)
def test_what_may_stand_there_instead_is_told(edit: tuple[str, str], instead: str, tmp_path: Path) -> None:
    (told,) = of_shapes([edit], tmp_path)
    assert told.endswith(instead)


def test_of_very_many_the_first_are_told_and_the_number_of_the_others() -> None:
    columns = "".join(f'columns.c{number} = {{ lookup = "none" }}\n' for number in range(60))
    with pytest.raises(MappingFault) as refused:
        understood(READINGS.replace("columns.item", f"{columns}columns.item"))
    first, *told, last = str(refused.value).splitlines()
    assert (first, len(told), last) == ("It has 60 faults:", MOST_TOLD, "  … and 40 more")
    assert told[7] == "  files.readings.columns.c7: there is no look-up none"
