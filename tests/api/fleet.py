"""Readings of a fleet as they are sent, and what became of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.equipment.state import OPERATING_TIME
from tests.api.callers import Bearer

PATH = "/v1/meter-readings"


def line(item: UUID, value: str = "10", day: int = 1, **more: object) -> dict[str, Any]:
    told = {"meter": OPERATING_TIME, "value": value, "unit": "h", "occurred_at": f"2024-02-{day:02}T08:00:00+03:00"}
    return {"equipment_id": str(item), **told, **more}


def post(bearer: Bearer, lines: Sequence[object], **headers: str) -> dict[str, Any]:
    answer = bearer.post(PATH, {"readings": lines}, **headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    told: dict[str, Any] = answer.get_json()
    assert [each["index"] for each in told["lines"]] == list(range(len(lines)))
    return told


def outcomes(told: dict[str, Any]) -> list[str]:
    """Return the outcome of each line; of a refused one the code."""
    return [
        each["outcome"] if each["problem"] is None else each["problem"]["type"].rpartition("/")[2]
        for each in told["lines"]
    ]
