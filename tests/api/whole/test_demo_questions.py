"""Every question has something to show of the demonstration, now and in the past. A new question is here by itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.importing.demo_bulletins import RELIEF_VALVE
from api.importing.demo_designs import HARBOUR, PRESS, demo_id
from api.importing.demo_fleet import fleet
from api.services import Services
from domain.application.units import Booked
from domain.kernel.envelope import Caller
from tests.api.callers import Bearer
from tests.api.document import made

THEN = "2025-06-30T00:00:00Z"
MOST_KNOWN = 0.8
"""How much of the log was on record in the past that is asked about."""

QUESTIONS: dict[str, list[dict[str, Any]]] = {
    path: [each for each in operations["get"]["parameters"] if "name" in each]
    for path, operations in json.loads(made())["paths"].items()
    if any(
        each.get("name") == "as_of" or each.get("name") == "from"
        for each in operations.get("get", {}).get("parameters", ())
    )
}
"""The addresses of all questions about the past, each with its parameters."""

NEEDED = {
    "/v1/equipment/diff": "from=2024-07-01T00:00:00Z",
    "/v1/equipment/{equipment_id}/diff": "from=2024-03-01T00:00:00Z",
    "/v1/equipment/{equipment_id}/availability": "from=2024-01-01T00:00:00Z&to=2025-01-01T00:00:00Z",
    "/v1/fleet-figures": "from=2024-01-01T00:00:00Z&to=2025-01-01T00:00:00Z&by=model,month",
}
"""What a question cannot be asked without."""

FOUND = {
    "/v1/equipment/{equipment_id}/contradictions": "facts",
    "/v1/equipment/{equipment_id}/diff": "differences",
    "/v1/equipment/{equipment_id}/availability": "availability",
    "/v1/equipment/{equipment_id}/operating-time": "total",
    "/v1/equipment/{equipment_id}/passport": "units",
    "/v1/equipment/{equipment_id}/technical-state": "state",
    "/v1/equipment/{equipment_id}": "stage",
    "/v1/models/{model_id}": "warranty_terms",
    "/v1/bulletins/{bulletin_id}": "number",
    "/v1/organisations/{organisation_id}": "members",
}
"""The member of an answer that tells something; of lists it is the items."""

ABOUT = {
    "equipment_id": fleet().shown.id,
    "model_id": PRESS.id,
    "bulletin_id": RELIEF_VALVE.id,
    "organisation_id": HARBOUR.id,
}
OTHERS = {
    "/v1/equipment/{equipment_id}/contradictions": {"equipment_id": demo_id("equipment/CX9-0006")},
    "/v1/equipment/{equipment_id}/installations": {"equipment_id": demo_id("equipment/HP1-PX400001-02")},
}
"""What the item of the tour does not tell, another does: a press that fits together, and sits in nothing."""


@pytest.fixture
def shown(administrator: Bearer, given: Services) -> Bearer:
    """A caller of a server that has the demonstration on record."""
    told = Caller(actor=administrator.principal, organisation=HARBOUR.id, correlation=HARBOUR.id)
    whole = fleet()
    outcomes = given.ledger.book([(entry,) for entry in (*whole.entries, whole.last)], told)
    assert {type(outcome) for _, outcome in outcomes} == {Booked}
    given.projections.catch_up()
    return administrator


def address(path: str, *queries: str) -> str:
    asked = "&".join(each for each in (NEEDED.get(path), *queries) if each)
    return f"{path.format(**ABOUT | OTHERS.get(path, {}))}?{asked}"


def tells(shown: Bearer, path: str, *queries: str) -> bool:
    """Return whether a question is answered with anything."""
    answer = shown.get(address(path, *queries))
    assert answer.status_code == 200, answer.get_json()
    return bool(answer.get_json()[FOUND.get(path, "items")])


def choices(path: str) -> Iterator[str]:
    """Yield every choice that a question offers: each value of each parameter that has few."""
    for parameter in QUESTIONS[path]:
        schema = parameter["schema"]
        values = ["true", "false"] if schema.get("type") == "boolean" else schema.get("enum", ())
        yield from (f"{parameter['name']}={value}" for value in values)


def test_every_question_has_something_to_show_of_the_demonstration(
    shown: Bearer, given: Services, subtests: pytest.Subtests
) -> None:
    known = f"recorded_as_of={int(given.log.head().position * MOST_KNOWN)}"
    for path, parameters in QUESTIONS.items():
        with subtests.test(path):
            named = {each["name"] for each in parameters}
            assert tells(shown, path)
            assert "as_of" not in named or tells(shown, path, f"as_of={THEN}")
            assert "recorded_as_of" not in named or tells(shown, path, known)
            assert "recorded_to" not in named or tells(shown, path, f"recorded_to={known.partition('=')[2]}")
    for path in (path for path in QUESTIONS if "{equipment_id}" not in path):
        with subtests.test(path):
            assert [choice for choice in choices(path) if not tells(shown, path, choice)] == []
