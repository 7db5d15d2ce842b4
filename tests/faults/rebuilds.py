"""`aftercare rebuild` that ends its own process at the n-th time that it comes to a point."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

import app
from api.cli import aftercare
from domain import declared
from domain.log.log import Log
from projections.engine import Engine
from projections.offering import Progress

BATCHES = "batches"
"""Batches of facts that rebuilds have applied; any other point is how a statement begins that writes."""


def main() -> None:
    """Rebuild; arguments are the signal, the point, its number, and those of the command."""
    sign, point, number, *arguments = sys.argv[1:]
    declared.facts()
    left = iter(range(int(number) - 1, -1, -1))

    def come_to(at: str) -> None:
        if at.startswith(point) and next(left, None) == 0:
            os.kill(os.getpid(), signal.Signals[sign])

    class Dying(app.Program):
        @contextmanager
        def engine(self, log: Log) -> Iterator[Engine]:
            def hear(progress: Progress) -> None:
                if progress.name.endswith("__next"):
                    come_to(BATCHES)

            def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
                come_to(statement.strip())

            with super().engine(log) as engine:
                engine._targets._observer = hear
                event.listen(engine.views.engines[0], "before_cursor_execute", note)
                yield engine

    sys.argv[0] = "aftercare"
    aftercare(["rebuild", *arguments], obj=Dying(os.environ))


if __name__ == "__main__":
    main()
