"""How many kills a run makes, and what they came to."""

import os
from dataclasses import dataclass


def how_many(few: int, share: float = 1.0) -> int:
    """Return how many kills: few in a run of all tests; with FAULTS=N, of N the share that is due to this fault."""
    asked = os.environ.get("FAULTS")
    return max(1, round(int(asked) * share)) if asked else few


@dataclass
class Tally:
    """What the kills of one test came to. Told, and never judged: what must hold is asserted where it happens."""

    fault: str
    kills: int = 0
    acknowledged: int = 0
    refused: int = 0
    unknown: int = 0
    recovered: float = 0.0
    """Longest time from the fault's end to a service that works again, in seconds."""
