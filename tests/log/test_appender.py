"""Group commit: who shares a commit, and what each caller hears when something goes wrong."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from domain.kernel.refusals import OutcomeUnknown, Overloaded, Unavailable
from domain.log.appender import GROUP_BYTES, GROUP_FACTS, Appender, Observed
from domain.log.contract import Appended, Outcome, Proposal
from domain.log.log import Log
from tests.proposals import MOMENT, new_fact, proposal
from tests.servers import until

PATIENCE = 30.0
SHORT = 0.05


class HeldStore:
    """Records every group. Holds each commit until the test lets it go."""

    def __init__(self) -> None:
        self.groups: list[list[Proposal]] = []
        self.threads: list[int] = []
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.failures: list[BaseException] = []
        """Raised by the next commits, one each."""

    def commit(self, group: Sequence[Proposal]) -> list[Outcome]:
        self.groups.append(list(group))
        self.threads.append(threading.get_ident())
        self.begun.release()
        assert self.may_end.acquire(timeout=PATIENCE)
        if self.failures:
            raise self.failures.pop(0)
        return [Appended(1, MOMENT, ()) for _ in group]

    def let_go(self, commits: int = 100) -> None:
        self.may_end.release(commits)


class Scene:
    """An appender on a held store, and callers on threads of their own, who join the queue one after another."""

    def __init__(self, store: HeldStore, pool: ThreadPoolExecutor, **settings: float) -> None:
        self.appender = Appender(store.commit, **{"timeout": PATIENCE, **settings})  # type: ignore[arg-type]
        self._store, self._pool = store, pool

    def lead(self, what: Proposal | None = None) -> "Future[Outcome]":
        """Append on another thread, and return once its commit is under way."""
        future = self._pool.submit(self.appender.append, what or proposal())
        assert self._store.begun.acquire(timeout=PATIENCE)
        return future

    def queue(self, what: Proposal | None = None) -> "Future[Outcome]":
        """Append on another thread, and return once it waits."""
        before = self.waiting
        future = self._pool.submit(self.appender.append, what or proposal())
        until(lambda: self.waiting == before + 1, what="a place in the queue")
        return future

    @property
    def waiting(self) -> int:
        return len(self.appender._queue)


@pytest.fixture
def store() -> HeldStore:
    return HeldStore()


@pytest.fixture
def scene(store: HeldStore) -> Iterator[Callable[..., Scene]]:
    with ThreadPoolExecutor(16) as pool:
        yield lambda **settings: Scene(store, pool, **settings)
        store.let_go()


def test_a_caller_alone_commits_on_its_own_thread(store: HeldStore) -> None:
    store.let_go()
    one = proposal()
    assert isinstance(Appender(store.commit).append(one), Appended)
    assert store.groups == [[one]]
    assert store.threads == [threading.get_ident()]


def test_those_who_wait_share_the_next_commit_in_the_order_in_which_they_came(
    store: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene()
    first, *others = [proposal() for _ in range(6)]
    futures = [on.lead(first), *map(on.queue, others)]
    store.let_go()
    for future in futures:
        assert isinstance(future.result(PATIENCE), Appended)
    assert store.groups == [[first], others]


@pytest.mark.parametrize(
    ("large", "small"),
    [
        (proposal(facts=GROUP_FACTS - 1), proposal()),
        (proposal(body=b" " * (GROUP_BYTES - 3)), proposal(body=b" " * 3)),
    ],
    ids=["facts", "bytes"],
)
def test_a_group_ends_before_it_becomes_too_large(
    store: HeldStore, scene: Callable[..., Scene], large: Proposal, small: Proposal
) -> None:
    on = scene()
    futures = [on.lead(), on.queue(large), on.queue(small), on.queue(small)]
    store.let_go()
    for future in futures:
        future.result(PATIENCE)
    assert store.groups[1:] == [[large, small], [small]]


def test_a_proposal_larger_than_a_group_goes_alone(store: HeldStore, scene: Callable[..., Scene]) -> None:
    on = scene()
    huge, small = proposal(facts=GROUP_FACTS + 1), proposal()
    futures = [on.lead(), on.queue(huge), on.queue(small)]
    store.let_go()
    for future in futures:
        future.result(PATIENCE)
    assert store.groups[1:] == [[huge], [small]]


def test_whoever_comes_to_a_full_queue_is_refused_at_once_and_nobody_else(
    store: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene(waiting=2)
    futures = [on.lead(), on.queue(), on.queue()]
    with pytest.raises(Overloaded):
        on.appender.append(proposal())
    store.let_go()
    for future in futures:
        assert isinstance(future.result(PATIENCE), Appended)


def test_a_caller_whose_turn_does_not_come_in_time_is_withdrawn_for_good(
    store: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene()
    futures = [on.lead(), on.queue()]
    on.appender._timeout = SHORT
    leave = on.appender._leave

    def leave_after_the_next_group_was_taken(turn: object) -> None:
        store.let_go()
        for future in futures:
            assert isinstance(future.result(PATIENCE), Appended)
        leave(turn)  # type: ignore[arg-type]

    on.appender._leave = leave_after_the_next_group_was_taken  # type: ignore[method-assign]
    late = proposal()
    with pytest.raises(Unavailable) as refusal:
        on.appender.append(late)
    assert not isinstance(refusal.value, OutcomeUnknown)
    assert [len(group) for group in store.groups] == [1, 1]
    assert late not in store.groups[1]


def test_a_caller_whose_commit_does_not_end_in_time_is_told_that_nobody_knows(
    store: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene(timeout=2.0)
    on.lead()
    futures = [on.queue(), on.queue()]
    store.let_go(1)  # the first commit ends, the one that takes the two does not
    with pytest.raises(OutcomeUnknown):
        futures[1].result(PATIENCE)
    store.let_go()
    assert isinstance(futures[0].result(PATIENCE), Appended)  # it leads, and the store is what bounds its wait


@pytest.mark.parametrize("refusal", [Unavailable, OutcomeUnknown])
def test_what_the_store_says_of_a_group_each_caller_hears_as_an_error_of_its_own(
    store: HeldStore, scene: Callable[..., Scene], refusal: type[Unavailable]
) -> None:
    on = scene()
    futures = [on.lead(), on.queue(), on.queue(), on.queue()]
    store.failures = [refusal("The disk is full.", retry_after=7), refusal("The disk is full.", retry_after=7)]
    store.let_go()
    errors = [future.exception(PATIENCE) for future in futures]
    assert [type(error) for error in errors] == [refusal] * 4
    assert {(error.detail, error.retry_after) for error in errors if isinstance(error, Unavailable)} == {
        ("The disk is full.", 7)
    }
    assert len({id(error) for error in errors}) == 4
    assert isinstance(on.appender.append(proposal()), Appended)


def test_a_proposal_that_the_store_cannot_digest_fails_its_own_caller_alone(log: Log) -> None:
    stream = proposal().facts[0].stream
    indigestible = Proposal((new_fact(stream)._replace(occurred_at=2**70),), ())
    with ThreadPoolExecutor(8) as pool:
        held = threading.Event()
        commit = log._appender._commit

        def commit_after_the_queue_is_full(group: Sequence[Proposal]) -> list[Outcome]:
            if not held.is_set():
                until(lambda: len(log._appender._queue) == 5)
                held.set()
            return commit(group)

        log._appender._commit = commit_after_the_queue_is_full
        good = [pool.submit(log.append, proposal()) for _ in range(5)]
        bad = pool.submit(log.append, indigestible)
        assert not isinstance(bad.exception(PATIENCE), Unavailable | None)
        assert all(isinstance(future.result(PATIENCE), Appended) for future in good)
    assert [row.position for row in log.rows(0, 100)] == [1, 2, 3, 4, 5]


def test_a_leader_that_is_interrupted_leaves_nobody_waiting(store: HeldStore, scene: Callable[..., Scene]) -> None:
    on = scene()
    leader, *others = [on.lead(), on.queue(), on.queue(), on.queue()]
    store.failures = [KeyboardInterrupt(), SystemExit()]
    store.let_go()
    assert isinstance(leader.exception(PATIENCE), KeyboardInterrupt)
    assert [type(future.exception(PATIENCE)) for future in others] == [SystemExit, OutcomeUnknown, OutcomeUnknown]
    assert isinstance(on.appender.append(proposal()), Appended)


def test_a_waiting_caller_that_is_interrupted_is_withdrawn(store: HeldStore, scene: Callable[..., Scene]) -> None:
    on = scene()
    leader = on.lead()
    mine = proposal()

    def interrupt() -> None:
        until(lambda: on.waiting == 1)
        os.kill(os.getpid(), signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs without it
    try:
        interrupter.start()
        with pytest.raises(KeyboardInterrupt):
            on.appender.append(mine)
    finally:
        interrupter.join()
        signal.signal(signal.SIGINT, before)
    store.let_go()
    assert isinstance(leader.result(PATIENCE), Appended)
    on.appender.append(proposal())
    assert all(mine not in group for group in store.groups)


def test_a_caller_that_is_interrupted_when_it_is_to_lead_passes_the_duty_on(
    store: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene()
    wait = on.appender._wait
    interrupted = proposal()

    def wait_and_be_interrupted(turn: object) -> None:
        wait(turn)  # type: ignore[arg-type]
        if turn.proposal is interrupted:  # type: ignore[attr-defined]
            raise KeyboardInterrupt

    on.appender._wait = wait_and_be_interrupted  # type: ignore[method-assign]
    leader, mine, other = on.lead(), on.queue(interrupted), on.queue()
    store.let_go()
    assert isinstance(leader.result(PATIENCE), Appended)
    assert isinstance(mine.exception(PATIENCE), KeyboardInterrupt)
    assert isinstance(other.result(PATIENCE), Appended)
    assert [len(group) for group in store.groups] == [1, 1]


def test_closing_lets_those_who_wait_finish_and_refuses_new_ones(store: HeldStore, scene: Callable[..., Scene]) -> None:
    on = scene()
    futures = [on.lead(), on.queue(), on.queue()]
    closing = threading.Thread(target=on.appender.close)
    closing.start()
    until(lambda: on.appender._closed)
    with pytest.raises(Unavailable):
        on.appender.append(proposal())
    store.let_go()
    closing.join(PATIENCE)
    assert all(isinstance(future.result(PATIENCE), Appended) for future in futures)


def test_closing_refuses_for_good_those_whose_turn_a_stuck_store_keeps_from_coming(
    store: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene()
    leader, *others = [on.lead(), on.queue(), on.queue()]
    on.appender._timeout = SHORT
    on.appender.close()
    errors = [future.exception(PATIENCE) for future in others]
    assert [type(error) for error in errors] == [Unavailable] * 2
    store.let_go()
    assert isinstance(leader.result(PATIENCE), Appended)
    assert len(store.groups) == 1
    assert on.appender._leader is None


def test_each_append_is_observed_and_an_observer_that_fails_unsays_none(
    store: HeldStore, scene: Callable[..., Scene]
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
    store.let_go()
    assert all(isinstance(future.result(PATIENCE), Appended) for future in futures)
    assert sorted(observed.group for observed in seen) == [0, 1, 2, 2]
    assert all(observed.seconds > 0 for observed in seen)
