"""What requests use, made from what is open."""

import time
from typing import Any

from api.cursors import Cursors
from api.limits import Limits
from api.metrics import Metrics
from api.services import Services


def services_of(**opened: Any) -> Services:
    """Return what requests use.

    Args:
        opened: the settings, log, ledger, vault, keys, projections, clock and ids of the process.
    """
    settings = opened["settings"]
    return Services(
        **opened,
        cursors=Cursors(settings.cursor_secret),
        limits=Limits(
            rate=settings.rate,
            burst=settings.burst,
            at_once=settings.requests_at_once,
            clock=time.monotonic,
            bodies_at_once=max(1, settings.threads // 2),
            exports_at_once=max(1, settings.threads // 4),
        ),
        metrics=Metrics(),
    )
