"""Group commit: who shares a commit, who is refused, and how it ends."""

import threading
from collections.abc import Callable

import pytest

from domain.kernel.refusals import Overloaded, Unavailable
from domain.log.appender import GROUP_BYTES, GROUP_FACTS, Appender, Observed
from domain.log.contract import Appended, Proposal
from tests.log.held import PATIENCE, SHORT, HeldStore, Scene
from tests.proposals import proposal
from tests.servers import until


def test_a_caller_alone_commits_on_its_own_thread(held: HeldStore) -> None:
    held.let_go()
    one = proposal()
    assert isinstance(Appender(held.commit).append(one), Appended)
    assert held.groups == [[one]]
    assert held.threads == [threading.get_ident()]


def test_those_who_wait_share_the_next_commit_in_the_order_in_which_they_came(
    held: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene()
    first, *others = [proposal() for _ in range(6)]
    futures = [on.lead(first), *map(on.queue, others)]
    held.let_go()
    for future in futures:
        assert isinstance(future.result(PATIENCE), Appended)
    assert held.groups == [[first], others]


@pytest.mark.parametrize(
    ("large", "small"),
    [
        (proposal(facts=GROUP_FACTS - 1), proposal()),
        (proposal(body=b" " * (GROUP_BYTES - 3)), proposal(body=b" " * 3)),
    ],
    ids=["facts", "bytes"],
)
def test_a_group_ends_before_it_becomes_too_large(
    held: HeldStore, scene: Callable[..., Scene], large: Proposal, small: Proposal
) -> None:
    on = scene()
    futures = [on.lead(), on.queue(large), on.queue(small), on.queue(small)]
    held.let_go()
    for future in futures:
        future.result(PATIENCE)
    assert held.groups[1:] == [[large, small], [small]]


def test_a_proposal_larger_than_a_group_goes_alone(held: HeldStore, scene: Callable[..., Scene]) -> None:
    on = scene()
    huge, small = proposal(facts=GROUP_FACTS + 1), proposal()
    futures = [on.lead(), on.queue(huge), on.queue(small)]
    held.let_go()
    for future in futures:
        future.result(PATIENCE)
    assert held.groups[1:] == [[huge], [small]]


def test_whoever_comes_to_a_full_queue_is_refused_at_once_and_nobody_else(
    held: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene(waiting=2)
    futures = [on.lead(), on.queue(), on.queue()]
    with pytest.raises(Overloaded):
        on.appender.append(proposal())
    held.let_go()
    for future in futures:
        assert isinstance(future.result(PATIENCE), Appended)


def test_closing_lets_those_who_wait_finish_and_refuses_new_ones(held: HeldStore, scene: Callable[..., Scene]) -> None:
    on = scene()
    futures = [on.lead(), on.queue(), on.queue()]
    closing = threading.Thread(target=on.appender.close)
    closing.start()
    until(lambda: on.appender._closed)
    with pytest.raises(Unavailable):
        on.appender.append(proposal())
    held.let_go()
    closing.join(PATIENCE)
    assert all(isinstance(future.result(PATIENCE), Appended) for future in futures)


def test_closing_refuses_for_good_those_whose_turn_a_stuck_store_keeps_from_coming(
    held: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene()
    leader, *others = [on.lead(), on.queue(), on.queue()]
    on.appender._timeout = SHORT
    on.appender.close()
    errors = [future.exception(PATIENCE) for future in others]
    assert [type(error) for error in errors] == [Unavailable] * 2
    held.let_go()
    assert isinstance(leader.result(PATIENCE), Appended)
    assert len(held.groups) == 1
    assert on.appender._leader is None


def test_each_append_is_observed_and_an_observer_that_fails_unsays_none(
    held: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene(waiting=2)
    seen: list[Observed] = []

    def observe(observed: Observed) -> None:
        seen.append(observed)
        raise ValueError

    on.appender._observe = observe
    futures = [on.lead(), on.queue(), on.queue()]
    with pytest.raises(Overloaded):
        on.appender.append(proposal())
    held.let_go()
    assert all(isinstance(future.result(PATIENCE), Appended) for future in futures)
    assert sorted(observed.group for observed in seen) == [0, 1, 2, 2]
    assert all(observed.seconds > 0 for observed in seen)
