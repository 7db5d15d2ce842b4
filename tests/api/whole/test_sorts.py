"""Lists in every order that may be asked for: page after page, back again, and whole."""

from typing import Any

import msgspec
import pytest

from tests.api.whole.story import Story, code_of, link
from tests.api.whole.test_structure import built_in

FAILED = "2024-03-01T08:00:00Z"
ORDERS = {
    "/v1/equipment?sort=serial": lambda each: each["serial"].casefold(),
    "/v1/equipment?sort=id": lambda each: each["id"],
    "/v1/equipment?sort=stage": lambda each: (each["stage"], each["serial"].casefold()),
    "/v1/equipment?sort=released": lambda each: (each["released_at"], each["id"]),
    "/v1/technical-states?sort=serial": lambda each: each["serial"].casefold(),
    "/v1/technical-states?sort=id": lambda each: each["id"],
    "/v1/technical-states?sort=since": lambda each: (each["since"], each["id"]),
    "/v1/technical-states?category=up&sort=since": lambda each: (each["since"], each["id"]),
    "/v1/end-of-life?sort=ended": lambda each: (each["ended_at"], each["position"]),
}


@pytest.fixture
def fleet(story: Story) -> Story:
    """Items at several stages and in several states, some of which ended."""
    item, _, _ = built_in(story)
    story.do(item, "report-failure", {"failure_mode": "leak", "occurred_at": FAILED})
    for number, steps in ((2, 6), (3, 2), (4, 6), (5, 1)):
        story.item(f"px-{number}", steps=steps)
    for number in (6, 7):
        ended = story.item(f"PX-{number}")
        story.do(ended, "decommission", {"reason": "worn-out", "occurred_at": f"2024-05-0{9 - number}T08:00:00Z"})
    return story.followed()


def pages(story: Story, address: str | None, relation: str = "next") -> list[dict[str, Any]]:
    """Return the members of all pages, each page's own in its order."""
    found = []
    while address is not None:
        answer = story.administrator.get(address)
        assert answer.status_code == 200, answer.get_json()
        found.append(answer.get_json()["items"])
        address = link(answer, relation)
    return [each for page in (found if relation == "next" else reversed(found)) for each in page]


@pytest.mark.parametrize("path", ORDERS)
def test_a_list_is_sorted_both_ways_page_after_page(fleet: Story, path: str) -> None:
    rising = pages(fleet, f"{path}&limit=2")
    assert rising == sorted(rising, key=ORDERS[path])
    assert len(rising) > 1
    falling_path = path.replace("sort=", "sort=-")
    falling = pages(fleet, f"{falling_path}&limit=2")
    assert falling == rising[::-1]
    answer = fleet.administrator.get(falling_path, Accept="application/x-ndjson")
    assert (answer.status_code, answer.content_type) == (200, "application/x-ndjson"), answer.get_json()
    assert [msgspec.json.decode(line) for line in answer.get_data().splitlines()[:-1]] == falling


@pytest.mark.parametrize("path", ["/v1/equipment?sort=-released", "/v1/technical-states?category=up&sort=-since"])
def test_pages_that_fall_lead_back_to_the_first(fleet: Story, path: str) -> None:
    address: str | None = f"{path}&limit=1"
    last = address
    while address is not None:
        last, address = address, link(fleet.administrator.get(address), "next")
    assert last is not None
    assert pages(fleet, last, "prev") == pages(fleet, f"{path}&limit=1")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/equipment?sort=operator", ["serial", "-released", "stage"]),
        ("/v1/equipment?sort=holder_id", ["id", "-id"]),
        ("/v1/technical-states?sort=place", ["since", "-since"]),
        ("/v1/end-of-life?sort=mass", ["ended", "-ended"]),
        ("/v1/configurations?sort=features", ["serial", "id"]),
    ],
)
def test_a_sort_that_no_index_drives_is_refused_with_those_that_are_allowed(
    story: Story, path: str, allowed: list[str]
) -> None:
    answer = story.administrator.get(path)
    assert (answer.status_code, code_of(answer)) == (422, "shape-differs")
    (fault,) = answer.get_json()["errors"]
    assert fault["parameter"] == "sort"
    assert all(each in fault["detail"] for each in allowed)
