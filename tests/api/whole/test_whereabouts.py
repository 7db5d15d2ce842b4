"""Questions about structures and custody: what is inside, where it was, and in whose hands."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.callers import Bearer
from tests.api.whole.story import COMMISSIONED, Story, code_of, link
from tests.api.whole.test_cost import counted
from tests.api.whole.test_lives import asked
from tests.api.whole.test_structure import BUILT_IN, built_in, unit

EXCHANGED = "2024-03-01T08:00:00Z"
MAY = "2024-05-01T08:00:00Z"


def deeper(story: Story) -> tuple[UUID, UUID, UUID]:
    """Return an item, its unit, and what sits in that."""
    item, pump, _ = built_in(story)
    seal = unit(story, "U-2")
    story.do(pump, "install-unit", {"unit_id": str(seal), "slot": "seal", "occurred_at": EXCHANGED})
    return item, pump, seal


def exchanged(story: Story) -> tuple[UUID, UUID, UUID]:
    """Return an item, the unit that was taken out of it, and the one that took its place."""
    item, pump, _ = built_in(story)
    spare = unit(story, "U-2")
    body = {"slot": "comp1", "unit_id": str(pump), "replacement_id": str(spare), "occurred_at": EXCHANGED}
    story.do(item, "exchange-unit", body)
    return item, pump, spare


def test_everything_inside_an_item_is_told_level_by_level(story: Story) -> None:
    item, pump, seal = deeper(story)
    told = asked(story, f"/v1/equipment/{item}/structure?count=true")
    assert [(each["level"], each["id"]) for each in told["items"]] == [(0, str(item)), (1, str(pump)), (2, str(seal))]
    assert told["count"] == 3
    assert told["items"][1] == {
        "id": str(pump),
        "level": 1,
        "parent": {"equipment_id": str(item), "slot": "comp1"},
        "serial": "U-1",
        "model_id": str(story.model),
        "stage": "in_service",
        "state": "operating",
        "empty_positions": ["comp1"],
    }
    path = f"/v1/equipment/{item}/structure"
    assert [each["id"] for each in asked(story, f"{path}?depth=1")["items"]] == [str(item), str(pump)]
    assert len(asked(story, f"{path}?as_of={BUILT_IN}")["items"]) == 2
    assert len(asked(story, f"{path}?recorded_as_of={story.head - 2}")["items"]) == 2
    assert asked(story, f"{path}?as_of=2023-01-01T00:00:00Z")["items"] == []
    first = story.administrator.get(f"{path}?limit=2")
    rest = story.administrator.get(link(first, "next") or "")
    assert [each["id"] for each in rest.get_json()["items"]] == [str(seal)]


def test_positions_are_empty_of_the_bill_to_which_an_item_was_built(story: Story) -> None:
    first = story.item("PX-1")
    revised = {"revision": "D", "maintainable_items": ["comp1", "valve"], "occurred_at": EXCHANGED}
    story.posted(f"/v1/models/{story.model}/revise-bill", revised)
    second, unknown = uuid4(), uuid4()
    for each, bill in ((second, {}), (unknown, {"bill_revision": "F"})):
        body = {"equipment_id": str(each), "occurred_at": MAY, **bill}
        story.posted("/v1/equipment", story.release(f"PX-{each}", **body))

    def empty(item: UUID) -> Any:
        return asked(story, f"/v1/equipment/{item}/structure")["items"][0]["empty_positions"]

    assert (empty(first), empty(second), empty(unknown)) == (["comp1"], ["comp1", "valve"], None)
    pump = unit(story)
    story.do(first, "install-unit", {"unit_id": str(pump), "slot": "comp1", "occurred_at": MAY})
    assert empty(first) == []


def test_where_a_unit_sat_is_told_with_who_said_so(story: Story) -> None:
    item, pump, spare = exchanged(story)
    (stay,) = asked(story, f"/v1/equipment/{pump}/installations")["items"]
    assert (stay["parent_id"], stay["slot"], stay["begin"], stay["end"]) == (str(item), "comp1", BUILT_IN, EXCHANGED)
    facts = asked(story, f"/v1/equipment/{pump}/history")["items"]
    told = {each["type"]: each for each in facts if each["stream"] == f"equipment:{pump}"}
    for name, fact in (("installed", told["equipment.installed"]), ("removed", told["equipment.removed"])):
        assert stay[name] == {
            "fact": fact["id"],
            **{key: fact[key] for key in ("position", "actor", "organisation", "recorded_at")},
        }
    seal = unit(story, "U-3")
    story.do(spare, "install-unit", {"unit_id": str(seal), "slot": "seal", "occurred_at": MAY})
    (stay,) = asked(story, f"/v1/equipment/{seal}/installations")["items"]
    chain = [{"equipment_id": str(spare), "slot": "seal"}, {"equipment_id": str(item), "slot": "comp1"}]
    assert (stay["end"], stay["removed"], stay["above"]) == (None, None, chain)
    assert asked(story, f"/v1/equipment/{seal}/installations?as_of={EXCHANGED}")["items"] == []


def test_which_unit_was_in_an_item_is_asked_by_position_and_time(
    story: Story, operator: Bearer, stranger: Bearer
) -> None:
    item, pump, spare = exchanged(story)
    path = f"/v1/equipment/{item}/units?slot=comp1"
    assert [each["unit_id"] for each in asked(story, path)["items"]] == [str(pump), str(spare)]
    assert [each["unit_id"] for each in asked(story, f"{path}&from={MAY}&as_of={MAY}")["items"]] == [str(spare)]
    assert [each["end"] for each in asked(story, f"{path}&as_of={BUILT_IN}")["items"]] == [None]
    assert asked(story, f"/v1/equipment/{item}/units?slot=valve")["items"] == []
    assert len(asked(story, f"/v1/equipment/{item}/units?unit_id={spare}&count=true")["items"]) == 1
    assert code_of(stranger.get(path)) == "not-on-record"
    assert [each["serial"] for each in asked(story, path, operator)["items"]] == ["U-1", "U-2"]
    maker = str(story.maker)
    for command, body in (
        ("certify", {"certificate": "EC-2", "authority": "NB-1"}),
        ("ship", {"place": "factory"}),
        ("deliver", {"recipient_id": maker}),
    ):
        story.do(pump, command, {**body, "occurred_at": MAY})
    story.followed()
    assert [each["serial"] for each in asked(story, path, operator)["items"]] == [None, "U-2"]
    then = asked(story, f"/v1/equipment/{item}/structure?as_of={BUILT_IN}", operator)["items"][1]
    assert (then["id"], then["serial"], then["state"], then["empty_positions"]) == (str(pump), None, None, None)
    assert asked(story, f"/v1/equipment/{item}/structure?as_of={BUILT_IN}")["items"][1]["serial"] == "U-1"


def test_a_unit_was_in_the_hands_in_which_the_item_was(story: Story, operator: Bearer, stranger: Bearer) -> None:
    item, pump, _ = built_in(story)
    story.do(item, "move", {"place": "hall-2", "occurred_at": EXCHANGED})
    story.do(item, "remove-unit", {"unit_id": str(pump), "slot": "comp1", "to": "in_stock", "occurred_at": MAY})
    held = asked(story, f"/v1/equipment/{pump}/custody")["items"]
    told = [(each["begin"], each["end"], each["operator_id"], each["place"], each["parent"]) for each in held]
    sits = {"equipment_id": str(item), "slot": "comp1"}
    runs = str(story.operator)
    assert told == [
        ("2024-01-01T08:00:00Z", BUILT_IN, None, "warehouse-1", None),
        (BUILT_IN, EXCHANGED, runs, "hall-1", sits),
        (EXCHANGED, MAY, runs, "hall-2", sits),
        (MAY, None, None, "hall-2", None),
    ]
    path = f"/v1/custody?operator_id={runs}&count=true"
    assert asked(story, f"{path}&as_of={EXCHANGED}")["count"] == 2
    assert asked(story, f"{path}&as_of={EXCHANGED}&units=false")["count"] == 1
    assert [each["id"] for each in asked(story, path)["items"]] == [str(item)]
    assert asked(story, f"/v1/custody?place=hall-2&as_of={EXCHANGED}")["items"][0]["parent"] is None
    assert asked(story, "/v1/custody", stranger)["items"] == []
    assert {each["id"] for each in asked(story, "/v1/custody?sort=id", operator)["items"]} == {str(item), str(pump)}
    assert code_of(stranger.get(f"/v1/equipment/{pump}/custody")) == "not-on-record"


def test_what_was_taken_out_stays_in_the_hands_it_was_in_until_somebody_else_has_it(story: Story) -> None:
    item, pump, _ = built_in(story)
    owner, holder = str(story.maker), asked(story, f"/v1/equipment/{item}/custody")["items"][-1]["holder_id"]
    assert holder is not None
    story.do(item, "transfer-ownership", {"owner_id": owner, "occurred_at": EXCHANGED})
    story.do(item, "remove-unit", {"unit_id": str(pump), "slot": "comp1", "to": "in_stock", "occurred_at": MAY})

    def last() -> tuple[Any, ...]:
        told = asked(story, f"/v1/equipment/{pump}/custody")["items"][-1]
        return tuple(told[name] for name in ("holder_id", "operator_id", "owner_id", "place", "parent"))

    assert last() == (holder, None, owner, "hall-1", None)
    held = asked(story, f"/v1/custody?holder_id={holder}")["items"]
    assert [each["id"] for each in held] == [str(item), str(pump)]
    assert len(asked(story, f"/v1/custody?owner_id={owner}&place=hall-1")["items"]) == 2
    lent = {"borrower_id": owner, "place": "yard", "occurred_at": "2024-06-01T08:00:00Z"}
    story.do(pump, "lend", lent)
    assert last() == (owner, None, None, "yard", None)


def test_what_is_lent_is_told_with_its_end(story: Story) -> None:
    item = story.item(steps=2)
    story.do(item, "stock", {"place": "warehouse-1", "occurred_at": COMMISSIONED})
    borrower = str(story.operator)
    story.do(item, "lend", {"borrower_id": borrower, "until": "2024-12-31", "occurred_at": EXCHANGED})
    (held,) = asked(story, "/v1/custody?lent=true")["items"]
    assert (held["holder_id"], held["loan"], held["place"]) == (borrower, {"until": "2024-12-31"}, "warehouse-1")
    assert asked(story, f"/v1/custody?holder_id={borrower}&lent=false")["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/v1/equipment/{item}/structure?depth=-1",
        "/v1/equipment/{item}/structure?as_of=2024-02-30T00:00:00Z",
        "/v1/equipment/{item}/units?from=2024-05-01T00:00:00",
        "/v1/equipment/{item}/installations?recorded_as_of=999999",
        "/v1/equipment/{item}/custody?as_of=2999-01-01T00:00:00Z",
        "/v1/custody?sort=place",
        "/v1/custody?holder_id=nobody",
    ],
)
def test_what_cannot_be_asked_is_refused(story: Story, path: str) -> None:
    answer = story.administrator.get(path.format(item=story.item()))
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")


@pytest.mark.parametrize("question", ["structure", "installations", "units", "custody"])
def test_nothing_is_told_of_what_is_not_on_record(story: Story, question: str) -> None:
    answer = story.followed().administrator.get(f"/v1/equipment/{uuid4()}/{question}")
    assert (answer.status_code, code_of(answer)) == (404, "not-on-record")


@pytest.mark.parametrize(
    ("question", "most"),
    [("structure", 9), ("structure?count=true", 10), ("installations", 5), ("units", 4), ("custody", 2)],
)
def test_a_question_about_an_item_costs_a_bounded_number_of_statements(story: Story, question: str, most: int) -> None:
    item, last, seal = deeper(story)
    for number in range(4):
        last, seal = seal, unit(story, f"D-{number}")
        story.do(last, "install-unit", {"unit_id": str(seal), "slot": "seal", "occurred_at": MAY})
    path = f"/v1/equipment/{seal if question == 'installations' else item}/{question}"
    story.followed().administrator.get(path)
    with counted() as statements:
        assert story.administrator.get(path).status_code == 200
    assert len([each for each in statements if each != "BEGIN"]) <= most, statements


def test_a_question_about_the_fleet_costs_a_bounded_number_of_statements(story: Story) -> None:
    for number in range(4):
        story.item(f"PX-{number}")
    path = f"/v1/custody?operator_id={story.operator}&count=true"
    story.followed().administrator.get(path)
    with counted() as statements:
        assert len(story.administrator.get(path).get_json()["items"]) == 4
    assert len([each for each in statements if each != "BEGIN"]) <= 4, statements
