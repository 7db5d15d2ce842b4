"""Rows of one key that look at each other: what they see, what it costs, and how far it is."""

import resource
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.importing.accounts import Account
from api.importing.around import MOST_COPIED, MOST_SIFTED, Around, in_parts
from api.importing.expressions import Kind, Language
from api.importing.faults import Wrong
from tests.importing.mapping.plans import READINGS, plan, units

KEYED = READINGS.replace('path = ["*.csv"]', 'path = ["*.csv"]\nkey = "{item}"\nmoment = "at"')
VARIABLES = {"at": Kind.TEXT, "what": Kind.ANY, "number": Kind.INTEGER, "parts": Kind.LIST, "in": Kind.ANY}
EXPRESSIONS = (
    "maint.exists(m, m.what == what && m.at < at)",
    "maint.filter(m, m.what == what && m.at >= at).map(m, m.at)",
    "failures.exists(at, at.at == 'a') ? at : string(number)",
    "maint.filter(m, m.at > at)[0].at",
    "what == null ? parts : failures.map(f, f.what)",
    "maint.size() + failures.size() + number",
    "parts.map(p, p + at).exists(what, what == 'aa')",
    "failures.exists(f, f.number in [number, number + 1])",
    "failures.all(f, 10 / (f.number - number) > 0)",
)
SIFTING = (
    EXPRESSIONS[1],
    EXPRESSIONS[3],
    "maint.filter(m, m.what != ')' && m.at != \"(\").size() + maint.map(m, m.number)[0]",
    "maint.map(m, m.number > number, m.at + r'\\d(')",
    "maint . filter (m, failures[0].at == m.at) . map(m, (m.number + 1) * 2)",
    "[maint.filter(m, m.parts.size() > 0), failures.map(f, f.parts.map(p, p + at))]",
    "maint.map(m, 10 / (m.number - number))",
    "maint.filter(m, m.at).size()",
    "maint.filter(m, m.what == null).exists(m, m.number in [number, number + 1])",
)
AS_WRITTEN = (
    "failures.exists(maint, maint.parts.filter(p, p > at) == [])",
    "maint.filter(m, failures.filter(f, f.at == m.at).size() > 1)",
    "maint.map(m, 1) // (",
)
_LETTERS = st.sampled_from("abc")
_ROWS = st.fixed_dictionaries(
    {
        "at": _LETTERS,
        "what": st.none() | _LETTERS,
        "number": st.integers(0, 3),
        "parts": st.lists(_LETTERS, max_size=2),
        "in": st.none(),
    }
)


def said(text: str, own: dict[str, Any], lists: dict[str, Any]) -> Any:
    """Return what an expression says, or why it says nothing."""
    files = ("maint", "failures")
    expression = Language(VARIABLES | dict.fromkeys(files, Kind.LIST), files).compile("it", text)
    try:
        return expression.value({**own, **lists})
    except Wrong as wrong:
        return wrong.sentence


@given(st.sampled_from(EXPRESSIONS), st.lists(_ROWS, max_size=4), st.lists(_ROWS, min_size=1, max_size=4))
@example(EXPRESSIONS[3], [], [{"at": "a", "what": None, "number": 0, "parts": [], "in": None}])
def test_rows_see_the_same_around_them_as_if_the_lists_were_given_to_each(
    text: str, maint: list[dict[str, Any]], failures: list[dict[str, Any]]
) -> None:
    around = Around({"maint": maint, "failures": failures})
    for own in failures:
        assert said(text, own, around.lists) == said(text, own, {"maint": maint, "failures": failures})


def test_the_lists_of_a_key_are_given_once_and_not_for_each_of_its_rows() -> None:
    rows: list[dict[str, Any]] = [
        {"at": str(number), "what": None, "number": 1, "parts": [], "in": None} for number in range(300)
    ]
    around = Around({"maint": rows, "failures": rows})
    files = ("maint", "failures")
    expression = Language(VARIABLES | dict.fromkeys(files, Kind.LIST), files).compile("it", EXPRESSIONS[7])
    for own in rows:
        assert expression.value({**own, **around.lists}) is True
    assert 1 <= around.given < 30


def test_what_a_row_says_is_let_go_when_it_was_looked_at() -> None:
    rows: list[dict[str, Any]] = [{"at": "a", "what": None, "number": 1, "parts": [], "in": None}]
    lists, at = Around({"maint": rows, "failures": rows}).lists, f"long {len(rows)} ago"
    files = ("maint", "failures")
    expression = Language(VARIABLES | dict.fromkeys(files, Kind.LIST), files).compile("it", EXPRESSIONS[0])
    before = sys.getrefcount(at)
    for _ in range(100):
        expression.value({**rows[0], "at": at, **lists})
    assert sys.getrefcount(at) - before < 10


def test_a_row_sees_what_was_derived_of_those_before_it_and_all_rows_see_it_afterwards() -> None:
    derived = """
derived.later = "readings.exists(r, r.at > at)"
derived.first = "true"
derived.before = "readings.filter(r, has(r.first)).size()"
"""
    text = KEYED.replace('moment = "at"', f'moment = "at"{derived}')
    text = text.replace(
        'id = "{item}|{at}"', 'id = { cel = "string(before) + string(readings.map(r, r.before).size())" }'
    )
    times = [f"2026-01-01T12:00:0{second}Z" for second in range(3)]
    found, heard = units(text, {"readings": [{"item": "a", "at": at, "hours": "1"} for at in times]})
    assert [entry.source.id for unit in found for entry in unit] == ["13", "23", "33"]
    assert heard.looks == 6


@given(
    st.sampled_from(SIFTING),
    st.lists(_ROWS, min_size=4, max_size=4),
    st.lists(_ROWS, min_size=1, max_size=2),
    st.sampled_from([1, 70]),
)
def test_long_lists_are_gone_through_in_parts_and_say_the_same(
    text: str, maint: list[dict[str, Any]], failures: list[dict[str, Any]], times: int
) -> None:
    rows = {"maint": maint * times, "failures": failures}
    lists = Around(rows).lists
    assert in_parts(text, frozenset(rows)) not in {None, text}
    for own in failures:
        assert said(text, own, lists) == said(text, own, rows)


@pytest.mark.parametrize(
    "text", ["failures.exists(maint, maint.parts.filter(p, p > at) == [])", "maint.map(m, 1) // ("]
)
def test_what_cannot_be_told_apart_is_gone_through_as_it_is_written(text: str) -> None:
    assert in_parts(text, frozenset(["maint", "failures"])) is None


def test_what_keeps_all_of_many_rows_copies_little_and_of_too_many_it_is_refused() -> None:
    rows: list[dict[str, Any]] = [{"at": "a", "what": None, "number": 1, "parts": [], "in": None}] * (MOST_SIFTED + 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lists = Around({"maint": rows[:MOST_SIFTED], "failures": rows}).lists
    assert said("maint.filter(m, m.at == at).size()", rows[0], lists) == MOST_SIFTED
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024
    refused = said("failures.filter(f, f.at > at).size()", rows[0], lists)
    assert f"keeps some of {MOST_SIFTED + 1:,} rows of failures; it may go through {MOST_SIFTED:,}" in refused
    copied = said("parts.filter(p, p > at).size()", {**rows[0], "parts": ["a"] * (MOST_COPIED + 1)}, lists)
    assert f"keeps some of {MOST_COPIED + 1:,} rows of parts; it may go through {MOST_COPIED:,}" in copied
    assert said(EXPRESSIONS[0], rows[0], lists) is False


def test_it_is_told_how_far_it_is_while_the_rows_of_one_key_are_looked_at() -> None:
    account, looked = Account(), []
    account.moved = lambda: looked.append(account.looked)
    text = KEYED.replace('moment = "at"', 'moment = "at"\nderived.later = "readings.exists(r, r.at > at)"')
    times = [f"2026-01-01T12:00:0{second}Z" for second in range(4)]
    with plan(text, {"readings": [{"item": "a", "at": at, "hours": "1"} for at in times]}) as made:
        assert len(list(made.lanes(1, account))) == 1
    assert (looked, account.settled) == ([0, 1, 1, 2, 2, 3, 3, 4], 0)


def test_it_is_told_how_far_it_is_while_rows_are_looked_at_that_stand_alone() -> None:
    account, looked = Account(), []
    account.moved = lambda: looked.append(account.looked)
    rows = [{"item": "a", "at": f"2026-01-01T12:00:0{second}Z", "hours": "1"} for second in range(4)]
    with plan(READINGS, {"readings": rows}) as made:
        assert len([unit for lane in made.lanes(1, account) for unit in lane]) == 4
    assert (looked, account.settled) == ([1, 2, 3, 4], 0)
