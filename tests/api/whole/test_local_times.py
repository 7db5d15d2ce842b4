"""Facts told by the clocks of a place that change twice a year: what counts is the moment that the offset says."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.api.whole.story import Story, code_of

BERLIN = ZoneInfo("Europe/Berlin")
SHORT_DAY, LONG_DAY = "2024-03-31", "2024-10-27"
"""On the first there is no 2:30 in Berlin; on the second there are two, first at +02:00, then at +01:00."""


def reading(value: str, occurred_at: str) -> dict[str, Any]:
    return {"meter": "operating-time", "value": value, "unit": "h", "occurred_at": occurred_at}


def tell(story: Story, item: UUID, value: str, occurred_at: str) -> tuple[int, str | None]:
    """Tell a reading; return the status, and the code of a refusal."""
    answer = story.administrator.post(f"/v1/equipment/{item}/record-meter-reading", reading(value, occurred_at))
    return answer.status_code, None if answer.status_code < 300 else code_of(answer)


def shown(story: Story, item: UUID, as_of: str) -> str | None:
    """Return what the counter of the item had shown by a moment."""
    told = story.administrator.get(f"/v1/equipment/{item}?as_of={as_of}").get_json()["operating_time"]
    return None if told is None else str(told["value"])


def local(day: str, hour: int, minute: int = 0, *, again: bool = False) -> str:
    """Return a time of day in Berlin with its offset; the second one of that name if it comes again."""
    moment = datetime.fromisoformat(f"{day}T{hour:02}:{minute:02}:00").replace(tzinfo=BERLIN, fold=int(again))
    return moment.isoformat()


def test_the_clocks_of_the_place_change_as_these_tests_say() -> None:
    assert local(LONG_DAY, 2, 50) == "2024-10-27T02:50:00+02:00"
    assert local(LONG_DAY, 2, 10, again=True) == "2024-10-27T02:10:00+01:00"
    for day, hours in ((SHORT_DAY, 23), (LONG_DAY, 25)):
        begin = datetime.fromisoformat(local(day, 0))
        end = datetime.fromisoformat(local((begin + timedelta(hours=36)).date().isoformat(), 0))
        assert end - begin == timedelta(hours=hours)


@pytest.mark.parametrize("told_backwards", [False, True])
def test_in_the_hour_that_exists_twice_moments_count_and_not_the_wall_clock(
    story: Story, *, told_backwards: bool
) -> None:
    item = story.item()
    readings = [("100", local(LONG_DAY, 2, 50)), ("101", local(LONG_DAY, 2, 10, again=True))]
    for value, occurred_at in reversed(readings) if told_backwards else readings:
        assert tell(story, item, value, occurred_at) == (201, None)
    assert shown(story, item, "2024-10-27T00:49:59Z") is None
    assert shown(story, item, "2024-10-27T00:50:00Z") == "100"
    assert shown(story, item, "2024-10-27T01:10:00Z") == "101"
    assert story.administrator.get(f"/v1/equipment/{item}").get_json()["operating_time"]["value"] == "101"


def test_a_counter_that_runs_backwards_only_by_the_wall_clock_does_not_and_only_by_moments_does(story: Story) -> None:
    item = story.item()
    assert tell(story, item, "100", local(LONG_DAY, 2, 10, again=True)) == (201, None)
    assert tell(story, item, "101", local(LONG_DAY, 2, 50)) == (409, "contradicts-later-fact")
    other = story.item("PX-2")
    assert tell(story, other, "100", local(LONG_DAY, 2, 50)) == (201, None)
    assert tell(story, other, "99", local(LONG_DAY, 2, 10, again=True)) == (409, "meter-ran-backwards")


@pytest.mark.parametrize(
    ("offset", "moment", "before"),
    [
        ("+01:00", "2024-03-31T01:30:00Z", "2024-03-31T01:29:59Z"),
        ("+02:00", "2024-03-31T00:30:00Z", "2024-03-31T00:29:59Z"),
    ],
)
def test_a_time_of_day_that_does_not_exist_is_the_moment_that_its_offset_says(
    story: Story, offset: str, moment: str, before: str
) -> None:
    item = story.item()
    assert tell(story, item, "100", f"{SHORT_DAY}T02:30:00{offset}") == (201, None)
    assert (shown(story, item, before), shown(story, item, moment)) == (None, "100")


def test_the_offset_stays_as_it_was_told_in_what_is_stored_and_in_the_history(story: Story) -> None:
    item = story.item()
    told = [
        *(f"{SHORT_DAY}T02:30:00+01:00", f"{SHORT_DAY}T02:30:00+02:00"),
        *(local(LONG_DAY, 2, 50), local(LONG_DAY, 2, 50, again=True)),
    ]
    in_order = [told[1], told[0], told[2], told[3]]
    for number, occurred_at in enumerate(in_order):
        assert tell(story, item, str(100 + number), occurred_at) == (201, None)
    stored = [msgspec.json.decode(row.body)["occurred_at"] for row in story.services.log.stream(item)]
    assert stored[-4:] == in_order
    story.followed()
    steps = story.administrator.get(f"/v1/equipment/{item}/history").get_json()["items"]
    assert [each["occurred_at"] for each in steps][-4:] == in_order


@pytest.mark.parametrize(("day", "hours_until_noon", "hours"), [(SHORT_DAY, 11, 23), (LONG_DAY, 13, 25)])
def test_operating_time_of_a_day_on_which_clocks_change_grows_by_real_hours(
    story: Story, day: str, hours_until_noon: int, hours: int
) -> None:
    item = story.item()
    next_day = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    assert tell(story, item, "1000", local(day, 0)) == (201, None)
    assert tell(story, item, str(1000 + hours), local(next_day, 0)) == (201, None)
    story.followed()
    noon = story.administrator.get(f"/v1/equipment/{item}/operating-time?as_of={local(day, 12)}").get_json()
    assert noon["measured"] == str(1000 + hours_until_noon)
    assert noon["basis"] == "interpolated"
