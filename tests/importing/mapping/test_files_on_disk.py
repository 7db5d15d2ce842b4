"""Files as an import finds them: what they must have before a row of them is taken."""

import json
from pathlib import Path

import pytest

from tests.importing.mapping.files_on_disk import become
from tests.importing.mapping.plans import READINGS, FileFault

OBJECTS = READINGS.replace('path = ["*.csv"]', 'path = ["*.json", "*.ndjson"]')


def lines(folder: Path, *changes: dict[str, object], number: int = 300) -> Path:
    """Write readings, one object a line, the last ones changed."""
    rows: list[dict[str, object]] = [{"item": f"i{at}", "at": "2026-01-01T12:00:00Z"} for at in range(number)]
    rows += [{**rows[0], **change} for change in changes]
    path = folder / "readings.ndjson"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_a_member_that_is_not_required_may_come_late_or_never(tmp_path: Path) -> None:
    optional = OBJECTS.replace('value = "{hours}"', 'value = { cel = "hours == null ? 1 : 2" }')
    assert len(become(optional, lines(tmp_path, {"hours": 5})).units) == 301
    assert len(become(optional, lines(tmp_path)).units) == 300


def test_a_member_that_is_required_stands_in_the_first_rows(tmp_path: Path) -> None:
    required = OBJECTS.replace('hours = { type = "number" }', 'hours = { type = "number", required = true }')
    with pytest.raises(FileFault, match="column-missing: There is no column hours"):
        become(required, lines(tmp_path, {"hours": 5}))
    filled = required.replace("required = true }\n[[", 'required = true, default = "5" }\n[[')
    assert filled != required
    assert len(become(filled, lines(tmp_path, {"hours": 5})).units) == 301


def test_a_column_of_csv_is_always_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("item,at\n1,2026-01-01T12:00:00Z\n")
    with pytest.raises(FileFault, match="column-missing: There is no column hours"):
        become(READINGS, tmp_path)


def test_all_columns_that_are_missing_are_named_and_of_those_that_are_there_the_first(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",".join(f"c{number}" for number in range(300)) + "\n" + "," * 299)
    with pytest.raises(FileFault) as refused:
        become(READINGS, tmp_path)
    missing = "item (files.readings.columns.item), at (files.readings.columns.at), hours (files.readings.columns.hours)"
    there = ", ".join(f"c{number}" for number in range(20))
    sentence = f"There is no column {missing}. It has {there} and 280 more."
    assert refused.value.finding.sentence == sentence


def test_how_many_rows_are_settled_is_known_at_any_time(tmp_path: Path) -> None:
    """Two threads hear of rows, and each asks after every row how far the import is."""
    text = OBJECTS.replace("[files.readings]", "[files.readings]\nwhen = \"item != 'i7'\"")
    account = become(text, lines(tmp_path, {"at": "soon"}, {"item": "i7"})).account
    assert (account.rows, account.settled, account.refused) == (302, 302, 300)
    assert [line.adds_up for line in account.lines()] == [True]
