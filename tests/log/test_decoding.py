"""Facts are read by many threads from the first one on."""

import subprocess
import sys

PROCESSES = 6
"""Without a guard, each of them crashes in two of five runs."""


def test_threads_that_read_the_first_facts_of_a_process_at_once_do_not_crash_it() -> None:
    running = [subprocess.Popen([sys.executable, "-m", "tests.log.decoding"]) for _ in range(PROCESSES)]
    assert [process.wait(120) for process in running] == [0] * PROCESSES
