"""Group commit: what each caller hears when something goes wrong or somebody is interrupted."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.kernel.refusals import OutcomeUnknown, Unavailable
from domain.log.appender import Appender, _Turn
from domain.log.contract import Appended, Outcome, Proposal
from domain.log.log import Log
from tests.log.held import PATIENCE, SHORT, HeldStore, Scene
from tests.proposals import new_fact, proposal
from tests.servers import until


def test_a_caller_whose_turn_does_not_come_in_time_is_withdrawn_for_good(
    held: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene()
    futures = [on.lead(), on.queue()]
    on.appender._timeout = SHORT
    leave = on.appender._leave

    def leave_after_the_next_group_was_taken(turn: object) -> None:
        held.let_go()
        for future in futures:
            assert isinstance(future.result(PATIENCE), Appended)
        leave(turn)  # type: ignore[arg-type]

    on.appender._leave = leave_after_the_next_group_was_taken  # type: ignore[method-assign]
    late = proposal()
    with pytest.raises(Unavailable) as refusal:
        on.appender.append(late)
    assert not isinstance(refusal.value, OutcomeUnknown)
    assert [len(group) for group in held.groups] == [1, 1]
    assert late not in held.groups[1]


def test_a_caller_whose_commit_does_not_end_in_time_is_told_that_nobody_knows(
    held: HeldStore, scene: Callable[..., Scene]
) -> None:
    on = scene(timeout=2.0)
    on.lead()
    futures = [on.queue(), on.queue()]
    held.let_go(1)  # the first commit ends, the one that takes the two does not
    with pytest.raises(OutcomeUnknown):
        futures[1].result(PATIENCE)
    held.let_go()
    assert isinstance(futures[0].result(PATIENCE), Appended)  # it leads, and the store is what bounds its wait


class BellHeardTooLate:
    """Rings when its caller's wait has just ended: the duty to lead came in the same moment."""

    def __init__(self, appender: Appender, ring: Callable[[], None]) -> None:
        self._appender, self._ring, self._lock = appender, ring, threading.Lock()
        self._lock.acquire()

    def acquire(self, timeout: float = -1) -> bool:
        if timeout < 0:
            return self._lock.acquire(timeout=PATIENCE)
        self._ring()
        until(lambda: getattr(self._appender._leader, "bell", None) is self, what="the duty to lead")
        return False

    def release(self) -> None:
        self._lock.release()


def test_who_is_to_lead_just_as_his_time_ends_leads_and_hears_the_answer(
    held: HeldStore, scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    on = scene()
    leading = on.lead()
    enter = on.appender._enter

    def enter_with_such_a_bell(turn: _Turn) -> None:
        turn.bell = BellHeardTooLate(on.appender, held.let_go)  # type: ignore[assignment]
        enter(turn)

    monkeypatch.setattr(on.appender, "_enter", enter_with_such_a_bell)
    assert isinstance(on.appender.append(proposal()), Appended)
    assert isinstance(leading.result(PATIENCE), Appended)


@pytest.mark.parametrize("refusal", [Unavailable, OutcomeUnknown])
def test_what_the_store_says_of_a_group_each_caller_hears_as_an_error_of_its_own(
    held: HeldStore, scene: Callable[..., Scene], refusal: type[Unavailable]
) -> None:
    on = scene()
    futures = [on.lead(), on.queue(), on.queue(), on.queue()]
    held.failures = [refusal("The disk is full.", retry_after=7), refusal("The disk is full.", retry_after=7)]
    held.let_go()
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


def test_a_leader_that_is_interrupted_leaves_nobody_waiting(held: HeldStore, scene: Callable[..., Scene]) -> None:
    on = scene()
    leader, *others = [on.lead(), on.queue(), on.queue(), on.queue()]
    held.failures = [KeyboardInterrupt(), SystemExit()]
    held.let_go()
    assert isinstance(leader.exception(PATIENCE), KeyboardInterrupt)
    assert [type(future.exception(PATIENCE)) for future in others] == [SystemExit, OutcomeUnknown, OutcomeUnknown]
    assert isinstance(on.appender.append(proposal()), Appended)


def test_a_waiting_caller_that_is_interrupted_is_withdrawn(held: HeldStore, scene: Callable[..., Scene]) -> None:
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
    held.let_go()
    assert isinstance(leader.result(PATIENCE), Appended)
    on.appender.append(proposal())
    assert all(mine not in group for group in held.groups)


def test_a_caller_that_is_interrupted_when_it_is_to_lead_passes_the_duty_on(
    held: HeldStore, scene: Callable[..., Scene]
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
    held.let_go()
    assert isinstance(leader.result(PATIENCE), Appended)
    assert isinstance(mine.exception(PATIENCE), KeyboardInterrupt)
    assert isinstance(other.result(PATIENCE), Appended)
    assert [len(group) for group in held.groups] == [1, 1]
