"""Questions about up and down time: of one item, and of a fleet by group."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.callers import Bearer
from tests.api.whole.story import Story, code_of, link
from tests.api.whole.test_cost import counted
from tests.api.whole.test_lives import asked
from tests.api.whole.test_structure import built_in, declare_wrong

MARCH = "from=2024-03-01T00:00:00Z&to=2024-04-01T00:00:00Z"
SPRING = "from=2024-03-01T00:00:00Z&to=2024-06-01T00:00:00Z"
FAILED, STARTED, REPAIRED = "2024-03-01T08:00:00Z", "2024-03-02T08:00:00Z", "2024-03-03T08:00:00Z"


def failed(story: Story, item: UUID) -> None:
    story.do(item, "report-failure", {"failure_mode": "leak", "occurred_at": FAILED})
    story.do(item, "start-repair", {"maintenance_type": "corrective", "occurred_at": STARTED})
    story.do(item, "complete-repair", {"occurred_at": REPAIRED})


def test_availability_follows_from_technical_states(story: Story) -> None:
    item = story.item()
    failed(story, item)
    told = asked(story, f"/v1/equipment/{item}/availability?{MARCH}")
    times = {"up": "696", "down": "48", "disabled": "0", "not_in_service": "0"}
    assert told == {
        "id": str(item),
        "from": "2024-03-01T00:00:00Z",
        "to": "2024-04-01T00:00:00Z",
        **times,
        "availability": "0.935483870968",
        "basis": {"states": times, "reports": dict.fromkeys(("up", "down", "not_in_service", "excess"), "0")},
        "as_of": None,
        "position": story.head,
    }
    path = f"/v1/equipment/{item}/availability?{MARCH}"
    early = asked(story, f"{path}&as_of={STARTED}")
    assert (early["to"], early["up"], early["down"]) == (STARTED, "8", "24")
    known = asked(story, f"{path}&recorded_as_of={story.head - 3}")
    assert (known["up"], known["down"], known["availability"]) == ("744", "0", "1.000000000000")
    both = asked(story, f"{path}&as_of={STARTED}&recorded_as_of={story.head - 3}")
    assert (both["up"], both["down"]) == ("32", "0")


def test_a_reported_period_takes_the_place_of_the_states(story: Story) -> None:
    item = story.item()
    failed(story, item)
    period = {"begin": "2024-03-01T00:00:00Z", "end": "2024-04-01T00:00:00Z", "up": "700.01", "total": "740.3"}
    body = {"meter": "operating-time", "unit": "h", **period, "occurred_at": "2024-04-01T00:00:00Z"}
    (fact,) = story.do(item, "report-period", body)["facts"]
    told = asked(story, f"/v1/equipment/{item}/availability?{SPRING}&by=month")
    march, april, may = told["months"]
    assert (march["month"], march["up"], march["down"], march["not_in_service"]) == (
        "2024-03",
        "700.01",
        "40.29",
        "3.7",
    )
    assert march["availability"] == "0.945576117790"
    assert march["basis"]["states"] == dict.fromkeys(("up", "down", "disabled", "not_in_service"), "0")
    assert march["basis"]["reports"] == {"up": "700.01", "down": "40.29", "not_in_service": "3.7", "excess": "0"}
    assert (april["up"], may["up"], told["up"]) == ("720", "744", "2164.01")
    before = asked(story, f"/v1/equipment/{item}/availability?{MARCH}&recorded_as_of={story.head - 1}")
    assert (before["up"], before["down"]) == ("696", "48")
    half = asked(story, f"/v1/equipment/{item}/availability?from=2024-03-16T12:00:00Z&to=2024-04-01T00:00:00Z")
    assert (half["up"], half["down"], half["not_in_service"]) == ("350.005", "20.145", "1.85")
    assert [(each["site"], each["up"]) for each in figures(story, f"{MARCH}&by=site")] == [("hall-1", "700.01")]
    assert [each["up"] for each in figures(story, f"{MARCH}&place=hall-1")] == ["700.01"]
    declare_wrong(story, item, fact)
    assert asked(story, f"/v1/equipment/{item}/availability?{MARCH}")["up"] == "696"


def test_nothing_is_told_of_a_time_before_an_item_was_on_record(story: Story) -> None:
    item = story.item()
    path = f"/v1/equipment/{item}/availability"
    told = asked(story, f"{path}?from=2023-01-01T00:00:00Z&to=2023-02-01T00:00:00Z")
    assert (told["up"], told["down"], told["not_in_service"], told["availability"]) == ("0", "0", "0", None)
    unknown = story.administrator.get(f"/v1/equipment/{uuid4()}/availability?{MARCH}")
    assert (unknown.status_code, code_of(unknown)) == (404, "not-on-record")


def figures(story: Story, query: str, caller: Bearer | None = None) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = asked(story, f"/v1/fleet-figures?{query}", caller)["items"]
    return items


def test_a_fleet_has_the_figures_of_its_items(story: Story, operator: Bearer, stranger: Bearer) -> None:
    item, pump, _ = built_in(story)
    other = story.item("PX-9")
    failed(story, item)
    story.do(other, "move", {"place": "hall-2", "occurred_at": "2024-03-11T00:00:00Z"})
    (whole,) = figures(story, MARCH)
    assert (whole["model_id"], whole["site"], whole["month"]) == (None, None, None)
    assert (whole["up"], whole["down"], whole["disabled"]) == ("2136", "48", "48")
    assert (whole["failures"], whole["repairs_begun"], whole["repairs_completed"]) == (1, 1, 1)
    assert (whole["restorations"], whole["mean_time_to_restoration"]) == (1, "48")
    assert {stage: count for stage, count in whole["items"].items() if count} == {"in_service": 3}
    singly = [asked(story, f"/v1/equipment/{each}/availability?{MARCH}") for each in (item, pump, other)]
    assert sum(float(each["up"]) for each in singly) == float(whole["up"])
    by_site = figures(story, f"{MARCH}&by=site")
    assert [(each["site"], each["up"], each["failures"]) for each in by_site] == [
        ("hall-1", "1632", 1),
        ("hall-2", "504", 0),
    ]
    assert figures(story, f"{MARCH}&by=site", operator) == by_site
    assert figures(story, f"{MARCH}&by=site", stranger) == []
    assert [each["up"] for each in figures(story, f"{MARCH}&place=hall-2")] == ["504"]
    assert figures(story, f"{MARCH}&model_id={uuid4()}") == []
    (of_operator,) = figures(story, f"{MARCH}&operator_id={story.operator}&by=model")
    assert (of_operator["model_id"], of_operator["up"]) == (str(story.model), "2136")
    assert figures(story, f"{MARCH}&as_of=2024-03-01T00:00:00Z")[0]["up"] == "0"
    early = figures(story, "from=2024-01-01T00:00:00Z&to=2024-03-01T00:00:00Z&by=month,operator")
    assert [(each["month"], each["operator_id"]) for each in early] == [
        ("2024-01", None),
        ("2024-01", str(story.operator)),
        ("2024-02", None),
        ("2024-02", str(story.operator)),
    ]


def test_time_in_which_an_item_was_not_down_is_no_time_to_restoration(story: Story) -> None:
    item = story.item()

    def does(day: int, command: str, **body: str) -> None:
        story.do(item, command, {**body, "occurred_at": f"2024-03-{day:02}T00:00:00Z"})

    does(1, "report-failure", failure_mode="leak")
    does(2, "start-repair", maintenance_type="corrective")
    does(5, "report-loss")
    does(10, "report-finding", place="yard")
    does(11, "certify", certificate="EC-2", authority="NB-1")
    does(11, "stock", place="warehouse-1")
    does(12, "install", place="hall-1")
    does(14, "commission", operator_id=str(story.operator), act="ACT-2")
    does(14, "start-repair", maintenance_type="corrective")
    does(21, "complete-repair")
    (whole,) = figures(story, MARCH)
    assert (whole["down"], whole["restorations"], whole["mean_time_to_restoration"]) == ("264", 1, "264")


def test_groups_come_in_pages(story: Story) -> None:
    for number in range(2):
        failed(story, story.item(f"PX-{number}"))
    path = "/v1/fleet-figures?from=2024-01-01T00:00:00Z&by=month,model"
    page = story.followed().administrator.get(f"{path}&to=2024-06-01T00:00:00Z&limit=2&count=true")
    seen = [each["month"] for each in page.get_json()["items"]]
    assert page.get_json()["count"] == 5
    while (address := link(page, "next")) is not None:
        page = story.administrator.get(address)
        assert page.status_code == 200
        seen += [each["month"] for each in page.get_json()["items"]]
    assert seen == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]
    back = link(page, "prev")
    assert back is not None
    assert [each["month"] for each in story.administrator.get(back).get_json()["items"]] == ["2024-03", "2024-04"]
    now = story.administrator.get(f"{path}&limit=1")
    following = link(now, "next")
    assert following is not None
    assert [each["month"] for each in story.administrator.get(following).get_json()["items"]] == ["2024-02"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/fleet-figures",
        "/v1/fleet-figures?from=2024-03-01T00:00:00Z&to=2024-03-01T00:00:00Z",
        "/v1/fleet-figures?from=2999-03-01T00:00:00Z",
        f"/v1/fleet-figures?{MARCH}&as_of=2024-02-01T00:00:00Z",
        f"/v1/fleet-figures?{MARCH}&by=serial",
        f"/v1/fleet-figures?{MARCH}&by=model,model",
        f"/v1/fleet-figures?{MARCH}&by=none,model",
        f"/v1/fleet-figures?{MARCH}&by=model,month,site",
        "/v1/fleet-figures?from=1950-03-01T00:00:00Z&by=month",
        "/v1/fleet-figures?from=yesterday",
        f"/v1/fleet-figures?{MARCH}&recorded_as_of=999999",
    ],
)
def test_what_cannot_be_asked_is_refused(story: Story, path: str) -> None:
    answer = story.administrator.get(path)
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (f"/v1/fleet-figures?{MARCH}", 5),
        (f"/v1/fleet-figures?{SPRING}&by=model,month&count=true", 6),
        ("/v1/equipment/{item}/availability?" + MARCH, 5),
        ("/v1/equipment/{item}/availability?by=month&" + SPRING, 10),
    ],
)
def test_figures_cost_a_bounded_number_of_statements(story: Story, path: str, most: int) -> None:
    items = [story.item(f"PX-{number}") for number in range(4)]
    address = path.format(item=items[0])
    story.followed().administrator.get(address)
    with counted() as statements:
        assert story.administrator.get(address).status_code == 200
    assert len(statements) == most, statements
