"""What is wrong is refused with its name, by status and code, and nothing of it is recorded."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.api.callers import Bearer, Clock, Issue
from tests.api.whole.story import RELEASED, SHIPPED, Story, code_of

CERTIFY: dict[str, Any] = {"certificate": "EC-1", "authority": "NB-1"}


def refused(story: Story, path: str, body: object) -> tuple[int, str]:
    head = story.head
    answer = story.administrator.post(path, body)
    assert story.head == head
    return answer.status_code, code_of(answer)


@pytest.mark.parametrize(
    ("occurred_at", "expected"),
    [
        ("2023-12-31T23:59:59Z", (409, "not-released")),
        ("2024-01-02T08:00:00", (422, "shape-differs")),
        ("2024-02-30T08:00:00Z", (422, "shape-differs")),
        ("2024-01-02 08:00:00Z", (422, "shape-differs")),
        ("2024-01-02T08:00:00+03:00:30", (422, "shape-differs")),
        ("2024-01-02T08:00:00-00:00", (422, "shape-differs")),
        (1704182400, (422, "shape-differs")),
        ("0001-01-01T00:00:00+01:00", (422, "shape-differs")),
    ],
)
def test_times_that_cannot_be_are_refused(story: Story, occurred_at: object, expected: tuple[int, str]) -> None:
    item = story.item(steps=1)
    body = {**CERTIFY, "occurred_at": occurred_at}
    assert refused(story, f"/v1/equipment/{item}/certify", body) == expected


def test_the_future_is_refused_but_for_clocks_that_differ(story: Story, clock: Clock) -> None:
    item = story.item(steps=1)
    path = f"/v1/equipment/{item}/certify"
    tomorrow = (clock() + timedelta(days=1)).isoformat()
    assert refused(story, path, {**CERTIFY, "occurred_at": tomorrow}) == (409, "occurs-in-the-future")
    soon = (clock() + timedelta(seconds=1)).isoformat()
    assert story.administrator.post(path, {**CERTIFY, "occurred_at": soon}).status_code == 201


def test_a_late_fact_that_breaks_a_later_one_is_refused(story: Story) -> None:
    item = story.item(steps=3)
    body = {"place": "warehouse-1", "occurred_at": "2024-01-02T09:00:00Z"}
    assert story.administrator.post(f"/v1/equipment/{item}/stock", body).status_code == 201
    other = story.item("PX-2", steps=4)
    wrong = {"reason": "x", "occurred_at": "2024-01-02T09:00:00Z"}
    status, code = refused(story, f"/v1/equipment/{other}/decommission", wrong)
    assert (status, code) in {(409, "contradicts-later-fact"), (409, "not-possible-at-this-stage")}


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [
        ("stock", {"place": "warehouse-1"}, "not-certified"),
        ("ship", {"place": "site-north"}, "not-certified"),
        ("install", {"place": "hall-1"}, "not-certified"),
        ("report-failure", {"failure_mode": "leak"}, "not-in-service"),
        ("start-repair", {"maintenance_type": "corrective"}, "not-in-service"),
        ("complete-repair", {}, "repair-not-started"),
        ("dispose", {"method": "recycled", "waste_document": "W-1"}, "not-decommissioned"),
        ("remove", {"to": "in_stock"}, "not-possible-at-this-stage"),
    ],
)
def test_the_order_of_life_is_held_to(story: Story, command: str, body: dict[str, Any], code: str) -> None:
    item = story.item(steps=1)
    assert refused(story, f"/v1/equipment/{item}/{command}", body) == (409, code)


def test_an_item_that_is_not_installed_is_not_commissioned(story: Story) -> None:
    item = story.item(steps=1)
    body = {"operator_id": str(story.operator), "act": "ACT-1"}
    assert refused(story, f"/v1/equipment/{item}/commission", body) == (409, "not-installed")


@pytest.mark.parametrize("field", ["model_id", "manufacturer_id"])
def test_ids_of_what_is_not_on_record_are_refused(story: Story, field: str) -> None:
    status, code = refused(story, "/v1/equipment", story.release(**{field: str(uuid4())}))
    assert (status, code) in {(409, "unknown-reference"), (409, "not-the-maker")}


def test_an_operator_that_is_not_on_record_is_refused(story: Story) -> None:
    item = story.item(steps=3)
    body = {"recipient_id": str(uuid4())}
    assert refused(story, f"/v1/equipment/{item}/deliver", body) == (409, "unknown-reference")


@pytest.mark.parametrize(
    "serial",
    ["PX-1", "px-1", "\uff30\uff38-1", "PX-\u200b1", " PX-1 ", "P\u00ad\u0058-1"],
)
def test_serials_that_read_the_same_are_the_same(story: Story, serial: str) -> None:
    story.item("PX-1", steps=1)
    assert refused(story, "/v1/equipment", story.release(serial)) == (409, "serial-taken")


@pytest.mark.parametrize(
    "name", ["Ünion Größe", "株式会社", "Завод № 5", "שלום", "\U0001d509abrik", "Ōtaki 🏭", "e\u0301cole"]
)
def test_names_in_any_alphabet_are_kept_as_they_are(story: Story, name: str) -> None:
    answer = story.administrator.post("/v1/organisations", {"name": name})
    assert answer.status_code == 201
    assert story.administrator.get(answer.headers["Location"]).get_json()["name"] == name


@pytest.mark.parametrize("name", ["", "   ", "a\u0000b", "x" * 201, None, 5, ["a"]])
def test_names_that_are_none_are_refused_at_their_place(story: Story, name: object) -> None:
    answer = story.administrator.post("/v1/organisations", {"name": name})
    assert (answer.status_code, [error["pointer"] for error in answer.get_json()["errors"]]) == (422, ["/name"])


def test_every_wrong_value_is_named(story: Story) -> None:
    body = story.release(serial="", as_built=[["voltage"], ["colour", 5]], colour="red")
    answer = story.administrator.post("/v1/equipment", body)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.get_json()["errors"]} == {
        "/serial",
        "/as_built/0",
        "/as_built/1/1",
        "/colour",
    }


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=ten",
        "limit=5&limit=6",
        "colour=red",
        "stage=sleeping",
        "model_id=7",
        "sort=price",
        "faulty=perhaps",
        "as_of=2024-01-01T00:00:00",
        "as_of=2999-01-01T00:00:00Z",
        "recorded_as_of=yesterday",
        "recorded_as_of=999999",
        "recorded_as_of=2024-02-30T00:00:00Z",
        "serial=",
    ],
)
def test_parameters_that_are_not_as_documented_are_refused_by_name(administrator: Bearer, query: str) -> None:
    answer = administrator.get(f"/v1/equipment?{query}")
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")
    assert [error["parameter"] for error in answer.get_json()["errors"]] == [query.partition("=")[0]]


@pytest.mark.parametrize(
    "query", ["serial=%FF", "serial=a%C3", "serial=%ED%A0%80", "serial=\xff", "limit=1&serial=%80"]
)
def test_parameters_that_are_not_utf_8_are_refused_by_name(administrator: Bearer, query: str) -> None:
    answer = administrator.client.get(
        "/v1/equipment",
        headers={"Authorization": f"Bearer {administrator.token}"},
        environ_overrides={"QUERY_STRING": query},
    )
    assert (answer.status_code, code_of(answer)) == (400, "malformed-request")
    assert [(each["code"], each["parameter"]) for each in answer.get_json()["errors"]] == [("not-utf-8", "serial")]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"certificate": "EC\n1"}, "/certificate"),
        ({"authority": "NB-1\u202e"}, "/authority"),
        ({"certificate": "\u200b"}, "/certificate"),
        ({"reason": "\u2028"}, "/reason"),
        ({"source": {"source": "urn:example:erp", "id": "7\u2066"}}, "/source/id"),
    ],
)
def test_texts_that_harm_whoever_reads_them_are_refused_at_their_place(
    story: Story, more: dict[str, Any], pointer: str
) -> None:
    item = story.item(steps=1)
    answer = story.administrator.post(f"/v1/equipment/{item}/certify", {**CERTIFY, **more})
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")
    assert [each["pointer"] for each in answer.get_json()["errors"]] == [pointer]


@pytest.mark.parametrize("octets", [b"{", b"[]", b'{"place": "a", "place": "b"}', b"\xff", b"[" * 100_000, b"1e999999"])
def test_bodies_that_are_no_command_are_refused(story: Story, octets: bytes) -> None:
    head = story.head
    answer = story.administrator.send(f"/v1/equipment/{story.item(steps=1)}/stock", octets)
    assert answer.status_code in {400, 422}
    assert story.head == head + 2


def test_an_expired_key_is_told_so(issue: Issue, clock: Clock) -> None:
    caller: Bearer = issue("auditor", None, clock() + timedelta(hours=1))
    assert caller.get("/v1/equipment").status_code == 200
    clock.turn(hours=2)
    for answer in (caller.get("/v1/equipment"), caller.post("/v1/equipment", {})):
        assert (answer.status_code, code_of(answer)) == (401, "key-expired")
        assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_one_key_with_another_request_is_refused(story: Story) -> None:
    item = story.item(steps=1)
    path = f"/v1/equipment/{item}/certify"
    assert story.administrator.post(path, CERTIFY, Idempotency_Key="a").status_code == 201
    other = story.administrator.post(path, {**CERTIFY, "certificate": "EC-9"}, Idempotency_Key="a")
    assert (other.status_code, code_of(other)) == (422, "key-reused")


def test_one_source_records_one_thing_under_one_id(story: Story) -> None:
    item = story.item(steps=1)
    path = f"/v1/equipment/{item}/certify"
    source = {"source": "https://erp.example/works", "id": "WO-1"}
    first = story.administrator.post(path, {**CERTIFY, "occurred_at": RELEASED, "source": source})
    again = story.administrator.post(path, {**CERTIFY, "occurred_at": RELEASED, "source": source})
    assert (first.status_code, again.status_code, again.get_json()["replayed"]) == (201, 200, True)
    other = {"certificate": "EC-9", "authority": "NB-1", "occurred_at": SHIPPED, "source": source}
    assert refused(story, path, other) == (409, "already-recorded-differently")


@pytest.mark.parametrize("path", ["/v1//equipment", "/v1/equipment//", "/v1/schemas//"])
def test_doubled_slashes_lead_nowhere_and_are_not_redirected(story: Story, path: str) -> None:
    answer = story.administrator.get(path)
    assert (answer.status_code, code_of(answer)) == (404, "no-such-resource")
