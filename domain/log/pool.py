"""A few connections that are used in turn. It starts no thread: what is broken is opened again by whoever needs it."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore
from typing import Generic, Protocol, TypeVar

from domain.kernel.refusals import Overloaded, Unavailable


class Closable(Protocol):
    """Anything that holds on to a database."""

    def close(self) -> None:
        """Let go of it."""


C = TypeVar("C", bound=Closable)


class Pool(Generic[C]):
    """At most so many connections, opened when they are first needed."""

    def __init__(
        self,
        open_one: Callable[[], C],
        size: int,
        patience_seconds: float,
        usable: Callable[[C], bool] = lambda _: True,
    ) -> None:
        """Take how to open one, how many, how long to wait for one, and how to tell that one can still be used."""
        self._open_one, self._usable, self._patience = open_one, usable, patience_seconds
        self._idle: queue.LifoQueue[C] = queue.LifoQueue()
        self._free = BoundedSemaphore(size)
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[C]:
        """Give one connection for one read.

        Raises:
            Overloaded: all of them stayed busy.
            Unavailable: a new one cannot be opened, or the pool is closed.
        """
        if self._closed:
            raise Unavailable("The log is closed.")
        if not self._free.acquire(timeout=self._patience):
            raise Overloaded("Too many reads are waiting.")
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close what is idle; what is in use closes when it comes back."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _take(self) -> C:
        with suppress(queue.Empty):
            while True:
                connection = self._idle.get_nowait()
                if self._usable(connection):
                    return connection
                connection.close()
        return self._open_one()

    def _give_back(self, connection: C) -> None:
        if not self._usable(connection):
            connection.close()
            return
        self._idle.put(connection)
        if self._closed:  # looked at last: who closes meanwhile says so first, and then looks at what is idle
            self._close_idle()
