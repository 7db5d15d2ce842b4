"""Questions about technical states and open faults."""

from typing import Any

import pytest

from tests.api.callers import Bearer
from tests.api.whole.story import Story, code_of, link
from tests.api.whole.test_cost import counted
from tests.api.whole.test_lives import asked
from tests.api.whole.test_structure import built_in

FAILED, REPAIRED = "2024-03-01T08:00:00Z", "2024-03-03T08:00:00Z"
STARTED = "2024-03-02T08:00:00Z"
LEAK: dict[str, Any] = {"failure_mode": "leak", "occurred_at": FAILED}


def test_the_state_of_an_item_is_told_of_any_moment(story: Story) -> None:
    item = story.item()
    story.do(item, "report-failure", LEAK)
    story.do(item, "start-repair", {"maintenance_type": "corrective", "occurred_at": STARTED})
    told = asked(story, f"/v1/equipment/{item}/technical-state")
    assert told == {
        "id": str(item),
        "serial": "PX-1",
        "model_id": str(story.model),
        "manufacturer_id": str(story.maker),
        "operator_id": str(story.operator),
        "place": "hall-1",
        "parent": None,
        "stage": "under_repair",
        "state": "fault",
        "category": "down",
        "since": FAILED,
        "faults": [
            {"equipment_id": str(item), "failure_mode": "leak", "impact": "critical", "since": FAILED, "units": []}
        ],
        "repair": {"maintenance_type": "corrective", "since": STARTED},
        "as_of": None,
        "position": story.head,
    }
    story.do(item, "complete-repair", {"occurred_at": REPAIRED})
    path = f"/v1/equipment/{item}/technical-state"
    assert (asked(story, path)["state"], asked(story, path)["since"]) == ("operating", REPAIRED)
    assert asked(story, f"{path}?as_of={STARTED}")["state"] == "fault"
    assert asked(story, f"{path}?recorded_as_of={story.head - 1}")["state"] == "fault"
    assert asked(story, f"{path}?as_of={STARTED}&recorded_as_of={story.head - 3}")["state"] == "operating"
    before = story.administrator.get(f"{path}?as_of=2023-01-01T00:00:00Z")
    assert (before.status_code, code_of(before)) == (404, "not-on-record")


def test_items_are_listed_by_state_for_those_who_take_part(story: Story, operator: Bearer, stranger: Bearer) -> None:
    item, pump, _ = built_in(story)
    other = story.item("PX-9")
    story.do(item, "report-failure", LEAK)
    states = {each["id"]: each["state"] for each in asked(story, "/v1/technical-states")["items"]}
    assert states == {str(item): "fault", str(pump): "externally_disabled", str(other): "operating"}
    down = asked(story, "/v1/technical-states?category=down&count=true", operator)
    assert ([each["id"] for each in down["items"]], down["count"]) == ([str(item)], 1)
    assert len(asked(story, "/v1/technical-states", operator)["items"]) == 3
    assert asked(story, "/v1/technical-states", stranger)["items"] == []
    before = asked(story, f"/v1/technical-states?as_of={'2024-02-28T08:00:00Z'}&state=operating&sort=id")
    assert {each["id"] for each in before["items"]} == set(states)
    hidden = stranger.get(f"/v1/equipment/{item}/technical-state")
    assert hidden.status_code == stranger.get(f"/v1/equipment/{item}/operating-time").status_code >= 400


def test_open_faults_come_in_pages(story: Story, operator: Bearer, stranger: Bearer) -> None:
    item, pump, _ = built_in(story)
    story.do(item, "report-failure", {**LEAK, "unit_id": str(pump)})
    story.do(item, "report-failure", {"failure_mode": "noise", "impact": "degraded", "occurred_at": STARTED})
    page = story.followed().administrator.get("/v1/open-faults?limit=1&count=true")
    (leak,) = page.get_json()["items"]
    assert (leak["equipment_id"], leak["failure_mode"], leak["since"], leak["units"]) == (
        str(item),
        "leak",
        FAILED,
        [str(pump)],
    )
    assert page.get_json()["count"] == 2
    address = link(page, "next")
    assert address is not None
    second = story.administrator.get(address)
    assert [each["failure_mode"] for each in second.get_json()["items"]] == ["noise"]
    assert link(second, "next") is None
    assert asked(story, f"/v1/equipment/{pump}/technical-state")["state"] == "fault"
    assert len(asked(story, f"/v1/open-faults?unit_id={pump}", operator)["items"]) == 1
    assert asked(story, "/v1/open-faults", stranger)["items"] == []
    assert len(asked(story, f"/v1/open-faults?as_of={FAILED}")["items"]) == 1
    assert asked(story, "/v1/open-faults?impact=degraded")["items"][0]["failure_mode"] == "noise"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/technical-states?state=broken",
        "/v1/technical-states?category=sideways",
        "/v1/technical-states?sort=place",
        "/v1/technical-states?limit=0",
        "/v1/open-faults?impact=incipient",
        "/v1/open-faults?as_of=yesterday",
        "/v1/open-faults?recorded_as_of=999999",
    ],
)
def test_what_cannot_be_asked_is_refused(story: Story, path: str) -> None:
    answer = story.administrator.get(path)
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")


@pytest.mark.parametrize(
    ("path", "most"),
    [("/v1/technical-states", 4), ("/v1/technical-states?category=up&count=true", 7), ("/v1/open-faults", 4)],
)
def test_a_question_costs_a_bounded_number_of_statements(story: Story, path: str, most: int) -> None:
    for number in range(4):
        story.do(story.item(f"PX-{number}"), "report-failure", LEAK)
    story.followed().administrator.get(path)
    with counted() as statements:
        assert story.administrator.get(path).status_code == 200
    assert len(statements) <= most, statements
