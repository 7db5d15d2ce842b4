"""Questions about equipment: the state now and in the past, the registry in pages, the history of one item."""

from uuid import UUID, uuid4

import pytest

from tests.api.callers import Bearer, Clock
from tests.api.whole.story import COMMISSIONED, DELIVERED, INSTALLED, SHIPPED, Story, code_of, link


def test_the_present_state_has_its_version_as_strong_tag(story: Story) -> None:
    item = story.item()
    answer = story.administrator.get(f"/v1/equipment/{item}")
    told = answer.get_json()
    assert answer.headers["ETag"] == '"v6"'
    assert told["certificate"] == {"number": "EC-1", "valid_until": None, "ended": False}
    assert (told["stage"], told["place"], told["version"], told["contradictions"]) == ("in_service", "hall-1", 6, [])
    assert told["commissioned_at"] == COMMISSIONED
    unchanged = story.administrator.get(f"/v1/equipment/{item}", If_None_Match='"v6"')
    assert (unchanged.status_code, unchanged.data) == (304, b"")


def test_readings_have_a_unit_and_a_certificate_its_last_day(story: Story) -> None:
    item = story.item()
    story.do(item, "report-failure", {"failure_mode": "leak", "operating_time": "900.50"})
    story.do(item, "report-failure", {"failure_mode": "fail-to-start"})
    story.do(item, "certify", {"certificate": "EC-2", "authority": "NB-1", "valid_until": "2029-12-31"})
    told = story.administrator.get(f"/v1/equipment/{item}").get_json()
    assert told["operating_time"] == {"value": "900.50", "unit": "h"}
    assert told["faults"] == ["fail-to-start", "leak"]
    assert told["certificate"] == {"number": "EC-2", "valid_until": "2029-12-31", "ended": False}


def test_a_past_state_is_as_it_was(story: Story) -> None:
    item = story.item()
    answer = story.administrator.get(f"/v1/equipment/{item}?as_of={SHIPPED}")
    assert answer.get_json()["stage"] == "in_transit"
    assert answer.headers["ETag"].startswith("W/")
    # An offset in an address that was not escaped reads as a space.
    with_offset = story.administrator.get(f"/v1/equipment/{item}?as_of=2024-01-06T08:00:00+03:00").get_json()
    assert (with_offset["stage"], with_offset["as_of"]) == ("in_service", COMMISSIONED)
    before = story.administrator.get(f"/v1/equipment/{item}?as_of=2023-12-31T00:00:00Z")
    assert (before.status_code, code_of(before)) == (404, "not-on-record")


def test_a_state_is_as_it_was_known_at_a_position_and_at_a_moment(story: Story, clock: Clock) -> None:
    item = story.item(steps=2)
    known, moment = story.head, clock().isoformat()
    clock.turn(hours=1)
    story.do(item, "ship", {"place": "site-north", "occurred_at": SHIPPED})
    for asked in (known, moment.replace("+00:00", "Z")):
        told = story.administrator.get(f"/v1/equipment/{item}?recorded_as_of={asked}").get_json()
        assert (told["stage"], told["version"], told["known_at"]) == ("certified", 2, known)
    both = story.administrator.get(f"/v1/equipment/{item}?recorded_as_of={known}&as_of={DELIVERED}").get_json()
    assert both["stage"] == "certified"


def test_the_state_of_an_item_is_for_those_who_take_part_in_it(
    story: Story, maker: Bearer, operator: Bearer, stranger: Bearer
) -> None:
    item = story.item()
    assert maker.get(f"/v1/equipment/{item}").status_code == 200
    assert operator.get(f"/v1/equipment/{item}").status_code == 200
    for path in (f"/v1/equipment/{item}", f"/v1/equipment/{item}/history", f"/v1/equipment/{uuid4()}"):
        answer = stranger.get(path)
        assert (answer.status_code, code_of(answer)) == (404, "not-on-record")
    nowhere = story.administrator.get(f"/v1/equipment/{uuid4()}/history")
    assert (nowhere.status_code, code_of(nowhere)) == (404, "not-on-record")


def test_a_read_contains_the_write_that_it_names(story: Story) -> None:
    item = story.item()
    assert story.administrator.get(f"/v1/equipment/{item}", Min_Position=str(story.head)).status_code == 200
    early = story.administrator.get(f"/v1/equipment/{item}/history", Min_Position=str(story.head))
    assert (early.status_code, code_of(early), early.headers["Retry-After"]) == (503, "position-not-reached", "1")
    story.followed()
    assert story.administrator.get("/v1/equipment", Min_Position=str(story.head)).status_code == 200


def serials(story: Story, path: str, caller: Bearer | None = None) -> list[str]:
    answer = (caller or story.administrator).get(path)
    assert answer.status_code == 200, answer.get_json()
    return [item["serial"] for item in answer.get_json()["items"]]


def test_the_registry_is_filtered_searched_sorted_and_counted(story: Story, maker: Bearer, operator: Bearer) -> None:
    for serial in ("px-2", "PX-1", "QX-9"):
        story.item(serial)
    released = story.item("\uff30\uff38-3", steps=1)
    story.followed()
    assert serials(story, "/v1/equipment") == ["PX-1", "px-2", "\uff30\uff38-3", "QX-9"]
    assert serials(story, "/v1/equipment?stage=released") == ["\uff30\uff38-3"]
    assert serials(story, "/v1/equipment?serial=PX-2") == ["px-2"]
    assert serials(story, "/v1/equipment?serial_prefix=Px-") == ["PX-1", "px-2", "\uff30\uff38-3"]
    assert serials(story, f"/v1/equipment?operator_id={story.operator}&faulty=false") == ["PX-1", "px-2", "QX-9"]
    assert serials(story, f"/v1/equipment?model_id={uuid4()}") == []
    assert len(serials(story, "/v1/equipment?sort=id")) == 4
    assert story.administrator.get("/v1/equipment?count=true&limit=1").get_json()["count"] == 4
    assert serials(story, "/v1/equipment", operator) == ["PX-1", "px-2", "QX-9"]
    assert serials(story, "/v1/equipment", maker) == ["PX-1", "px-2", "\uff30\uff38-3", "QX-9"]
    assert str(released) in story.administrator.get("/v1/equipment?serial=px-3").text


def test_the_registry_shows_an_item_to_whom_it_was_delivered(story: Story, operator: Bearer) -> None:
    item = story.item("PX-1", steps=3)
    assert serials(story.followed(), "/v1/equipment", operator) == []
    story.do(item, "deliver", {"recipient_id": str(story.operator)})
    assert serials(story.followed(), "/v1/equipment", operator) == ["PX-1"]
    assert operator.get(f"/v1/equipment/{item}").status_code == 200


def test_an_owner_finds_what_it_owns_and_nothing_that_it_sold_wherever_items_are_listed(
    story: Story, maker: Bearer, stranger: Bearer
) -> None:
    item, other = story.item("PX-1"), story.item("PX-2")
    story.posted("/v1/organisations", {"organisation_id": str(stranger.organisation), "name": "Northern Leasing"})
    bulletin = {"number": "SB-1", "kind": "recall", "title": "seal", "manufacturer_id": str(story.maker)}
    issued = maker.post("/v1/bulletins", {**bulletin, "models": [str(story.model)]})
    lists = ("/v1/equipment", "/v1/meter-readings/overdue", f"{issued.headers['Location']}/items")
    for owned, sold in ((item, other), (other, item)):
        story.do(owned, "transfer-ownership", {"owner_id": str(stranger.organisation)})
        story.do(sold, "transfer-ownership", {"owner_id": str(story.operator)})
        story.followed()
        for path in lists:
            assert serials(story, path, stranger) == ["PX-1" if owned == item else "PX-2"]
        assert stranger.get(f"/v1/equipment/{owned}/history").status_code == 200
        assert stranger.get(f"/v1/equipment/{sold}/history").status_code == 404
    story.do(other, "decommission", {"reason": "worn"})
    assert serials(story.followed(), "/v1/end-of-life", stranger) == ["PX-2"]


def test_the_registry_is_as_it_was_and_as_it_was_known(story: Story) -> None:
    story.item("PX-1", steps=3)
    known = story.head
    story.item("PX-2", steps=6)
    story.followed()
    assert serials(story, f"/v1/equipment?as_of={INSTALLED}&stage=installed") == ["PX-2"]
    assert serials(story, f"/v1/equipment?recorded_as_of={known}") == ["PX-1"]
    assert serials(story, "/v1/equipment?recorded_as_of=0") == []


def test_pages_stay_stable_while_facts_arrive(story: Story) -> None:
    for number in range(5):
        story.item(f"PX-{number}", steps=1)
    first = story.followed().administrator.get("/v1/equipment?limit=2")
    assert link(first, "prev") is None
    story.item("PX-00", steps=1)
    seen = [item["serial"] for item in first.get_json()["items"]]
    page = first
    while (address := link(page, "next")) is not None:
        page = story.followed().administrator.get(address)
        seen += [item["serial"] for item in page.get_json()["items"]]
        assert page.get_json()["position"] == first.get_json()["position"]
    assert seen == [f"PX-{number}" for number in range(5)]
    back = link(page, "prev")
    assert back is not None
    assert serials(story, back) == ["PX-2", "PX-3"]
    begin = link(page, "first")
    assert begin is not None
    assert serials(story, begin) == ["PX-0", "PX-00"]


def test_a_cursor_belongs_to_its_question_filter_and_organisation(story: Story, maker: Bearer) -> None:
    for number in range(3):
        story.item(f"PX-{number}", steps=1)
    address = link(story.followed().administrator.get("/v1/equipment?limit=1"), "next")
    assert address is not None
    cursor = address.partition("cursor=")[2]
    for other in (f"/v1/equipment?stage=released&cursor={cursor}", f"/v1/models?cursor={cursor}"):
        answer = story.administrator.get(other)
        assert (answer.status_code, code_of(answer)) == (400, "cursor-of-another-query")
    assert code_of(maker.get(address)) == "cursor-of-another-query"
    assert code_of(story.administrator.get("/v1/equipment?cursor=nonsense")) == "cursor-not-readable"
    changed = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    assert code_of(story.administrator.get(f"/v1/equipment?cursor={changed}")) == "cursor-not-readable"


def test_the_history_tells_each_step_and_what_it_changed(story: Story) -> None:
    item = story.item()
    told = story.followed().administrator.get(f"/v1/equipment/{item}/history").get_json()["items"]
    assert [step["type"].partition(".")[2] for step in told] == [
        "released",
        "certified",
        "shipped",
        "delivered",
        "installed",
        "commissioned",
    ]
    assert told[5]["occurred_at"] == COMMISSIONED
    assert told[5]["actor"] == str(story.administrator.principal)
    assert told[5]["data"] == {"operator_id": str(story.operator), "act": "ACT-1"}
    assert {"field": "stage", "before": "installed", "after": "in_service"} in told[5]["changes"]


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_a_history_is_read_in_pages_from_either_end(story: Story, order: str) -> None:
    item = story.item()
    address: str | None = f"/v1/equipment/{item}/history?limit=4&order={order}"
    story.followed()
    pages = []
    while address is not None:
        page = story.administrator.get(address)
        pages.append([step["sequence"] for step in page.get_json()["items"]])
        assert (link(page, "prev") is None) is (len(pages) == 1)
        back, address = link(page, "prev"), link(page, "next")
    assert pages == ([[1, 2, 3, 4], [5, 6]] if order == "oldest" else [[6, 5, 4, 3], [2, 1]])
    assert back is not None
    assert [step["sequence"] for step in story.administrator.get(back).get_json()["items"]] == pages[0]


def test_a_cursor_of_one_history_is_none_of_another(story: Story) -> None:
    item, other = story.item("PX-1"), story.item("PX-2")
    story.followed()
    address = link(story.administrator.get(f"/v1/equipment/{item}/history?limit=1"), "next")
    assert address is not None
    answer = story.administrator.get(address.replace(str(item), str(other)))
    assert (answer.status_code, code_of(answer)) == (400, "cursor-of-another-query")


def test_a_history_is_as_it_was_and_as_it_was_known(story: Story) -> None:
    item = story.item(steps=2)
    known = story.head
    story.do(item, "ship", {"place": "site-north", "occurred_at": SHIPPED})
    story.followed()
    for asked in (f"recorded_as_of={known}", "as_of=2024-01-02T12:00:00Z"):
        answer = story.administrator.get(f"/v1/equipment/{item}/history?{asked}").get_json()
        assert [step["sequence"] for step in answer["items"]] == [1, 2]


def test_a_corrected_error_is_shown_with_its_correction(story: Story) -> None:
    item = story.item(steps=2)
    wrong = story.do(item, "ship", {"place": "site-south", "occurred_at": SHIPPED})["facts"][0]
    stream = f"equipment:{item}"
    body = {"wrong_fact": wrong["id"], "explanation": "wrong-place"}
    declared = story.posted(f"/v1/streams/{stream}/declare-error", body)["facts"][0]
    assert story.administrator.post(f"/v1/streams/{stream}/declare-error", body).get_json()["facts"] == []
    assert story.administrator.get(f"/v1/equipment/{item}").get_json()["stage"] == "certified"
    steps = story.followed().administrator.get(f"/v1/equipment/{item}/history").get_json()["items"]
    found = {UUID(step["id"]): step for step in steps}
    assert found[UUID(wrong["id"])]["declared_wrong_by"] == declared["id"]
    assert found[UUID(wrong["id"])]["changes"] == []


def test_what_an_error_declaration_breaks_is_listed_as_a_contradiction(story: Story) -> None:
    item = story.item(steps=1)
    certified = story.do(item, "certify", {"certificate": "EC-1", "authority": "NB-1"})["facts"][0]
    shipped = story.do(item, "ship", {"place": "site-north"})["facts"][0]
    body = {"wrong_fact": certified["id"], "explanation": "never-certified"}
    story.posted(f"/v1/streams/equipment:{item}/declare-error", body)
    told = story.administrator.get(f"/v1/equipment/{item}").get_json()
    assert told["contradictions"] == [
        {
            "fact": shipped["id"],
            "code": "not-certified",
            "sentence": "What is not certified is neither stocked nor shipped.",
        }
    ]


def test_an_item_whose_release_was_an_error_is_shown_empty(story: Story) -> None:
    item = uuid4()
    receipt = story.posted("/v1/equipment", story.release("PX-7", equipment_id=str(item)))
    released = next(fact for fact in receipt["facts"] if fact["type"] == "equipment.released")
    body = {"wrong_fact": released["id"], "explanation": "never-built"}
    story.posted(f"/v1/streams/equipment:{item}/declare-error", body)
    told = story.administrator.get(f"/v1/equipment/{item}").get_json()
    assert (told["stage"], told["serial"], told["version"]) == (None, None, 2)
    assert serials(story.followed(), "/v1/equipment") == []


def test_errors_are_declared_by_those_who_take_part(story: Story, operator: Bearer, stranger: Bearer) -> None:
    item = story.item()
    fact = operator.post(f"/v1/equipment/{item}/report-failure", {"failure_mode": "leak"}).get_json()["facts"][0]
    body = {"wrong_fact": fact["id"], "explanation": "other-item"}
    path = f"/v1/streams/equipment:{item}/declare-error"
    assert code_of(stranger.post(path, body)) == "not-on-record"
    assert code_of(operator.post(path, {**body, "wrong_fact": str(uuid4())})) == "not-on-record"
    assert code_of(operator.post("/v1/streams/nonsense/declare-error", body)) == "no-such-resource"
    assert operator.post(path, body).status_code == 201
