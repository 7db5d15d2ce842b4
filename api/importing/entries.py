"""Entries: what an outside source or a generator wants recorded, each a command with its time and its provenance."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from domain import declared
from domain.application.deciding import decide, meet, refusal_of, require_references
from domain.application.sight import Sight
from domain.application.standings import Standing
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.kernel.facts import Fact
from domain.kernel.folding import Happening
from domain.kernel.refusals import OccursInTheFuture, Refusal
from domain.kernel.streams import KINDS, StreamRef

_LAST = datetime.max.replace(tzinfo=UTC)


class Place(NamedTuple):
    """Where an entry comes from: the name of a file and the number of a line in it, the header being line 1."""

    file: str
    line: int


class Entry(NamedTuple):
    """One command on its way to the ledger. Repeats are known by (source, id) for ever."""

    command: Command
    occurred_at: datetime
    source: Provenance
    place: Place | None = None
    """The row that it belongs to; none for what a generator makes up."""
    reason: str | None = None


class Finding(NamedTuple):
    """What is wrong with a file, a row or an entry: a stable code and one sentence that a person can act on."""

    place: Place
    code: str
    sentence: str

    def __str__(self) -> str:
        """Return the finding as one line: where, what, why."""
        where = f"{self.place.file}, line {self.place.line}" if self.place.line else self.place.file
        return f"{where}: {self.code}: {self.sentence}"


class Planned(NamedTuple):
    """An entry with the facts that its command comes to where nothing else is on record."""

    entry: Entry
    facts: tuple[tuple[StreamRef, Fact], ...]


class Rehearsal:
    """Decides entries on states in memory, by the same rules as the ledger: what cannot be is found before the start.

    Entries come in the order in which they happened, for each stream.
    """

    def __init__(self, now: datetime) -> None:
        """Take the present: nothing happens after it."""
        declared.facts()  # loads every subdomain: rules are known only from then on
        self._now = now
        self._standings: dict[StreamRef, Standing] = {}

    def play(self, entry: Entry) -> Planned:
        """Return the facts that the entry comes to, and take note of them.

        Raises:
            Refusal: a rule forbids it.
        """
        if entry.occurred_at > self._now:
            raise OccursInTheFuture
        require_references(entry.command, self._on_record)
        sight = Sight(self, _LAST)
        decided = decide(entry.command, meet(entry.command, sight.at, sight.now))
        if refusal := refusal_of(decided, entry.occurred_at):
            raise refusal
        for stream, fact in decided.facts:
            standing = self.known(stream)
            state = KINDS[stream.kind].evolve(standing.state, fact, entry.occurred_at)
            self._standings[stream] = standing._replace(state=state, version=standing.version + 1)
        return Planned(entry, decided.facts)

    def known(self, stream: StreamRef) -> Standing:
        """Return where a stream stands after what was played."""
        return self._standings.get(stream) or Standing.nothing(stream)

    def happened(self, _stream: StreamRef, _after: int = 0) -> list[Happening]:
        """Return nothing: no entry is late."""
        return []

    def _on_record(self, stream: StreamRef) -> bool:
        return stream in self._standings


def rehearse(lanes: Iterable[Sequence[Entry]], now: datetime) -> tuple[list[list[Planned]], list[Finding]]:
    """Return what every entry comes to, lane by lane, and a finding for each that a rule forbids."""
    rehearsal = Rehearsal(now)
    planned: list[list[Planned]] = []
    findings: list[Finding] = []
    for lane in lanes:
        played: list[Planned] = []
        for entry in lane:
            try:
                played.append(rehearsal.play(entry))
            except Refusal as refusal:
                findings.append(Finding(entry.place or Place(entry.source.id, 0), refusal.code, refusal.detail))
        planned.append(played)
    return planned, findings
