"""Questions about configurations: of the fleet, of one item over its life, and how many items have which."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.callers import Bearer
from tests.api.whole.story import FOUNDED, RELEASED, Story, code_of, link
from tests.api.whole.test_cost import counted
from tests.api.whole.test_lives import asked
from tests.api.whole.test_structure import declare_wrong

STARTED, COMPLETED = "2024-03-01T08:00:00Z", "2024-03-02T08:00:00Z"
AS_BUILT = [["control-unit", "CU-6"], ["voltage", "400"]]


def built(story: Story, serial: str, *, as_built: Any = AS_BUILT) -> UUID:
    """Release an item and bring it into service."""
    item = uuid4()
    body = story.release(serial, equipment_id=str(item), as_built=as_built, occurred_at=RELEASED)
    story.posted("/v1/equipment", body)
    begun = {"occurred_at": RELEASED}
    story.do(item, "certify", {"certificate": "EC-1", "authority": "NB-1", **begun})
    story.do(item, "stock", {"place": "hall-1", **begun})
    story.do(item, "install", {"place": "hall-1", **begun})
    story.do(item, "commission", {"operator_id": str(story.operator), "act": "ACT-1", **begun})
    return item


def upgraded(story: Story, item: UUID, value: str = "CU-7", **more: str) -> dict[str, Any]:
    """Upgrade the control unit of an item; return the fact that says so."""
    story.do(item, "start-upgrade", {"purpose": "retrofit-7", "occurred_at": STARTED, **more})
    body = {"features": [["control-unit", value]], "document_revision": "B", "occurred_at": COMPLETED}
    facts: list[dict[str, Any]] = story.do(item, "complete-upgrade", {**body, **more})["facts"]
    return facts[0]


@pytest.fixture
def bulletin(story: Story) -> str:
    body = {
        "number": "SB-1",
        "kind": "service",
        "title": "control",
        "manufacturer_id": str(story.maker),
        "models": [str(story.model)],
        "occurred_at": FOUNDED,
    }
    answer = story.administrator.post("/v1/bulletins", body)
    return str(answer.headers["Location"].rpartition("/")[2])


def test_the_course_of_an_item_tells_what_made_each_configuration(story: Story, bulletin: str) -> None:
    item = built(story, "PX-1")
    fact = upgraded(story, item, bulletin_id=bulletin)
    path = f"/v1/equipment/{item}/configurations"
    first, second = asked(story, path)["items"]
    assert (first["made_by"], first["begin"], first["end"]) == ("released", RELEASED, COMPLETED)
    assert second == {
        "configuration_id": second["configuration_id"],
        "features": [{"feature": "control-unit", "value": "CU-7"}, {"feature": "voltage", "value": "400"}],
        "document_revision": "B",
        "begin": COMPLETED,
        "end": None,
        "made_by": "upgrade",
        "purpose": "retrofit-7",
        "bulletin_id": bulletin,
        "fact": fact["id"],
    }
    assert first["configuration_id"] != second["configuration_id"]
    assert asked(story, f"{path}?as_of={STARTED}")["items"] == [{**first, "end": None}]
    assert asked(story, f"{path}?recorded_as_of={story.head - 1}")["items"] == [{**first, "end": None}]
    page = story.administrator.get(f"{path}?limit=1&count=true")
    assert (page.get_json()["items"], page.get_json()["count"]) == ([first], 2)
    address = link(page, "next")
    assert address is not None
    declare_wrong(story, item, fact)
    assert story.followed().administrator.get(address).get_json()["items"] == [second]
    assert asked(story, path)["items"] == [{**first, "end": None}]


def test_items_are_found_and_counted_by_configuration(
    story: Story, maker: Bearer, operator: Bearer, stranger: Bearer
) -> None:
    one, two, _ = (built(story, f"PX-{number}") for number in (1, 2, 3))
    upgraded(story, one)
    upgraded(story, two)

    def serials(query: str, caller: Bearer | None = None) -> list[str]:
        return [each["serial"] for each in asked(story, f"/v1/configurations?{query}", caller)["items"]]

    assert serials("") == ["PX-1", "PX-2", "PX-3"]
    assert serials("feature=control-unit&value=CU-7") == serials("feature=control-unit&value=CU-7", maker)
    assert serials("feature=control-unit&value=CU-7") == ["PX-1", "PX-2"]
    assert serials("feature=voltage", operator) == ["PX-1", "PX-2", "PX-3"]
    assert serials("feature=control") == serials("", stranger) == serials(f"model_id={uuid4()}") == []
    assert serials(f"feature=control-unit&value=CU-7&as_of={STARTED}") == []
    assert serials(f"feature=control-unit&value=CU-7&recorded_as_of={story.head - 1}") == ["PX-1"]
    counts = asked(story, "/v1/configurations/counts?count=true")
    assert (sorted(each["items"] for each in counts["items"]), counts["count"]) == ([1, 2], 2)
    for each in counts["items"]:
        found = serials(f"configuration_id={each['configuration_id']}&model_id={each['model_id']}")
        assert len(found) == each["items"]
    assert asked(story, f"/v1/configurations/counts?as_of={STARTED}")["items"][0]["items"] == 3
    assert asked(story, "/v1/configurations/counts", stranger)["items"] == []


def test_an_item_is_no_more_seen_by_its_configurations_than_otherwise(story: Story, stranger: Bearer) -> None:
    path = f"/v1/equipment/{built(story, 'PX-1')}/configurations"
    story.followed()
    assert (stranger.get(path).status_code, code_of(stranger.get(path))) == (404, "not-on-record")
    unknown = story.administrator.get(f"/v1/equipment/{uuid4()}/configurations")
    assert (unknown.status_code, code_of(unknown)) == (404, "not-on-record")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("value=CU-7", "value"),
        ("sort=features", "sort"),
        ("configuration_id=1", "configuration_id"),
        ("as_of=x", "as_of"),
    ],
)
def test_what_cannot_be_asked_is_refused(story: Story, query: str, parameter: str) -> None:
    answer = story.administrator.get(f"/v1/configurations?{query}")
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")
    assert parameter in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "most"),
    [("/v1/configurations?count=true", 5), ("/v1/configurations/counts?count=true", 5), ("{item}/configurations", 3)],
)
def test_a_question_costs_a_bounded_number_of_statements(story: Story, path: str, most: int) -> None:
    items = [built(story, f"PX-{number}") for number in range(3)]
    for each in items:
        upgraded(story, each)
    path = path.format(item=f"/v1/equipment/{items[0]}")
    story.followed().administrator.get(path)
    with counted() as statements:
        assert story.administrator.get(path).status_code == 200
    assert len(statements) <= most, statements
