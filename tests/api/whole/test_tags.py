"""A list taken whole is known again by its tag only as long as its rows are the same ones."""

import pytest
from sqlalchemy import text

from api.services import Services
from domain.log.contract import Row
from projections.rebuilding import Manner
from projections.views import parked
from tests.api.callers import Bearer
from tests.api.whole.story import Story

LIST = "/v1/organisations"


def status(caller: Bearer, accept: str, tag: str) -> int:
    return int(caller.get(LIST, **{"Accept": accept, "If-None-Match": tag}).status_code)


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize("accept", ["text/csv", "application/x-ndjson"])
def test_a_list_that_was_built_anew_is_another_one(administrator: Bearer, given: Services, accept: str) -> None:
    given.projections.catch_up()
    before = administrator.get(LIST, Accept=accept)
    tag = before.headers["ETag"]
    assert status(administrator, accept, tag) == 304
    with given.projections.views.write() as connection:
        connection.execute(text("UPDATE organisations SET name = 'Damaged'"))
    damaged = administrator.get(LIST, Accept=accept)
    given.projections.rebuild("organisations", manner=Manner.REGARDLESS)
    again = administrator.get(LIST, **{"Accept": accept, "If-None-Match": damaged.headers["ETag"]})
    assert (again.status_code, again.text == before.text, damaged.text == before.text) == (200, True, False)
    assert status(administrator, accept, again.headers["ETag"]) == 304


def test_a_list_to_which_parked_facts_were_applied_is_another_one(
    administrator: Bearer, given: Services, story: Story
) -> None:
    given.projections.catch_up()
    first: Row = given.log.rows(0, 1)[0]
    facts = {"position": first.position, "fact": first.fact_key, "type": first.type, "since": 0, "program": "another"}
    with given.projections.views.write() as connection:
        row = facts | {"read_model": "organisations", "key": story.maker, "error": "KeyError"}
        connection.execute(parked.insert().values(row))
    waiting = administrator.get(LIST, Accept="text/csv").headers["ETag"]
    assert status(administrator, "text/csv", waiting) == 304
    given.projections.retry("organisations")
    assert given.projections.parked() == []
    assert status(administrator, "text/csv", waiting) == 200
