"""Which read models facts are applied to, where each of them stands, and what stopped it."""

import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import select

from domain.log.tracking import BOOKMARK
from projections import building
from projections.building import Followed, MadeByNewer, Plan
from projections.makings import Course, Making, course
from projections.offering import Desk, Progress, Target
from projections.read_model import BESIDE, ReadModel
from projections.rebuilding import change_over
from projections.views import read_model

_STANDING = select(BOOKMARK, read_model.c.version, read_model.c.layout).outerjoin(
    read_model, read_model.c.name == BOOKMARK.c.name
)


class Targets:
    """The read models of one engine. Whoever changes them holds the engine's step; anyone may wait for them."""

    def __init__(self, desk: Desk, models: dict[str, ReadModel[Any]], observer: Callable[[Progress], None]) -> None:
        """Take the read models; none is aimed at yet."""
        self._desk, self._models, self._observer = desk, models, observer
        self._aimed: dict[str, Target] = {}
        self.at: dict[str, int] = {}
        """Where each stands, by the name of its bookmark."""
        self.errors: dict[str, str] = {}
        """What stopped one in this run."""
        self.replacing: set[str] = set()
        """What is built beside to answer as soon as it has caught up, whatever it says."""
        self.is_astray = False
        """Whether another program has changed what is to be done with one: it is to be planned anew."""
        self.left: tuple[str, ...] = ()
        """What is left to a newer program, as long as it is."""
        self._moved = threading.Condition()

    def begin(self, plan: Plan) -> None:
        """Aim at what is to be followed and built."""
        self.left = plan.newer
        for name in plan.follow:
            self.aim(name)
        for name in plan.beside:
            self.replacing.add(name + BESIDE)
            self.aim(name, beside=True)
        self.look()

    def __contains__(self, name: str) -> bool:
        """Return whether facts are applied to it, or would be but for an error."""
        return name in self._aimed

    def active(self) -> list[Target]:
        """Return those to which facts are applied, in order of name."""
        with self._moved:
            return [self._aimed[name] for name in sorted(self._aimed) if name not in self.errors]

    def standing(self) -> dict[str, int]:
        """Return where each stands to which facts are applied, all as of one moment: anyone may ask, at any time."""
        with self._moved:
            return {name: self.at.get(name, 0) for name in self._aimed if name not in self.errors}

    def aim(self, name: str, *, beside: bool = False) -> None:
        """Apply facts to a read model from now on, where it answers or beside that."""
        target = self.of(name, beside=beside)
        with self._moved:
            self._aimed[target.name] = target

    def of(self, name: str, *, beside: bool) -> Target:
        """Return a read model where it answers, or where it is built beside."""
        return Target.of(self._models[name], self._desk.views.engines[0].dialect, beside=beside)

    def leave(self, name: str) -> None:
        """Apply no more facts to one."""
        with self._moved:
            self._aimed.pop(name, None)

    def look(self) -> None:
        """See where the bookmarks stand, and whose they are: others may have moved them, or taken them over."""
        with self._desk.views.read() as connection:
            found = connection.execute(_STANDING).all()  # one look: where one stands is where that making stands
        at = {row.name: row.position for row in found}
        made = {row.name: Making(row.version, row.layout) for row in found if row.version is not None}
        with self._moved:
            self.at = at
            for name in [name for name, aimed in self._aimed.items() if made.get(name) != aimed.making]:
                del self._aimed[name]  # another process finished the rebuild, or a newer program took it over
                self.replacing.discard(name)
                self.errors.pop(name, None)
            courses = {name: course(made, model) for name, model in self._models.items()}
            self.is_astray = any(self._course(name) is not each for name, each in courses.items())
            self._moved.notify_all()

    def _course(self, name: str) -> Course | None:
        """Return what is being done with a read model."""
        if name in self._aimed:
            return Course.FOLLOW
        if name + BESIDE in self.replacing:
            return Course.REPLACE
        return Course.LEAVE if name in self.left else None

    def take_note(self, moved: Iterable[Progress]) -> None:
        """Take note of how far facts were applied, and tell those who wait and who listen."""
        moved = list(moved)
        with self._moved:
            for progress in moved:
                self.at[progress.name] = progress.position
                if progress.error:
                    self.errors[progress.name] = progress.error
            self._moved.notify_all()
        for progress in moved:
            self._observer(progress)

    def wait_for(self, position: int, timeout: float, names: Collection[str], glance: Callable[[], float]) -> bool:
        """Wait until those that are named have followed the log up to a position; return whether.

        Args:
            position: of the log.
            timeout: in seconds.
            names: of bookmarks.
            glance: is called after each wait; returns for how many seconds to wait at most.
        """
        deadline = time.monotonic() + timeout
        with self._moved:
            while not all(self.at.get(name, 0) >= position for name in names):
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._moved.wait(min(left, glance()))
            return True

    def build_anew(self, model: ReadModel[Any]) -> None:
        """Begin to build a read model beside the one that answers, to take its place, unless a newer program does."""
        try:
            with self._desk.views.alone() as connection:
                building.begin_anew(connection, model)
        except MadeByNewer:
            self.look()
            return
        self.replacing.add(model.name + BESIDE)
        self.errors.pop(model.name + BESIDE, None)
        self.aim(model.name, beside=True)
        self.look()

    def change_over(self, model: ReadModel[Any], log: Followed, batch: int) -> bool:
        """Let what was built beside answer, if it is at most a batch behind what answers now; return whether."""
        target = self._aimed[model.name + BESIDE]
        if self.at[target.name] + batch < self.at.get(model.name, 0):
            return False
        turn = change_over(self._desk, log, target, batch)
        if turn.done:
            self.leave(target.name)
            self.replacing.discard(target.name)
            self.errors.pop(model.name, None)
            self.aim(model.name)
        self.take_note([turn.progress] if turn.progress else [])
        self.look()
        return turn.done
