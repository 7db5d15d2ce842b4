"""Given facts, when a command, then facts or a refusal: rules without a database."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from domain.application.deciding import Decided, Seen, as_it_was, decide, refusal_of
from domain.application.standings import refolded
from domain.kernel.commands import Command
from domain.kernel.facts import Fact
from domain.kernel.folding import Happening
from domain.kernel.ids import uuid7
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamRef

BEGIN = datetime(2024, 1, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Scenario:
    """What has happened so far, and what is asked next. Facts happen an hour apart unless told otherwise."""

    happened: tuple[tuple[StreamRef, Happening], ...] = ()
    command: Command | None = None
    moment: datetime | None = None

    def given(self, stream: StreamRef, *facts: Fact) -> "Scenario":
        """Add facts of one stream, each an hour after the last."""
        happened = list(self.happened)
        for fact in facts:
            number = len(happened) + 1
            happened.append((stream, Happening(BEGIN + number * HOUR, number, uuid7(number, bytes(10)), fact)))
        return replace(self, happened=tuple(happened))

    def when(self, command: Command, at: datetime | None = None) -> "Scenario":
        """Ask for something, now or at a past moment."""
        return replace(self, command=command, moment=at or BEGIN + (len(self.happened) + 1) * HOUR)

    def then(self, *facts: Fact) -> None:
        """Expect exactly these facts, whichever streams they go to."""
        decided, refusal = self._decided()
        if refusal:
            raise refusal
        assert [fact for _, fact in decided.facts] == list(facts)

    def then_on(self, *facts: tuple[StreamRef, Fact]) -> None:
        """Expect exactly these facts on these streams."""
        decided, refusal = self._decided()
        if refusal:
            raise refusal
        assert list(decided.facts) == list(facts)

    def then_refused(self, refusal: type[Refusal]) -> None:
        """Expect this refusal and no other."""
        try:
            _, found = self._decided()
        except Refusal as raised:
            found = raised
        assert type(found) is refusal

    def _decided(self) -> tuple[Decided, Refusal | None]:
        assert self.command is not None
        assert self.moment is not None
        decided = decide(self.command, self._look, self._look_now)
        return decided, refusal_of(decided, self.moment)

    def _look(self, stream: StreamRef) -> Seen:
        assert self.moment is not None
        return as_it_was(stream, self._history(stream), self.moment)

    def _look_now(self, stream: StreamRef) -> Seen:
        history = self._history(stream)
        standing = refolded(stream, history, len(history))
        return Seen(stream, standing, standing.state, None)

    def _history(self, stream: StreamRef) -> list[Happening]:
        return [happening for owner, happening in self.happened if owner == stream]


def given(stream: StreamRef, *facts: Fact) -> Scenario:
    """Begin a scenario with facts of one stream."""
    return Scenario().given(stream, *facts)


def nothing() -> Scenario:
    """Begin a scenario in which nothing has happened."""
    return Scenario()
