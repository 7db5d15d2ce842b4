"""Laws of what is kept at hand: followed fact by fact, or laid by and taken up again, it is what a refold tells."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given

from domain.application.receipts import Receipt
from domain.application.snapshots import SnapshotShelf
from domain.application.standings import Kept, Standing, Standings, refolded
from domain.kernel.commands import Command, streams_of
from domain.kernel.streams import StreamRef
from domain.log.codec import happenings
from tests.application.desk import Desk
from tests.laws.lives import STEPS, Step, history, live


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    opened = sa.create_engine(f"sqlite:///{tmp_path}/views.db")
    yield opened
    opened.dispose()


def problem(error: Exception) -> None:
    raise AssertionError from error


def told_by_a_refold(desk: Desk, stream: StreamRef) -> Standing:
    return refolded(stream, happenings(history(desk, stream.id)))


@given(steps=STEPS)
def test_what_follows_fact_by_fact_stands_where_a_refold_stands(desk: Desk, steps: list[Step]) -> None:
    following = Standings(desk.log, 100)

    def do(command: Command, at: datetime) -> Receipt:
        receipt = desk.do(command, at)
        for stream in {streams_of(command)[0], *(fact.stream for fact in receipt.facts)}:
            following.current(stream)
        return receipt

    for item in live(desk, steps, do).items:
        stream = StreamRef("equipment", item)
        assert _told(following.current(stream)) == _told(told_by_a_refold(desk, stream))
        assert _told(Standings(desk.log, 100).current(stream)) == _told(told_by_a_refold(desk, stream))


@given(steps=STEPS)
def test_what_was_laid_by_is_taken_up_as_it_was(desk: Desk, engine: sa.Engine, steps: list[Step]) -> None:
    standings = {
        stream: told_by_a_refold(desk, stream)
        for stream in (StreamRef("equipment", item) for item in live(desk, steps).items)
    }
    shelf = SnapshotShelf(engine, problem)
    for stream, standing in standings.items():
        shelf.offer(stream, Kept(standing, history(desk, stream.id)[-1].fact_key))
    shelf.close()
    for stream, standing in standings.items():
        kept = shelf.load(stream)
        assert (kept is None) is bool(standing.contradictions)
        assert kept is None or kept.standing == standing


def _told(standing: Standing) -> tuple[object, ...]:
    """Return a standing so that two can be compared: refusals are equal only to themselves."""
    contradictions = [(each.fact, each.refusal.code, each.refusal.facts) for each in standing.contradictions]
    return (standing._replace(contradictions=()), contradictions)
