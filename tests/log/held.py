"""An appender on a store that holds each commit until the test lets it go, and callers who join its queue."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from domain.log.appender import Appender
from domain.log.contract import Appended, Outcome, Proposal
from tests.proposals import MOMENT, proposal
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
