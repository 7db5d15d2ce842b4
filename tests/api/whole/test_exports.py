"""Lists taken whole: one snapshot while facts arrive, nothing held between pages, and a cut that is seen."""

import csv
import gzip
import io
import json
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema, fields
from werkzeug.test import EnvironBuilder, TestResponse

from api import reading
from api.exporting import Csv, Lines, Ndjson, compressed, sent, written
from api.services import Services
from projections.paging import Page
from tests.api.callers import Bearer, Issue
from tests.api.whole.story import Story, code_of, link

NDJSON, CSV = "application/x-ndjson", "text/csv"


@pytest.fixture
def by_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let exports read pages of two."""
    monkeypatch.setattr(reading, "MOST", 2)


def whole(caller: Bearer, path: str, **headers: str) -> tuple[list[Any], dict[str, Any]]:
    """Return the members of a list, and its last line."""
    answer = caller.get(path, Accept=NDJSON, **headers)
    assert answer.status_code == 200, answer.text
    *members, end = map(json.loads, answer.text.splitlines())
    return members, end


def streamed(app: Flask, caller: Bearer, path: str, accept: str = NDJSON) -> tuple[TestResponse, Iterator[bytes]]:
    """Return an answer of which nothing was read yet but its head, and its pieces."""
    headers = {"Authorization": f"Bearer {caller.token}", "Accept": accept}
    answer = FlaskClient(app, TestResponse).get(path, headers=headers, buffered=False)
    return answer, answer.iter_encoded()


def free(given: Services) -> bool:
    """Return whether no connection to the read models is in use."""
    return (given.projections.views.engines[0].pool.checkedout(), given.projections.views.lent) == (0, 0)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("by_twos")
def test_a_list_taken_whole_is_one_snapshot_while_facts_arrive(story: Story, app: Flask, given: Services) -> None:
    for number in range(5):
        story.item(f"PX-{number}", steps=1)
    known = story.followed().head
    _, pieces = streamed(app, story.administrator, "/v1/equipment")
    begun = list(islice(pieces, 2))
    assert free(given)
    story.item("PX-00", steps=1)
    story.item("PX-9", steps=1)
    story.followed()
    *members, end = map(json.loads, b"".join([*begun, *pieces]).splitlines())
    assert [each["serial"] for each in members] == [f"PX-{number}" for number in range(5)]
    assert end == {"end": 5, "position": known}


@pytest.mark.usefixtures("by_twos")
def test_a_reader_that_goes_away_leaves_nothing_open_and_room_for_others(
    story: Story, app: Flask, given: Services
) -> None:
    for number in range(5):
        story.item(f"PX-{number}", steps=1)
    story.followed()
    for _ in range(20):  # more than may be under way at once
        answer, pieces = streamed(app, story.administrator, "/v1/equipment")
        assert answer.status_code == 200
        next(islice(pieces, 1, None))
        answer.close()
        assert free(given)


def test_only_so_many_lists_are_taken_whole_at_once_and_half_as_many_by_one_key(
    story: Story, app: Flask, maker: Bearer, operator: Bearer
) -> None:
    story.followed()
    asking = [story.administrator] * 5 + [maker] * 5 + [operator]
    answers = [streamed(app, caller, "/v1/models")[0] for caller in asking]
    assert [each.status_code for each in answers] == ([200] * 4 + [503]) * 2 + [503]
    refused = story.administrator.get("/v1/models", Accept=CSV)
    assert (code_of(refused), refused.headers["Retry-After"]) == ("too-many-lists", "1")
    assert "record" not in refused.text
    assert story.administrator.get("/v1/models").status_code == 200
    for each in answers:
        each.close()
    assert whole(story.administrator, "/v1/models")[1]["end"] == 1


def test_a_reader_that_is_gone_before_anything_is_sent_leaves_room_for_others(story: Story, app: Flask) -> None:
    headers = {"Authorization": f"Bearer {story.followed().administrator.token}", "Accept": NDJSON}
    for _ in range(20):
        begun: Any = app(
            EnvironBuilder(path="/v1/models", headers=[*headers.items()]).get_environ(), lambda *_: lambda _: None
        )
        begun.close()
    assert whole(story.administrator, "/v1/models")[1]["end"] == 1


@pytest.mark.usefixtures("by_twos")
def test_a_list_goes_on_from_a_cursor_whatever_the_media_type_of_its_page_was(story: Story) -> None:
    for number in range(7):
        story.item(f"PX-{number}", steps=1)
    known = story.followed().head
    page = story.administrator.get("/v1/equipment?limit=3")
    story.item("PX-9", steps=1)
    story.followed()
    address = link(page, "next")
    assert address is not None
    further = address.replace("limit=3&", "")
    members, end = whole(story.administrator, further)
    assert ([each["serial"][-1] for each in members], end) == (list("3456"), {"end": 4, "position": known})
    counted = story.administrator.get(f"{further}&count=true", Accept=CSV)
    assert counted.headers["X-Count"] == "7"
    back = link(story.administrator.get(address), "prev")
    assert back is not None
    members, _ = whole(story.administrator, back.replace("limit=3&", ""))
    assert [each["serial"][-1] for each in members] == list("0123456")


@pytest.mark.usefixtures("by_twos")
@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_a_history_is_taken_whole_from_either_end(story: Story, order: str) -> None:
    item = story.item()
    members, end = whole(story.followed().administrator, f"/v1/equipment/{item}/history?order={order}")
    told = [each["sequence"] for each in members]
    assert (told if order == "oldest" else told[::-1], end["end"]) == ([1, 2, 3, 4, 5, 6], 6)
    page = story.administrator.get(f"/v1/equipment/{item}/history?order={order}&limit=2")
    address = link(page, "next")
    assert address is not None
    rest, _ = whole(story.administrator, address.replace("limit=2&", "").replace("&limit=2", ""))
    assert [each["sequence"] for each in rest] == told[2:]


def test_whoever_asks_for_it_gets_a_list_as_gzip(story: Story) -> None:
    story.item("PX-1", steps=1)
    answer = story.followed().administrator.get("/v1/equipment", Accept=CSV, Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = story.administrator.get("/v1/equipment", Accept=CSV)
    assert (gzip.decompress(answer.data), plain.headers.get("Content-Encoding")) == (plain.data, None)
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_the_head_of_a_list_is_told_without_its_members(story: Story, app: Flask) -> None:
    headers = {"Authorization": f"Bearer {story.followed().administrator.token}", "Accept": NDJSON}
    for _ in range(20):
        answer = app.test_client().head("/v1/models?count=true", headers=headers)
        assert [answer.data, *map(answer.headers.get, ("X-Count", "Content-Length"))] == [b"", "1", None]
        assert answer.headers["Content-Disposition"] == 'attachment; filename="models.ndjson"'
        assert answer.headers["ETag"] == story.administrator.get("/v1/models?count=true", Accept=NDJSON).headers["ETag"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/equipment", "equipment"),
        ("/v1/meter-readings/overdue", "meter-readings-overdue"),
        ("/v1/equipment/{item}/units", "equipment-units"),
        ("/v1/equipment/{item}/history", "equipment-history"),
    ],
)
def test_a_list_taken_whole_is_a_file_with_the_name_of_its_question(story: Story, path: str, name: str) -> None:
    address = path.format(item=story.item())
    story.followed()
    for accept, suffix in ((NDJSON, "ndjson"), (CSV, "csv")):
        told = story.administrator.get(address, Accept=accept).headers["Content-Disposition"]
        assert told == f'attachment; filename="{name}.{suffix}"'
    assert "Content-Disposition" not in story.administrator.get(address).headers


@pytest.mark.parametrize(
    ("path", "first"),
    [
        (
            "/v1/fleet-figures?from=2024-01-01T00:00:00Z&to=2024-06-01T00:00:00Z",
            ["model_id", "operator_id", "site", "month"],
        ),
        ("/v1/configurations", ["equipment_id", "serial", "model_id", "manufacturer_id"]),
    ],
)
def test_a_table_says_first_what_its_rows_are_of(story: Story, path: str, first: list[str]) -> None:
    story.item()
    head, *rows = csv.reader(io.StringIO(story.followed().administrator.get(path, Accept=CSV).text))
    assert (head[:4], len(rows)) == (first, 1)


def test_a_list_taken_whole_contains_the_write_that_it_names(story: Story) -> None:
    story.item()
    early = story.administrator.get("/v1/equipment", Accept=NDJSON, Min_Position=str(story.head))
    assert (early.status_code, code_of(early)) == (503, "position-not-reached")
    assert len(whole(story.followed().administrator, "/v1/equipment", Min_Position=str(story.head))[0]) == 1


def test_a_list_has_what_its_reader_may_see_and_costs_him_one_request(
    story: Story, maker: Bearer, operator: Bearer, stranger: Bearer, issue: Issue
) -> None:
    story.item("PX-1")
    story.item("PX-2", steps=1)
    story.followed()
    seen = {caller: len(whole(caller, "/v1/equipment")[0]) for caller in (maker, operator, stranger)}
    assert seen == {maker: 2, operator: 1, stranger: 0}
    anyone = issue("auditor", story.maker)
    before, after = (anyone.get("/v1/equipment", Accept=accept) for accept in ("application/json", NDJSON))
    left = [int(each.headers["RateLimit"].partition("r=")[2].partition(";")[0]) for each in (before, after)]
    assert left[0] - left[1] == 1


@pytest.mark.parametrize("accept", ["application/json", NDJSON, CSV])
def test_what_an_organisation_has_of_the_past_is_another_answer_once_it_has_other_items(
    story: Story, stranger: Bearer, accept: str
) -> None:
    item = story.item("PX-1")
    story.posted("/v1/organisations", {"organisation_id": str(stranger.organisation), "name": "Northern Leasing"})
    story.do(item, "transfer-ownership", {"owner_id": str(stranger.organisation)})
    path = f"/v1/equipment?recorded_as_of={story.followed().head}"
    answer = stranger.get(path, Accept=accept)
    tag = answer.headers["ETag"]
    assert "PX-1" in answer.text
    assert stranger.get(path, Accept=accept, If_None_Match=tag).status_code == 304
    story.do(item, "transfer-ownership", {"owner_id": str(story.operator)})
    story.followed()
    again = stranger.get(path, Accept=accept, If_None_Match=tag)
    assert (again.status_code, "PX-1" in again.text) == (200, False)


class BrokenError(Exception):
    """A fault with a name that nobody may see."""


def of(pages: int, *, broken: bool = False, size: int = 1_000) -> Iterator[Page[int]]:
    """Yield pages of numbers."""
    for number in range(pages):
        items = tuple(range(number * size, number * size + size))
        yield Page(items=items, position=7, next=(number,), previous=None)
    if broken:
        raise BrokenError("member-1@example.org")


def numbered(number: int) -> dict[str, Any]:
    return {"id": number, "text": f"{number:>200}"}


class NumberedSchema(Schema):
    """A number."""

    id = fields.Integer()
    text = fields.String()


def taken(app: Flask, pages: Iterator[Page[int]], way: Lines, *, packed: bool = False) -> bytes:
    """Return what is sent of pages."""
    with app.test_request_context():
        pieces = written(pages, way, numbered)
        return b"".join(sent(compressed(pieces) if packed else pieces, lambda: None))


def test_a_fault_in_the_middle_ends_a_list_visibly_and_what_it_says_is_not_logged(
    app: Flask, lines: io.StringIO
) -> None:
    told = taken(app, of(2, broken=True, size=2), Ndjson()).splitlines()
    assert [json.loads(line)["id"] for line in told] == [0, 1, 2, 3]
    table = taken(app, of(2, broken=True, size=2), Csv(NumberedSchema)).decode()
    with pytest.raises(csv.Error):
        list(csv.reader(io.StringIO(table, newline=""), strict=True))
    for way in (Ndjson(), Csv(NumberedSchema)):
        with pytest.raises(EOFError):
            gzip.decompress(taken(app, of(2, broken=True, size=2), way, packed=True))
    assert "BrokenError" in lines.getvalue()
    assert "member-1" not in lines.getvalue()


def peak(app: Flask, pages: int, way: Lines, *, packed: bool) -> int:
    """Return the most memory that sending so many pages took."""
    with app.test_request_context():
        pieces = written(of(pages), way, numbered)
        tracemalloc.start()
        try:
            for _ in sent(compressed(pieces) if packed else pieces, lambda: None):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("way", [Ndjson(), Csv(NumberedSchema)], ids=[NDJSON, CSV])
def test_a_list_four_times_as_long_takes_no_more_memory(app: Flask, way: Lines, *, packed: bool) -> None:
    few, many = (peak(app, pages, way, packed=packed) for pages in (5, 20))
    assert many < few * 1.2
