"""A sealed value that was changed behind the back of the log is told as what it is, on both databases."""

from io import StringIO

import pytest

from api.observability import log_to
from api.services import Services
from domain.kernel.streams import StreamRef
from tests.api.callers import Bearer
from tests.api.whole.story import Story, code_of
from tests.api.whole.test_organisations import member
from tests.log.recorded import damage


@pytest.fixture
def databases(database_url: str, vault_url: str) -> tuple[str, str]:
    """On both kinds of database."""
    return database_url, vault_url


def test_a_sealed_value_that_was_changed_is_told_by_its_place(story: Story, maker: Bearer, given: Services) -> None:
    path = f"/v1/organisations/{story.maker}"
    whole, changed = member(1), member(2)
    for each in (whole, changed):
        assert maker.post(f"{path}/add-member", each).status_code == 201
    row = given.log.stream(story.maker)[-1]
    head, mark, sealed = row.body.partition(b'{"c":"')
    body = head + mark + (b"B" if sealed[:1] == b"A" else b"A") + sealed[1:]
    damage(given.settings.database_url, "UPDATE fact SET body = :body WHERE position = :at", body=body, at=row.position)

    assert maker.get(f"{path}/members?limit=1").status_code == 200  # the other one opens
    log_to(lines := StringIO())
    found = maker.post("/v1/members/find", {"email": changed["email"]})
    for answer in (maker.get(f"{path}/members"), found):
        assert (answer.status_code, code_of(answer)) == (500, "sealed-value-damaged")
        told = answer.get_json()
        assert (told["stream"], told["fact"]) == (str(StreamRef("organisation", story.maker)), str(row.fact_key))
        assert told["field"] in changed
        assert "aftercare verify" in told["accepted"]
    assert '"fault":"SealBroken"' in lines.getvalue()
    for text in (found.get_data(as_text=True), lines.getvalue()):
        assert "Member" not in text
        assert "example.org" not in text
