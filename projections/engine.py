"""The engine: follows the log and keeps every read model up to date, each fact applied once."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from projections import building, parking
from projections.building import Followed
from projections.makings import Overtaken
from projections.offering import Desk, Progress, Target, offer
from projections.pace import Pace, undisturbed
from projections.parking import Attendant, Parked, present_program
from projections.read_model import BESIDE, ReadModel, following_of
from projections.rebuilding import Begun, Beside, Manner, Rebuilding, Rebuilt, begin
from projections.retrying import Retried, retry, retry_stale
from projections.standing import Standing, rebuilds_of, standings
from projections.targets import Targets
from projections.views import Views

_IDLE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 5.0
_GLANCE_SECONDS = 0.02


class Engine:
    """Keeps read models up to date. Any number may run on one views database, in any number of processes."""

    def __init__(
        self,
        log: Followed,
        views_url: str,
        models: Sequence[ReadModel[Any]],
        *,
        batch: int = 1_000,
        most_kept: int = 20_000,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        observer: Callable[[Progress], None] = lambda _progress: None,
        program: str | None = None,
    ) -> None:
        """Open the views and make what is missing; nothing is followed yet.

        Args:
            log: the log to follow.
            views_url: where the views are.
            models: every read model of the program.
            batch: most facts in one commit; five times as many while it is far behind, twenty times for a rebuild.
            most_kept: most keys of rebuilds that are kept in memory from commit to commit.
            now: the clock that lags are told by.
            observer: hears of every batch and of every fact that stops a read model; must not raise.
            program: identifies the code; what another one failed on is tried again. None: the code as it is.
        """
        self.views = Views(views_url)
        self._log, self._batch, self._now, self._observer = log, batch, now, observer
        self._pace = Pace(batch)
        self._desk = Desk(self.views, log, Attendant(program or present_program(), now), most_kept)
        self._models = {model.name: model for model in sorted(models, key=lambda each: each.name)}
        self._trouble: str | None = None
        self._has_stale = True
        """Whether another program may have parked facts that are to be tried again."""
        self._stepping = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        with self.views.alone() as connection:
            plan = building.prepare(connection, log, self._models.values())
        self._targets = Targets(self._desk, self._models, observer)
        self._targets.begin(plan)

    def run(self) -> None:
        """Follow the log in a thread of its own until `stop`."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._follow, name="projections", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch under way and end the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def close(self) -> None:
        """Stop, and close the views."""
        self.stop()
        self.views.close()

    def catch_up(self, until: int | None = None) -> None:
        """Follow the log up to a position, or its present end, and change over to newer makings. Stopped ones stay."""
        goal = self._log.head().position if until is None else until
        while self._has_work(goal):
            self.step()

    def rebuild(
        self,
        *names: str,
        manner: Manner = Manner.IF_THE_SAME,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        joined: Callable[[str, int], None] = lambda _name, _position: None,
    ) -> dict[str, Rebuilt]:
        """Build read models again from the first fact, beside those that answer, compare, and change over.

        One that is being rebuilt, or was left half rebuilt, is gone on with: two that rebuild it share the work.

        Args:
            names: of the read models; facts are read and decoded once for all that stand at one position.
            manner: whether rows that differ, which equal code cannot lead to, may take the place of those that answer.
            progress: hears how many facts are done by all of them, of how many.
            joined: hears of each that was begun before, and where it stands.

        Raises:
            NotRebuilt: at least one was stopped, or differs; what answered does so still.
        """
        rebuilding = Rebuilding(self, manner, progress, joined)
        return rebuilding.run([self._models[name] for name in names])

    def begin_beside(self, model: ReadModel[Any]) -> Begun:
        """Begin a rebuild, or go on with it: every step applies facts to it from now on."""
        with self._stepping:
            begun = begin(self.views, model)
            self._targets.errors.pop(model.name + BESIDE, None)
            self._targets.aim(model.name, beside=True)
            self._targets.look()
            self._has_stale = True
            return begun

    def beside(self, name: str) -> Beside | None:
        """Return where a rebuild stands; None if it is not there any more."""
        with self._stepping:
            if name + BESIDE not in self._targets:
                return None
            standing, stopped = self._targets.at[name + BESIDE], self._targets.errors.get(name + BESIDE)
            return Beside(standing, self._log.head().position, stopped)

    def finish_beside(self, model: ReadModel[Any]) -> bool:
        """Change over, if it is near enough and nobody reads for long what answers; return whether it is done."""
        with self._stepping:
            return model.name + BESIDE in self._targets and self._change_over(model)

    def leave_beside(self, model: ReadModel[Any]) -> None:
        """Apply no more facts to a rebuild. One that replaces another making is gone on with."""
        with self._stepping:
            if model.name + BESIDE not in self._targets.replacing:
                self._targets.leave(model.name + BESIDE)

    def go_on(self) -> None:
        """Apply facts, or wait a moment for some if there were none."""
        if not self.step():
            self._idle()

    def retry(self, name: str) -> Retried:
        """Try to apply what is parked for a read model, each fact at its own position."""
        if following_of(self._models[name]):
            return self._retry_anew(self._models[name])
        with self._stepping:
            self._targets.look()
            answers, is_beside = name in self._targets, name + BESIDE in self._targets.at
            places = [beside for beside, there in ((False, answers), (True, is_beside)) if there]
            targets = [self._targets.of(name, beside=beside) for beside in places]
            results = [retry(self._desk, target, self._batch) for target in targets]
        return results[0] if results else Retried()

    def _retry_anew(self, model: ReadModel[Any]) -> Retried:
        """Build a read model anew if facts are parked for it, and let that answer if it fails on no more of them."""
        with self.views.read() as connection:
            before, _ = parking.numbers(connection, model.name)
        with self._stepping:
            if before:
                self._targets.build_anew(model)
        while before and model.name + BESIDE in self._targets.standing():
            self.step()
        with self.views.read() as connection:
            after, keys_left = parking.numbers(connection, model.name)
        return Retried(before - after, keys_left)

    def parked(self) -> list[Parked]:
        """Return the facts that read models failed on, the first ones of each."""
        with self.views.read() as connection:
            return [each for each in parking.told(connection) if each.read_model in self._models]

    def positions(self) -> dict[str, Standing]:
        """Return how far each read model has followed the log."""
        found = standings(self.views, self._log, self._models.values(), self._now)
        errors = {name: self._targets.errors.get(name) or each.error or self._trouble for name, each in found.items()}
        return {name: each._replace(error=errors[name]) for name, each in found.items()}

    def rebuilds(self) -> dict[str, int]:
        """Return the read models that are being rebuilt, or were left half rebuilt, and how far each rebuild is."""
        with self.views.read() as connection:
            return rebuilds_of(connection)

    def wait_for(self, position: int, timeout: float, names: Collection[str] = ()) -> bool:
        """Wait until read models (all, or those named) have followed the log up to a position; return whether."""

        def glance() -> float:
            if self._thread is None:
                self._targets.look()
            return _GLANCE_SECONDS

        return self._targets.wait_for(position, timeout, names or self._models, glance)

    def step(self) -> bool:
        """Apply at most one batch to each read model and change over to newer makings that have caught up.

        Returns:
            Whether there was anything to apply.
        """
        with self._stepping:
            if self._targets.left:
                self._targets.look()
            if self._targets.is_astray:
                self._plan_anew()
            if self._has_stale:
                self._has_stale = self._retry_stale()
            groups: dict[int, list[Target]] = defaultdict(list)
            for each in self._targets.to_try():
                groups[self._targets.at[each.name]].append(each)
            until: int | None = None
            applied = False
            for position in sorted(groups, reverse=True):
                with undisturbed() if self._pace.is_behind else nullcontext():
                    applied |= self._apply(groups[position], position, until)
                until = position
            for each in [each for each in self._targets.active() if each.name in self._targets.replacing]:
                self._change_over(each.model)
            return applied

    def _plan_anew(self) -> None:
        """See what is to be done now that another program took something over, or is gone."""
        with self.views.alone() as connection:
            plan = building.plan(connection, self._models.values())
        self._targets.begin(plan)
        self._has_stale = True

    def _retry_stale(self) -> bool:
        """Apply some of what another program failed on; return whether there may be more."""
        anew = self._targets.build_anew
        try:
            again = [retry_stale(self._desk, each, self._batch, anew) for each in self._targets.active()]
        except Overtaken:
            self._targets.look()
            return True
        return any(again)

    def _has_work(self, goal: int) -> bool:
        targets = self._targets
        if targets.is_astray or self._has_stale:
            return True
        return any(at < goal or name in targets.replacing for name, at in targets.standing().items())

    def _is_level(self) -> bool:
        """Return whether nothing is left to do but what the log may hold beyond: to wait asks that, too."""
        return not self._has_work(max(self._targets.standing().values(), default=0))

    def _change_over(self, model: ReadModel[Any]) -> bool:
        return self._targets.change_over(model, self._log, self._batch)

    def _follow(self) -> None:
        pause = _GLANCE_SECONDS
        while not self._stop.is_set():
            try:
                if not self.step() or self._is_level():
                    self._idle()
                self._trouble, pause = None, _GLANCE_SECONDS
            except Exception as error:  # noqa: BLE001  the engine outlives every trouble and shows it
                self._trouble = type(error).__name__
                self._observer(Progress("engine", 0, 0, self._trouble))
                self._stop.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _idle(self) -> None:
        if standing := self._targets.standing():
            self._log.wait_beyond(max(standing.values()), _IDLE_SECONDS)
        else:
            self._stop.wait(_IDLE_SECONDS)

    def _apply(self, targets: Sequence[Target], position: int, until: int | None) -> bool:
        """Apply rows to targets that stand at one position, in one commit; return whether there were any."""
        most = self._pace.most(alone=[each.kept is not None for each in targets] == [True])
        if not (rows := self._log.page(position, most, until)):
            return False
        begun = self._now()
        moved = offer(self._desk, targets, position, rows)
        self._targets.take_note(progress for progress in moved if progress is not None)
        self._pace.took(len(rows), self._now() - begun)
        if None in moved:
            self._targets.look()
        return True
