"""Which read models facts are applied to: whoever asks while another thread changes them finds them as they were."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from domain.log.log import Log
from projections.engine import Engine
from projections.offering import Desk
from projections.parking import Attendant
from projections.read_models import READ_MODELS
from projections.targets import Targets

NAMES = sorted(model.name for model in READ_MODELS)
TURNS = 10_000
"""How often the other thread is given the turn to change them, if nothing holds it up."""

ASKED: list[Callable[[Targets], list[str]]] = [
    lambda targets: [each.name for each in targets.active()],
    lambda targets: sorted(targets.standing()),
]
CHANGED: list[Callable[[Targets], None]] = [
    lambda targets: targets.leave(NAMES[0]),
    lambda targets: targets.aim(NAMES[-1]),
]


class Interrupted(dict[str, str]):
    """What stopped them: nothing; but while it is looked up, another thread changes them, if it can."""

    def __init__(self, change: Callable[[], None], is_changed: Callable[[], bool]) -> None:
        self.thread = threading.Thread(target=change)
        self._is_changed = is_changed

    def __contains__(self, name: object) -> bool:
        if self.thread.ident is None:
            self.thread.start()
            for _ in range(TURNS):
                if self._is_changed():
                    break
                os.sched_yield()
        return False


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("ask", ASKED, ids=["active", "standing"])
@pytest.mark.parametrize("change", CHANGED, ids=["leave", "aim"])
def test_who_asks_while_another_changes_them_finds_them_as_they_were(
    log: Log, engine: Engine, ask: Callable[[Targets], list[str]], change: Callable[[Targets], None]
) -> None:
    desk = Desk(engine.views, log, Attendant("this", lambda: datetime.now(UTC)), 1)
    targets = Targets(desk, {model.name: model for model in READ_MODELS}, lambda _: None)
    for name in NAMES[:-1]:
        targets.aim(name)
    interrupted = Interrupted(lambda: change(targets), lambda: NAMES[0] not in targets or NAMES[-1] in targets)
    targets.errors = interrupted
    assert ask(targets) == NAMES[:-1]
    interrupted.thread.join()
    assert ask(targets) != NAMES[:-1]
