"""Cursors: good for the query they were given for, and for nothing else."""

from base64 import urlsafe_b64decode
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursors import Cursors, Mark, Query
from api.refusals import CursorNotReadable, CursorOfAnotherQuery
from tests.api.callers import Bearer, Issue

QUERY = Query(question="registry", filters={"stage": "in_service", "sort": "serial", "q": None}, scope=UUID(int=1))
MARK = Mark(known_at=4711, place=("PX-1", 17, None))
SECRET = "a secret of thirty-two characters"


@given(st.integers(0, 2**62), st.lists(st.none() | st.integers(-(2**62), 2**62) | st.text(max_size=20)), st.booleans())
def test_a_cursor_leads_back_to_its_place(known_at: int, place: list[object], backwards: bool) -> None:  # noqa: FBT001
    mark = Mark(known_at=known_at, place=tuple(place), backwards=backwards)
    cursors = Cursors()
    assert cursors.open(cursors.seal(QUERY, mark), QUERY) == mark


def test_a_cursor_is_good_in_every_process_with_the_same_secret() -> None:
    assert Cursors(SECRET).open(Cursors(SECRET).seal(QUERY, MARK), QUERY) == MARK


def test_without_a_secret_it_is_good_in_one_process() -> None:
    with pytest.raises(CursorNotReadable):
        Cursors().open(Cursors().seal(QUERY, MARK), QUERY)


@pytest.mark.parametrize(
    "other",
    [
        replace(QUERY, question="history"),
        replace(QUERY, filters={"stage": "released", "sort": "serial"}),
        replace(QUERY, filters={"stage": "in_service"}),
        replace(QUERY, filters=dict(QUERY.filters) | {"q": "x"}),
        replace(QUERY, scope=UUID(int=2)),
        replace(QUERY, scope=None),
    ],
)
def test_a_cursor_of_another_query_is_refused(other: Query) -> None:
    cursors = Cursors()
    with pytest.raises(CursorOfAnotherQuery):
        cursors.open(cursors.seal(QUERY, MARK), other)


def test_the_order_of_filters_and_what_is_not_asked_make_no_difference() -> None:
    cursors = Cursors()
    same = replace(QUERY, filters={"sort": "serial", "stage": "in_service"})
    assert cursors.open(cursors.seal(QUERY, MARK), same) == MARK


def test_a_cursor_that_was_changed_anywhere_is_refused() -> None:
    cursors = Cursors()
    cursor = cursors.seal(QUERY, MARK)
    # The last letter may hold bits that mean nothing; every other one counts.
    for index in range(len(cursor) - 1):
        changed = cursor[:index] + ("A" if cursor[index] != "A" else "B") + cursor[index + 1 :]
        with pytest.raises(CursorNotReadable):
            cursors.open(changed, QUERY)


@given(st.text(max_size=100))
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorNotReadable):
        Cursors(SECRET).open(text, QUERY)


def test_a_text_that_is_too_long_is_not_looked_at() -> None:
    with pytest.raises(CursorNotReadable):
        Cursors(SECRET).open("A" * 100_000, QUERY)


def test_a_cursor_tells_nothing_and_is_never_the_same_twice() -> None:
    serial = "PX-2024-000017"  # long enough that no chance spells it
    cursors, mark = Cursors(SECRET), replace(MARK, place=(serial, 17, None))
    one, two = cursors.seal(QUERY, mark), cursors.seal(QUERY, mark)
    assert one != two
    assert serial not in one
    assert serial.encode() not in urlsafe_b64decode(one + "=" * (-len(one) % 4))


def test_pages_follow_each_other(administrator: Bearer) -> None:
    first = administrator.get("/v1/things?colour=red").get_json()
    second = administrator.get(f"/v1/things?colour=red&cursor={first['next']}").get_json()
    assert (second["place"], second["known_at"]) == (["b", 2], 7)


def test_a_cursor_of_another_query_or_organisation_is_a_malformed_request(administrator: Bearer, issue: Issue) -> None:
    cursor = administrator.get("/v1/things?colour=red").get_json()["next"]
    for answer in (
        administrator.get(f"/v1/things?colour=blue&cursor={cursor}"),
        issue("operator", uuid4()).get(f"/v1/things?colour=red&cursor={cursor}"),
    ):
        assert (answer.status_code, answer.get_json()["type"]) == (400, "/v1/refusals/cursor-of-another-query")
    assert administrator.get("/v1/things?cursor=nonsense").get_json()["type"] == "/v1/refusals/cursor-not-readable"
