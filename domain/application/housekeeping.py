"""Housekeeping: what must be forgotten in time is forgotten, without a command waiting for it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Protocol

from domain.application.receipts import RETENTION, period_of
from domain.kernel.refusals import Unavailable

EVERY = timedelta(hours=1)


class Answers(Protocol):
    """What keeps answers to requests."""

    def forget_old_answers(self) -> int:
        """Delete answers whose retention is over; return how many."""


class PeriodKeys(Protocol):
    """What keeps the keys by which payloads of requests are compared."""

    def drop_periods_before(self, period: int) -> int:
        """Destroy the keys of earlier periods; return how many."""


class Housekeeping:
    """Forgets answers to old requests, and the keys by which their payloads could still be guessed."""

    def __init__(self, answers: Answers, keys: PeriodKeys, now: Callable[[], datetime]) -> None:
        """Take what forgets, and the clock."""
        self._answers, self._keys, self._now = answers, keys, now
        self._stop = Event()
        self._thread = Thread(target=self._run, name="housekeeping")

    def once(self) -> None:
        """Forget what is due.

        Raises:
            Unavailable: a database is away; the next time will do.
        """
        self._answers.forget_old_answers()
        self._keys.drop_periods_before(period_of(self._now() - RETENTION))

    def run(self) -> None:
        """Forget what is due now and every hour, in a thread of its own until `close`."""
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with suppress(Unavailable):  # nothing is late by an hour more
                self.once()
            if self._stop.wait(EVERY.total_seconds()):
                return
