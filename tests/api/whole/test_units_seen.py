"""Units inside an item are seen, read and exchanged by all who take part in the item, however high it is above them."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.callers import Bearer, Issue
from tests.api.whole.story import CERTIFIED, FOUNDED, RELEASED, Story, code_of

SOLD = "2024-01-05T12:00:00Z"
READ_AT = "2024-02-01T08:00:00Z"


@dataclass
class Assembly:
    """An item that left the factory with a unit, and that with another; only the item was told as anyone's since."""

    story: Story
    item: UUID = field(default_factory=uuid4)
    pump: UUID = field(default_factory=uuid4)
    seal: UUID = field(default_factory=uuid4)
    lessor: UUID = field(default_factory=uuid4)

    def begin(self) -> "Assembly":
        story = self.story
        lessor = {"organisation_id": str(self.lessor), "name": "Northern Leasing", "occurred_at": FOUNDED}
        story.posted("/v1/organisations", lessor)
        for each, serial in ((self.item, "PX-1"), (self.pump, "U-1"), (self.seal, "U-2")):
            story.posted("/v1/equipment", story.release(serial, equipment_id=str(each), occurred_at=RELEASED))
            story.do(each, "certify", {"certificate": "EC-1", "authority": "NB-1", "occurred_at": CERTIFIED})
            story.do(each, "stock", {"place": "factory", "occurred_at": CERTIFIED})
        for parent, unit in ((self.pump, self.seal), (self.item, self.pump)):
            story.do(parent, "install-unit", {"unit_id": str(unit), "slot": "comp1", "occurred_at": CERTIFIED})
        operator = str(story.operator)
        story.do(self.item, "ship", {"place": "site-north", "occurred_at": "2024-01-03T08:00:00Z"})
        story.do(self.item, "deliver", {"recipient_id": operator, "occurred_at": "2024-01-04T08:00:00Z"})
        story.do(self.item, "install", {"place": "hall-1", "occurred_at": "2024-01-05T08:00:00Z"})
        story.do(self.item, "commission", {"operator_id": operator, "act": "A-1", "occurred_at": SOLD})
        story.do(self.item, "transfer-ownership", {"owner_id": str(self.lessor), "occurred_at": SOLD})
        return self

    def send_back(self, maker: Bearer, operator: Bearer) -> None:
        """Send the pump that was taken out to its maker."""
        for bearer, command, body in (
            (maker, "certify", {"certificate": "EC-2", "authority": "NB-1"}),
            (operator, "stock", {"place": "works"}),
            (operator, "ship", {"place": "factory"}),
            (operator, "deliver", {"recipient_id": str(self.story.maker)}),
        ):
            assert bearer.post(f"/v1/equipment/{self.pump}/{command}", body).status_code == 201

    @property
    def units(self) -> tuple[UUID, UUID]:
        return self.pump, self.seal


@pytest.fixture
def assembly(story: Story) -> Assembly:
    return Assembly(story).begin()


def listed(bearer: Bearer, question: str) -> set[str]:
    answer = bearer.get(f"/v1/equipment?{question}")
    assert answer.status_code == 200, answer.get_json()
    return {each["id"] for each in answer.get_json()["items"]}


def reading(unit: UUID, at: str, value: str) -> dict[str, Any]:
    return {"equipment_id": str(unit), "meter": "operating-time", "value": value, "unit": "h", "occurred_at": at}


def test_units_are_seen_by_all_who_take_part_in_what_they_sit_in(
    assembly: Assembly, maker: Bearer, operator: Bearer, issue: Issue, stranger: Bearer
) -> None:
    assembly.story.followed()
    for bearer in (maker, operator, issue("operator", assembly.lessor)):
        for unit in assembly.units:
            for question in ("", "/history", "/operating-time", "/contradictions"):
                assert bearer.get(f"/v1/equipment/{unit}{question}").status_code == 200
        assert listed(bearer, f"parent_id={assembly.item}") == {str(assembly.pump)}
        assert listed(bearer, f"parent_id={assembly.pump}") == {str(assembly.seal)}
        assert listed(bearer, "stage=in_service") == {str(assembly.item), *map(str, assembly.units)}
    for unit in assembly.units:
        assert code_of(stranger.get(f"/v1/equipment/{unit}")) == "not-on-record"
    assert listed(stranger, f"parent_id={assembly.item}") == set()


def test_units_are_read_by_all_who_take_part_in_what_they_sit_in(
    assembly: Assembly, operator: Bearer, issue: Issue, stranger: Bearer
) -> None:
    for number, bearer in enumerate((operator, issue("operator", assembly.lessor))):
        for unit in assembly.units:
            told = reading(unit, f"2024-02-0{1 + number}T08:00:00Z", f"{5 + number}")
            alone = {name: value for name, value in told.items() if name != "equipment_id"}
            path = f"/v1/equipment/{unit}/record-meter-reading"
            assert code_of(stranger.post(path, alone)) == "not-on-record"
            assert bearer.post(path, alone).status_code == 201
        lines = [reading(unit, f"2024-02-0{3 + number}T08:00:00Z", f"{7 + number}") for unit in assembly.units]
        assert bearer.post("/v1/meter-readings", {"readings": lines}).get_json()["recorded"] == len(lines)
    assert stranger.post("/v1/meter-readings", {"readings": lines}).get_json()["refused"] == len(lines)


def test_units_are_exchanged_and_taken_out_by_all_who_take_part_in_what_they_sit_in(
    assembly: Assembly, operator: Bearer, maker: Bearer, stranger: Bearer
) -> None:
    story, spare = assembly.story, uuid4()
    story.posted("/v1/equipment", story.release("U-3", equipment_id=str(spare), occurred_at=RELEASED))
    for command, body in (
        ("certify", {"certificate": "EC-1", "authority": "NB-1"}),
        ("ship", {"place": "site-north"}),
        ("deliver", {"recipient_id": str(story.operator)}),
    ):
        story.do(spare, command, {**body, "occurred_at": CERTIFIED})
    exchange = {"unit_id": str(assembly.pump), "replacement_id": str(spare), "slot": "comp1", "occurred_at": READ_AT}
    path = f"/v1/equipment/{assembly.item}/exchange-unit"
    assert code_of(stranger.post(path, exchange)) == "not-on-record"
    assert operator.post(path, exchange).status_code == 201
    # Who took out the unit has it, and what sits in it, until somebody else is told to have it.
    seen = {str(each) for each in (assembly.item, spare, *assembly.units)}
    for unit in assembly.units:
        assert operator.get(f"/v1/equipment/{unit}").status_code == 200
        assert code_of(stranger.get(f"/v1/equipment/{unit}")) == "not-on-record"
    story.followed()
    assert listed(operator, "") == seen
    assembly.send_back(maker, operator)
    for unit in assembly.units:
        assert operator.get(f"/v1/equipment/{unit}").status_code == 404
        assert maker.get(f"/v1/equipment/{unit}").status_code == 200
    story.followed()
    assert listed(operator, "") == {str(assembly.item), str(spare)}


def test_taking_out_a_unit_is_told_again_by_who_sees_it_no_longer(
    assembly: Assembly, maker: Bearer, operator: Bearer
) -> None:
    path = f"/v1/equipment/{assembly.item}/remove-unit"
    body = {"unit_id": str(assembly.pump), "slot": "comp1", "occurred_at": READ_AT}
    first = operator.post(path, body, Idempotency_Key="once")
    assert first.status_code == 201
    assembly.send_back(maker, operator)
    again = operator.post(path, body, Idempotency_Key="once")
    assert (again.status_code, again.get_json()["position"]) == (200, first.get_json()["position"])
    other = operator.post(path, {**body, "unit_id": str(assembly.seal)})
    assert code_of(other) == "not-on-record"


def test_a_past_passport_tells_of_a_unit_that_has_gone_to_others_its_position_alone(
    assembly: Assembly, maker: Bearer, operator: Bearer
) -> None:
    story, item = assembly.story, assembly.item
    story.do(item, "issue-passport", {"passport": "PP-1", "occurred_at": SOLD})
    body = {"unit_id": str(assembly.pump), "slot": "comp1", "occurred_at": READ_AT}

    def units(bearer: Bearer) -> list[dict[str, Any]]:
        story.followed()
        answer = bearer.get(f"/v1/equipment/{item}/passport?as_of={SOLD}")
        told: list[dict[str, Any]] = answer.get_json()["units"]
        return told

    named = {"slot": "comp1", "unit_id": str(assembly.pump), "serial": "U-1", "model_id": str(story.model)}
    assert units(operator) == units(maker) == [named]
    assert operator.post(f"/v1/equipment/{item}/remove-unit", body).status_code == 201
    assembly.send_back(maker, operator)
    assert units(operator) == [{**named, "serial": None, "model_id": None}]
    assert units(maker) == units(story.administrator) == [named]


def test_an_item_is_released_with_units_by_who_takes_part_in_them(story: Story, maker: Bearer) -> None:
    other, model, unit = uuid4(), uuid4(), uuid4()
    story.posted("/v1/organisations", {"organisation_id": str(other), "name": "Other", "occurred_at": FOUNDED})
    named = {"model_id": str(model), "manufacturer_id": str(other)}
    story.posted("/v1/models", {**named, "designation": "Pump", "occurred_at": FOUNDED})
    story.posted("/v1/equipment", {**named, "serial": "P-1", "equipment_id": str(unit), "occurred_at": RELEASED})
    for command, body in (("certify", {"certificate": "EC-1", "authority": "NB-1"}), ("stock", {"place": "factory"})):
        story.do(unit, command, {**body, "occurred_at": RELEASED})
    release = story.release("PX-1", equipment_id=str(uuid4()), units=[["comp1", str(unit)]])
    assert code_of(maker.post("/v1/equipment", release)) == "not-on-record"
    story.do(unit, "transfer-ownership", {"owner_id": str(story.maker)})
    assert maker.post("/v1/equipment", release).status_code == 201
