"""Every list of the interface: taken whole, counted, and asked what cannot be. A new list is here by itself."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from tests.api.callers import Bearer
from tests.api.document import made
from tests.api.whole.story import CERTIFIED, FOUNDED, SHIPPED, Story, code_of, link

NDJSON, CSV = "application/x-ndjson", "text/csv"
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
NEEDED = {
    "/v1/equipment/diff": f"from={FOUNDED}",
    "/v1/fleet-figures": "from=2019-01-01T00:00:00Z&to=2024-06-01T00:00:00Z&by=model,month",
}
"""What a list cannot be asked without."""

OF_UNITS = {"/v1/equipment/{equipment_id}/installations"}
"""Lists of one item that is a unit of others."""

SECOND = "2024-02-01T08:00:00Z"


@dataclass
class Asked:
    """A life that every list tells of, and how a list is asked about it."""

    story: Story
    ids: dict[str, UUID]
    unit: UUID

    def get(self, path: str, query: str = "", **headers: str) -> Any:
        parts = [each for each in (NEEDED.get(path), query) if each]
        ids = self.ids | ({"equipment_id": self.unit} if path in OF_UNITS else {})
        return self.story.administrator.get("?".join((path.format(**ids), "&".join(parts))), **headers)


@pytest.fixture
def asked(story: Story, maker: Bearer) -> Asked:
    units = [story.item(f"UX-{number}", steps=2) for number in range(2)]
    first, *ended, _ = [story.item(f"PX-{number}") for number in range(4)]
    story.posted("/v1/models", {"designation": "PX-50", "manufacturer_id": str(story.maker), "occurred_at": FOUNDED})
    for unit, slot in zip(units, ("comp1", "comp2"), strict=True):
        story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
        story.do(first, "install-unit", {"unit_id": str(unit), "slot": slot, "occurred_at": SECOND})
    _contradict(story)
    for mode in ("leak", "fail-to-start"):
        story.do(first, "report-failure", {"failure_mode": mode, "occurred_at": "2024-02-02T08:00:00Z"})
    for day in ("03", "05"):
        story.do(first, "start-repair", {"maintenance_type": "corrective", "occurred_at": f"2024-02-{day}T08:00:00Z"})
        story.do(first, "complete-repair", {"occurred_at": f"2024-02-{day}T12:00:00Z"})
    for mode in ("leak", "fail-to-start"):
        story.do(first, "report-failure", {"failure_mode": mode, "occurred_at": "2024-03-02T08:00:00Z"})
    for month in ("3", "4"):
        period = {"begin": f"2024-0{month}-01T00:00:00Z", "end": f"2024-0{month}-20T00:00:00Z"}
        story.do(first, "report-period", {"meter": "operating-time", "unit": "h", **period, "up": "5", "total": "9"})
        reading = {"meter": "operating-time", "unit": "h", "value": f"{month}00", "occurred_at": period["end"]}
        story.do(first, "record-meter-reading", reading)
    for item in ended:
        story.do(item, "transfer-ownership", {"owner_id": str(story.operator)})
        story.do(item, "decommission", {"reason": "worn"})
    bulletins = [_issued(story, maker, number) for number in ("SB-1", "SB-2")]
    story.followed()
    return Asked(
        story,
        {
            "equipment_id": first,
            "model_id": story.model,
            "bulletin_id": bulletins[0],
            "organisation_id": story.operator,
        },
        units[0],
    )


def _contradict(story: Story) -> None:
    """Let records of items not fit together, and records of units not fit those of their parents."""
    parent = story.item("PX-9")
    for number in range(2):
        item = story.item(f"PX-8{number}", steps=1)
        certified = story.do(item, "certify", {"certificate": "EC-1", "authority": "NB-1", "occurred_at": CERTIFIED})
        story.do(item, "ship", {"place": "site-north", "occurred_at": SHIPPED})
        _declare_wrong(story, item, certified)
        unit = story.item(f"UX-8{number}", steps=2)
        story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": SHIPPED})
        built_in = story.do(
            parent, "install-unit", {"unit_id": str(unit), "slot": f"comp{number}", "occurred_at": SECOND}
        )
        _declare_wrong(story, unit, built_in)


def _declare_wrong(story: Story, item: UUID, receipt: dict[str, Any]) -> None:
    wrong = next(fact["id"] for fact in receipt["facts"] if fact["stream"] == f"equipment:{item}")
    story.posted(f"/v1/streams/equipment:{item}/declare-error", {"wrong_fact": wrong, "explanation": "other-item"})


def _issued(story: Story, maker: Bearer, number: str) -> UUID:
    body = {"number": number, "kind": "recall", "title": "seal", "manufacturer_id": str(story.maker)}
    answer = maker.post("/v1/bulletins", {**body, "models": [str(story.model)], "occurred_at": FOUNDED})
    return UUID(answer.headers["Location"].rpartition("/")[2])


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
