"""Commands of the real program, each in a process of its own: how long it took, how much processor and memory."""

import os
import time
from typing import NamedTuple

from tests.cli.program import Aftercare


class Spent(NamedTuple):
    """What a command took, from its start to its end."""

    seconds: float
    cpu_seconds: float
    """Of all its threads, in the program and in the system."""
    peak_mib: float


def spent(program: Aftercare, *arguments: str) -> Spent:
    """Run a command, which has to do what it is told, and return what it took."""
    begun = time.perf_counter()
    with program.begin(*arguments) as process:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        _, complaints = process.communicate()
        assert process.returncode == 0, complaints
    return Spent(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
