"""Every command over the interface: good, repeated, refused, unauthorised, out of scope, unknown."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.callers import Bearer
from tests.api.whole.story import Story, code_of

Step = tuple[str, dict[str, Any]]


def whole_life(story: Story) -> list[Step]:
    """Every command on one item, in an order that is possible, each after the others."""
    return [
        ("certify", {"certificate": "EC-1", "authority": "NB-1"}),
        ("stock", {"place": "warehouse-1"}),
        ("ship", {"place": "site-north"}),
        ("deliver", {"recipient_id": str(story.operator)}),
        ("install", {"place": "hall-1"}),
        ("commission", {"operator_id": str(story.operator), "act": "ACT-1", "operating_time": "0"}),
        ("report-failure", {"failure_mode": "fail-to-start", "operating_time": "900.5"}),
        ("start-repair", {"maintenance_type": "corrective"}),
        ("complete-repair", {}),
        ("remove", {"to": "quarantined", "reason": "worn-out"}),
        ("decommission", {"reason": "end-of-economic-life"}),
        ("dispose", {"method": "recycled", "waste_document": "WTN-1", "mass": "12.5"}),
    ]


def test_the_whole_life_of_an_item_is_told_over_the_interface(story: Story) -> None:
    item = story.item(steps=1)
    for version, (command, body) in enumerate(whole_life(story), start=2):
        receipt = story.do(item, command, body)
        assert receipt["version"] == version
        assert receipt["facts"][0]["position"] == receipt["position"] == story.head
    answer = story.administrator.get(f"/v1/equipment/{item}")
    assert answer.get_json()["stage"] == "disposed"


@pytest.mark.parametrize("index", range(12))
def test_a_repeated_request_gets_the_first_receipt_and_records_nothing(story: Story, index: int) -> None:
    item = story.item(steps=1)
    for command, body in whole_life(story)[:index]:
        story.do(item, command, body)
    command, body = whole_life(story)[index]
    first = story.administrator.post(f"/v1/equipment/{item}/{command}", body, Idempotency_Key="once")
    head = story.head
    again = story.administrator.post(f"/v1/equipment/{item}/{command}", body, Idempotency_Key="once")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json() == {**first.get_json(), "replayed": True}
    assert story.head == head


@pytest.mark.parametrize("index", range(12))
def test_no_command_is_taken_out_of_scope_or_of_what_is_not_on_record(
    story: Story, stranger: Bearer, index: int
) -> None:
    item = story.item(steps=1)
    command, body = whole_life(story)[index]
    if command == "certify":
        body = {"certificate": "EC-1", "authority": "NB-1"}
    elsewhere = stranger.post(f"/v1/equipment/{item}/{command}", body)
    assert (elsewhere.status_code, code_of(elsewhere)) in {(404, "not-on-record"), (403, "not-allowed")}
    unknown = story.administrator.post(f"/v1/equipment/{uuid4()}/{command}", body)
    assert (unknown.status_code, code_of(unknown)) == (404, "not-on-record")


def test_a_command_without_a_key_is_not_read(story: Story) -> None:
    answer = story.administrator.client.post(f"/v1/equipment/{uuid4()}/certify", data=b"{", content_type="text/plain")
    assert (answer.status_code, code_of(answer)) == (401, "key-not-valid")


def test_what_is_out_of_scope_is_answered_like_what_is_unknown(story: Story, stranger: Bearer) -> None:
    body = {"reason": "x"}
    there = stranger.post(f"/v1/equipment/{story.item()}/decommission", body).get_json()
    nowhere = stranger.post(f"/v1/equipment/{uuid4()}/decommission", body).get_json()
    for told in (there, nowhere):
        del told["instance"]
    assert there == nowhere


def test_an_item_gets_a_fresh_id_if_none_is_given(story: Story) -> None:
    answer = story.administrator.post("/v1/equipment", story.release("PX-2"))
    item = UUID(answer.headers["Location"].rpartition("/")[2])
    assert (answer.status_code, item.version) == (201, 7)
    assert story.administrator.get(answer.headers["Location"]).get_json()["serial"] == "PX-2"


def test_a_repeated_release_without_an_id_is_the_same_item(story: Story) -> None:
    once = [story.administrator.post("/v1/equipment", story.release("PX-2"), Idempotency_Key="a") for _ in range(2)]
    assert [answer.status_code for answer in once] == [201, 200]
    assert once[0].get_json()["facts"] == once[1].get_json()["facts"]


def test_a_maker_releases_in_its_own_name_only(story: Story, maker: Bearer) -> None:
    assert maker.post("/v1/equipment", story.release("PX-3")).status_code == 201
    answer = maker.post("/v1/equipment", story.release("PX-4", manufacturer_id=str(story.operator)))
    assert (answer.status_code, code_of(answer)) == (403, "not-allowed")


def test_an_auditor_changes_nothing(story: Story, issue: Any) -> None:
    answer = issue("auditor").post(f"/v1/equipment/{story.item()}/decommission", {"reason": "x"})
    assert (answer.status_code, code_of(answer)) == (403, "not-allowed")


def test_units_are_built_in_and_taken_out(story: Story) -> None:
    parent = story.item()
    unit = story.item("U-1", steps=2)
    story.do(unit, "stock", {"place": "warehouse-1"})
    receipt = story.do(parent, "install-unit", {"unit_id": str(unit), "slot": "comp1"})
    assert [fact["type"] for fact in receipt["facts"]] == ["equipment.unit_installed", "equipment.installed"]
    assert story.administrator.get(f"/v1/equipment/{parent}").get_json()["units"] == [
        {"slot": "comp1", "unit_id": str(unit)}
    ]
    assert story.administrator.get(f"/v1/equipment/{unit}").get_json()["parent"] == {
        "equipment_id": str(parent),
        "slot": "comp1",
    }
    again = story.administrator.post(f"/v1/equipment/{parent}/install-unit", {"unit_id": str(unit), "slot": "comp2"})
    assert (again.status_code, code_of(again)) == (409, "unit-sits-elsewhere")
    story.do(parent, "remove-unit", {"unit_id": str(unit), "slot": "comp1"})
    assert story.administrator.get(f"/v1/equipment/{unit}").get_json()["stage"] == "quarantined"


def test_models_are_registered_once_and_read(story: Story, maker: Bearer) -> None:
    body = {"designation": "Press PX-50", "manufacturer_id": str(story.maker), "maintainable_items": ["comp1"]}
    first = maker.post("/v1/models", body, Idempotency_Key="model")
    assert maker.post("/v1/models", body, Idempotency_Key="model").get_json()["replayed"] is True
    model = maker.get(first.headers["Location"]).get_json()
    assert (model["designation"], model["maintainable_items"], model["version"]) == ("Press PX-50", ["comp1"], 1)
    taken = maker.post("/v1/models", {**body, "model_id": model["id"], "designation": "Other"})
    assert (taken.status_code, code_of(taken)) == (409, "model-already-registered")
    assert maker.get(f"/v1/models/{uuid4()}").status_code == 404
    designations = [each["designation"] for each in _items(story, maker, "/v1/models")]
    assert designations == ["Press PX-40", "Press PX-50"]
    assert _items(story, maker, f"/v1/models?manufacturer_id={uuid4()}") == []


def _items(story: Story, caller: Bearer, path: str) -> list[dict[str, Any]]:
    story.followed()
    found: list[dict[str, Any]] = caller.get(path).get_json()["items"]
    return found


def test_a_version_that_was_expected_is_held_to(story: Story) -> None:
    item = story.item(steps=1)
    tag = story.administrator.get(f"/v1/equipment/{item}").headers["ETag"]
    body = {"certificate": "EC-1", "authority": "NB-1"}
    assert story.administrator.post(f"/v1/equipment/{item}/certify", body, If_Match=tag).status_code == 201
    late = story.administrator.post(f"/v1/equipment/{item}/certify", {**body, "certificate": "EC-2"}, If_Match=tag)
    assert (late.status_code, late.get_json()["actual_version"]) == (412, 2)
