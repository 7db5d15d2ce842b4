"""What a mapping cannot do, told before a row is read."""

import pytest

from tests.importing.mapping.plans import READINGS, MappingFault, understood


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"{hours}"', '"{hour}"', "names no column"),
        ('"{hours}"', '"{hours"', "single brace"),
        ('"{hours}"', '{ cel = "hour" }', "undeclared reference"),
        ('"{hours}"', '{ cel = "1 +" }', "not understood"),
        ('"{hours}"', "{ }", "exactly one"),
        ('"{hours}"', '{ of = "{hours}", lookup = "none" }', "no look-up"),
        ('from = "readings"', 'from = "reading"', "no file reading"),
        (
            "equipment.record_meter_reading",
            "equipment.record_meter_readin",
            "did you mean equipment.record_meter_reading",
        ),
        ("value =", "valu =", "has no field valu"),
        (', unit = "h" }', " }", "does not say unit"),
        ('name = "reading"', 'name = "reading"\nper = ["item"]', "has no key"),
        ("columns.item", "columns.readings", "has the name of a file"),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nwhen = "line > 1"\ncolumns.type = {}', "type: stands for a type"),
        ("[files.readings]", "[constants]\nlist = 5\n[files.readings]", "list: stands for a type"),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nunique = ["item"]', "unique needs"),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nmoment = "hours"', "no column of the type moment"),
        ("format = 1", 'format = 1\norder = "time"', "order is by time"),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nwhen = "items == 1"', "undeclared reference"),
        (
            'path = ["*.csv"]',
            'path = ["*.csv"]\nwhen = "line"',
            "files.readings.when: 'line' is neither true nor false",
        ),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nwhen = "hours"', "when: 'hours' is neither true nor false"),
        (
            'path = ["*.csv"]',
            'path = ["*.csv"]\nencoding = "utf-9"',
            "files.readings.encoding: there is no encoding utf-9",
        ),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nencoding = "a\\u0000"', "there is no encoding"),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nseparator = "\\n"', "separator: a line ends there"),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nseparator = ""', "separator: is empty"),
        ('path = ["*.csv"]', 'path = ["*.csv"]\nseparator = ";"\nquote = ";"', "separator: is the same sign"),
        ("format = 1", 'format = 1\nzone = "Europe/Atlantis"', "zone: there is no zone Europe/Atlantis"),
        ("[files.readings]", "[constants]\neach = 5\n[files.readings]", "constants.each: has the name"),
        ("[files.readings]", "[constants]\nline = 5\n[files.readings]", "constants.line: has the name"),
        ('name = "reading"', 'name = "reading"\neach = "line + 1"', "each: 'line \\+ 1' is no list"),
        ('name = "reading"', 'name = "reading"\nwhen = "item.matches(\'(\')"', r"when: \( is no regular expression"),
        ('name = "reading"', 'name = "reading"\nwhen = "1 / 0 == 1"', "when: .* says nothing here: divide by zero"),
        ('"{hours}"', "{ cel = \"{'a': hours}\" }", "value: .* says nothing that can be recorded"),
        ('"{hours}"', '{ cel = "hours", default = "none" }', "value: value is not a decimal number"),
        ('{ id = "{item}" }', '{ item = "{item}", manufacturer = "me" }', "_id: The manufacturer “me” is not an id"),
        ('unit = "h"', 'unit = "furlong"', "unit: operating-time counts in h, not in furlong"),
        ('at = "{at}"', 'at = "2026-01-01T00:00:00"', "at: when it happened is no moment with its offset"),
        ('at = "{at}"', 'at = "2026-01-01T00:00:00+00:00:30"', "at: when it happened is no moment with its offset"),
    ],
)
def test_what_a_mapping_cannot_do_is_told_before_a_row_is_read(old: str, new: str, said: str) -> None:
    assert old in READINGS
    with pytest.raises(MappingFault, match=said):
        understood(READINGS.replace(old, new))
