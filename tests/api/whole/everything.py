"""A life that every list of the interface tells of, and how each of them is asked about it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.api.callers import Bearer
from tests.api.whole.story import CERTIFIED, FOUNDED, SHIPPED, Story

NEEDED = {
    "/v1/equipment/diff": f"from={FOUNDED}",
    "/v1/fleet-figures": "from=2019-01-01T00:00:00Z&to=2024-06-01T00:00:00Z&by=model,month",
}
"""What a list cannot be asked without."""

OF_UNITS = {"/v1/equipment/{equipment_id}/installations"}
"""Lists of one item that is a unit of others."""

SECOND = "2024-02-01T08:00:00Z"


@dataclass
class Asked:
    """A life that every list tells of, and how a list is asked about it."""

    story: Story
    ids: dict[str, UUID]
    unit: UUID

    def get(self, path: str, query: str = "", **headers: str) -> Any:
        parts = [each for each in (NEEDED.get(path), query) if each]
        ids = self.ids | ({"equipment_id": self.unit} if path in OF_UNITS else {})
        return self.story.administrator.get("?".join((path.format(**ids), "&".join(parts))), **headers)


def everything(story: Story, maker: Bearer) -> Asked:
    """Record a life of which every list tells."""
    units = [story.item(f"UX-{number}", steps=2) for number in range(2)]
    first, *ended, _ = [story.item(f"PX-{number}") for number in range(4)]
    story.posted("/v1/models", {"designation": "PX-50", "manufacturer_id": str(story.maker), "occurred_at": FOUNDED})
    for unit, slot in zip(units, ("comp1", "comp2"), strict=True):
        story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": "2024-01-03T08:00:00Z"})
        story.do(first, "install-unit", {"unit_id": str(unit), "slot": slot, "occurred_at": SECOND})
    _contradict(story)
    for mode in ("leak", "fail-to-start"):
        story.do(first, "report-failure", {"failure_mode": mode, "occurred_at": "2024-02-02T08:00:00Z"})
    for day in ("03", "05"):
        story.do(first, "start-repair", {"maintenance_type": "corrective", "occurred_at": f"2024-02-{day}T08:00:00Z"})
        story.do(first, "complete-repair", {"occurred_at": f"2024-02-{day}T12:00:00Z"})
    for mode in ("leak", "fail-to-start"):
        story.do(first, "report-failure", {"failure_mode": mode, "occurred_at": "2024-03-02T08:00:00Z"})
    for month in ("3", "4"):
        period = {"begin": f"2024-0{month}-01T00:00:00Z", "end": f"2024-0{month}-20T00:00:00Z"}
        story.do(first, "report-period", {"meter": "operating-time", "unit": "h", **period, "up": "5", "total": "9"})
        reading = {"meter": "operating-time", "unit": "h", "value": f"{month}00", "occurred_at": period["end"]}
        story.do(first, "record-meter-reading", reading)
    for item in ended:
        story.do(item, "transfer-ownership", {"owner_id": str(story.operator)})
        story.do(item, "decommission", {"reason": "worn"})
    bulletins = [_issued(story, maker, number) for number in ("SB-1", "SB-2")]
    story.followed()
    return Asked(
        story,
        {
            "equipment_id": first,
            "model_id": story.model,
            "bulletin_id": bulletins[0],
            "organisation_id": story.operator,
        },
        units[0],
    )


def _contradict(story: Story) -> None:
    """Let records of items not fit together, and records of units not fit those of their parents."""
    parent = story.item("PX-9")
    for number in range(2):
        item = story.item(f"PX-8{number}", steps=1)
        certified = story.do(item, "certify", {"certificate": "EC-1", "authority": "NB-1", "occurred_at": CERTIFIED})
        story.do(item, "ship", {"place": "site-north", "occurred_at": SHIPPED})
        _declare_wrong(story, item, certified)
        unit = story.item(f"UX-8{number}", steps=2)
        story.do(unit, "stock", {"place": "warehouse-1", "occurred_at": SHIPPED})
        built_in = story.do(
            parent, "install-unit", {"unit_id": str(unit), "slot": f"comp{number}", "occurred_at": SECOND}
        )
        _declare_wrong(story, unit, built_in)


def _declare_wrong(story: Story, item: UUID, receipt: dict[str, Any]) -> None:
    wrong = next(fact["id"] for fact in receipt["facts"] if fact["stream"] == f"equipment:{item}")
    story.posted(f"/v1/streams/equipment:{item}/declare-error", {"wrong_fact": wrong, "explanation": "other-item"})


def _issued(story: Story, maker: Bearer, number: str) -> UUID:
    body = {"number": number, "kind": "recall", "title": "seal", "manufacturer_id": str(story.maker)}
    answer = maker.post("/v1/bulletins", {**body, "models": [str(story.model)], "occurred_at": FOUNDED})
    return UUID(answer.headers["Location"].rpartition("/")[2])
