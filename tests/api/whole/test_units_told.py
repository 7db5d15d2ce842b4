"""What is told of a unit inside an item: by its own answer and by every list, to any depth."""

from typing import Any
from uuid import UUID, uuid4

from tests.api.whole.story import CERTIFIED, RELEASED, Story
from tests.api.whole.test_cost import counted
from tests.api.whole.test_structure import BUILT_IN, LAID_UP, built_in, told, unit

MOVED = "2024-02-15T08:00:00Z"


def listed(story: Story, question: str) -> dict[str, str]:
    """Return the stages that the registry tells, by item."""
    answer = story.followed().administrator.get(f"/v1/equipment?limit=100&{question}")
    assert answer.status_code == 200, answer.get_json()
    return {each["id"]: each["stage"] for each in answer.get_json()["items"]}


def test_the_registry_tells_of_a_unit_the_stage_that_its_own_answer_tells(story: Story) -> None:
    item, pump, _ = built_in(story)
    story.do(item, "lay-up", {"occurred_at": LAID_UP})
    for past, stage in (("", "laid_up"), (f"as_of={BUILT_IN}", "in_service"), (f"recorded_as_of={story.head - 1}", "")):
        expected = told(story, pump, f"?{past}")["stage"]
        assert expected == (stage or "in_service")
        assert listed(story, past) == {str(item): expected, str(pump): expected}
        assert listed(story, f"stage={expected}&{past}") == {str(item): expected, str(pump): expected}
        assert listed(story, f"stage=installed&{past}") == {}
    assert listed(story, "stage=in_service") == {}


def test_a_list_of_items_that_a_bulletin_concerns_tells_the_same_stage(story: Story) -> None:
    _, pump, _ = built_in(story)
    bulletin = uuid4()
    body = {"number": "SB-1", "kind": "service", "title": "Change the seal", "models": [str(story.model)]}
    story.posted("/v1/bulletins", {"bulletin_id": str(bulletin), "manufacturer_id": str(story.maker), **body})
    items = story.followed().administrator.get(f"/v1/bulletins/{bulletin}/items").get_json()["items"]
    assert {each["id"]: each["stage"] for each in items}[str(pump)] == told(story, pump)["stage"] == "in_service"


def test_a_unit_is_where_the_topmost_item_above_it_is(story: Story) -> None:
    item, pump, _ = built_in(story)
    seal = unit(story, "U-2")
    story.do(pump, "install-unit", {"unit_id": str(seal), "slot": "comp1", "occurred_at": BUILT_IN})
    story.do(item, "move", {"place": "hall-2", "occurred_at": MOVED})
    for each in (pump, seal):
        assert told(story, each, "?as_of=2024-01-15T08:00:00Z")["place"] == "warehouse-1"
        assert told(story, each, f"?as_of={BUILT_IN}")["place"] == "hall-1"
        assert told(story, each)["place"] == "hall-2"
        assert told(story, each, f"?recorded_as_of={story.head - 1}")["place"] == "hall-1"
    assert told(story, item)["place"] == "hall-2"


def chain(story: Story, depth: int) -> list[UUID]:
    """Return an item in service and units inside it, each inside the one before."""
    items = [story.item()]
    for number in range(depth):
        each = uuid4()
        story.posted("/v1/equipment", story.release(f"U-{number}", equipment_id=str(each), occurred_at=RELEASED))
        story.do(each, "certify", {"certificate": "EC-1", "authority": "NB-1", "occurred_at": CERTIFIED})
        story.do(each, "stock", {"place": "factory", "occurred_at": CERTIFIED})
        story.do(items[-1], "install-unit", {"unit_id": str(each), "slot": "comp1", "occurred_at": BUILT_IN})
        items.append(each)
    return items


def test_what_is_told_of_a_unit_follows_however_deep_it_sits(story: Story) -> None:
    item, *_, deepest = chain(story, 40)
    assert (told(story, deepest)["stage"], told(story, deepest)["place"]) == ("in_service", "hall-1")
    assert len(listed(story, "stage=in_service")) == 41
    answer = story.administrator.get(f"/v1/equipment/{deepest}")
    tag = answer.headers["ETag"]
    assert len(tag) < 30
    story.do(item, "lay-up", {"occurred_at": LAID_UP})
    changed = story.administrator.get(f"/v1/equipment/{deepest}", If_None_Match=tag)
    assert (changed.status_code, changed.get_json()["stage"]) == (200, "laid_up")
    again = story.administrator.get(f"/v1/equipment/{deepest}", If_None_Match=changed.headers["ETag"])
    assert again.status_code == 304
    certify = {"certificate": "EC-2", "authority": "NB-1"}
    path = f"/v1/equipment/{deepest}/certify"
    assert story.administrator.post(path, certify, If_Match=changed.headers["ETag"]).status_code == 201
    story.followed()
    with counted() as statements:
        assert len(listed(story, "stage=laid_up")) == 41
    assert [each for each in statements if "RECURSIVE" in each] == []


def test_an_item_tells_that_the_end_of_its_certificate_is_on_record(story: Story) -> None:
    item = story.item(steps=1)
    until = {"certificate": "EC-1", "authority": "NB-1", "valid_until": "2024-03-01", "occurred_at": CERTIFIED}
    story.do(item, "certify", until)
    assert (told(story, item)["certificate"]["ended"], certified(story, item)) == (False, True)
    story.do(item, "record-certificate-expiry", {"certificate": "EC-1", "occurred_at": "2024-03-02T00:00:00Z"})
    assert told(story, item)["certificate"] == {"number": "EC-1", "valid_until": "2024-03-01", "ended": True}
    assert certified(story, item) is False
    story.do(item, "certify", {"certificate": "EC-2", "authority": "NB-1"})
    assert (told(story, item)["certificate"]["ended"], certified(story, item)) == (False, True)


def certified(story: Story, item: UUID) -> bool:
    found: list[dict[str, Any]] = story.followed().administrator.get("/v1/equipment").get_json()["items"]
    return {each["id"]: bool(each["certified"]) for each in found}[str(item)]


def test_an_item_tells_where_its_counters_begin_again(story: Story) -> None:
    item = story.item()
    story.do(item, "fit-meter", {"meter": "starts", "unit": "1", "modulus": "100000"})
    story.do(item, "fit-meter", {"meter": "distance", "unit": "km"})
    assert {each["name"]: each["modulus"] for each in told(story, item)["meters"]} == {
        "starts": "100000",
        "distance": None,
    }


def test_an_item_tells_why_it_failed(story: Story) -> None:
    item, pump, _ = built_in(story)
    leak = {"failure_mode": "leak", "occurred_at": MOVED}
    story.do(item, "report-failure", leak)
    found = {"mechanism": "wear", "cause": "expected-wear", "slot": "comp1", "unit_id": str(pump)}
    story.do(item, "diagnose-failure", {**leak, **found})
    assert told(story, item)["diagnoses"] == [{"failure_mode": "leak", **found}]
    story.do(item, "diagnose-failure", {**leak, "mechanism": "corrosion", "cause": "water"})
    alone = {"failure_mode": "leak", "mechanism": "corrosion", "cause": "water", "slot": None, "unit_id": None}
    assert told(story, item)["diagnoses"] == [alone, {"failure_mode": "leak", **found}]
    assert told(story, item, f"?as_of={BUILT_IN}")["diagnoses"] == []
