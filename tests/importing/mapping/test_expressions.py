"""What expressions say, as plain values."""

import sys

import pytest

from api.importing.expressions import Kind, Language

ROWS = [{"what": None, "parts": [None, "a"]}, {"what": "b", "parts": []}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what", None),
        ("[what, 'a', [what]]", [None, "a", [None]]),
        ("{'a': what, 'b': {'c': what}}", {"a": None, "b": {"c": None}}),
        ("rows.filter(r, r.what != 'b')", ROWS[:1]),
        ("rows.map(r, r.parts)", [[None, "a"], []]),
    ],
)
def test_what_says_nothing_a_thousand_times_takes_nothing_from_the_interpreter(text: str, said: object) -> None:
    expression = Language({"what": Kind.ANY, "rows": Kind.LIST}).compile("it", text)
    before = sys.getrefcount(None)
    for _ in range(1_000):
        assert expression.value({"what": None, "rows": ROWS}) == said
    assert before - sys.getrefcount(None) < 500, "each null took a reference to None: at none the process ends"
