"""Units over the interface: whose stage follows their parent, and what does not fit together."""

from typing import Any
from uuid import UUID, uuid4

from tests.api.callers import Bearer
from tests.api.whole.story import Story, code_of

BUILT_IN = "2024-02-01T08:00:00Z"
LAID_UP = "2024-03-01T08:00:00Z"


def unit(story: Story, serial: str = "U-1") -> UUID:
    """Bring a unit into a stock."""
    unit_id = uuid4()
    begun = {"occurred_at": "2024-01-01T08:00:00Z"}
    story.posted("/v1/equipment", story.release(serial, equipment_id=str(unit_id), **begun))
    story.do(unit_id, "certify", {"certificate": "EC-U", "authority": "NB-1", **begun})
    story.do(unit_id, "stock", {"place": "warehouse-1", **begun})
    return unit_id


def built_in(story: Story) -> tuple[UUID, UUID, list[dict[str, Any]]]:
    """Return an item in service, its unit, and the facts that say it is one."""
    item, pump = story.item(), unit(story)
    body = {"unit_id": str(pump), "slot": "comp1", "occurred_at": BUILT_IN}
    return item, pump, story.do(item, "install-unit", body)["facts"]


def told(story: Story, item: UUID, question: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = story.administrator.get(f"/v1/equipment/{item}{question}").get_json()
    return answer


def contradictions(story: Story, item: UUID) -> dict[str, Any]:
    answer: dict[str, Any] = story.followed().administrator.get(f"/v1/equipment/{item}/contradictions").get_json()
    return answer


def declare_wrong(story: Story, item: UUID, fact: dict[str, Any]) -> None:
    body = {"wrong_fact": fact["id"], "explanation": "never-happened"}
    story.posted(f"/v1/streams/equipment:{item}/declare-error", body)


def test_the_stage_of_a_unit_follows_its_parent(story: Story) -> None:
    item, pump, _ = built_in(story)
    deeper = unit(story, "U-2")
    story.do(pump, "install-unit", {"unit_id": str(deeper), "slot": "seal", "occurred_at": BUILT_IN})
    for each in (pump, deeper):
        assert (told(story, each)["stage"], told(story, each)["own_stage"]) == ("in_service", "installed")
    story.do(item, "decommission", {"reason": "worn-out", "occurred_at": LAID_UP})
    assert [told(story, each)["stage"] for each in (item, pump, deeper)] == ["decommissioned"] * 3
    assert told(story, deeper, f"?as_of={BUILT_IN}")["stage"] == "in_service"
    assert told(story, deeper, f"?recorded_as_of={story.head - 1}")["stage"] == "in_service"
    assert told(story, item)["own_stage"] == "decommissioned"


def test_an_item_is_released_with_its_bill_and_units_in_one_append(story: Story) -> None:
    pump, item = unit(story), uuid4()
    built: dict[str, Any] = {
        "bill_revision": "D",
        "units": [["comp1", str(pump)]],
        "occurred_at": "2024-01-02T08:00:00Z",
    }
    receipt = story.posted("/v1/equipment", story.release(equipment_id=str(item), **built))
    types = [(fact["type"], fact["stream"]) for fact in receipt["facts"] if fact["stream"].startswith("equipment")]
    assert types == [("equipment.released", f"equipment:{item}"), ("equipment.installed", f"equipment:{pump}")]
    answer = told(story, item)
    assert (answer["bill_revision"], answer["units"]) == ("D", [{"slot": "comp1", "unit_id": str(pump)}])
    assert told(story, pump)["parent"] == {"equipment_id": str(item), "slot": "comp1"}
    assert contradictions(story, item)["units"] == []
    declare_wrong(story, item, receipt["facts"][0])
    assert [each["unit_id"] for each in contradictions(story, pump)["units"]] == [str(pump)]
    story.do(item, "remove-unit", {"unit_id": str(pump), "slot": "comp1", "to": "in_stock"})
    assert contradictions(story, pump)["units"] == []


def test_a_stage_that_followed_its_parent_is_no_answer_that_the_caller_has(story: Story) -> None:
    item, pump, _ = built_in(story)
    path = f"/v1/equipment/{pump}"
    tag = story.administrator.get(path).headers["ETag"]
    assert tag == '"v4.7"'
    assert story.administrator.get(path, If_None_Match=tag).status_code == 304
    story.do(item, "decommission", {"reason": "worn-out"})
    assert story.administrator.get(path, If_None_Match=tag).status_code == 200
    certify = {"certificate": "EC-2", "authority": "NB-1"}
    assert story.administrator.post(f"{path}/certify", certify, If_Match=tag).status_code == 201


def test_a_unit_is_exchanged_in_one_append(story: Story) -> None:
    item, pump, _ = built_in(story)
    spare = unit(story, "U-2")
    body = {"slot": "comp1", "unit_id": str(pump), "replacement_id": str(spare)}
    facts = story.do(item, "exchange-unit", body)["facts"]
    assert len(facts) == 4
    assert told(story, item)["units"] == [{"slot": "comp1", "unit_id": str(spare)}]
    assert (told(story, pump)["stage"], told(story, spare)["stage"]) == ("quarantined", "in_service")


def test_what_fits_together_is_no_contradiction(story: Story) -> None:
    item, pump, _ = built_in(story)
    for each in (item, pump):
        found = contradictions(story, each)
        assert (found["id"], found["facts"], found["units"]) == (str(each), [], [])
        assert found["position"] == story.head


def test_half_of_a_pair_declared_wrong_is_listed_until_it_is_settled(story: Story) -> None:
    item, pump, (listed, sits) = built_in(story)
    declare_wrong(story, item, listed)
    expected = {"parent_id": str(item), "slot": "comp1", "unit_id": str(pump), "said_by": "unit"}
    assert contradictions(story, item)["units"] == contradictions(story, pump)["units"] == [expected]
    story.do(item, "install-unit", {"unit_id": str(pump), "slot": "comp1"})
    assert contradictions(story, item)["units"] == contradictions(story, pump)["units"] == []
    declare_wrong(story, pump, sits)
    assert contradictions(story, item)["units"] == [{**expected, "said_by": "parent"}]
    story.do(item, "remove-unit", {"unit_id": str(pump), "slot": "comp1"})
    assert contradictions(story, item)["units"] == contradictions(story, pump)["units"] == []


def test_a_fact_that_its_rules_would_refuse_is_listed_with_the_refusal(story: Story) -> None:
    item = story.item(steps=1)
    certified = story.do(item, "certify", {"certificate": "EC-1", "authority": "NB-1"})["facts"][0]
    shipped = story.do(item, "ship", {"place": "site-north"})["facts"][0]
    declare_wrong(story, item, certified)
    found = contradictions(story, item)
    assert [(each["fact"], each["code"]) for each in found["facts"]] == [(shipped["id"], "not-certified")]
    declare_wrong(story, item, shipped)
    assert contradictions(story, item)["facts"] == []


def test_contradictions_are_told_to_those_who_take_part(story: Story, operator: Bearer, stranger: Bearer) -> None:
    item = story.item()
    path = f"/v1/equipment/{item}/contradictions"
    story.followed()
    assert operator.get(path).status_code == 200
    assert code_of(stranger.get(path)) == code_of(operator.get(path.replace(str(item), str(uuid4()))))
    assert code_of(stranger.get(path)) == "not-on-record"
