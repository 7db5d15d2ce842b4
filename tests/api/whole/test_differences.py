"""Differences between two points: of one item field by field, of the fleet item by item, and what is refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from marshmallow import fields

from api.comparing import NAMED_LISTS, differences
from api.equipment.shapes import ItemSchema
from tests.api.callers import Bearer, Clock
from tests.api.whole.story import COMMISSIONED, INSTALLED, RELEASED, SHIPPED, Story, code_of, link

BEFORE_ALL = "2023-12-31T00:00:00Z"
LATER = "2024-02-01T08:00:00Z"


def told(caller: Bearer, path: str) -> dict[str, Any]:
    answer = caller.get(path)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def changes(answer: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {each["path"]: (each["before"], each["after"]) for each in answer["differences"]}


def test_what_happened_to_an_item_between_two_moments_is_told_field_by_field(story: Story) -> None:
    item = story.item()
    story.followed()
    found = told(story.administrator, f"/v1/equipment/{item}/diff?from={SHIPPED}&to={INSTALLED}")
    assert changes(found) == {
        "/stage": ("in_transit", "installed"),
        "/own_stage": ("in_transit", "installed"),
        "/holder_id": (None, str(story.operator)),
        "/place": ("site-north", "hall-1"),
    }
    assert [(each["type"], each["counts"]) for each in found["facts"]] == [
        ("equipment.delivered", True),
        ("equipment.installed", True),
    ]
    assert found["before"] == {"as_of": SHIPPED, "known_at": story.head, "version": 6}
    assert found["after"] == {"as_of": INSTALLED, "known_at": story.head, "version": 6}
    assert found["more_facts"] is False
    same = told(story.administrator, f"/v1/equipment/{item}/diff?from={SHIPPED}&to={SHIPPED}")
    assert (same["differences"], same["facts"]) == ([], [])


def test_what_was_learnt_of_one_moment_is_told_with_what_was_taken_back(story: Story, clock: Clock) -> None:
    item = story.item(steps=3)
    first, moment = story.head, clock().isoformat().replace("+00:00", "Z")
    clock.turn(hours=1)
    history = told(story.followed().administrator, f"/v1/equipment/{item}/history")["items"]
    wrong = next(step["id"] for step in history if step["type"] == "equipment.shipped")
    stream = f"/v1/streams/equipment:{item}/declare-error"
    declared = story.posted(stream, {"wrong_fact": wrong, "explanation": "wrong-place"})["facts"][0]["id"]
    story.do(item, "ship", {"place": "site-south", "occurred_at": SHIPPED})
    story.followed()
    for known in (str(first), moment):
        found = told(story.administrator, f"/v1/equipment/{item}/diff?to={LATER}&recorded_from={known}")
        assert changes(found) == {"/place": ("site-north", "site-south")}
        assert [(each["counts"], each["declared_wrong_by"]) for each in found["facts"]] == [
            (False, declared),
            (True, None),
        ]
        assert (found["before"]["known_at"], found["after"]["known_at"]) == (first, story.head)
        assert (found["before"]["as_of"], found["before"]["version"], found["after"]["version"]) == (LATER, 3, 5)
    pinned = told(story.administrator, f"/v1/equipment/{item}/diff?recorded_from={first}&recorded_to={first + 1}")
    assert changes(pinned)["/stage"] == ("in_transit", "certified")


def test_of_an_item_that_is_on_record_at_one_point_alone_everything_came(story: Story) -> None:
    item = story.item(steps=1)
    story.followed()
    path = f"/v1/equipment/{item}/diff"
    found = told(story.administrator, f"{path}?from={BEFORE_ALL}&to={RELEASED}")
    assert found["before"]["version"] is None
    assert changes(found)["/serial"] == (None, "PX-1")
    assert all(each["before"] is None for each in found["differences"])
    assert [each["type"] for each in found["facts"]] == ["equipment.released"]
    neither = story.administrator.get(f"{path}?from=2020-01-01T00:00:00Z&to={BEFORE_ALL}")
    assert (neither.status_code, code_of(neither)) == (404, "not-on-record")


def test_members_of_lists_are_known_by_what_names_them(story: Story) -> None:
    item = story.item()
    story.do(item, "report-failure", {"failure_mode": "leak", "operating_time": "900.5"})
    known = story.head
    story.do(item, "record-meter-reading", {"meter": "operating-time", "value": "950", "unit": "h"})
    story.do(item, "record-meter-reading", {"meter": "starts/stops", "value": "7", "unit": "1"})
    story.do(item, "report-failure", {"failure_mode": "fail-to-start"})
    story.followed()
    found = changes(told(story.administrator, f"/v1/equipment/{item}/diff?recorded_from={known}"))
    assert found["/meters/operating-time/shown"] == ("900.5", "950")
    assert found["/faults/fail-to-start"] == (None, "fail-to-start")
    assert "/meters/operating-time/name" not in found
    assert found["/meters/starts~1stops"][0] is None
    assert found["/meters/starts~1stops"][1]["shown"] == "7"
    assert "/faults/leak" not in found


def test_what_its_names_do_not_tell_apart_is_compared_as_a_whole() -> None:
    unit = {"slot": "pump", "unit_id": "one"}
    two = [unit, {"slot": "pump", "unit_id": "two"}]
    assert differences({"units": [unit]}, {"units": two}) == [("/units", [unit], two)]
    assert differences({"units": [unit]}, {"units": two[1:]}) == [("/units/pump/unit_id", "one", "two")]
    assert differences({"as_built": [["a/b", "1"]]}, {"as_built": [["a/b", "2"]]}) == [("/as_built/a~1b", "1", "2")]
    assert differences(None, {"faults": [], "act": None, "taken_over": False}) == [("/taken_over", None, False)]


def test_every_list_of_things_in_the_answer_about_an_item_says_what_names_its_members() -> None:
    lists = {name: field.inner for name, field in ItemSchema._declared_fields.items() if isinstance(field, fields.List)}
    assert {name for name, inner in lists.items() if isinstance(inner, fields.Nested)} == NAMED_LISTS


WRONG = [
    ("", "from"),
    (f"to={LATER}", "from"),
    (f"from={INSTALLED}&to={SHIPPED}", "from"),
    ("recorded_from=2&recorded_to=1", "recorded_from"),
    ("from=2024-01-01T00:00:00", "from"),
    ("from=2024-02-30T00:00:00Z", "from"),
    ("from=2999-01-01T00:00:00Z", "from"),
    (f"from={SHIPPED}&to=2999-01-01T00:00:00Z", "to"),
    ("recorded_from=999999", "recorded_from"),
    ("recorded_from=1&recorded_to=999999", "recorded_to"),
    ("recorded_from=yesterday", "recorded_from"),
    (f"from={SHIPPED}&as_of={SHIPPED}", "as_of"),
    (f"from_={SHIPPED}", "from_"),
]


@pytest.mark.parametrize(("query", "parameter"), WRONG)
def test_points_that_cannot_be_compared_are_refused_by_name(story: Story, query: str, parameter: str) -> None:
    item = story.item(steps=1)
    story.followed()
    for path in (f"/v1/equipment/{item}/diff", "/v1/equipment/diff"):
        answer = story.administrator.get(f"{path}?{query}")
        assert (answer.status_code, code_of(answer)) == (422, "shape-differs")
        assert [error["parameter"] for error in answer.get_json()["errors"]] == [parameter]


def test_the_fleet_tells_what_came_what_went_and_what_changed(story: Story) -> None:
    moved, stays, wrong = story.item("PX-1", steps=2), story.item("PX-2", steps=2), story.item("PX-3", steps=1)
    known = story.head
    story.do(moved, "ship", {"place": "site-north", "occurred_at": SHIPPED})
    story.followed()
    history = told(story.administrator, f"/v1/equipment/{wrong}/history")["items"]
    body = {"wrong_fact": history[0]["id"], "explanation": "never-built"}
    story.posted(f"/v1/streams/equipment:{wrong}/declare-error", body)
    came = story.item("PX-4", steps=1)
    story.followed()
    path = f"/v1/equipment/diff?recorded_from={known}"
    found = told(story.administrator, f"{path}&count=true")
    changed = {UUID(each["id"]): (each["serial"], each["change"]) for each in found["items"]}
    assert changed == {moved: ("PX-1", "changed"), wrong: ("PX-3", "gone"), came: ("PX-4", "new")}
    assert [each["id"] for each in found["items"]] == sorted(each["id"] for each in found["items"])
    assert (found["count"], found["position"], stays in changed) == (3, story.head, False)
    (one,) = (each for each in found["items"] if each["id"] == str(moved))
    assert changes(one) == {"/stage": ("certified", "in_transit")}
    for stage, items in (
        ("certified", {moved}),
        ("in_transit", {moved}),
        ("released", {wrong, came}),
        ("installed", set()),
    ):
        assert {UUID(each["id"]) for each in told(story.administrator, f"{path}&stage={stage}")["items"]} == items
    assert told(story.administrator, f"/v1/equipment/diff?from={SHIPPED}&count=true")["count"] == 0


def test_pages_of_the_fleet_keep_both_points_while_facts_arrive(story: Story, clock: Clock) -> None:
    for number in range(5):
        story.item(f"PX-{number}", steps=1)
    moment = (clock() + timedelta(seconds=2)).isoformat().replace("+00:00", "Z")
    story.followed()
    path = f"/v1/equipment/diff?from={BEFORE_ALL}&to={RELEASED}&limit=2"
    page = first = story.administrator.get(path)
    assert link(first, "prev") is None
    seen = [each["id"] for each in first.get_json()["items"]]
    while (address := link(page, "next")) is not None:
        story.item(f"QX-{len(seen)}", steps=1)
        page = story.followed().administrator.get(address)
        seen += [each["id"] for each in page.get_json()["items"]]
        for point in ("before", "after", "position"):
            assert page.get_json()[point] == first.get_json()[point]
    assert (len(seen), seen) == (5, sorted(seen))
    back = link(page, "prev")
    assert back is not None
    assert [each["id"] for each in told(story.administrator, back)["items"]] == seen[2:4]
    other = story.administrator.get(f"{back}&stage=released")
    assert (other.status_code, code_of(other)) == (400, "cursor-of-another-query")
    # A record moment just ahead of the clock means another position later, and the pages that follow keep the first.
    record = f"/v1/equipment/diff?recorded_from={moment}&recorded_to={moment}&from={BEFORE_ALL}&limit=2"
    page = first = story.administrator.get(record)
    story.item("RX-1", steps=1)
    while (address := link(page, "next")) is not None:
        page = story.followed().administrator.get(address)
        assert page.get_json()["before"] == first.get_json()["before"]


def test_differences_are_for_those_who_take_part(
    story: Story, maker: Bearer, operator: Bearer, stranger: Bearer
) -> None:
    item, made = story.item("PX-1"), story.item("PX-2", steps=2)
    story.followed()
    path, query = f"/v1/equipment/{item}/diff", f"from={SHIPPED}&to={COMMISSIONED.replace('+', '%2B')}"
    for caller in (maker, operator):
        assert changes(told(caller, f"{path}?{query}"))["/stage"] == ("in_transit", "in_service")
        listed = told(caller, f"/v1/equipment/diff?{query}")["items"]
        assert [each["id"] for each in listed] == [str(item)]
    for hidden in (stranger.get(f"{path}?{query}"), operator.get(f"/v1/equipment/{made}/diff?{query}")):
        assert (hidden.status_code, code_of(hidden)) == (404, "not-on-record")
    assert told(stranger, f"/v1/equipment/diff?{query}")["items"] == []
    assert story.administrator.get(f"/v1/equipment/{uuid4()}/diff?{query}").status_code == 404
    all_of_life = f"from={BEFORE_ALL}&count=true"
    assert told(operator, f"/v1/equipment/diff?{all_of_life}")["count"] == 1
    assert told(maker, f"/v1/equipment/diff?{all_of_life}")["count"] == 2


def test_differences_wait_for_the_write_that_they_are_to_contain(story: Story) -> None:
    item = story.item(steps=2)
    for path in (f"/v1/equipment/{item}/diff?from={RELEASED}", "/v1/equipment/diff?recorded_from=0"):
        early = story.administrator.get(path, Min_Position=str(story.head))
        assert (early.status_code, code_of(early)) == (503, "position-not-reached")
    behind = story.administrator.get(f"/v1/equipment/{item}/diff?recorded_from={story.head}")
    assert behind.status_code == 503
    story.followed()
    answer = story.administrator.get(f"/v1/equipment/{item}/diff?from={RELEASED}", Min_Position=str(story.head))
    assert answer.status_code == 200
    unchanged = story.administrator.get(answer.request.full_path, If_None_Match=answer.headers["ETag"])
    assert (unchanged.status_code, unchanged.data) == (304, b"")
