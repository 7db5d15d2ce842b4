"""The list of operating times: what the items of a fleet had done, as it is told of each."""

from typing import Any
from uuid import UUID

import pytest

from tests.api.callers import Bearer
from tests.api.whole.story import Story, code_of, link
from tests.api.whole.test_cost import counted
from tests.api.whole.test_lives import READ, READ_AGAIN, asked, read

BETWEEN = "2024-01-21T05:00:00Z"
FIGURES = ("meter", "unit", "measured", "basis", "reported", "total")


def fleet(story: Story) -> tuple[UUID, UUID, UUID]:
    """Return an item that was read, a unit in it, and an item of which a period was reported."""
    item, unit, other = story.item("PX-1"), story.item("UX-1", steps=2), story.item("PX-2")
    story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
    read(story, item, "100", READ)
    story.do(item, "install-unit", {"unit_id": str(unit), "slot": "comp1", "occurred_at": READ})
    read(story, item, "300.50", READ_AGAIN)
    period = {"begin": READ, "end": READ_AGAIN, "up": "80"}
    story.do(other, "report-period", {"meter": "operating-time", "unit": "h", **period})
    story.followed()
    return item, unit, other


def items(story: Story, query: str = "", caller: Bearer | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(story, f"/v1/operating-times{query}", caller)["items"]
    return found


def test_what_the_items_of_a_fleet_had_done_is_told_of_any_moment(story: Story) -> None:
    item, unit, other = fleet(story)
    first, second, third = items(story, f"?as_of={BETWEEN}")
    assert first == {
        "id": str(item),
        "serial": "PX-1",
        "model_id": str(story.model),
        "manufacturer_id": str(story.maker),
        "operator_id": str(story.operator),
        "stage": "in_service",
        "parent": None,
        "meter": "operating-time",
        "unit": "h",
        "measured": "200.25",
        "basis": "interpolated",
        "reported": "0",
        "total": "200.25",
        "last_reading": {"at": READ, "shown": "100", "total": "100"},
    }
    assert (second["id"], second["measured"], second["reported"], second["total"]) == (str(other), None, "40", "40")
    assert third["parent"] == {"equipment_id": str(item), "slot": "comp1"}
    assert (third["id"], third["measured"], third["last_reading"]) == (str(unit), "100.25", None)


@pytest.mark.parametrize("meter", ["operating-time", "starts"])
def test_each_figure_is_the_one_that_is_told_of_the_item(story: Story, meter: str) -> None:
    fleet(story)
    known = story.head - 2
    for past in ("", f"&as_of={BETWEEN}", f"&recorded_as_of={known}", f"&as_of={BETWEEN}&recorded_as_of={known}"):
        found = items(story, f"?meter={meter}{past}")
        assert len(found) == 3
        for each in found:
            alone = asked(story, f"/v1/equipment/{each['id']}/operating-time?meter={meter}{past}")
            assert [each[name] for name in FIGURES] == [alone[name] for name in FIGURES]
            assert each["last_reading"] in (None, *alone["readings"])


def test_operating_times_are_filtered_sorted_counted_and_paged(story: Story) -> None:
    item, unit, other = map(str, fleet(story))

    def found(query: str) -> list[str]:
        return [each["id"] for each in items(story, query)]

    assert (found("?sort=serial"), found("?sort=-serial")) == ([item, other, unit], [unit, other, item])
    assert (found("?sort=id"), found("?sort=-id")) == (
        sorted([item, other, unit]),
        sorted([item, other, unit], reverse=True),
    )
    assert (found(f"?parent_id={item}"), found("?stage=in_stock"), found("?stage=in_service")) == (
        [unit],
        [],
        [item, other, unit],
    )
    assert (found(f"?operator_id={story.operator}"), found(f"?operator_id={story.maker}")) == ([item, other], [])
    assert len(found(f"?model_id={story.model}")) == len(found(f"?manufacturer_id={story.maker}")) == 3
    assert found(f"?model_id={story.maker}") == found(f"?manufacturer_id={story.operator}") == []
    page = story.administrator.get("/v1/operating-times?limit=2&count=true&sort=-serial")
    assert page.get_json()["count"] == 3
    address = link(page, "next")
    assert address is not None
    read(story, UUID(item), "400", "2024-01-28T05:00:00Z")
    (last,) = asked(story.followed(), address)["items"]
    assert (last["id"], last["measured"]) == (item, "300.50")


def test_operating_times_are_told_to_those_who_take_part(story: Story, operator: Bearer, stranger: Bearer) -> None:
    fleet(story)
    assert len(items(story, caller=operator)) == 3
    assert items(story, caller=stranger) == []


@pytest.mark.parametrize("query", ["sort=total", "sort=stage", "meter=", "stage=sold", "parent_id=7"])
def test_what_cannot_be_asked_of_operating_times_is_refused(story: Story, query: str) -> None:
    answer = story.administrator.get(f"/v1/operating-times?{query}")
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")


@pytest.mark.parametrize(("query", "most"), [("", 5), ("?count=true", 7), (f"?as_of={BETWEEN}", 6)])
def test_a_page_costs_a_bounded_number_of_statements(story: Story, query: str, most: int) -> None:
    fleet(story)
    for number in range(3):
        read(story, story.item(f"PX-9{number}"), "5", READ)
    asked(story, f"/v1/operating-times{query}")
    with counted() as statements:
        answer = story.administrator.get(f"/v1/operating-times{query}")
    assert len(answer.get_json()["items"]) == 6
    assert len([each for each in statements if each != "BEGIN"]) == most, statements
