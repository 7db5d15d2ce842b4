"""Every "no" is a problem of one form, and has a page."""

import io
from uuid import UUID, uuid4

import pytest
from flask import Flask

from api.fields import Fault as FieldFault
from api.problems import STATUS, problem_of, status_of
from api.refusals import Fault, ShapeDiffers
from api.services import Services
from domain.kernel.refusals import (
    REFUSALS,
    ClockBehind,
    HistoryDiffers,
    KeyReused,
    Nonsense,
    NotOnRecord,
    OutcomeUnknown,
    Overloaded,
    Refusal,
    Unavailable,
    UnknownReference,
    VersionDiffers,
)
from tests.api.callers import Bearer
from tests.api.lives import CERTIFY, World

MEMBERS = {"type", "title", "status", "detail", "instance"}


def ours() -> dict[str, type[Refusal]]:
    """Return the refusals of the program; tests declare some of their own."""
    return {code: kind for code, kind in REFUSALS.items() if kind.__module__.startswith(("api.", "domain."))}


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal, 409),
        (Nonsense, 422),
        (NotOnRecord, 404),
        (VersionDiffers, 412),
        (HistoryDiffers, 409),
        (KeyReused, 422),
        (UnknownReference, 409),
        (REFUSALS["not-certified"], 409),
    ],
)
def test_each_refusal_has_its_status(refusal: type[Refusal], status: int) -> None:
    assert status_of(refusal) == status


def test_every_refusal_of_the_domain_is_a_conflict_unless_the_table_says_otherwise() -> None:
    for refusal in ours().values():
        assert status_of(refusal) == STATUS.get(refusal, 409)


def test_a_refusal_says_what_would_be_accepted_and_its_facts(administrator: Bearer, world: World) -> None:
    answer = administrator.post(f"/v1/equipment/{world.item}/stock", {"place": "site-north"})
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    body = answer.get_json()
    assert body == {
        "type": "/v1/refusals/not-certified",
        "title": "What is not certified is neither stocked nor shipped.",
        "status": 409,
        "detail": "What is not certified is neither stocked nor shipped.",
        "accepted": "First certify the item.",
        "instance": f"urn:uuid:{answer.headers['X-Request-Id']}",
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_facts_of_a_refusal_are_members(administrator: Bearer, world: World) -> None:
    body = administrator.post(f"/v1/equipment/{world.item}/dispose", {"method": "recycled", "waste_document": "W-1"})
    assert body.get_json()["stage"] == "released"


def test_what_is_not_on_record_is_named(administrator: Bearer) -> None:
    body = {"designation": "Press", "manufacturer_id": str(uuid4())}
    answer = administrator.post(f"/v1/models/{uuid4()}/register", body)
    assert (answer.status_code, answer.get_json()["field"]) == (409, "manufacturer_id")


def test_a_moment_in_the_future_is_refused(administrator: Bearer, world: World) -> None:
    body = CERTIFY | {"occurred_at": "2999-01-01T00:00:00Z"}
    answer = administrator.post(f"/v1/equipment/{world.item}/certify", body)
    assert answer.get_json()["type"] == "/v1/refusals/occurs-in-the-future"


def test_no_member_of_a_refusal_takes_the_place_of_a_standard_one(app: Flask) -> None:
    class SaysTooMuch(Refusal):
        """It has facts named as the members of a problem."""

    with app.test_request_context():
        told = problem_of(SaysTooMuch("why", status=1, type="x", title="x", moment=UUID(int=0))).get_json()
    assert (told["status"], told["type"], told["detail"]) == (409, "/v1/refusals/says-too-much", "why")
    del REFUSALS["says-too-much"]


@pytest.mark.parametrize(
    ("state", "code", "outcome"),
    [
        (Unavailable(), "store-unavailable", "not-recorded"),
        (Unavailable(retry_after=7), "store-unavailable", "not-recorded"),
        (OutcomeUnknown(), "outcome-unknown", "unknown"),
        (Overloaded(), "overloaded", "not-recorded"),
        (ClockBehind(), "clock-behind", "not-recorded"),
    ],
)
def test_what_cannot_be_done_now_says_whether_something_was_recorded(
    app: Flask, state: Unavailable, code: str, outcome: str
) -> None:
    with app.test_request_context():
        answer = problem_of(state)
    told = answer.get_json()
    assert (answer.status_code, told["type"], told["outcome"]) == (503, f"/v1/refusals/{code}", outcome)
    assert answer.headers["Retry-After"] == str(state.retry_after)


def test_a_closed_log_is_unavailable(administrator: Bearer, world: World, given: Services) -> None:
    given.log.close()
    answer = administrator.post(f"/v1/equipment/{world.item}/certify", CERTIFY)
    assert (answer.status_code, answer.get_json()["outcome"]) == (503, "not-recorded")


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/v1/no-such-thing", "GET", 404, "no-such-resource"),
        ("/v1/equipment/not-a-uuid", "GET", 404, "no-such-resource"),
        ("/v1/things", "DELETE", 405, "method-not-allowed"),
        ("/v1/refusals/no-such-refusal", "GET", 404, "no-such-resource"),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(
    administrator: Bearer, path: str, method: str, status: int, code: str
) -> None:
    headers = {"Authorization": f"Bearer {administrator.token}"}
    answer = administrator.client.open(path, method=method, headers=headers)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.get_json()["type"] == f"/v1/refusals/{code}"
    assert answer.get_json().keys() >= MEMBERS
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_a_fault_of_ours_tells_nothing_but_where_to_ask(administrator: Bearer, lines: io.StringIO) -> None:
    answer = administrator.get("/v1/broken")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert answer.get_json()["type"] == "/v1/refusals/internal-fault"
    assert b"ZeroDivisionError" not in answer.data
    assert b"example.org" not in answer.data
    fault = next(line for line in lines.getvalue().splitlines() if '"fault"' in line)
    assert answer.headers["X-Request-Id"] in fault
    assert "ZeroDivisionError" in fault
    assert "endpoints.py" in fault
    assert "example.org" not in fault


def test_faults_of_shape_are_told_with_their_places(app: Flask) -> None:
    refusal = ShapeDiffers([Fault("/a~1b", "is missing", "missing"), Fault(None, "is not", "invalid", "limit")])
    with app.test_request_context():
        told = problem_of(refusal).get_json()
    assert told["errors"] == [
        {"pointer": "/a~1b", "detail": "is missing", "code": "missing"},
        {"parameter": "limit", "detail": "is not", "code": "invalid"},
    ]
    assert FieldFault._fields == ("pointer", "detail")


def test_every_refusal_has_a_page_for_people_and_for_programs(app: Flask) -> None:
    client = app.test_client()
    listed = client.get("/v1/refusals").get_json()["refusals"]
    codes = {page["code"] for page in listed}
    states = {"store-unavailable", "outcome-unknown", "overloaded", "clock-behind", "position-not-reached"}
    assert codes >= {*ours(), *states}
    for page in (page for page in listed if page["code"] in {*ours(), *states}):
        told = client.get(page["type"]).get_json()
        assert told == {**page, "given_by": []}
        assert told["title"].endswith(".")
        assert told["accepted"]
        shown = client.get(page["type"], headers={"Accept": "text/html,*/*;q=0.1"})
        assert shown.content_type == "text/html; charset=utf-8"
        assert page["code"] in shown.get_data(as_text=True)
    assert client.get("/v1/refusals", headers={"Accept": "text/html"}).content_type.startswith("text/html")


def test_every_refusal_of_the_interface_says_what_would_be_accepted() -> None:
    assert [code for code, refusal in ours().items() if not refusal.accepted] == []


def test_what_can_be_no_host_is_refused_every_time(app: Flask) -> None:
    for _ in range(2):
        answer = app.test_client().get("/healthz", headers={"Host": "one..example"})
        assert (answer.status_code, answer.get_json()["type"]) == (400, "/v1/refusals/malformed-request")


def test_a_host_that_was_given_before_leads_to_the_same_endpoints(app: Flask) -> None:
    def told(host: str) -> list[tuple[int, str | None, str | None]]:
        client = app.test_client()
        answers = [client.open(path, method=method, headers={"Host": host}) for path, method in asked]
        return [(each.status_code, each.headers.get("Allow"), each.headers.get("Location")) for each in answers]

    asked = [
        ("/healthz", "GET"),
        ("//healthz", "GET"),
        ("/healthz/", "GET"),
        ("/healthz", "PUT"),
        ("/hea%6Cthz", "HEAD"),
    ]
    asked += [("/%C3%BC?q=1", "GET"), ("/v1//refusals", "GET"), ("/v1/refusals/not-certified?a=b", "OPTIONS")]
    first, again, other = told("one.example"), told("one.example"), told("two.example:8080")
    assert first == again == other
    assert first[0][0] == 200
