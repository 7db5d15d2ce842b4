"""What follows the log: subscriptions that catch up and then wait to be woken, in this process or by another."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Self
from weakref import WeakSet

from domain.kernel.refusals import Unavailable
from domain.log.contract import Head, Row

_NEVER = 2**63
"""Beyond every position."""

BATCH = 500
"""How many rows a subscription reads at a time."""


class Bell:
    """Wakes those who wait for the log to grow. Knows the highest position that was rung, and never goes back."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._position = 0
        self._waiting = 0
        self.awaited = threading.Event()
        """Set while somebody waits: for those who would otherwise look for news that nobody wants."""

    @property
    def position(self) -> int:
        """The highest position that was rung; the log may be further."""
        return self._position

    def ring(self, position: int) -> None:
        """Say that the log has grown to a position."""
        with self._changed:
            if position > self._position:
                self._position = position
                self._changed.notify_all()

    def nudge(self) -> None:
        """Wake everybody who waits, to look whether what they wait for still matters."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, beyond: int, timeout: float, given_up: Callable[[], bool] = lambda: False) -> bool:
        """Wait until a position beyond this one is rung, at most so many seconds; return whether it was."""
        with self._changed:
            if self._position > beyond:
                return True
            self._waiting += 1
            self.awaited.set()
            try:
                self._changed.wait_for(lambda: self._position > beyond or given_up(), timeout)
            finally:
                self._waiting -= 1
                if not self._waiting:
                    self.awaited.clear()
            return self._position > beyond


class Subscription:
    """Rows beyond a position, in batches, for ever: no gap, none twice, in order.

    One thread iterates; any thread may close it, and the iteration then ends.
    """

    def __init__(self, read: Callable[[int, int], list[Row]], bell: Bell, after: int, poll_interval: float) -> None:
        """Take how to read rows after a position, and how often to look for what nobody rang for."""
        self._read = read
        self._bell = bell
        self._after = after
        self._poll_interval = poll_interval
        self._closed = False

    def close(self) -> None:
        """End the iteration, also one that waits in another thread."""
        self._closed = True
        self._bell.nudge()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[Row]:
        """Return the next batch; wait until there is one. While the store is away, wait for it to come back."""
        while not self._closed:
            try:
                rows = self._read(self._after, BATCH)
            except Unavailable:
                # Nothing is lost by reading later, and whoever follows the log would only ask again.
                self._bell.wait(_NEVER, self._poll_interval, lambda: self._closed)
                continue
            if rows:
                self._after = rows[-1].position
                return rows
            self._bell.wait(self._after, self._poll_interval, lambda: self._closed)
        raise StopIteration


class Follower:
    """The subscriptions of one open log."""

    def __init__(
        self, read: Callable[[int, int], list[Row]], head: Callable[[], Head], bell: Bell, poll_interval: float
    ) -> None:
        """Take how to read rows and the head, the bell that rings at home, and how often to look beside it.

        Looking finds what other processes appended to SQLite, and what a lost notification did not tell.
        """
        self._read, self._head = read, head
        self._bell = bell
        self._poll_interval = poll_interval
        self._guard = threading.Lock()
        self._open: WeakSet[Subscription] = WeakSet()
        self._closed = False
        self._looker = ThreadPoolExecutor(1, thread_name_prefix="aftercare-head")
        self._looking: Future[None] | None = None

    def subscribe(self, after: int) -> Subscription:
        """Return batches of rows beyond a position, for ever; they end when it or the log is closed."""
        subscription = Subscription(self._read, self._bell, after, self._poll_interval)
        with self._guard:
            self._open.add(subscription)
            closed = self._closed
        if closed:
            subscription.close()
        return subscription

    def wait_beyond(self, position: int, timeout: float) -> bool:
        """Wait until the head is beyond a position; return whether it is. While the store is away, nobody knows.

        Where there is time to wait, another thread asks for the head: a store whose readers are all busy answers late,
        and nobody is to wait for it longer than he said. One asks for all who wait.
        """
        if timeout <= 0 and self._bell.position <= position:
            self._look()
        deadline = time.monotonic() + timeout
        while self._bell.position <= position and (remaining := deadline - time.monotonic()) > 0:
            if not self._let_look():
                break
            self._bell.wait(position, min(remaining, self._poll_interval), lambda: self._closed)
        return self._bell.position > position

    def _look(self) -> None:
        with suppress(Unavailable):
            self._bell.ring(self._head().position)

    def _let_look(self) -> bool:
        """Let the head be asked for, unless that is being done; return whether the log is open still."""
        with self._guard:
            if not self._closed and (self._looking is None or self._looking.done()):
                self._looking = self._looker.submit(self._look)
            return not self._closed

    def close(self) -> None:
        """End every subscription and every wait."""
        with self._guard:
            self._closed = True
            subscriptions = list(self._open)
        for subscription in subscriptions:
            subscription.close()
        self._bell.nudge()
        self._looker.shutdown()
