"""Rebuilds: made beside what answers, compared with it, and changed over to in one commit. Readers never wait."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import Enum
from typing import Any, NamedTuple, Protocol

from sqlalchemy.exc import OperationalError

from domain.log.tracking import position_of
from projections import building
from projections.building import Followed, MadeByNewer
from projections.comparing import Comparison, compare
from projections.offering import Desk, Offer, Progress, Target, accept, readable, stopped
from projections.pace import undisturbed
from projections.parking import fails_on_more
from projections.read_model import ReadModel, Tables
from projections.views import Views

_READ_BY_OTHERS = "55P03"
"""PostgreSQL did not get the tables that answer within its patience."""


_FAILS_ON_MORE = "fails on facts that the one which answers has applied"
_LEFT = "it was made by a newer version of the program, or that one is building it: leave it to that one"


class Manner(Enum):
    """When rows that were built anew take the place of those that answer."""

    IF_THE_SAME = "if the same"
    REGARDLESS = "regardless"
    """Also if they differ: for when those that answer are known to be damaged."""
    ONLY_COMPARE = "only compare"
    """Never: they are compared, and dropped."""


class Rebuilt(NamedTuple):
    """What became of the rebuild of a read model."""

    name: str
    position: int
    """Up to where the one that answers has followed the log."""
    changed_over: bool
    comparison: Comparison | None = None
    """None: rows of another making cannot be compared, or another process was faster, or it was stopped."""
    trouble: str | None = None


class NotRebuilt(RuntimeError):  # noqa: N818  what became of it, not what went wrong
    """A rebuild was stopped, or differs from what answers: that answers on."""

    def __init__(self, results: Sequence[Rebuilt]) -> None:
        """Take what became of each read model."""
        super().__init__("; ".join(f"{each.name}: {each.trouble}" for each in results if each.trouble))
        self.results = results


class Beside(NamedTuple):
    """Where a rebuild stands."""

    position: int
    head: int
    """The end of the log."""
    error: str | None
    """What stopped it."""


class Begun(NamedTuple):
    """How a rebuild began."""

    position: int
    resumed: bool
    comparable: bool
    """Whether what answers is of the same making."""
    generation: int


class Site(Protocol):
    """What a rebuild needs of the engine."""

    views: Views

    def begin_beside(self, model: ReadModel[Any]) -> Begun:
        """Begin a rebuild, or go on with it; every step applies facts to it from now on."""

    def beside(self, name: str) -> Beside | None:
        """Return where a rebuild stands; None if it is not there any more."""

    def finish_beside(self, model: ReadModel[Any]) -> bool:
        """Change over, if it is near enough and nobody reads for long what answers; return whether it is done."""

    def leave_beside(self, model: ReadModel[Any]) -> None:
        """Apply no more facts to a rebuild. One that replaces another making is gone on with."""

    def go_on(self) -> None:
        """Apply facts, or wait a moment for some if there were none."""


class Rebuilding:
    """Read models that are rebuilt together."""

    def __init__(
        self,
        site: Site,
        manner: Manner,
        progress: Callable[[int, int], None],
        joined: Callable[[str, int], None],
    ) -> None:
        """Take the engine, the manner, and who hears of it: as `Engine.rebuild`."""
        self._site, self._manner, self._progress, self._joined = site, manner, progress, joined
        self._goal = 0
        """The end of the log when it was begun: so far it is built and compared at least."""
        self._begun: dict[str, Begun] = {}
        self._compared: dict[str, Comparison] = {}
        self._results: dict[str, Rebuilt] = {}

    def run(self, models: Sequence[ReadModel[Any]]) -> dict[str, Rebuilt]:
        """Build them, and return what became of each.

        Raises:
            NotRebuilt: of at least one.
        """
        left = list({model.name: model for model in models}.values())
        try:
            for model in left:
                try:
                    begun = self._begun[model.name] = self._site.begin_beside(model)
                except MadeByNewer:
                    self._end(model, trouble=_LEFT)
                    continue
                if beside := self._site.beside(model.name):
                    self._goal = max(self._goal, beside.head)
                if begun.resumed:
                    self._joined(model.name, begun.position)
            left = [model for model in left if model.name in self._begun]
            with undisturbed() as look:
                while left := [model for model in left if not self._is_done(model)]:
                    self._tell(left)
                    self._site.go_on()
                    look()
        finally:
            for model in models:
                self._site.leave_beside(model)
        if any(each.trouble for each in self._results.values()):
            raise NotRebuilt(list(self._results.values()))
        return self._results

    def _tell(self, left: Sequence[ReadModel[Any]]) -> None:
        standing = [beside for model in left if (beside := self._site.beside(model.name))]
        if standing:
            self._progress(min(each.position for each in standing), max(each.head for each in standing))

    def _is_done(self, model: ReadModel[Any]) -> bool:
        """Go on with a read model as far as it goes without more facts; return whether that is the end of it."""
        begun, beside = self._begun[model.name], self._site.beside(model.name)
        if beside is None:
            gone = None if self._answering(model)[0] >= begun.generation else "another process dropped it"
            return self._end(model, changed_over=gone is None, trouble=gone)
        if beside.error:
            return self._end(model, trouble=beside.error)
        if self._manner is Manner.ONLY_COMPARE and not begun.comparable:
            return self._end(model, trouble="what answers is of another making: there is nothing to compare")
        if beside.position < self._goal:
            return False
        if begun.comparable and model.name not in self._compared:
            with self._indexed_meanwhile(model):
                comparison = compare(self._site.views, model)
            if comparison is None:
                return False
            self._compared[model.name] = comparison
        return self._conclude(model)

    @contextmanager
    def _indexed_meanwhile(self, model: ReadModel[Any]) -> Iterator[None]:
        """Make the indexes of what was built beside while it is compared, if it may answer after that."""
        if self._manner is Manner.ONLY_COMPARE:
            yield
            return
        with ThreadPoolExecutor(1, "indexes") as thread:
            indexes = thread.submit(_index, self._site.views, model)
            yield
            indexes.result()

    def _conclude(self, model: ReadModel[Any]) -> bool:
        """Do what the comparison allows."""
        comparison = self._compared.get(model.name)
        differs = None if comparison is None or comparison.same else "the rows built anew differ"
        if self._manner is Manner.ONLY_COMPARE:
            self._site.leave_beside(model)
            with self._site.views.alone() as connection:
                building.drop(connection, model)
            return self._end(model, trouble=differs)
        if differs and self._manner is Manner.IF_THE_SAME:
            return self._end(model, trouble=differs)
        return self._site.finish_beside(model) and self._end(model, changed_over=True)

    def _answering(self, model: ReadModel[Any]) -> tuple[int, int]:
        """Return which build of this making answers (0: none), and up to where what answers has followed the log."""
        with self._site.views.read() as connection:
            own = building.is_of_this_making(connection, model)
            generation = building.generation_of(connection, model.name) if own else None
            return generation or 0, position_of(connection, model.name)

    def _end(self, model: ReadModel[Any], *, changed_over: bool = False, trouble: str | None = None) -> bool:
        position, comparison = self._answering(model)[1], self._compared.get(model.name)
        self._results[model.name] = Rebuilt(model.name, position, changed_over, comparison, trouble)
        self._site.leave_beside(model)
        return True


def begin(views: Views, model: ReadModel[Any]) -> Begun:
    """Begin a rebuild, or go on with it."""
    name = Tables.of(model, beside=True).bookmark
    with views.alone() as connection:
        return Begun(
            resumed=building.resume_or_begin(connection, model),
            position=position_of(connection, name),
            comparable=building.is_of_this_making(connection, model),
            generation=building.generation_of(connection, name) or 0,
        )


def _index(views: Views, model: ReadModel[Any]) -> None:
    with views.alone() as connection:
        building.index(connection, model)


class Turn(NamedTuple):
    """What became of an attempt to change over."""

    done: bool
    progress: Progress | None = None
    """How far it has followed now, or what stops it."""


def change_over(desk: Desk, log: Followed, target: Target, batch: int) -> Turn:
    """Let what was built beside answer, if at most a batch is missing and nobody reads for long what answers."""
    model = target.model
    with desk.views.alone() as connection:
        if building.is_of_this_making(connection, model) and fails_on_more(connection, target.name, model.name):
            refused = stopped(connection, target, position_of(connection, target.name), _FAILS_ON_MORE)
            return Turn(done=False, progress=refused)
        building.index(connection, model)
    try:
        with desk.views.alone() as connection:
            held = building.held(connection, model)
            if held is None:
                return Turn(done=False)  # another program was faster with it, or dropped it
            answering, position = held
            progress = None
            if answering > position:
                facts = readable(log.page(position, batch, answering))
                given = Offer.of(connection, position, facts)
                progress = accept(connection, target, given, desk) if facts else None
                if progress is None or progress.position < answering:
                    return Turn(done=False, progress=progress)
            building.change_over(connection, model, max(held))
            return Turn(done=True, progress=progress)
    except OperationalError as busy:
        if getattr(busy.orig, "sqlstate", None) == _READ_BY_OTHERS:
            return Turn(done=False)
        raise
