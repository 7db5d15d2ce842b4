"""Rows of which it is not known where they belong: to which key, or when."""

import pytest

from tests.importing.mapping.plans import READINGS, FileFault, told, units

NOON = "2026-01-01T12:00:00Z"
ROWS = [{"item": "", "at": NOON, "hours": "1"}, {"item": "a", "at": NOON, "hours": "1"}]
KEYED = READINGS.replace('path = ["*.csv"]', 'path = ["*.csv"]\nkey = "{item}"').replace("{ required = true }", "{}", 1)
WHOLE = KEYED.replace('key = "{item}"', 'key = "{item}"\nunique = ["at"]')
REQUIRED = "columns.item = { required = true }"
SEEN = 'moment = "seen"\ncolumns.seen = { type = "moment" }\n'
BY_TIME = READINGS.replace("format = 1", 'format = 1\norder = "time"').replace("columns.item", f"{SEEN}columns.item")


@pytest.mark.parametrize("text", [WHOLE, WHOLE.replace("columns.item = {}", REQUIRED)], ids=["optional", "required"])
def test_a_row_without_a_key_ends_the_import_where_rows_of_a_key_belong_together(text: str) -> None:
    with pytest.raises(FileFault, match="It is not known what the row is about"):
        units(text, {"readings": ROWS})


@pytest.mark.parametrize("text", [KEYED, KEYED.replace("columns.item = {}", REQUIRED)], ids=["optional", "required"])
def test_elsewhere_it_is_refused_by_itself(text: str) -> None:
    found, heard = units(text, {"readings": ROWS})
    assert told(found) == [[("reading", f"a|{NOON}")]]
    assert [(line, code) for code, _, line in heard.lines] in ([(2, "empty-key")], [(2, "empty-cell")])


@pytest.mark.parametrize("text", [KEYED.replace("columns.item", f"{SEEN}columns.item"), BY_TIME], ids=["key", "time"])
def test_a_row_without_the_moment_by_which_it_is_put_in_order_is_refused(text: str) -> None:
    rows = [{**ROWS[1], "item": "a", "seen": NOON}, {**ROWS[1], "item": "b", "seen": ""}]
    found, heard = units(text, {"readings": rows})
    assert told(found) == [[("reading", f"a|{NOON}")]]
    assert heard.lines == [("empty-moment", "readings", 3)]


def test_it_refuses_the_rows_beside_it_where_they_belong_together() -> None:
    text = WHOLE.replace("columns.item", f"{SEEN}columns.item")
    _, heard = units(text, {"readings": [{**ROWS[1], "seen": NOON}, {**ROWS[1], "seen": ""}]})
    assert sorted(heard.lines) == [("beside-a-wrong-row", "readings", 2), ("empty-moment", "readings", 3)]
