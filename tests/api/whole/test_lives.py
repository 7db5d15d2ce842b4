"""Questions about lives: operating time, readings that are due, passports, and costs."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.callers import Bearer, Clock
from tests.api.whole.story import Story, code_of, link
from tests.api.whole.test_cost import counted

READ, READ_AGAIN = "2024-01-16T05:00:00Z", "2024-01-26T05:00:00Z"


def asked(story: Story, path: str, caller: Bearer | None = None) -> dict[str, Any]:
    answer = (caller or story.followed().administrator).get(path)
    assert answer.status_code == 200, answer.get_json()
    told: dict[str, Any] = answer.get_json()
    return told


def read(story: Story, item: UUID, value: str, at: str, **more: str) -> None:
    body = {"meter": "operating-time", "value": value, "unit": "h", "occurred_at": at, **more}
    story.do(item, "record-meter-reading", body)


def test_operating_time_is_told_of_any_moment_with_what_it_rests_on(story: Story) -> None:
    item = story.item()
    read(story, item, "100", READ)
    read(story, item, "300.0", READ_AGAIN)
    path = f"/v1/equipment/{item}/operating-time"
    told = asked(story, f"{path}?as_of=2024-01-21T05:00:00Z")
    assert told == {
        "id": str(item),
        "as_of": "2024-01-21T05:00:00Z",
        "meter": "operating-time",
        "unit": "h",
        "measured": "200",
        "basis": "interpolated",
        "readings": [
            {"at": "2024-01-16T05:00:00Z", "shown": "100", "total": "100"},
            {"at": "2024-01-26T05:00:00Z", "shown": "300.0", "total": "300.0"},
        ],
        "in_parents": [],
        "reported": "0",
        "total": "200",
        "position": story.head,
    }
    assert [asked(story, f"{path}?as_of={at}")["basis"] for at in (READ, READ_AGAIN)] == ["read", "read"]
    assert (asked(story, path)["measured"], asked(story, path)["basis"]) == ("300.0", "last_read")
    known = story.head - 1
    assert asked(story, f"{path}?recorded_as_of={known}")["measured"] == "100"


def test_another_counter_has_a_figure_of_its_own(story: Story) -> None:
    item = story.item()
    read(story, item, "12", READ, meter="starts", unit="1")
    told = asked(story, f"/v1/equipment/{item}/operating-time?meter=starts")
    assert (told["unit"], told["measured"]) == ("1", "12")
    unknown = asked(story, f"/v1/equipment/{item}/operating-time")
    assert (unknown["measured"], unknown["basis"], unknown["total"]) == (None, None, None)


def test_a_unit_is_told_with_what_it_did_in_its_parents(story: Story) -> None:
    item, unit = story.item(), story.item("U-1", steps=2)
    story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
    read(story, item, "100", READ)
    body = {"unit_id": str(unit), "slot": "comp1", "occurred_at": READ}
    story.do(item, "install-unit", body)
    read(story, item, "300", READ_AGAIN)
    told = asked(story, f"/v1/equipment/{unit}/operating-time?as_of={READ_AGAIN}")
    assert (told["measured"], told["basis"], told["readings"]) == ("200", "read", [])
    (part,) = told["in_parents"]
    assert (part["equipment_id"], part["slot"], part["end"], part["done"]) == (str(item), "comp1", None, "200")


def test_what_is_reported_of_periods_is_told_apart(story: Story) -> None:
    item = story.item()
    read(story, item, "100", READ)
    period = {"begin": "2024-01-11T05:00:00Z", "end": "2024-01-21T05:00:00Z", "up": "80"}
    story.do(item, "report-period", {"meter": "operating-time", "unit": "h", **period})
    told = asked(story, f"/v1/equipment/{item}/operating-time")
    assert (told["measured"], told["reported"], told["total"]) == ("100", "40", "140")


def overdue(story: Story, query: str = "", caller: Bearer | None = None) -> list[tuple[str, str | None]]:
    story.followed()
    items = asked(story, f"/v1/meter-readings/overdue{query}", caller)["items"]
    return [(item["serial"], item["last_read_at"]) for item in items]


def test_items_that_nobody_has_read_for_days_are_told_oldest_first(
    story: Story, operator: Bearer, stranger: Bearer
) -> None:
    late, _never, early, ended = (story.item(serial) for serial in ("PX-1", "PX-2", "PX-3", "PX-4"))
    story.item("PX-5", steps=5)
    for item, at in ((late, READ_AGAIN), (early, READ)):
        read(story, item, "100", at)
    read(story, ended, "7", "2024-01-08T05:00:00Z")
    story.do(ended, "decommission", {"reason": "worn-out"})
    shown = [("PX-2", None), ("PX-3", "2024-01-16T05:00:00Z"), ("PX-1", "2024-01-26T05:00:00Z")]
    assert overdue(story) == overdue(story, caller=operator) == shown
    assert overdue(story, caller=stranger) == []
    assert overdue(story, "?meter=operating-time") == shown[1:]
    assert overdue(story, "?meter=nonsense") == []
    unread = [shown[0], ("PX-4", "2024-01-08T05:00:00Z"), shown[1]]
    assert overdue(story, "?as_of=2024-01-31T00:00:00Z&days=10") == unread


def test_a_reading_becomes_overdue_as_time_goes_by(story: Story, clock: Clock) -> None:
    item = story.item()
    read(story, item, "100", clock().isoformat())
    answer = story.followed().administrator.get("/v1/meter-readings/overdue")
    assert answer.get_json()["items"] == []
    clock.turn(days=31)
    later = story.administrator.get("/v1/meter-readings/overdue", If_None_Match=answer.headers["ETag"])
    assert later.status_code == 200
    assert [each["id"] for each in later.get_json()["items"]] == [str(item)]


def test_overdue_readings_come_in_pages(story: Story) -> None:
    for number in range(3):
        item = story.item(f"PX-{number}")
        if number:
            read(story, item, "5", READ)
    page = story.followed().administrator.get("/v1/meter-readings/overdue?limit=1")
    seen = [page.get_json()["items"][0]["id"]]
    while (address := link(page, "next")) is not None:
        page = story.administrator.get(address)
        seen += [each["id"] for each in page.get_json()["items"]]
    assert len(set(seen)) == len(seen) == 3


def test_a_passport_states_what_was_on_record_when_it_was_issued(story: Story, stranger: Bearer) -> None:
    item, unit = story.item(), story.item("U-1", steps=2)
    story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
    path = f"/v1/equipment/{item}/passport"
    none = story.followed().administrator.get(path)
    assert (none.status_code, code_of(none)) == (404, "not-on-record")
    story.do(item, "issue-passport", {"passport": "PP-1", "occurred_at": READ})
    story.do(item, "install-unit", {"unit_id": str(unit), "slot": "comp1", "occurred_at": READ_AGAIN})
    before, told = asked(story, f"{path}?as_of={READ}"), asked(story, path)
    assert (before["revision"], before["outdated"], before["units"], before["on_record"]) == (1, False, [], None)
    assert (told["number"], told["revision"], told["outdated"]) == ("PP-1", 1, True)
    assert (told["serial"], told["designation"]) == ("PX-1", "Press PX-40")
    assert told["certificate"] == {"number": "EC-1", "valid_until": None, "ended": False}
    in_it = [{"slot": "comp1", "unit_id": str(unit), "serial": "U-1", "model_id": str(story.model)}]
    assert (told["units"], told["on_record"]["units"]) == ([], in_it)
    content = {name: told[name] for name in told["on_record"]}
    assert told["on_record"] == {**content, "units": in_it}
    assert [(each["as_of"], each["position"]) for each in (before, told)] == [(READ, story.head), (None, story.head)]
    story.do(item, "revise-passport", {"reason": "unit-exchanged", "occurred_at": "2024-01-27T00:00:00Z"})
    revised = asked(story, path)
    assert (revised["revision"], revised["outdated"], revised["units"]) == (2, False, in_it)
    assert revised["on_record"] is None
    read(story, item, "55", "2024-01-28T00:00:00Z")
    later = asked(story, path)
    assert (later["outdated"], later["meters"]) == (False, [])
    assert [(each["name"], each["total"]) for each in later["on_record"]["meters"]] == [("operating-time", "55")]
    assert [asked(story, f"{path}?as_of={at}")["revision"] for at in (READ_AGAIN, "2024-01-27T00:00:00Z")] == [1, 2]
    early = story.administrator.get(f"{path}?as_of=2024-01-10T00:00:00Z")
    assert (early.status_code, code_of(early)) == (404, "not-on-record")
    assert stranger.get(path).status_code == 404


def test_a_passport_states_what_is_learnt_later_of_the_time_before_it_was_issued(story: Story) -> None:
    item, unit = story.item(), story.item("U-1", steps=2)
    story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
    path = f"/v1/equipment/{item}/passport?as_of=2024-02-01T00:00:00Z"
    story.do(item, "issue-passport", {"passport": "PP-1", "occurred_at": READ_AGAIN})
    known = story.head
    late = story.do(item, "install-unit", {"unit_id": str(unit), "slot": "comp1", "occurred_at": READ})
    told, then = asked(story, path), asked(story, f"{path}&recorded_as_of={known}")
    assert [([each["slot"] for each in one["units"]], one["position"]) for one in (told, then)] == [
        (["comp1"], story.head),
        ([], known),
    ]
    assert (told["outdated"], told["on_record"], then["on_record"]) == (False, None, None)
    wrong = next(fact["id"] for fact in late["facts"] if fact["stream"] == f"equipment:{item}")
    body = {"wrong_fact": wrong, "explanation": "other-item"}
    story.posted(f"/v1/streams/equipment:{item}/declare-error", body)
    assert asked(story, path)["units"] == []


def test_what_remains_of_the_units_of_an_item_is_found(story: Story) -> None:
    item, unit, kept = story.item(), story.item("U-1", steps=2), story.item("U-2", steps=2)
    for each, slot, to in ((unit, "comp1", "in_stock"), (kept, "comp2", "quarantined")):
        story.do(each, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
        story.do(item, "install-unit", {"unit_id": str(each), "slot": slot, "occurred_at": READ})
        story.do(item, "remove-unit", {"unit_id": str(each), "slot": slot, "to": to, "occurred_at": READ_AGAIN})
    story.do(item, "decommission", {"reason": "worn-out"})
    found = asked(story, f"/v1/equipment?came_from={item}&stage=in_stock")["items"]
    assert [(each["serial"], each["came_from"]) for each in found] == [("U-1", str(item))]


@pytest.mark.parametrize("path", ["operating-time", "passport"])
def test_lives_are_told_to_those_who_take_part(story: Story, stranger: Bearer, path: str) -> None:
    item = story.item()
    story.followed()
    for caller, about in ((stranger, item), (story.administrator, uuid4())):
        answer = caller.get(f"/v1/equipment/{about}/{path}")
        assert (answer.status_code, code_of(answer)) == (404, "not-on-record")


@pytest.mark.parametrize(
    "query",
    [
        "/v1/meter-readings/overdue?days=-1",
        "/v1/meter-readings/overdue?days=many",
        "/v1/end-of-life?year=12",
        "/v1/end-of-life?stage=released",
        "/v1/end-of-life?from=2025-02-01T00:00:00Z&to=2025-01-01T00:00:00Z",
        "/v1/equipment/{item}/operating-time?meter=",
        "/v1/equipment/{item}/operating-time?as_of=2024-01-01",
    ],
)
def test_questions_that_cannot_be_read_are_refused(story: Story, query: str) -> None:
    answer = story.administrator.get(query.format(item=story.item()))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/v1/equipment/{item}/operating-time", 4),
        ("/v1/equipment/{item}/passport", 5),
        ("/v1/meter-readings/overdue", 3),
        ("/v1/end-of-life", 3),
    ],
)
def test_a_question_about_lives_costs_a_bounded_number_of_statements(story: Story, path: str, most: int) -> None:
    item = story.item("PX-0")
    story.do(item, "issue-passport", {"passport": "PP-1", "occurred_at": READ})
    for serial, slot in (("U-1", "comp1"), ("U-2", "comp2")):
        unit = story.item(serial, steps=2)
        story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
        story.do(item, "install-unit", {"unit_id": str(unit), "slot": slot, "occurred_at": READ})
    for number in range(1, 6):
        read(story, story.item(f"PX-{number}"), "5", READ)
    address = path.format(item=item)
    asked(story, address)
    with counted() as statements:
        answer = story.administrator.get(address)
    assert answer.status_code == 200
    assert len([each for each in statements if each != "BEGIN"]) == most, statements
