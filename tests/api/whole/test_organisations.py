"""Organisations and their members over the interface; what is personal is shown to few and told by ids only."""

from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.observability import log_to
from api.services import Services
from domain.log.codec import Place
from tests.api.callers import Bearer, Issue
from tests.api.whole.story import FOUNDED, Story, code_of, link


def member(number: int, **more: object) -> dict[str, object]:
    told = {"member_id": str(uuid4()), "name": f"Member {number}", "email": f"Member-{number}@example.org"}
    return {**told, "role": "maintenance", **more}


def test_an_organisation_is_registered_once_and_read(story: Story) -> None:
    body = {"name": "Süd-Werke 南", "country": "DE"}
    first = story.administrator.post("/v1/organisations", body, Idempotency_Key="a")
    again = story.administrator.post("/v1/organisations", body, Idempotency_Key="a")
    assert (first.status_code, again.status_code) == (201, 200)
    answer = story.administrator.get(first.headers["Location"])
    told = answer.get_json()
    assert (told["name"], told["country"], told["members"]) == ("Süd-Werke 南", "DE", 0)
    assert answer.headers["ETag"] == '"v1"'
    other = {**body, "organisation_id": told["id"], "name": "Another"}
    refused = story.administrator.post("/v1/organisations", other)
    assert (refused.status_code, code_of(refused)) == (409, "organisation-already-registered")
    assert story.administrator.get(f"/v1/organisations/{uuid4()}").status_code == 404
    assert story.administrator.get(f"{first.headers['Location']}?as_of={FOUNDED}").status_code == 404


def test_organisations_are_listed_by_name(story: Story, operator: Bearer) -> None:
    for name in ("zeta", "Alpha"):
        story.posted("/v1/organisations", {"name": name})
    names = [each["name"] for each in story.followed().administrator.get("/v1/organisations").get_json()["items"]]
    assert names == ["Alpha", "Northern Works", "Northern Works", "zeta"]
    assert operator.get("/v1/organisations?limit=1").status_code == 200


def test_members_are_added_once_and_read_by_their_organisation_alone(
    story: Story, maker: Bearer, operator: Bearer, issue: Issue
) -> None:
    path = f"/v1/organisations/{story.maker}"
    body = member(1)
    first = maker.post(f"{path}/add-member", body, Idempotency_Key="a")
    again = maker.post(f"{path}/add-member", body, Idempotency_Key="a")
    assert (first.status_code, again.status_code, again.get_json()["replayed"]) == (201, 200, True)
    taken = maker.post(f"{path}/add-member", member(2, member_id=body["member_id"]))
    assert (taken.status_code, code_of(taken)) == (409, "member-already-added")
    answer = maker.get(f"{path}/members")
    assert answer.get_json()["items"] == [
        {
            "id": body["member_id"],
            "organisation_id": str(story.maker),
            "name": "Member 1",
            "email": "Member-1@example.org",
            "role": "maintenance",
        }
    ]
    assert answer.headers["Cache-Control"] == "no-store"
    assert maker.get(path).get_json()["members"] == 1
    assert code_of(operator.get(f"{path}/members")) == "not-on-record"
    assert code_of(operator.post(f"{path}/add-member", member(3))) == "not-on-record"
    assert code_of(issue("auditor").get(f"{path}/members")) == "not-allowed"


def test_members_come_in_pages(story: Story, maker: Bearer) -> None:
    path = f"/v1/organisations/{story.maker}"
    for number in range(3):
        assert maker.post(f"{path}/add-member", member(number)).status_code == 201
    first = maker.get(f"{path}/members?limit=2")
    following = link(first, "next")
    assert following is not None
    last = maker.get(following)
    names = [each["name"] for each in first.get_json()["items"] + last.get_json()["items"]]
    assert (names, link(last, "next")) == (["Member 0", "Member 1", "Member 2"], None)


def test_a_page_of_members_reads_the_log_as_often_as_a_page_of_one(
    story: Story, maker: Bearer, given: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v1/organisations/{story.maker}"
    for number in range(6):
        assert maker.post(f"{path}/add-member", member(number)).status_code == 201
    asked: list[str] = []
    for name in ("by_keys", "stream", "lines", "rows", "page"):
        monkeypatch.setattr(given.log, name, noting(asked, name, getattr(given.log, name)))

    def reads_of(question: str) -> int:
        asked.clear()
        assert maker.get(f"{path}/members?{question}").status_code == 200
        return len(asked)

    assert 0 < reads_of("limit=1") == reads_of("limit=6")


def noting(noted: list[str], name: str, read: Callable[..., Any]) -> Callable[..., Any]:
    """Return a read of the log that is noted."""

    def note(*given: Any, **more: Any) -> Any:
        noted.append(name)
        return read(*given, **more)

    return note


def test_a_member_is_found_by_any_writing_of_his_address_in_his_organisation(
    story: Story, maker: Bearer, operator: Bearer
) -> None:
    body = member(1)
    assert maker.post(f"/v1/organisations/{story.maker}/add-member", body).status_code == 201
    found = maker.post("/v1/members/find", {"email": "MEMBER-1@example.ORG"})
    assert [each["id"] for each in found.get_json()["items"]] == [body["member_id"]]
    assert maker.post("/v1/members/find", {"email": "member-2@example.org"}).get_json()["items"] == []
    assert operator.post("/v1/members/find", {"email": "member-1@example.org"}).get_json()["items"] == []
    # The same person acts for the operator too, under another address.
    other = {**body, "email": "member-9@example.org"}
    assert operator.post(f"/v1/organisations/{story.operator}/add-member", other).status_code == 201
    assert operator.post("/v1/members/find", {"email": "member-1@example.org"}).get_json()["items"] == []
    elsewhere = operator.post(
        "/v1/members/find", {"email": "member-1@example.org", "organisation_id": str(story.maker)}
    )
    assert (elsewhere.status_code, code_of(elsewhere)) == (404, "not-on-record")
    assert maker.get("/v1/members/find?email=member-1@example.org").status_code == 405


def test_a_member_is_found_however_many_others_have_his_address(story: Story, maker: Bearer, given: Services) -> None:
    body = member(1, member_id=str(UUID(int=2**128 - 1)))
    assert maker.post(f"/v1/organisations/{story.maker}/add-member", body).status_code == 201
    for number in range(101):  # others choose the ids of their members, and so those that come first
        elsewhere = Place(f"organisation:{story.operator}", uuid4(), "email")
        given.vault.seal(UUID(int=number), str(body["email"]), elsewhere)
    found = maker.post("/v1/members/find", {"email": body["email"]})
    assert [each["id"] for each in found.get_json()["items"]] == [body["member_id"]]


def test_an_addition_that_was_an_error_is_shown_no_more(story: Story, maker: Bearer) -> None:
    path = f"/v1/organisations/{story.maker}"
    added = maker.post(f"{path}/add-member", member(1)).get_json()["facts"][0]
    body = {"wrong_fact": added["id"], "explanation": "other-organisation"}
    story.posted(f"/v1/streams/organisation:{story.maker}/declare-error", body)
    assert maker.get(f"{path}/members").get_json()["items"] == []
    assert maker.post("/v1/members/find", {"email": "member-1@example.org"}).get_json()["items"] == []


def test_a_reading_of_personal_data_is_told_by_ids_only(story: Story, maker: Bearer) -> None:
    told = StringIO()
    log_to(told)
    body = member(1)
    maker.post(f"/v1/organisations/{story.maker}/add-member", body)
    maker.get(f"/v1/organisations/{story.maker}/members")
    maker.post("/v1/members/find", {"email": "member-1@example.org"})
    lines = told.getvalue()
    reads = [line for line in lines.splitlines() if "personal-data-read" in line]
    assert len(reads) == 2
    assert all(str(body["member_id"]) in line and str(maker.principal) in line for line in reads)
    assert "example.org" not in lines
    assert "Member 1" not in lines
