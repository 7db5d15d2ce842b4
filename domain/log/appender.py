"""Group commit: whatever waits is appended in one transaction, and each caller gets the answer it would have had alone.

The caller who finds no commit under way commits what waits on its own thread, then hands that duty to the first who
waits (ADR 2): alone, a caller pays for no change of threads; together, they share one flush.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from domain.kernel.refusals import OutcomeUnknown, Overloaded, Unavailable
from domain.log.contract import Appended, Outcome, Proposal
from domain.log.handing import Committed

GROUP_FACTS = 1000
GROUP_BYTES = 4 * 1024 * 1024
"""A group ends before the proposal that would make it larger; a larger proposal goes alone."""

Commit = Callable[[Sequence[Proposal]], list[Outcome]]


class Observed(NamedTuple):
    """One append as its caller saw it: for metrics."""

    seconds: float
    """From the call to the answer, waiting included."""
    group: int
    """How many proposals shared the transaction; 0 if it was never tried."""


class _Turn:
    """One caller's proposal on its way."""

    __slots__ = ("answer", "bell", "group", "proposal", "size")

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self.size = sum(len(fact.body) for fact in proposal.facts)
        self.group = 0  # how many share the transaction that took it
        self.answer: Outcome | BaseException | None = None
        self.bell = threading.Lock()  # held until there is something to know: an answer, or the duty to lead
        self.bell.acquire()

    def hear(self, answer: Outcome | BaseException) -> None:
        self.answer = answer
        self.bell.release()


class Appender:
    """Takes proposals from any thread and appends them in the order in which they came, as few commits as can be."""

    def __init__(
        self,
        commit: Commit,
        *,
        committed: Callable[[Sequence[Committed]], None] = lambda _: None,
        observe: Callable[[Observed], None] | None = None,
        timeout: float = 10.0,
        waiting: int = 1000,
    ) -> None:
        """Take the store's commit.

        Args:
            commit: called by one thread at a time. `Unavailable` says that nothing was recorded, `OutcomeUnknown` that
                nobody knows, and any other error that nothing was recorded because of one of the proposals.
            committed: told the proposals of which a commit recorded facts, after it, in order.
            observe: told of each append, by the thread of its caller.
            timeout: seconds after which a caller who still waits gets `Unavailable` or `OutcomeUnknown`.
            waiting: how many may wait; the next one gets `Overloaded`.
        """
        self._commit = commit
        self._committed = committed
        self._observe = observe
        self._timeout = timeout
        self._waiting = waiting
        self._guard = threading.Lock()
        self._idle = threading.Condition(self._guard)
        self._queue: deque[_Turn] = deque()
        self._leader: _Turn | None = None
        self._closed = False

    def append(self, proposal: Proposal) -> Outcome:
        """Return what became of the proposal.

        Raises:
            Overloaded: too many wait; nothing was recorded.
            Unavailable: the store cannot take it, or it was not its turn in time; nothing was recorded.
            OutcomeUnknown: the store did not say in time whether it was recorded.
        """
        started = time.perf_counter()
        turn = _Turn(proposal)
        try:
            self._enter(turn)
            if self._leader is not turn:
                self._wait(turn)
            if self._leader is turn:
                self._lead()
        except BaseException:
            self._leave(turn)
            raise
        finally:
            if self._observe is not None:
                with suppress(Exception):  # what counts appends must not unsay them
                    self._observe(Observed(time.perf_counter() - started, turn.group))
        if isinstance(turn.answer, BaseException):
            raise turn.answer
        assert turn.answer is not None
        return turn.answer

    def close(self) -> None:
        """Refuse new appends and let those that wait finish, for at most the time-out; refuse the rest."""
        with self._guard:
            self._closed = True
            self._idle.wait_for(lambda: self._leader is None, self._timeout)
            for turn in self._queue:
                turn.hear(Unavailable("The log was closed before the append had its turn."))
            self._queue.clear()
            self._idle.wait_for(lambda: self._leader is None, self._timeout)

    def _enter(self, turn: _Turn) -> None:
        """Join the queue, or lead if nobody does."""
        with self._guard:
            if self._closed:
                raise Unavailable("The log is closed.")
            if len(self._queue) >= self._waiting:
                raise Overloaded
            self._queue.append(turn)
            if self._leader is None:
                self._leader = turn

    def _wait(self, turn: _Turn) -> None:
        """Wait for the answer or for the duty to lead."""
        if turn.bell.acquire(timeout=self._timeout):
            return
        with self._guard:
            if turn.answer is None and self._leader is not turn:
                if turn.group:
                    raise OutcomeUnknown
                self._queue.remove(turn)  # now, or it might still be taken after its caller was told that it was not
                raise Unavailable("The append did not have its turn in time.")
            if self._leader is turn:
                turn.bell.acquire()  # it rang just after the wait had ended: to be as one who was woken by it

    def _leave(self, turn: _Turn) -> None:
        """Take back whatever a caller who gave up still holds."""
        with self._guard:
            if turn in self._queue:
                self._queue.remove(turn)
            if self._leader is turn:
                self._hand_over()

    def _lead(self) -> None:
        """Commit one group, whose first is the leader's own, and hand over to the first who waits."""
        group: list[_Turn] = []
        answers: Sequence[Outcome | BaseException] = ()
        try:
            with self._guard:
                self._take(group)
            answers = self._settle(group)
        finally:  # whatever happened to the leader, the others must hear of it
            for turn, answer in zip(group, answers or [OutcomeUnknown() for _ in group], strict=True):
                turn.hear(answer)
            if len(group) > 1:
                # Those who come straight back share the next commit too, instead of two halves taking turns.
                time.sleep(0)
            with self._guard:
                self._hand_over()
        answered = [(turn.proposal, turn.answer) for turn in group if turn.proposal.facts]
        if recorded := [(proposal, answer) for proposal, answer in answered if isinstance(answer, Appended)]:
            self._committed(recorded)

    def _take(self, group: list[_Turn]) -> None:
        """Take from the head of the queue as much as one transaction may hold."""
        facts = size = 0
        while self._queue:
            turn = self._queue[0]
            facts += len(turn.proposal.facts)
            size += turn.size
            if group and (facts > GROUP_FACTS or size > GROUP_BYTES):
                break
            group.append(self._queue.popleft())
        for turn in group:
            turn.group = len(group)

    def _settle(self, group: Sequence[_Turn]) -> Sequence[Outcome | BaseException]:
        """Return the answer to each of a group."""
        try:
            return self._commit([turn.proposal for turn in group])
        except Unavailable as error:
            # Each caller raises an error of its own: one that several threads raise would mix their tracebacks.
            return [type(error)(error.detail, error.retry_after) for _ in group]
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to one of the callers
            if len(group) == 1:
                return [error]
            # One proposal broke the transaction of all: each alone, so that only its own caller hears of it.
            return [answer for turn in group for answer in self._settle([turn])]

    def _hand_over(self) -> None:
        """Make the first who waits the leader."""
        self._leader = self._queue[0] if self._queue else None
        if self._leader is not None:
            self._leader.bell.release()
        else:
            self._idle.notify_all()
