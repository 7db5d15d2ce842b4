"""Repairs, failures and readings over the interface: what is told of them, to whom, and at what cost."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.callers import Bearer
from tests.api.whole.story import Story, code_of, link
from tests.api.whole.test_cost import counted
from tests.api.whole.test_lives import asked

FAILED, BEGUN, DONE = "2024-02-01T00:00:00Z", "2024-02-01T06:00:00Z", "2024-02-01T10:30:00Z"


def fail(story: Story, item: UUID, at: str = FAILED, mode: str = "leak", **more: str) -> None:
    story.do(item, "report-failure", {"failure_mode": mode, "occurred_at": at, **more})


def begin(story: Story, item: UUID, at: str = BEGUN, kind: str = "corrective") -> dict[str, Any]:
    return story.do(item, "start-repair", {"maintenance_type": kind, "occurred_at": at})


def complete(story: Story, item: UUID, at: str = DONE) -> dict[str, Any]:
    return story.do(item, "complete-repair", {"occurred_at": at})


def listed(story: Story, path: str, caller: Bearer | None = None) -> list[dict[str, Any]]:
    story.followed()
    items: list[dict[str, Any]] = asked(story, path, caller)["items"]
    return items


def serials(story: Story, path: str, caller: Bearer | None = None) -> list[str]:
    return [each["serial"] for each in listed(story, path, caller)]


def test_a_repair_is_told_with_how_long_it_took_and_what_was_done_in_it(story: Story) -> None:
    item, unit = story.item(), story.item("U-1", steps=2)
    story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
    fail(story, item)
    begin(story, item)
    story.do(item, "install-unit", {"unit_id": str(unit), "slot": "comp1", "occurred_at": "2024-02-01T07:00:00Z"})
    begun = story.head - 2
    (open_,) = listed(story, "/v1/repairs")
    assert (open_["state"], open_["ended_at"], open_["hours"], open_["restored"]) == ("open", None, None, [])
    complete(story, item)
    (told,) = listed(story, f"/v1/equipment/{item}/repairs")
    assert told == {
        "equipment_id": str(item),
        "serial": "PX-1",
        "model_id": str(story.model),
        "operator_id": str(story.operator),
        "maintenance_type": "corrective",
        "state": "completed",
        "begun_at": "2024-02-01T06:00:00Z",
        "ended_at": "2024-02-01T10:30:00Z",
        "hours": "4.5",
        "restored": ["leak"],
        "units": [{"unit_id": str(unit), "slot": "comp1", "change": "installed", "at": "2024-02-01T07:00:00Z"}],
        "beyond_economic_repair": False,
        "began_by": told["began_by"],
    }
    assert told["began_by"] <= begun
    assert listed(story, "/v1/repairs?as_of=2024-02-01T10:00:00Z") == [open_]
    assert listed(story, f"/v1/repairs?recorded_as_of={story.head - 1}") == [open_]
    assert listed(story, "/v1/repairs?as_of=2024-02-01T05:00:00Z") == []


def test_a_completion_that_was_an_error_opens_the_repair_again(story: Story) -> None:
    item = story.item()
    begin(story, item)
    wrong = complete(story, item)
    assert serials(story, "/v1/repairs?state=open") == []
    body = {"wrong_fact": wrong["facts"][0]["id"], "explanation": "wrong-entry"}
    story.posted(f"/v1/streams/equipment:{item}/declare-error", body)
    assert serials(story, "/v1/repairs?state=open") == ["PX-1"]
    assert serials(story, f"/v1/repairs?state=completed&recorded_as_of={story.head - 1}") == ["PX-1"]


def test_repairs_are_found_sorted_and_counted(story: Story, operator: Bearer, stranger: Bearer) -> None:
    short, long, still, given_up = (story.item(serial) for serial in ("PX-1", "PX-2", "PX-3", "PX-4"))
    begin(story, long, "2024-02-02T00:00:00Z")
    complete(story, long, "2024-02-09T00:00:00Z")
    begin(story, short, "2024-02-03T00:00:00Z", "preventive")
    complete(story, short, "2024-02-03T01:00:00Z")
    begin(story, still, "2024-02-04T00:00:00Z")
    begin(story, given_up, "2024-02-05T00:00:00Z")
    story.do(given_up, "declare-beyond-economic-repair", {"occurred_at": "2024-02-05T01:00:00Z"})
    story.do(given_up, "decommission", {"reason": "worn-out", "occurred_at": "2024-02-05T02:00:00Z"})
    everything = ["PX-2", "PX-1", "PX-3", "PX-4"]
    assert serials(story, "/v1/repairs") == serials(story, "/v1/repairs", operator) == everything
    assert serials(story, "/v1/repairs", stranger) == []
    assert serials(story, "/v1/repairs?sort=longest") == ["PX-3", "PX-2", "PX-4", "PX-1"]
    assert serials(story, "/v1/repairs?maintenance_type=preventive") == ["PX-1"]
    assert serials(story, f"/v1/repairs?model_id={story.model}&operator_id={story.operator}") == everything
    assert serials(story, f"/v1/repairs?operator_id={story.maker}") == []
    assert serials(story, f"/v1/repairs?equipment_id={short}") == ["PX-1"]
    assert serials(story, "/v1/repairs?from=2024-02-03T00:00:00Z&to=2024-02-05T00:00:00Z") == ["PX-1", "PX-3"]
    assert serials(story, "/v1/repairs?longer_than=1") == ["PX-2", "PX-3", "PX-4"]
    assert serials(story, "/v1/repairs?longer_than=20&as_of=2024-02-04T20:00:00Z") == ["PX-2"]
    assert serials(story, "/v1/repairs?longer_than=19&as_of=2024-02-04T20:00:00Z") == ["PX-2", "PX-3"]
    (found,) = listed(story, "/v1/repairs?state=given_up")
    assert (found["serial"], found["hours"], found["beyond_economic_repair"]) == ("PX-4", "2", True)
    assert asked(story, "/v1/repairs?count=true&limit=1")["count"] == 4
    assert asked(story, "/v1/repairs?count=true&limit=1&state=completed")["count"] == 2


@pytest.mark.parametrize("sort", ["begun", "longest"])
def test_repairs_come_in_pages_forth_and_back(story: Story, sort: str) -> None:
    for number in range(4):
        item = story.item(f"PX-{number}")
        begin(story, item, f"2024-02-0{number + 1}T00:00:00Z")
        if number % 2:
            complete(story, item, "2024-02-09T00:00:00Z")
    whole = serials(story, f"/v1/repairs?sort={sort}")
    page = story.administrator.get(f"/v1/repairs?sort={sort}&limit=1")
    seen = [page.get_json()["items"][0]["serial"]]
    while (address := link(page, "next")) is not None:
        page = story.administrator.get(address)
        seen += [each["serial"] for each in page.get_json()["items"]]
    back = seen[-1:]
    while (address := link(page, "prev")) is not None:
        page = story.administrator.get(address)
        back += [each["serial"] for each in page.get_json()["items"]]
    assert seen == back[::-1] == whole
    assert len(whole) == 4


def test_a_failure_is_told_with_what_was_found_and_the_repair_that_ended_it(story: Story) -> None:
    item = story.item()
    fail(story, item, impact="critical", detection="monitoring", operating_time="12.5")
    fail(story, item, "2024-02-01T01:00:00Z", "noise", impact="incipient")
    path = "/v1/failures?failure_mode=leak"
    (before,) = listed(story, path)
    assert (before["diagnoses"], before["repair"]) == ([], None)
    found = {"failure_mode": "leak", "mechanism": "wear", "cause": "age", "slot": "comp1"}
    story.do(item, "diagnose-failure", {**found, "occurred_at": "2024-02-01T03:00:00Z"})
    begin(story, item)
    complete(story, item)
    (told,) = listed(story, path)
    (repair,) = listed(story, "/v1/repairs")
    assert told == {
        "equipment_id": str(item),
        "serial": "PX-1",
        "model_id": str(story.model),
        "failure_mode": "leak",
        "impact": "critical",
        "detection": "monitoring",
        "operating_time": "12.5",
        "unit_id": None,
        "failed_at": FAILED,
        "position": before["position"],
        "diagnoses": [
            {"mechanism": "wear", "cause": "age", "slot": "comp1", "unit_id": None, "found_at": "2024-02-01T03:00:00Z"}
        ],
        "repair": {
            "ended_at": DONE,
            "maintenance_type": "corrective",
            "begun_at": BEGUN,
            "began_by": repair["began_by"],
        },
    }
    modes = [(each["failure_mode"], each["repair"]) for each in listed(story, "/v1/failures")]
    assert modes == [("leak", told["repair"]), ("noise", None)]
    assert listed(story, f"{path}&as_of=2024-02-01T02:00:00Z") == [before]


def test_failures_are_found_and_counted(story: Story, operator: Bearer, stranger: Bearer) -> None:
    item, other, unit = story.item("PX-1"), story.item("PX-2"), story.item("U-1", steps=2)
    story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
    story.do(item, "install-unit", {"unit_id": str(unit), "slot": "comp1", "occurred_at": "2024-01-20T00:00:00Z"})
    fail(story, item, "2024-02-01T00:00:00Z", unit_id=str(unit))
    fail(story, other, "2024-02-02T00:00:00Z", impact="degraded")
    fail(story, item, "2024-02-03T00:00:00Z", "noise", impact="incipient")
    for each, cause in ((item, "age"), (other, "use")):
        found = {"failure_mode": "leak", "mechanism": "wear", "cause": cause, "occurred_at": "2024-02-04T00:00:00Z"}
        story.do(each, "diagnose-failure", found)
    everything = ["PX-1", "PX-2", "PX-1"]
    assert serials(story, "/v1/failures") == serials(story, "/v1/failures", operator) == everything
    assert serials(story, "/v1/failures", stranger) == []
    assert serials(story, f"/v1/failures?model_id={story.model}") == everything
    assert serials(story, "/v1/failures?mechanism=wear") == ["PX-1", "PX-2"]
    assert serials(story, "/v1/failures?mechanism=wear&cause=use") == ["PX-2"]
    assert serials(story, "/v1/failures?cause=nothing") == []
    assert serials(story, "/v1/failures?cause=use&as_of=2024-02-03T00:00:00Z") == []
    assert serials(story, "/v1/failures?impact=incipient") == ["PX-1"]
    assert serials(story, f"/v1/failures?equipment_id={other}") == ["PX-2"]
    assert serials(story, f"/v1/failures?unit_id={unit}&failure_mode=leak") == ["PX-1"]
    assert serials(story, "/v1/failures?from=2024-02-02T00:00:00Z&to=2024-02-03T00:00:00Z") == ["PX-2"]
    assert asked(story, "/v1/failures?count=true&limit=1&failure_mode=leak")["count"] == 2


def test_the_readings_of_an_item_are_told_also_where_they_do_not_count(story: Story) -> None:
    item = story.item()
    said = {"meter": "operating-time", "unit": "h"}
    receipts = [
        story.do(item, command, {**said, "value": value, "occurred_at": at})["facts"][0]
        for command, value, at in (
            ("record-meter-reading", "100", "2024-02-01T00:00:00Z"),
            ("record-meter-reading", "250.5", "2024-02-02T00:00:00Z"),
            ("correct-meter-reading", "150.5", "2024-02-03T00:00:00Z"),
            ("record-meter-reading", "160", "2024-02-04T00:00:00Z"),
        )
    ]
    story.do(item, "record-meter-reading", {"meter": "starts", "unit": "1", "value": "3", "occurred_at": DONE})
    body = {"wrong_fact": receipts[3]["id"], "explanation": "wrong-entry"}
    declared = story.posted(f"/v1/streams/equipment:{item}/declare-error", body)["facts"][0]["id"]
    path = f"/v1/equipment/{item}/meter-readings"
    told = listed(story, f"{path}?meter=operating-time")
    assert [(each["shown"], each["total"]) for each in told] == [
        ("100", "100"),
        ("250.5", "250.5"),
        ("150.5", "150.5"),
        ("160", None),
    ]
    assert [each["corrected_by"] for each in told] == [None, receipts[2]["id"], None, None]
    assert [each["declared_wrong_by"] for each in told] == [None, None, None, declared]
    assert [(each["fact"], each["position"]) for each in told] == [(each["id"], each["position"]) for each in receipts]
    assert told[2]["type"] == "equipment.meter_reading_corrected"
    assert (told[0]["unit"], told[0]["read_at"]) == ("h", "2024-02-01T00:00:00Z")
    newest = asked(story, f"{path}?order=newest&limit=2&count=true")
    assert [each["shown"] for each in newest["items"]] == ["160", "150.5"]
    assert newest["count"] == 5
    before = listed(story, f"{path}?meter=operating-time&recorded_as_of={story.head - 1}")
    assert before[3]["total"] == "160"
    assert [each["shown"] for each in listed(story, f"{path}?as_of=2024-02-01T12:00:00Z")] == ["100", "3"]


@pytest.mark.parametrize("path", ["repairs", "meter-readings"])
def test_they_are_told_of_an_item_to_those_who_take_part(story: Story, stranger: Bearer, path: str) -> None:
    item = story.item()
    story.followed()
    for caller, about in ((stranger, item), (story.administrator, uuid4())):
        answer = caller.get(f"/v1/equipment/{about}/{path}")
        assert (answer.status_code, code_of(answer)) == (404, "not-on-record")


@pytest.mark.parametrize(
    "query",
    [
        "/v1/repairs?state=done",
        "/v1/repairs?sort=serial",
        "/v1/repairs?longer_than=-1",
        "/v1/repairs?from=2024-02-30T00:00:00Z",
        "/v1/repairs?from=2024-02-02T00:00:00Z&to=2024-02-01T00:00:00Z",
        "/v1/failures?impact=loud",
        "/v1/failures?from=2024-02-02T00:00:00Z&to=2024-02-01T00:00:00Z",
        "/v1/failures?as_of=2024-01-01",
    ],
)
def test_what_cannot_be_read_is_refused(story: Story, query: str) -> None:
    assert story.administrator.get(query).status_code == 422


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/v1/repairs?limit=50", 5),
        ("/v1/equipment/{item}/repairs", 5),
        ("/v1/failures?limit=50", 6),
        ("/v1/equipment/{item}/meter-readings", 3),
    ],
)
def test_the_questions_cost_a_bounded_number_of_statements(story: Story, path: str, most: int) -> None:
    items = [story.item(f"PX-{number}") for number in range(4)]
    for item in items:
        fail(story, item)
        begin(story, item)
        complete(story, item)
    story.followed()
    address = path.format(item=items[0])
    story.administrator.get(address)  # the key is known from now on
    with counted() as statements:
        answer = story.administrator.get(address)
    assert answer.status_code == 200
    assert len(statements) <= most, statements
