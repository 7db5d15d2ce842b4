"""Limits: how much one key may ask for, and how much the server works on at once."""

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from flask import Response

from api.refusals import TooManyRequests
from domain.kernel.refusals import Overloaded, Unavailable
from domain.log.recent import Recent

_NAME = "requests"
_WAIT_SECONDS = 1.0
"""How long a request may wait to have its body read."""


class TooManyLists(Unavailable):
    """Too many lists are being taken whole, by this key or by all; try again."""

    code = "too-many-lists"
    outcome = "not-read"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a key."""

    remaining: int
    """Requests that it may send at once."""
    reset: int
    """Seconds until it has all of them again."""


class Places:
    """Places for lists that are taken whole. One key has at most half of them, and a few may wait for one."""

    def __init__(self, places: int, *, waiting: int, patience_seconds: float) -> None:
        """Set up.

        Args:
            places: lists that are being taken at once.
            waiting: how many may wait for a place.
            patience_seconds: how long each of them waits.
        """
        self._places, self._of_one = places, max(1, places // 2)
        self._waiting, self._patience = waiting, patience_seconds
        self._taken: Counter[UUID] = Counter()
        self.waits = 0
        """How many wait for a place."""
        self._changed = threading.Condition()

    def take(self, principal: UUID) -> None:
        """Take a place; `leave` must follow.

        Raises:
            TooManyLists: none has become free for this principal.
        """
        with self._changed:
            if not self._is_free(principal) and (self.waits >= self._waiting or not self._wait(principal)):
                raise TooManyLists(retry_after=max(1, math.ceil(self._patience)))
            self._taken[principal] += 1

    def leave(self, principal: UUID) -> None:
        """Leave a place."""
        with self._changed:
            self._taken[principal] -= 1
            self._taken += Counter()  # those who have none are forgotten
            self._changed.notify_all()

    def _is_free(self, principal: UUID) -> bool:
        return self._taken.total() < self._places and self._taken[principal] < self._of_one

    def _wait(self, principal: UUID) -> bool:
        self.waits += 1
        try:
            return self._changed.wait_for(lambda: self._is_free(principal), self._patience)
        finally:
            self.waits -= 1


class Limits:
    """Token buckets, one for each principal, in this process; and bounds on the requests under way."""

    def __init__(
        self,
        *,
        rate: int,
        burst: int,
        at_once: int,
        clock: Callable[[], float],
        bodies_at_once: int = 8,
        exports: Places | None = None,
        most_remembered: int = 10_000,
    ) -> None:
        """Set up.

        Args:
            rate: requests a second and principal, in the long run.
            burst: requests at a stroke.
            at_once: requests under way, of all together.
            clock: seconds that only go forward.
            bodies_at_once: bodies that are being read, of all together.
            exports: places for lists that are taken whole; None: eight, for which nobody waits.
            most_remembered: how many principals are remembered; one that is forgotten starts anew.
        """
        self.rate, self.burst = rate, burst
        self._clock = clock
        self._buckets: Recent[UUID, _Bucket] = Recent(most_remembered)
        self._guard = threading.Lock()
        self._free = threading.BoundedSemaphore(at_once)
        self._readers = threading.BoundedSemaphore(bodies_at_once)
        self._exports = exports or Places(8, waiting=0, patience_seconds=0)

    def take(self, principal: UUID) -> Allowance:
        """Count one request.

        Raises:
            TooManyRequests: the principal has none left now.
        """
        now = self._clock()
        with self._guard:
            bucket = self._buckets.get(principal) or _Bucket(float(self.burst), now)
            bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.filled_at) * self.rate)
            bucket.filled_at = now
            self._buckets.put(principal, bucket)
            if bucket.tokens < 1:
                raise TooManyRequests(retry_after=max(1, math.ceil((1 - bucket.tokens) / self.rate)))
            bucket.tokens -= 1
            return Allowance(int(bucket.tokens), math.ceil((self.burst - bucket.tokens) / self.rate))

    def enter(self) -> None:
        """Begin to work on a request; `leave` must follow.

        Raises:
            Overloaded: too many are under way.
        """
        if not self._free.acquire(blocking=False):
            raise Overloaded("Too many requests are under way. Nothing was recorded; try again.")

    def leave(self) -> None:
        """End the work on a request."""
        self._free.release()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read a body meanwhile. The server waits for the rest of one without end, and never may all its threads.

        Raises:
            Overloaded: too many bodies are on their way.
        """
        if not self._readers.acquire(timeout=_WAIT_SECONDS):
            raise Overloaded("Too many bodies are on their way. Nothing was recorded; try again.")
        try:
            yield
        finally:
            self._readers.release()

    def exporting(self, principal: UUID) -> Callable[[], None]:
        """Begin to send a list as a whole; return what ends it. A slow reader keeps a thread, and never may all do.

        Raises:
            TooManyLists: too many are under way, of this principal or of all.
        """
        self._exports.take(principal)
        ended = threading.Lock()

        def end() -> None:
            if ended.acquire(blocking=False):
                self._exports.leave(principal)

        return end

    def describe(self, answer: Response, allowance: Allowance) -> None:
        """Say on an answer what is allowed and what is left (draft-ietf-httpapi-ratelimit-headers)."""
        window = max(1, math.ceil(self.burst / self.rate))
        answer.headers.add("RateLimit-Policy", f'"{_NAME}";q={self.burst};w={window}')
        answer.headers.add("RateLimit", f'"{_NAME}";r={allowance.remaining};t={allowance.reset}')
