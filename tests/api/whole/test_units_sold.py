"""What was taken out of an item stays with those who had the item then, whoever gets the item: on both databases."""

from uuid import uuid4

import pytest

from tests.api.callers import Bearer, Issue
from tests.api.whole.story import FOUNDED, Story, code_of
from tests.api.whole.test_units_seen import READ_AT, Assembly, listed


@pytest.fixture
def databases(database_url: str, vault_url: str) -> tuple[str, str]:
    return database_url, vault_url


@pytest.fixture
def assembly(story: Story) -> Assembly:
    return Assembly(story).begin()


def test_a_unit_that_was_taken_out_of_an_item_does_not_go_where_that_is_sold(
    assembly: Assembly, maker: Bearer, operator: Bearer, issue: Issue
) -> None:
    story, buyer = assembly.story, uuid4()
    story.posted("/v1/organisations", {"organisation_id": str(buyer), "name": "Southern", "occurred_at": FOUNDED})
    path = f"/v1/equipment/{assembly.item}/remove-unit"
    taken = {"unit_id": str(assembly.pump), "slot": "comp1", "to": "in_stock", "occurred_at": READ_AT}
    assert operator.post(path, taken).status_code == 201
    for command, body, at in (
        ("remove", {"to": "in_stock"}, "2024-03-01T08:00:00Z"),
        ("ship", {"place": "site-south"}, "2024-03-02T08:00:00Z"),
        ("deliver", {"recipient_id": str(buyer), "place": "hall-9"}, "2024-03-03T08:00:00Z"),
        ("transfer-ownership", {"owner_id": str(buyer)}, "2024-03-04T08:00:00Z"),
    ):
        story.do(assembly.item, command, {**body, "occurred_at": at})
    story.followed()
    former, new = {operator, issue("operator", assembly.lessor)}, issue("operator", buyer)
    units = {str(each) for each in assembly.units}
    for bearer in former:
        assert listed(bearer, "") == units
        for unit in assembly.units:
            assert bearer.get(f"/v1/equipment/{unit}").status_code == 200
        assert code_of(bearer.get(f"/v1/equipment/{assembly.item}")) == "not-on-record"
    assert listed(new, "") == {str(assembly.item)}
    for unit in assembly.units:
        for question in ("", "/history", "/custody"):
            assert code_of(new.get(f"/v1/equipment/{unit}{question}")) == "not-on-record"
    held = {each["id"]: each for each in operator.get("/v1/custody").get_json()["items"]}
    assert held.keys() == units
    told = held[str(assembly.pump)]
    assert (told["holder_id"], told["owner_id"], told["place"]) == (str(story.operator), str(assembly.lessor), "hall-1")
    assert {each["id"] for each in maker.get("/v1/custody?place=hall-1").get_json()["items"]} == units


def test_a_unit_goes_with_what_is_told_late_of_the_time_before_it_was_taken_out(
    assembly: Assembly, operator: Bearer, issue: Issue
) -> None:
    story, owner = assembly.story, uuid4()
    story.posted("/v1/organisations", {"organisation_id": str(owner), "name": "Southern", "occurred_at": FOUNDED})
    path = f"/v1/equipment/{assembly.item}/remove-unit"
    taken = {"unit_id": str(assembly.pump), "slot": "comp1", "to": "in_stock", "occurred_at": READ_AT}
    assert operator.post(path, taken).status_code == 201
    later, sooner = issue("operator", owner), "2024-01-20T08:00:00Z"
    story.do(assembly.item, "transfer-ownership", {"owner_id": str(owner), "occurred_at": "2024-03-04T08:00:00Z"})
    story.followed()
    assert listed(later, "") == {str(assembly.item)}
    story.do(assembly.item, "transfer-ownership", {"owner_id": str(owner), "occurred_at": sooner})
    story.followed()
    assert listed(later, "") == {str(assembly.item), *map(str, assembly.units)}
    assert later.get(f"/v1/equipment/{assembly.pump}").status_code == 200
    told = later.get(f"/v1/equipment/{assembly.pump}/custody").get_json()["items"][-1]
    assert told["owner_id"] == str(owner)
