"""Reads facts of every kind in many threads that begin at once, in a process that has read none before."""

import sys
from threading import Barrier, Thread

from domain import declared
from domain.log.codec import decode, happenings
from tests.history.test_history import VERSIONS, row

THREADS = 8


def main() -> None:
    """Read; end with 0 if every thread has read all."""
    declared.facts()
    sys.setswitchinterval(1e-6)
    rows = [row(*each) for each in VERSIONS]
    begin, read = Barrier(THREADS), []

    def work() -> None:
        begin.wait()
        for each in rows:  # one by one: each is the first of its kind
            read.append((happenings([each])[0].fact, decode(each).fact))  # noqa: PERF401  as above

    threads = [Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.exit(len(read) != THREADS * len(rows) or len({repr(each) for each in read}) > len(rows))


if __name__ == "__main__":
    main()
