"""Bulletins, configuration and models over the interface: what a maker asks, and which items lack it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.callers import Bearer
from tests.api.whole.story import COMMISSIONED, FOUNDED, INSTALLED, RELEASED, Story, code_of, link

ENDED = "2025-03-01T00:00:00Z"


@pytest.fixture
def bulletin(story: Story, maker: Bearer) -> UUID:
    """A recall of the model, issued by its maker."""
    body = {
        "number": "SB-1",
        "kind": "recall",
        "title": "seal",
        "manufacturer_id": str(story.maker),
        "models": [str(story.model)],
        "mandatory_by": "2026-12-31",
        "occurred_at": FOUNDED,
    }
    answer = maker.post("/v1/bulletins", body)
    assert answer.status_code == 201, answer.get_json()
    return UUID(answer.headers["Location"].rpartition("/")[2])


def told(caller: Bearer, path: str) -> dict[str, Any]:
    answer = caller.get(path)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def serials(caller: Bearer, path: str) -> list[str]:
    return [item["serial"] for item in told(caller, path)["items"]]


def test_a_bulletin_is_read_by_everyone_and_withdrawn_by_its_maker(
    story: Story, bulletin: UUID, maker: Bearer, operator: Bearer
) -> None:
    path = f"/v1/bulletins/{bulletin}"
    answer = operator.get(path)
    assert (answer.headers["ETag"], answer.get_json()["number"], answer.get_json()["withdrawn"]) == (
        '"v1"',
        "SB-1",
        None,
    )
    refused = operator.post(f"{path}/withdraw", {"reason": "superseded"})
    assert (refused.status_code, code_of(refused)) == (403, "not-allowed")
    assert maker.post(f"{path}/withdraw", {"reason": "superseded"}).status_code == 201
    assert told(operator, path)["withdrawn"] == "superseded"
    story.followed()
    (listed,) = told(operator, f"/v1/bulletins?model_id={story.model}&manufacturer_id={story.maker}")["items"]
    assert (listed["number"], listed["mandatory_by"], listed["withdrawn"]) == ("SB-1", "2026-12-31", True)
    assert told(operator, f"/v1/bulletins?model_id={uuid4()}")["items"] == []
    assert told(operator, "/v1/bulletins?number=sb-1")["items"] == [listed]
    assert told(operator, "/v1/bulletins?number=sb")["items"] == []
    assert code_of(operator.get(f"/v1/bulletins/{uuid4()}")) == "not-on-record"


def test_only_the_maker_of_its_models_issues_a_bulletin(story: Story, maker: Bearer) -> None:
    body = {"number": "SB-2", "kind": "service", "title": "seal", "models": [str(story.model)]}
    by_another = story.administrator.post("/v1/bulletins", {**body, "manufacturer_id": str(story.operator)})
    assert (by_another.status_code, code_of(by_another)) == (409, "not-the-maker")
    in_another_name = maker.post("/v1/bulletins", {**body, "manufacturer_id": str(story.operator)})
    assert (in_another_name.status_code, code_of(in_another_name)) == (403, "not-allowed")
    nothing = maker.post("/v1/bulletins", {**body, "manufacturer_id": str(story.maker), "models": []})
    assert nothing.status_code == 422


def test_it_is_told_which_items_lack_a_bulletin(
    story: Story, bulletin: UUID, maker: Bearer, operator: Bearer, stranger: Bearer
) -> None:
    first, second = story.item("PX-1"), story.item("PX-2")
    story.item("PX-3", steps=1)
    path = f"/v1/bulletins/{bulletin}/items"
    assert serials(story.followed().administrator, f"{path}?status=pending") == ["PX-1", "PX-2", "PX-3"]
    before = story.head
    applied = {"bulletin_id": str(bulletin), "occurred_at": "2024-02-01T08:00:00Z"}
    assert operator.post(f"/v1/equipment/{first}/apply-bulletin", applied).status_code == 201
    story.do(second, "declare-bulletin-not-applicable", {**applied, "reason": "no-such-seal"})
    story.followed()
    assert serials(maker, f"{path}?status=pending") == ["PX-3"]
    assert serials(operator, f"{path}?status=pending") == []
    assert serials(operator, f"{path}?status=applied") == ["PX-1"]
    assert serials(operator, f"{path}?status=not_applicable") == ["PX-2"]
    assert serials(stranger, path) == []
    assert serials(maker, f"{path}?status=pending&as_of={COMMISSIONED.replace('+', '%2B')}") == ["PX-1", "PX-2", "PX-3"]
    assert serials(maker, f"{path}?status=pending&recorded_as_of={before}") == ["PX-1", "PX-2", "PX-3"]
    page = maker.get(f"{path}?limit=2")
    assert [each["status"] for each in page.get_json()["items"]] == ["applied", "not_applicable"]
    following = link(page, "next")
    assert following is not None
    assert serials(maker, following) == ["PX-3"]
    unknown = maker.get(f"/v1/bulletins/{uuid4()}/items")
    assert (unknown.status_code, code_of(unknown)) == (404, "not-on-record")
    assert maker.get(f"{path}?status=done").status_code == 422


def test_it_is_told_which_bulletins_an_item_lacks(
    story: Story, bulletin: UUID, maker: Bearer, operator: Bearer, stranger: Bearer
) -> None:
    item = story.item("PX-1")
    path = f"/v1/equipment/{item}/bulletins"
    begun = {"manufacturer_id": str(story.maker), "models": [str(story.model)], "occurred_at": FOUNDED}
    for number, first in (("SB-2", "PX-1"), ("SB-3", "PX-2")):
        of_some = {**begun, "number": number, "kind": "service", "title": "seal", "serial_from": first}
        assert maker.post("/v1/bulletins", of_some).status_code == 201
    before = story.head
    applied = {"bulletin_id": str(bulletin), "occurred_at": "2024-02-01T08:00:00Z"}
    assert operator.post(f"/v1/equipment/{item}/apply-bulletin", applied).status_code == 201
    story.followed()
    assert statuses(operator, path) == {"SB-1": "applied", "SB-2": "pending"}
    assert statuses(operator, f"{path}?status=pending") == {"SB-2": "pending"}
    assert statuses(operator, f"{path}?status=not_applicable") == {}
    assert statuses(maker, f"{path}?as_of=2024-02-01T07:00:00Z&status=pending") == {
        "SB-1": "pending",
        "SB-2": "pending",
    }
    assert statuses(maker, f"{path}?recorded_as_of={before}&status=applied") == {}
    (lacking,) = told(operator, f"{path}?status=pending")["items"]
    assert (lacking["kind"], lacking["title"], lacking["mandatory_by"]) == ("service", "seal", None)
    page = operator.get(f"{path}?limit=1")
    following = link(page, "next")
    assert following is not None
    assert [*statuses(operator, f"{path}?limit=1"), *statuses(operator, following)] == ["SB-1", "SB-2"]
    for hidden in (stranger.get(path), operator.get(f"/v1/equipment/{uuid4()}/bulletins")):
        assert (hidden.status_code, code_of(hidden)) == (404, "not-on-record")
    assert code_of(operator.get(f"{path}?as_of=2001-01-01T00:00:00Z")) == "not-on-record"
    assert operator.get(f"{path}?status=done").status_code == 422


def statuses(caller: Bearer, path: str) -> dict[str, str | None]:
    return {each["number"]: each["status"] for each in told(caller, path)["items"]}


def test_the_configuration_of_an_item_is_told_with_its_documents(story: Story, bulletin: UUID) -> None:
    item = story.item()
    path = f"/v1/equipment/{item}"
    story.do(item, "order-option", {"feature": "control-unit", "value": "CU-7"})
    story.do(item, "start-upgrade", {"purpose": "retrofit-7", "bulletin_id": str(bulletin)})
    under_way = told(story.administrator, path)
    assert under_way["ordered_options"] == [["control-unit", "CU-7"]]
    assert under_way["upgrade"] == {"purpose": "retrofit-7", "bulletin_id": str(bulletin)}
    features = {"features": [["control-unit", "CU-7"]], "certification_affected": True}
    undocumented = story.administrator.post(f"{path}/complete-upgrade", features)
    assert (undocumented.status_code, code_of(undocumented)) == (409, "document-revision-missing")
    story.do(item, "complete-upgrade", {**features, "document_revision": "B"})
    waiting = told(story.administrator, path)
    assert (waiting["stage"], waiting["awaits_certificate"], waiting["upgrade"]) == ("under_modernisation", True, None)
    assert (waiting["configuration"], waiting["ordered_options"]) == ([["control-unit", "CU-7"]], [])
    assert (waiting["document_revision"], waiting["as_built"]) == ("B", [])
    assert waiting["bulletins"] == [{"bulletin_id": str(bulletin), "status": "applied"}]
    story.do(item, "certify", {"certificate": "EC-2", "authority": "NB-1"})
    assert told(story.administrator, path)["stage"] == "in_service"
    assert told(story.administrator, f"{path}?as_of={INSTALLED}")["configuration"] == []


def test_what_else_is_on_record_of_an_item_is_told(story: Story) -> None:
    item = story.item()
    story.do(item, "fit-meter", {"meter": "cycles", "unit": "1", "shows": "5"})
    story.do(item, "measure-condition", {"parameter": "vibration-velocity", "value": "2.80", "unit": "mm/s"})
    measured = {"parameter": "vibration-velocity", "value": "3.1", "unit": "mm/s", "slot": "bearing-1"}
    story.do(item, "measure-condition", measured)
    story.do(item, "issue-passport", {"passport": "PP-1"})
    story.do(item, "transfer-ownership", {"owner_id": str(story.operator)})
    found = told(story.administrator, f"/v1/equipment/{item}")
    (cycles,) = found["meters"]
    assert {name: cycles[name] for name in ("name", "unit", "shown", "total")} == {
        "name": "cycles",
        "unit": "1",
        "shown": "5",
        "total": "5",
    }
    assert [(each["parameter"], each["slot"], each["value"], each["unit"]) for each in found["conditions"]] == [
        ("vibration-velocity", None, "2.80", "mm/s"),
        ("vibration-velocity", "bearing-1", "3.1", "mm/s"),
    ]
    assert (found["passport"]["number"], found["passport"]["revision"], found["passport"]["outdated"]) == (
        "PP-1",
        1,
        True,
    )
    assert (found["owner_id"], found["operational_state"], found["loan"]) == (str(story.operator), "operating", None)
    assert (found["taken_over"], found["second_category"], found["beyond_economic_repair"]) == (False, False, False)


def test_a_loan_is_told_with_its_borrower(story: Story) -> None:
    item = story.item(steps=2)
    story.do(item, "stock", {"place": "warehouse-1"})
    story.do(item, "lend", {"borrower_id": str(story.operator), "until": "2026-12-31"})
    found = told(story.administrator, f"/v1/equipment/{item}")
    assert found["loan"] == {"borrower_id": str(story.operator), "until": "2026-12-31"}


def test_what_a_maker_says_of_a_model_is_told(story: Story, maker: Bearer, operator: Bearer) -> None:
    path = f"/v1/models/{story.model}"
    said: list[tuple[str, dict[str, Any]]] = [
        ("revise-bill", {"revision": "B", "maintainable_items": ["comp1", "comp2"]}),
        ("set-plan-template", {"by_hours": [["oil", "500"]], "by_calendar": [["inspection", 365]]}),
        ("set-warranty-terms", {"terms": "standard-24", "begins": "delivered", "months": 24, "hours": "4000"}),
        ("define-document-set", {"documents": [["manual", "03-02"]]}),
        ("discontinue", {"reason": "replaced", "occurred_at": ENDED}),
    ]
    for command, body in said:
        refused = operator.post(f"{path}/{command}", body)
        assert (refused.status_code, code_of(refused)) == (403, "not-allowed")
        assert maker.post(f"{path}/{command}", body).status_code == 201
        assert maker.post(f"{path}/{command}", body).status_code == 200
    model = told(operator, path)
    assert (model["bill_revision"], model["maintainable_items"]) == ("B", ["comp1", "comp2"])
    assert model["plan_template"] == {
        "by_hours": [["oil", "500"]],
        "by_cycles": [],
        "by_calendar": [["inspection", 365]],
        "by_condition": [],
    }
    assert model["warranty_terms"]["hours"] == "4000"
    assert (model["document_set"], model["discontinued"]) == (
        [["manual", "03-02"]],
        {"since": ENDED, "reason": "replaced", "successor_id": None},
    )
    late = maker.post("/v1/equipment", story.release("PX-9"))
    assert (late.status_code, code_of(late)) == (409, "model-no-longer-made")


def test_the_history_of_a_model_tells_what_its_maker_said_and_what_that_changed(
    story: Story, maker: Bearer, operator: Bearer
) -> None:
    story.item()  # names the model, and is no word of its maker about the model
    path = f"/v1/models/{story.model}"
    bill = {"revision": "B", "maintainable_items": ["comp1", "comp2"], "occurred_at": RELEASED}
    wrong = maker.post(f"{path}/discontinue", {"reason": "replaced", "occurred_at": ENDED}).get_json()["facts"][0]
    assert maker.post(f"{path}/revise-bill", bill).status_code == 201
    before = story.head
    said = {"wrong_fact": wrong["id"], "explanation": "other-model"}
    declared = maker.post(f"/v1/streams/model:{story.model}/declare-error", said)
    assert declared.status_code == 201, declared.get_json()
    story.followed()
    steps = told(operator, f"{path}/history")["items"]
    kinds = ["model.registered", "model.bill_revised", "model.discontinued", "error.declared"]
    assert [each["type"] for each in steps] == kinds
    assert [sorted(change["field"] for change in each["changes"]) for each in steps] == [
        ["registered"],
        ["bill"],
        [],
        ["discontinued", "discontinued_at"],
    ]
    assert steps[1]["changes"][0]["after"]["revision"] == steps[1]["data"]["revision"] == "B"
    assert steps[2]["declared_wrong_by"] == steps[3]["id"]
    then = told(operator, f"{path}/history?recorded_as_of={before}&order=newest")["items"]
    assert [each["type"] for each in then] == kinds[2::-1]
    assert [each["declared_wrong_by"] for each in then] == [None] * 3
    assert len(told(operator, f"{path}/history?as_of={RELEASED}")["items"]) == 2
    unknown = operator.get(f"/v1/models/{uuid4()}/history")
    assert (unknown.status_code, code_of(unknown)) == (404, "not-on-record")


def test_the_history_of_a_bulletin_tells_what_its_maker_said_and_not_whose_items_have_it(
    story: Story, bulletin: UUID, maker: Bearer, stranger: Bearer
) -> None:
    story.do(story.item(), "apply-bulletin", {"bulletin_id": str(bulletin)})
    assert maker.post(f"/v1/bulletins/{bulletin}/withdraw", {"reason": "superseded"}).status_code == 201
    story.followed()
    first = stranger.get(f"/v1/bulletins/{bulletin}/history?limit=1")
    following = link(first, "next")
    assert following is not None
    steps = first.get_json()["items"] + told(stranger, following)["items"]
    assert [(each["type"], [change["field"] for change in each["changes"]]) for each in steps] == [
        ("bulletin.issued", ["issued"]),
        ("bulletin.withdrawn", ["withdrawn"]),
    ]
    assert steps[0]["changes"][0]["after"]["mandatory_by"] == "2026-12-31"
    assert link(stranger.get(following), "next") is None


def test_the_list_of_models_tells_which_are_made_no_longer(story: Story, operator: Bearer) -> None:
    maker = str(story.maker)
    successor = story.posted("/v1/models", {"designation": "Press PX-50", "manufacturer_id": maker})
    reason = {"reason": "replaced", "successor_id": successor["facts"][0]["stream"].partition(":")[2]}
    story.posted(f"/v1/models/{story.model}/discontinue", {**reason, "occurred_at": ENDED})
    story.followed()
    listed = {each["designation"]: each["discontinued"] for each in told(operator, "/v1/models")["items"]}
    assert listed == {"Press PX-40": {"since": ENDED, **reason}, "Press PX-50": None}
    for asked, designation in (("true", "Press PX-40"), ("false", "Press PX-50")):
        found = told(operator, f"/v1/models?discontinued={asked}&manufacturer_id={maker}")["items"]
        assert [each["designation"] for each in found] == [designation]
    assert operator.get("/v1/models?discontinued=perhaps").status_code == 422
    before = told(operator, f"/v1/models?as_of={RELEASED}&discontinued=false")["items"]
    assert [each["discontinued"] for each in before] == [None]
