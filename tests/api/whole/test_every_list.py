"""Every list of the interface: taken whole, counted, and asked what cannot be. A new list is here by itself."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.document import made
from tests.api.whole.everything import Asked
from tests.api.whole.story import code_of, link

NDJSON, CSV, PARQUET = "application/x-ndjson", "text/csv", "application/vnd.apache.parquet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BEFORE_EVERYTHING = "2019-12-31T00:00:00Z"

LISTS: dict[str, tuple[str, frozenset[str]]] = {
    path: (operation["operationId"], frozenset(each["name"] for each in operation["parameters"] if "name" in each))
    for path, operations in json.loads(made())["paths"].items()
    for method, operation in operations.items()
    if method == "get" and any(each.get("name") == "cursor" for each in operation.get("parameters", ()))
}
"""The addresses of all lists, each with the name of its question and its parameters."""

PERSONAL = "/v1/organisations/{organisation_id}/members"
"""The one list that is never taken whole; it has no past."""

WHOLE = sorted(LISTS.keys() - {PERSONAL})


def pages(asked: Asked, path: str, query: str) -> list[Any]:
    """Return the members of all pages."""
    answer = asked.get(path, query)
    assert answer.status_code == 200, answer.get_json()
    found = answer.get_json()["items"]
    while (address := link(answer, "next")) is not None:
        answer = asked.story.administrator.get(address)
        found += answer.get_json()["items"]
    return list(found)


def test_a_list_taken_whole_has_the_members_of_all_its_pages_and_as_many_as_are_counted(
    asked: Asked, subtests: pytest.Subtests
) -> None:
    for path in WHOLE:
        with subtests.test(path):
            members = pages(asked, path, "limit=1")
            assert members, "let something happen in `asked` of which this list tells"
            whole = asked.get(path, "count=true", Accept=NDJSON)
            *lines, end = map(json.loads, whole.text.splitlines())
            counted = asked.get(path, "count=true&limit=1").get_json()
            assert (lines, end) == (members, {"end": len(members), "position": counted["position"]})
            assert (counted["count"], whole.headers["X-Count"]) == (len(members), str(len(members)))
            table = asked.get(path, Accept=CSV)
            head, *rows = csv.reader(io.StringIO(table.text, newline=""), strict=True)
            assert (table.mimetype, len(rows)) == (CSV, len(members))
            assert {len(row) for row in rows} == {len(head)}
            assert list(dict.fromkeys(name.partition(".")[0] for name in head)) == list(members[0])


WRONG = {
    "limit=0": "limit",
    "limit=1001": "limit",
    "limit=-1": "limit",
    "limit=ten": "limit",
    "sort=price": "sort",
    "order=price": "order",
    "colour=red": "colour",
    "count=perhaps": "count",
    "limit=5&limit=6": "limit",
    "as_of=2999-01-01T00:00:00Z": "as_of",
    "as_of=2024-01-01T00:00:00": "as_of",
    "as_of=2024-02-30T00:00:00Z": "as_of",
    "recorded_as_of=2999-01-01T00:00:00Z": "recorded_as_of",
    "recorded_as_of=2024-01-01T00:00:00": "recorded_as_of",
    "recorded_as_of=2024-02-30T00:00:00Z": "recorded_as_of",
    "recorded_as_of=999999": "recorded_as_of",
    "recorded_as_of=999999999999999999": "recorded_as_of",
    "recorded_as_of=99999999999999999999": "recorded_as_of",
    "recorded_as_of=-1": "recorded_as_of",
}


def refused(asked: Asked, path: str, query: str, **headers: str) -> tuple[int, str, list[str]]:
    """Return how a question is refused: the status, the code, and the parameters that are named."""
    answer = asked.get(path, query, **headers)
    assert answer.status_code >= 400, query
    return answer.status_code, code_of(answer), [each.get("parameter") for each in answer.get_json()["errors"]]


def test_what_cannot_be_asked_of_a_list_is_refused_by_name(asked: Asked, subtests: pytest.Subtests) -> None:
    for path in sorted(LISTS):
        with subtests.test(path):
            wanted = {query: (422, "shape-differs", [parameter]) for query, parameter in WRONG.items()}
            assert {query: refused(asked, path, query) for query in WRONG} == wanted
            if path != PERSONAL:
                assert refused(asked, path, "limit=5", Accept=NDJSON) == (422, "shape-differs", ["limit"])


def test_cursors_that_are_none_of_a_list_are_refused(asked: Asked, subtests: pytest.Subtests) -> None:
    for path in sorted(LISTS):
        with subtests.test(path):
            other = "/v1/models" if path != "/v1/models" else "/v1/organisations"
            address = link(asked.story.followed().administrator.get(f"{other}?limit=1"), "next")
            assert address is not None
            of_another = address.partition("cursor=")[2]
            for cursor, code in ((of_another, "cursor-of-another-query"), ("nonsense", "cursor-not-readable")):
                for accept in ("application/json", NDJSON, CSV):
                    answer = asked.get(path, f"cursor={cursor}", Accept=accept)
                    assert (answer.status_code, code_of(answer)) == (400, code)


def test_before_the_first_fact_a_list_is_empty_or_there_is_nothing_to_list(
    asked: Asked, subtests: pytest.Subtests
) -> None:
    for path in (path for path in WHOLE if "as_of" in LISTS[path][1]):
        with subtests.test(path):
            for query in (f"as_of={BEFORE_EVERYTHING}", "recorded_as_of=0", f"recorded_as_of={BEFORE_EVERYTHING}"):
                for accept, empty in (("application/json", []), (NDJSON, None)):
                    answer = asked.get(path, f"{query}&count=true", Accept=accept)
                    if answer.status_code == 404:
                        assert code_of(answer) == "not-on-record"
                    elif empty is None:
                        assert json.loads(answer.text)["end"] == 0
                    else:
                        told = answer.get_json()
                        assert (answer.status_code, told["items"], told["count"]) == (200, [], 0)


def test_a_list_is_answered_in_a_media_type_that_was_asked_for_or_not_at_all(
    asked: Asked, subtests: pytest.Subtests
) -> None:
    for path in WHOLE:
        with subtests.test(path):
            answered: dict[str, Callable[[Any], bool]] = {
                "": lambda answer: answer.mimetype == "application/json",
                "*/*": lambda answer: answer.mimetype == "application/json",
                "text/csv; charset=utf-8": lambda answer: answer.mimetype == CSV,
                "text/html, text/csv;q=0.5, application/x-ndjson;q=0.4": lambda answer: answer.mimetype == CSV,
                "text/html": lambda answer: (answer.status_code, code_of(answer)) == (406, "not-acceptable"),
                PARQUET: lambda answer: answer.mimetype == PARQUET,
                XLSX: lambda answer: (answer.status_code, code_of(answer)) == (406, "not-acceptable"),
                "nonsense": lambda answer: (answer.status_code, code_of(answer)) == (406, "not-acceptable"),
            }
            assert {accept for accept, right in answered.items() if not right(asked.get(path, Accept=accept))} == set()


def test_a_list_is_sent_once_to_those_who_have_it(asked: Asked, subtests: pytest.Subtests) -> None:
    for number, path in enumerate(WHOLE):
        with subtests.test(path):
            for accept in (NDJSON, CSV):
                tag = asked.get(path, Accept=accept).headers.get("ETag")
                if tag is None:
                    assert path in GROWING
                    continue
                unchanged = asked.get(path, Accept=accept, If_None_Match=tag)
                assert (unchanged.status_code, unchanged.data) == (304, b"")
                assert asked.get(path, Accept="application/json", If_None_Match=tag).status_code == 200
            asked.story.do(asked.ids["equipment_id"], "report-failure", {"failure_mode": f"smell-{number}"})
            asked.story.followed()
            assert tag is None or asked.get(path, Accept=CSV, If_None_Match=tag).status_code == 200


GROWING = {"/v1/meter-readings/overdue"}
"""Lists whose present answer changes as time goes by."""
