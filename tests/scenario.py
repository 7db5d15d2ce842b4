"""Given facts, when a command, then facts or a refusal: rules without a database."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from domain.application.deciding import Decided, refusal_of, resolve
from domain.application.sight import Sight
from domain.application.standings import Standing, refolded
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
    """What has happened so far, and what is asked next. Facts happen an hour apart."""

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
        """Ask for something, now or for a moment that the caller says."""
        return replace(self, command=command, moment=at)

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
        newest = max((each.occurred_at for _, each in self.happened), default=BEGIN)
        moment = self.moment or newest + HOUR
        records = _Records(self.happened)
        sight = Sight(records, moment)

        def told(stream: StreamRef) -> list[Fact]:
            then = sight.then(stream)
            return [each.fact for each in records.happened(stream) if each.id in then]

        decided = resolve(self.command, sight, None if self.moment is None else told)
        return decided, refusal_of(decided, moment)


@dataclass(frozen=True)
class _Records:
    """What a scenario begins with, as a decision asks for it."""

    everything: tuple[tuple[StreamRef, Happening], ...]

    def known(self, stream: StreamRef) -> Standing:
        return refolded(stream, self.happened(stream))

    def happened(self, stream: StreamRef, after: int = 0) -> list[Happening]:
        return [happening for owner, happening in self.everything if owner == stream][after:]


def given(stream: StreamRef, *facts: Fact) -> Scenario:
    """Begin a scenario with facts of one stream."""
    return Scenario().given(stream, *facts)


def nothing() -> Scenario:
    """Begin a scenario in which nothing has happened."""
    return Scenario()
