"""What callers are told of refusals: by the pages that explain them, and by the advice that they give."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.equipment.bulk_shapes import MOST_LINES
from tests.api.callers import Bearer
from tests.api.whole.story import Story, code_of


def uses_of(client: FlaskClient, code: str) -> set[str]:
    told = client.get(f"/v1/refusals/{code}").get_json()["given_by"]
    assert all(each["summary"] for each in told)
    return {f"{each['method']} {each['address']}" for each in told}


def test_the_page_of_a_refusal_tells_which_requests_may_be_answered_so(story: Story) -> None:
    client = story.administrator.client
    assert uses_of(client, "not-decommissioned") == {"POST /v1/equipment/{equipment_id}/dispose"}
    assert uses_of(client, "cyclic-assembly") == {
        "POST /v1/equipment",
        "POST /v1/equipment/{equipment_id}/install-unit",
        "POST /v1/equipment/{equipment_id}/exchange-unit",
    }
    assert "GET /v1/bulletins/{bulletin_id}/items" in uses_of(client, "cursor-not-readable")
    shown = client.get("/v1/refusals/not-decommissioned", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "POST /v1/equipment/{equipment_id}/dispose" in shown


def test_the_pages_tell_of_every_refusal_what_the_document_tells(story: Story) -> None:
    client = story.administrator.client
    documented = client.get("/openapi.json").get_json()
    shared = documented["components"]["responses"]
    promised: dict[str, set[str]] = {}
    for address, operations in documented["paths"].items():
        for method, operation in operations.items():
            for response in operation.get("responses", {}).values() if method in {"get", "post"} else ():
                whole = shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
                problem = whole.get("content", {}).get("application/problem+json", {}).get("schema")
                for page in problem["allOf"][1]["properties"]["type"]["enum"] if problem else ():
                    promised.setdefault(page, set()).add(f"{method.upper()} {address}")
    assert len(promised) > 50
    for page, uses in promised.items():
        assert uses_of(client, page.rpartition("/")[2]) == uses


OUT_OF_SERVICE: list[tuple[str, list[tuple[str, dict[str, Any]]]]] = [
    ("installed", []),
    ("laid_up", [("lay-up", {"reason": "season"})]),
    ("decommissioned", [("decommission", {"reason": "worn"})]),
]


@pytest.mark.parametrize(("stage", "steps"), OUT_OF_SERVICE)
def test_what_is_not_in_service_is_told_its_stage_and_not_to_do_what_it_cannot(
    story: Story, stage: str, steps: list[tuple[str, dict[str, Any]]]
) -> None:
    item = story.item(steps=5 if stage == "installed" else 6)
    for command, body in steps:
        story.do(item, command, body)
    refused = story.administrator.post(f"/v1/equipment/{item}/start-repair", {"maintenance_type": "corrective"})
    assert (refused.status_code, code_of(refused)) == (409, "not-in-service")
    told = refused.get_json()
    assert told["stage"] == stage
    assert "commission the item" not in told["accepted"]


def test_too_many_readings_are_told_how_many_may_be(administrator: Bearer) -> None:
    answer = administrator.post("/v1/meter-readings", {"readings": ["x" * 600] * MOST_LINES})
    assert (answer.status_code, code_of(answer)) == (413, "body-too-large")
    told = answer.get_json()
    assert told["detail"] == "A request has at most 10,000 lines in 5,120,000 bytes."
    assert (told["most_lines"], told["most_bytes"]) == (10_000, 5_120_000)


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        ("2024-02-30T00:00:00Z", "is on a day that does not exist"),
        ("2016-12-31T23:59:60Z", "is in a leap second; seconds are told from 00 to 59"),
        ("yesterday", "is not a moment with its offset, such as 2026-03-31T08:00:00+03:00"),
    ],
)
def test_a_moment_that_is_none_is_told_why_wherever_it_is_asked(story: Story, moment: str, why: str) -> None:
    item = f"/v1/equipment/{story.item(steps=1)}"
    by_command = story.administrator.post(f"{item}/certify", {"occurred_at": moment})
    assert why in [each["detail"] for each in by_command.get_json()["errors"]]
    (asked,) = story.administrator.get(f"{item}?as_of={moment}").get_json()["errors"]
    assert asked["detail"] == why
    (known,) = story.administrator.get(f"{item}?recorded_as_of={moment}").get_json()["errors"]
    assert known["detail"].startswith(why)
