"""What requests use, made from what is open."""

import time
from typing import Any

from api.cursors import Cursors
from api.limits import Limits, Places
from api.metrics import Metrics
from api.services import Services

_PATIENCE_SECONDS = 2.0
"""How long a list that is to be taken whole waits for a place."""


def services_of(**opened: Any) -> Services:
    """Return what requests use.

    Args:
        opened: the settings, log, ledger, vault, keys, projections, clock and ids of the process.
    """
    settings = opened["settings"]
    half, quarter = settings.threads // 2, settings.threads // 4
    return Services(
        **opened,
        cursors=Cursors(settings.cursor_secret),
        limits=Limits(
            rate=settings.rate,
            burst=settings.burst,
            at_once=settings.requests_at_once,
            clock=time.monotonic,
            bodies_at_once=half - 1,  # readers and writers that stop in the middle leave a thread to the others
            exports=Places(half, waiting=quarter, patience_seconds=_PATIENCE_SECONDS),
        ),
        metrics=Metrics(),
    )
