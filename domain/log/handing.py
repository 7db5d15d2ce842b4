"""What this process appended last is handed to those who follow the log in it: they need not read it back."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from domain.log.contract import Appended, Proposal, Row

MOST_FACTS = 100
MOST_BYTES = 1024 * 1024
"""A larger group is read from the log: that costs little for each of its facts, and here it would be kept."""

Committed = tuple[Proposal, Appended]
"""A proposal of which the facts are on record, and where."""


class Handing:
    """Reads the log for those who follow it, but for the group that was appended here last.

    Positions are gapless: who stands just before the group finds exactly its rows next, whoever else appends. It is
    known only once it is durable.
    """

    def __init__(self, read: Callable[[int, int, int | None], list[Row]]) -> None:
        """Take how to read pages."""
        self._read = read
        self._last: tuple[int, list[Row]] = (-1, [])

    def take(self, group: Sequence[Committed]) -> None:
        """Keep the rows of a group, if they are few and follow each other: its proposals may have gone one by one."""
        facts = [fact for proposal, _ in group for fact in proposal.facts]
        if len(facts) <= MOST_FACTS and sum(len(fact.body) for fact in facts) <= MOST_BYTES:
            rows = [row for proposal, appended in group for row in rows_of(proposal, appended)]
            before = rows[0].position - 1
            if rows[-1].position == before + len(rows):
                self._last = before, rows

    def page(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return rows with after < position ≤ until in order of position, fewer of them where they are large.

        There may be more than are handed over; none are returned only where there are none.
        """
        before, rows = self._last
        if after != before or limit < len(rows) or (until is not None and until < rows[-1].position):
            return self._read(after, limit, until)
        return rows.copy()


def rows_of(proposal: Proposal, appended: Appended) -> Iterator[Row]:
    """Yield the rows of a proposal as they are on record."""
    added = Counter(fact.stream for fact in proposal.facts)
    versions = {stream: version - added[stream] for stream, version in appended.versions}
    for position, fact in enumerate(proposal.facts, appended.first_position):
        versions[fact.stream] += 1
        yield Row(
            position,
            fact.stream,
            fact.kind,
            versions[fact.stream],
            fact.fact_key,
            fact.type,
            fact.occurred_at,
            appended.recorded_at,
            fact.body,
        )
