"""Questions about records of the fleet that do not fit together."""

from uuid import uuid4

import pytest

from tests.api.callers import Bearer
from tests.api.whole.story import Story, code_of, link
from tests.api.whole.test_cost import counted
from tests.api.whole.test_lives import asked
from tests.api.whole.test_structure import built_in, contradictions, declare_wrong

SHIPPED_AT = "2024-01-03T08:00:00Z"
CERTIFIED_AT = "2024-01-02T08:00:00Z"


def uncertified(story: Story, serial: str) -> tuple[str, str]:
    """Return an item that was shipped without a certificate, as is known by now, and the fact that says so."""
    item = story.item(serial, steps=1)
    certificate = {"certificate": "EC-1", "authority": "NB-1", "occurred_at": CERTIFIED_AT}
    certified = story.do(item, "certify", certificate)["facts"][0]
    shipped = story.do(item, "ship", {"place": "site-north", "occurred_at": SHIPPED_AT})["facts"][0]
    declare_wrong(story, item, certified)
    return str(item), shipped["id"]


def test_facts_that_do_not_fit_are_listed_for_the_whole_fleet(story: Story, maker: Bearer, stranger: Bearer) -> None:
    story.item("PX-0")
    item, fact = uncertified(story, "PX-1")
    found = asked(story, "/v1/contradictions?count=true")
    assert found == {
        "items": [
            {
                "equipment_id": item,
                "serial": "PX-1",
                "model_id": str(story.model),
                "manufacturer_id": str(story.maker),
                "fact": fact,
                "position": story.head - 1,
                "occurred_at": SHIPPED_AT,
                "code": "not-certified",
                "sentence": "What is not certified is neither stocked nor shipped.",
                "known_since": story.head,
            }
        ],
        "position": story.head,
        "count": 1,
    }
    assert len(asked(story, "/v1/contradictions", maker)["items"]) == 1
    assert asked(story, "/v1/contradictions", stranger)["items"] == []
    assert asked(story, f"/v1/contradictions?as_of={CERTIFIED_AT}")["items"] == []
    assert asked(story, f"/v1/contradictions?recorded_as_of={story.head - 1}")["items"] == []
    assert asked(story, f"/v1/contradictions?as_of={SHIPPED_AT}&recorded_as_of={story.head}")["items"] == found["items"]


def test_facts_that_do_not_fit_are_found_by_code_and_item_page_by_page(story: Story) -> None:
    (first, one), (second, two) = uncertified(story, "PX-1"), uncertified(story, "PX-2")
    facts = {
        query: [each["fact"] for each in asked(story, f"/v1/contradictions?{query}")["items"]]
        for query in (
            "code=not-certified",
            "code=not-released",
            f"equipment_id={second}",
            f"model_id={story.model}&manufacturer_id={story.maker}",
            f"model_id={uuid4()}",
            f"manufacturer_id={story.operator}",
        )
    }
    assert list(facts.values()) == [[one, two], [], [two], [one, two], [], []]
    page = story.administrator.get("/v1/contradictions?limit=1")
    address = link(page, "next")
    assert address is not None
    story.posted(f"/v1/equipment/{first}/certify", {"certificate": "EC-9", "authority": "NB-1"})
    after = story.followed().administrator.get(address)
    assert [each["fact"] for each in after.get_json()["items"]] == [two]
    assert after.get_json()["position"] == page.get_json()["position"]


def test_units_of_which_two_streams_differ_are_listed_as_of_each_of_the_items(
    story: Story, operator: Bearer, stranger: Bearer
) -> None:
    item, pump, (listed, _) = built_in(story)
    assert asked(story, "/v1/contradictions/units")["items"] == []
    declare_wrong(story, item, listed)
    (found,) = asked(story, "/v1/contradictions/units?count=true")["items"]
    (of_item,) = contradictions(story, item)["units"]
    assert {name: found[name] for name in of_item} == of_item
    assert (found["serial"], found["since"]) == ("U-1", "2024-02-01T08:00:00Z")
    for query in (f"equipment_id={item}", f"equipment_id={pump}", "said_by=unit", f"model_id={story.model}"):
        assert asked(story, f"/v1/contradictions/units?{query}")["items"] == [found]
    for query in (f"equipment_id={uuid4()}", "said_by=parent", f"manufacturer_id={story.operator}"):
        assert asked(story, f"/v1/contradictions/units?{query}")["items"] == []
    assert asked(story, "/v1/contradictions/units", operator)["items"] == [found]
    assert asked(story, "/v1/contradictions/units", stranger)["items"] == []
    assert asked(story, f"/v1/contradictions/units?recorded_as_of={story.head - 1}")["items"] == []


def test_of_a_unit_that_only_an_item_lists_the_parties_of_the_item_are_told_the_id_alone(
    story: Story, operator: Bearer, maker: Bearer
) -> None:
    item, pump, (_, sits) = built_in(story)
    declare_wrong(story, pump, sits)
    story.followed()
    (found,) = asked(story, "/v1/contradictions/units", operator)["items"]
    assert (found["parent_id"], found["unit_id"], found["said_by"]) == (str(item), str(pump), "parent")
    assert (found["serial"], found["model_id"], found["manufacturer_id"]) == (None, None, None)
    for probe in (f"model_id={story.model}", f"manufacturer_id={story.maker}"):
        assert asked(story, f"/v1/contradictions/units?{probe}", operator)["items"] == []
        assert [each["serial"] for each in asked(story, f"/v1/contradictions/units?{probe}", maker)["items"]] == ["U-1"]
    assert operator.get(f"/v1/equipment/{pump}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/v1/contradictions?sort=code",
        "/v1/contradictions?equipment_id=pump",
        "/v1/contradictions?as_of=2024-13-01",
        "/v1/contradictions?recorded_as_of=999999",
        "/v1/contradictions/units?said_by=nobody",
    ],
)
def test_what_cannot_be_asked_is_refused(story: Story, path: str) -> None:
    answer = story.administrator.get(path)
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")


@pytest.mark.parametrize(
    ("path", "most"),
    [("/v1/contradictions", 4), ("/v1/contradictions?count=true", 5), ("/v1/contradictions/units?count=true", 5)],
)
def test_a_question_costs_a_bounded_number_of_statements(story: Story, path: str, most: int) -> None:
    for number in range(3):
        uncertified(story, f"PX-{number}")
    story.followed().administrator.get(path)
    with counted() as statements:
        assert story.administrator.get(path).status_code == 200
    assert len(statements) <= most, statements
