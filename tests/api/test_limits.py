"""How much one key may ask for, and how much is worked on at once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from api.limits import Limits, Places, TooManyLists
from api.refusals import TooManyRequests
from api.services import Services
from domain.kernel.refusals import Overloaded
from tests.api.callers import Bearer, Clock, Issue
from tests.servers import until

PATIENCE_SECONDS = 60.0


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_again() -> None:
    seconds, principal = Seconds(), uuid4()
    limits = Limits(rate=2, burst=3, at_once=1, clock=seconds)
    assert [limits.take(principal).remaining for _ in range(3)] == [2, 1, 0]
    with pytest.raises(TooManyRequests) as refused:
        limits.take(principal)
    assert refused.value.facts["retry_after"] == 1
    seconds.now = 0.5
    assert limits.take(principal).remaining == 0
    seconds.now = 1000
    allowance = limits.take(principal)
    assert (allowance.remaining, allowance.reset) == (2, 1)


def test_each_caller_has_a_bucket_of_its_own() -> None:
    limits = Limits(rate=1, burst=1, at_once=1, clock=Seconds())
    limits.take(uuid4())
    limits.take(uuid4())


def test_what_is_under_way_is_bounded() -> None:
    limits = Limits(rate=1, burst=1, at_once=1, clock=Seconds())
    limits.enter()
    with pytest.raises(Overloaded):
        limits.enter()
    limits.leave()
    limits.enter()


def refused(places: Places, principal: UUID) -> bool:
    """Return whether there is no place left, and take one if there is."""
    try:
        places.take(principal)
    except TooManyLists:
        return True
    return False


def test_lists_that_one_key_takes_whole_leave_half_of_the_places_to_others() -> None:
    places, one, other, third = Places(4, waiting=0, patience_seconds=0), uuid4(), uuid4(), uuid4()
    assert [refused(places, one) for _ in range(3)] == [False, False, True]
    assert [refused(places, other) for _ in range(3)] == [False, False, True]
    assert refused(places, third)
    places.leave(one)
    assert [refused(places, third), refused(places, one)] == [False, True]
    alone = Places(1, waiting=0, patience_seconds=0)
    assert [refused(alone, one), refused(alone, other)] == [False, True]


def test_a_list_waits_for_a_place_and_only_a_few_do() -> None:
    places, one, other = Places(2, waiting=1, patience_seconds=PATIENCE_SECONDS), uuid4(), uuid4()
    places.take(one)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(refused, places, one)
        until(lambda: places.waits == 1)
        assert refused(places, one)  # at once: another one waits
        assert not refused(places, other)
        places.leave(one)
        assert waits.result(PATIENCE_SECONDS) is False


def test_a_list_that_has_waited_long_enough_is_refused() -> None:
    places, one = Places(2, waiting=1, patience_seconds=0.01), uuid4()
    places.take(one)
    for _ in range(2):
        with pytest.raises(TooManyLists) as told:
            places.take(one)
        assert (told.value.code, told.value.outcome, told.value.retry_after) == ("too-many-lists", "not-read", 1)
    assert "record" not in told.value.detail


class TestOfAServer:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"AFTERCARE_RATE": "1", "AFTERCARE_BURST": "2", "AFTERCARE_REQUESTS_AT_ONCE": "1"}

    def test_who_asks_too_much_is_told_when_to_come_back(
        self, administrator: Bearer, issue: Issue, clock: Clock
    ) -> None:
        first = administrator.get("/v1/things")
        assert first.headers["RateLimit-Policy"] == '"requests";q=2;w=2'
        assert first.headers["RateLimit"] == '"requests";r=1;t=1'
        assert administrator.get("/v1/things").headers["RateLimit"] == '"requests";r=0;t=2'
        refused = administrator.get("/v1/things")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert refused.get_json()["type"] == "/v1/refusals/too-many-requests"
        assert issue().get("/v1/things").status_code == 200
        clock.turn(seconds=1)
        assert administrator.get("/v1/things").status_code == 200

    def test_too_many_requests_under_way_are_unavailable(self, administrator: Bearer, given: Services) -> None:
        given.limits.enter()
        answer = administrator.get("/v1/things")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.get_json()["type"] == "/v1/refusals/overloaded"
        given.limits.leave()
        assert administrator.get("/v1/things").status_code == 200

    def test_a_request_that_fails_is_no_longer_under_way(self, administrator: Bearer, clock: Clock) -> None:
        for path in ("/v1/broken", "/v1/no-such-thing", "/v1/forgot", "/v1/things"):
            clock.turn(seconds=10)
            assert administrator.get(path).status_code != 503
        assert administrator.get("/v1/things", Authorization="nobody").status_code == 401
        assert administrator.get("/v1/things").status_code == 200
