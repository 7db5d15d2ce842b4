"""Rows that are put in order outside of memory."""

import os
import signal
from collections.abc import Callable

import pytest

from api.importing.entries import Place
from api.importing.gathering import Gathered, Kept
from api.importing.recording import Stopped


class Ends:
    """Raises what it is told to, from then on."""

    def __init__(self) -> None:
        self.now: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.now()


def stopped() -> None:
    raise Stopped


@pytest.mark.parametrize(
    ("end", "told"),
    [(stopped, Stopped), (lambda: os.kill(os.getpid(), signal.SIGINT), KeyboardInterrupt)],
    ids=["another thread met trouble", "Ctrl-C"],
)
def test_what_ends_an_import_is_heard_while_rows_are_put_in_order(
    end: Callable[[], None], told: type[BaseException]
) -> None:
    ends = Ends()
    with Gathered(ends) as gathered:
        for number in range(20_000):
            gathered.add("", -number, Kept(0, number), 0, Place("a.csv", number))
        ends.now = end
        with pytest.raises(told):
            next(gathered.by_time())
        ends.now = lambda: None
        assert [kept.what for kept in gathered.by_time()] == [*range(20_000)][::-1]
