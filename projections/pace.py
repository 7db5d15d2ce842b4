"""How many facts are offered at once, and with what peace."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from time import process_time

_FULL_READS, _TIMES_AS_MANY, _TIMES_AS_MANY_ALONE = 10, 5, 20
_LONGEST = timedelta(seconds=5)
"""Of a commit, as far as the one before it tells: whoever else writes to SQLite waits for it, and gives up after 30."""
_LOOK_SECONDS = 10.0
"""Of work of this process: who leaves garbage works."""


class Pace:
    """How many facts are offered at once: more to who is far behind, as many of them are of one key then."""

    def __init__(self, batch: int) -> None:
        """Take the most facts of one who is hardly behind."""
        self._batch, self._full = batch, 0
        self._given = self._affordable = batch * _TIMES_AS_MANY_ALONE

    def most(self, *, alone: bool) -> int:
        """Return the most facts that are read now.

        Args:
            alone: whether they are only for one read model that is built beside: nobody waits for it, and a row that
                begins and ends within one commit is written once. The rows of several would take too much memory.
        """
        times = _TIMES_AS_MANY_ALONE if alone else _TIMES_AS_MANY
        wanted = self._batch * (times if self._full >= _FULL_READS else 1)
        self._given = min(wanted, self._affordable)
        return self._given

    @property
    def is_behind(self) -> bool:
        """Whether there were more facts than were read at once."""
        return self._full > 0

    def took(self, facts: int, time: timedelta) -> None:
        """Take note of how many there were, and how long it took until they were committed."""
        self._full = self._full + 1 if facts >= min(self._batch, self._given) else 0
        unbounded = self._batch * _TIMES_AS_MANY_ALONE
        self._affordable = max(1, min(unbounded, int(facts * (_LONGEST / time)))) if time > timedelta() else unbounded


class _Pauses:
    """How many threads want no garbage to be collected."""

    def __init__(self) -> None:
        self._guard, self._number, self._was_on, self._looked = Lock(), 0, False, 0.0

    def begin(self) -> None:
        with self._guard:
            if not self._number:
                self._was_on, self._looked = gc.isenabled(), process_time()
                gc.disable()
            self._number += 1

    def end(self) -> None:
        with self._guard:
            self._number -= 1
            if not self._number and self._was_on:
                gc.enable()

    def look(self) -> None:
        with self._guard:
            if self._was_on and process_time() - self._looked > _LOOK_SECONDS:
                gc.collect()
                self._looked = process_time()


_pauses = _Pauses()


@contextmanager
def undisturbed() -> Iterator[Callable[[], None]]:
    """Let nobody in this process look for cycles of garbage while many facts are applied, or many rows compared.

    Facts, states and rows make none, and each look goes through all of them: a third of the time of a rebuild. What
    others leave meanwhile is looked for after the block, and in a long one whenever what is yielded is called, every
    ten seconds of work at most.
    """
    _pauses.begin()
    try:
        yield _pauses.look
    finally:
        _pauses.end()
