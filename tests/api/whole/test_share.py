"""Each organisation sees exactly its share, and nobody makes the words of another not count."""

from uuid import uuid4

import pytest

from tests.api.callers import Bearer, Issue
from tests.api.whole.story import CERTIFIED, FOUNDED, Story, code_of


@pytest.fixture
def next_one(story: Story, issue: Issue) -> Bearer:
    """A key of an organisation to which an item goes later."""
    bearer = issue("operator", uuid4())
    known = {"organisation_id": str(bearer.organisation), "name": "Next", "occurred_at": FOUNDED}
    story.posted("/v1/organisations", known)
    return bearer


def test_an_item_is_listed_to_those_who_may_read_it_by_now_whatever_past_is_asked_for(
    story: Story, maker: Bearer, operator: Bearer, next_one: Bearer
) -> None:
    item = story.item(steps=6)
    before = story.head
    story.do(item, "remove", {"to": "in_transit", "occurred_at": "2024-02-01T08:00:00Z"})
    moved = {"recipient_id": str(next_one.organisation), "occurred_at": "2024-02-02T08:00:00Z"}
    story.do(item, "deliver", moved)
    story.followed()
    for past in ("", f"as_of={CERTIFIED}", "as_of=2024-01-20T08:00:00Z", f"recorded_as_of={before}"):
        for bearer, status in ((maker, 200), (operator, 404), (next_one, 200)):
            listed = bearer.get(f"/v1/equipment?count=true&{past}").get_json()
            assert bearer.get(f"/v1/equipment/{item}?{past}").status_code == status
            assert listed["count"] == len(listed["items"]) == (1 if status == 200 else 0), past


def test_nobody_declares_wrong_what_another_organisation_recorded(
    story: Story, maker: Bearer, operator: Bearer
) -> None:
    item = story.item(steps=1)
    path = f"/v1/equipment/{item}"
    certified = maker.post(f"{path}/certify", {"certificate": "EC-1", "authority": "NB-1"}).get_json()["facts"][0]
    story.do(item, "ship", {"place": "site-north"})
    delivered = story.do(item, "deliver", {"recipient_id": str(story.operator)})["facts"][0]
    declare = f"/v1/streams/equipment:{item}/declare-error"
    for bearer, fact in ((operator, certified), (operator, delivered), (maker, delivered)):
        refused = bearer.post(declare, {"wrong_fact": fact["id"], "explanation": "not-mine"})
        assert (refused.status_code, code_of(refused)) == (403, "not-allowed")
    assert maker.post(declare, {"wrong_fact": certified["id"], "explanation": "never-certified"}).status_code == 201
    assert story.posted(declare, {"wrong_fact": delivered["id"], "explanation": "never-delivered"})


def test_a_fact_of_another_stream_is_not_told_from_one_that_is_not(story: Story, maker: Bearer) -> None:
    mine, theirs = story.item("PX-1", steps=1), story.item("PX-2", steps=1)
    fact = story.do(theirs, "certify", {"certificate": "EC-1", "authority": "NB-1"})["facts"][0]
    declare = f"/v1/streams/equipment:{mine}/declare-error"
    for wrong in (fact["id"], str(uuid4())):
        assert code_of(maker.post(declare, {"wrong_fact": wrong, "explanation": "x"})) == "not-on-record"


def test_an_id_that_is_taken_by_another_maker_tells_nothing_of_his_item(story: Story, issue: Issue) -> None:
    item = story.item(steps=3)
    other = issue("manufacturer", uuid4())
    body = story.release("PX-9", equipment_id=str(item), manufacturer_id=str(other.organisation))
    for condition in ({}, {"If_Match": '"v1"'}, {"If_Match": '"v3"'}, {"If_None_Match": "*"}):
        refused = other.post("/v1/equipment", body, **condition)
        assert (refused.status_code, code_of(refused)) == (404, "not-on-record")
        assert "version" not in refused.get_data(as_text=True).replace(refused.get_json()["instance"], "")


def test_a_release_told_again_by_its_source_without_an_id_gets_the_first_receipt(story: Story, maker: Bearer) -> None:
    body = story.release(source={"source": "https://erp.example/works", "id": "WO-1"})
    first, again = maker.post("/v1/equipment", body), maker.post("/v1/equipment", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json() == {**first.get_json(), "replayed": True}
    differs = maker.post("/v1/equipment", {**body, "serial": "PX-2"})
    assert (differs.status_code, code_of(differs)) == (409, "already-recorded-differently")


def test_of_many_faults_a_hundred_are_told(story: Story) -> None:
    refused = story.administrator.post("/v1/organisations", {f"field-{number}": 1 for number in range(10_000)})
    told = refused.get_json()
    assert (refused.status_code, len(told["errors"])) == (422, 100)
    assert told["detail"] == "10001 of the values are not as documented."
